// A crash at every step of adding and of revoking an app password, over a real ledger: its owner's password opens the account whatever happens, and what
// was acknowledged as revoked opens nothing ever again.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type Slot, authenticateSlot, encodeSlot } from '#keys/slot.ts'
import { openSlotProperties } from '#keys/slot-properties.ts'
import { openPasswordSlot } from '#keys/stretched-slot.ts'
import { systemClock } from '#platform/clock.ts'
import { FIXTURE_PASSWORD, FIXTURE_SALT, type Fixture, makeFixture } from './account-fixture.ts'
import type { AccountLog } from './account-log.ts'
import {
  APP_PASSWORDS_MAX,
  type AppPasswordRequest,
  addAppPassword,
  appPasswordProblem,
  revokeAppPassword,
} from './app-passwords.ts'
import { lockedInventory, openedInventory } from './slot-inventory.ts'
import { type SlotChange, SlotNotProvenError, changePassword, readSlots, suspiciousSlots } from './slots.ts'

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-app-passwords-'))
const request: AppPasswordRequest = {
  label: 'Phone',
  scope: { protocols: ['imap', 'submission'], access: 'full', expires: 2 ** 41 },
}
let made: Fixture

before(async () => {
  made = await makeFixture(directory)
})
after(async () => {
  await made.close()
  fs.rmSync(directory, { recursive: true })
})

function change(log: AccountLog = made.log): SlotChange {
  return { log, reader: made.reader, root: made.root, clock: systemClock }
}

async function opens(password: Uint8Array): Promise<boolean> {
  const opened = await openPasswordSlot(readSlots(made.reader), made.id, password, FIXTURE_SALT)
  assert.ok(opened === null || opened.root.equals(made.root))
  return opened !== null
}

/** Fails after so many of the things that the log was asked for; before the first for 0. */
function crashingLog(step: number): AccountLog {
  const { log } = made
  let calls = 0
  const crash = async <T>(action: () => Promise<T>): Promise<T> => {
    if (step === 0) throw new Error('crash')
    const result = await action()
    if (++calls === step) throw new Error('crash')
    return result
  }
  return {
    append: (records) => crash(() => log.append(records)),
    settled: (seq) => crash(() => log.settled(seq)),
    stage: () => log.stage(),
    watch: (listener) => log.watch(listener),
  }
}

/** Everything that was written can be read, as after a start. */
async function settled(): Promise<void> {
  await made.log.settled((made.ledger.size(made.id) - 1) as never)
}

async function add(): Promise<{ name: Buffer; password: Buffer }> {
  const added = await addAppPassword(change(), request, FIXTURE_SALT)
  assert(added !== 'tooMany')
  return added
}

test('it opens the account, and says to its owner what it is for', async () => {
  const { name, password } = await add()
  const opened = await openPasswordSlot(readSlots(made.reader), made.id, password, FIXTURE_SALT)
  assert.equal(opened?.slot.kind, 'appPassword')
  assert.deepEqual(openSlotProperties(made.root, made.id, opened.slot.properties as Buffer), request)
  assert.deepEqual(suspiciousSlots(made.reader, made.root), [])

  const used = { imap: 3_600_000 }
  const inventory = openedInventory(readSlots(made.reader), made.root, made.id, (key) =>
    key === `keys/use/${name.toString('hex')}` ? used : null,
  )
  assert.deepEqual(
    inventory.map(({ kind, needsServerSecret, opened }) => [kind, needsServerSecret, opened?.label]),
    [
      ['password', true, 'ada@example.test'],
      ['recoveryCode', false, null],
      ['appPassword', true, 'Phone'],
    ],
  )
  assert.deepEqual(inventory[2]?.opened?.scope, request.scope)
  assert.deepEqual(inventory[2]?.opened?.use.used, new Map([['imap', 3_600_000]]))
  assert.ok(inventory.every(({ opened }) => opened?.isAuthentic === true))
  assert.ok(lockedInventory(readSlots(made.reader)).every(({ opened }) => opened === null))
  assert.ok(await revokeAppPassword(change(), name))
})

test('a crash at any step of adding one leaves the account open to its owner, and at most an app password that nobody knows', async () => {
  for (let step = 0; ; step++) {
    const before = readSlots(made.reader).length
    const outcome = await addAppPassword(change(crashingLog(step)), request, FIXTURE_SALT).then(
      (added) => added,
      (error: Error) => error.message,
    )
    await settled()
    const slots = readSlots(made.reader)
    assert.ok(slots.some(({ kind }) => kind === 'password'))
    if (typeof outcome === 'object') {
      assert.equal(step, 3)
      assert.ok(await opens(outcome.password))
      break
    }
    assert.equal(outcome, 'crash')
    assert.equal(slots.length, before + (step > 0 ? 1 : 0))
    // What is left over, its owner revokes.
    for (const { name } of slots.filter(({ kind }) => kind === 'appPassword')) {
      assert.ok(await revokeAppPassword(change(), name))
    }
  }
  assert.ok(await opens(FIXTURE_PASSWORD))
})

test('a crash at any step of revoking one leaves it as it was, or revoked; and what was acknowledged stays revoked', async () => {
  for (let step = 0; ; step++) {
    const { name } = await add()
    const outcome = await revokeAppPassword(change(crashingLog(step)), name).then(
      (found) => (found ? 'done' : 'none'),
      (error: Error) => error.message,
    )
    await settled()
    // A slot's name follows from the password alone: that it is not there says that the password opens nothing.
    assert.equal(
      readSlots(made.reader).some((slot) => slot.name.equals(name)),
      step === 0,
    )
    assert.ok(readSlots(made.reader).some(({ kind }) => kind === 'password'))
    if (outcome === 'done') {
      assert.equal(step, 3)
      break
    }
    assert.equal(outcome, 'crash')
    // Trying again ends well.
    assert.equal(await revokeAppPassword(change(), name), step === 0)
    assert.ok(!readSlots(made.reader).some((slot) => slot.name.equals(name)))
  }
  assert.ok(await opens(FIXTURE_PASSWORD))
})

test('one that cannot be read back is taken away again', async () => {
  let isFirst = true
  const log: AccountLog = {
    ...crashingLog(Infinity),
    append: (records) => {
      const garbled = records.map(({ kind, payload }) => ({
        kind,
        payload: isFirst ? Buffer.from(payload as Buffer).fill(1, 60, 70) : payload,
      }))
      isFirst = false
      return made.log.append(garbled)
    },
  }
  const before = readSlots(made.reader).length
  await assert.rejects(addAppPassword(change(log), request, FIXTURE_SALT), SlotNotProvenError)
  assert.equal(readSlots(made.reader).length, before)
})

test('the owner’s password and the recovery code are not revoked like this, and a changed password leaves app passwords', async () => {
  const { name } = await add()
  for (const slot of readSlots(made.reader).filter(({ kind }) => kind !== 'appPassword')) {
    assert.equal(await revokeAppPassword(change(), slot.name), false)
  }
  await changePassword(change(), { address: 'ada@example.test', password: FIXTURE_PASSWORD, salt: FIXTURE_SALT })
  assert.ok(await revokeAppPassword(change(), name))
})

test('what cannot be an app password', () => {
  const problem = (changed: Partial<AppPasswordRequest['scope']>, label = 'Phone'): string | null =>
    appPasswordProblem({ label, scope: { ...request.scope, ...changed } }, 1_000)
  assert.equal(problem({}), null)
  assert.equal(problem({ expires: null, access: 'readOnly', protocols: ['pop3', 'jmap', 'imap'] }), null)
  for (const label of ['', ' x', 'x\n', 'x\u0000y', '\ud800', 'ä'.repeat(101)])
    assert.equal(problem({}, label), 'label')
  assert.equal(problem({ protocols: [] }), 'protocols')
  assert.equal(problem({ access: 'readOnly' }), 'protocols')
  assert.equal(problem({ access: 'sendOnly' }), 'protocols')
  for (const expires of [0, 1_000, 1.5, Infinity, 9e15]) assert.equal(problem({ expires }), 'expires')
})

test('there are so many and no more', async () => {
  const records = Array.from({ length: APP_PASSWORDS_MAX }, (_, at) => {
    const slot = { action: 'add', kind: 'appPassword', created: at, properties: null } as const
    const fields = { ...slot, name: Buffer.alloc(16, at), sealedRoot: Buffer.alloc(60) }
    return { payload: encodeSlot(authenticateSlot(made.root, made.id, fields)) }
  })
  const reader = { account: made.id, readSlots: () => records } as unknown as SlotChange['reader']
  assert.equal(await addAppPassword({ ...change(), reader }, request, FIXTURE_SALT), 'tooMany')
})

test('slots that somebody forged neither fill the inventory up nor break it', () => {
  const forged: Slot = {
    action: 'add',
    kind: 'appPassword',
    created: Number.MAX_SAFE_INTEGER,
    properties: Buffer.alloc(40),
    name: Buffer.alloc(16, 7),
    sealedRoot: Buffer.alloc(60),
    mac: Buffer.alloc(32),
  }
  const slots = [forged, { ...forged, created: Number.MIN_SAFE_INTEGER }]
  const inventory = openedInventory(slots, made.root, made.id, () => null)
  assert.deepEqual(
    inventory.map(({ created, opened }) => [new Date(created).getUTCFullYear(), opened?.isAuthentic, opened?.scope]),
    [
      [9999, false, null],
      [1970, false, null],
    ],
  )
})
