// A crash at every step of adding and of revoking a passkey, over a real ledger: the owner's password opens the account whatever happens, and what was
// acknowledged as revoked opens nothing ever again.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { findPasskey, openPasskeySlot } from '#keys/passkey-slot.ts'
import { authenticateSlot, encodeSlot } from '#keys/slot.ts'
import { openPasswordSlot } from '#keys/stretched-slot.ts'
import { systemClock } from '#platform/clock.ts'
import { FIXTURE_PASSWORD, FIXTURE_SALT, type Fixture, makeFixture } from './account-fixture.ts'
import type { AccountLog } from './account-log.ts'
import { PASSKEYS_MAX, addPasskey, passkeyCredentialIds, revokePasskey } from './passkeys.ts'
import { lockedInventory, openedInventory } from './slot-inventory.ts'
import { type SlotChange, SlotNotProvenError, changePassword, readSlots, suspiciousSlots } from './slots.ts'

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-passkeys-'))
const prf = Buffer.alloc(32, 6)
const passkey = {
  label: 'Security key',
  credentialId: Buffer.from('a credential'),
  publicKey: Buffer.from('its key'),
  relyingParty: 'mail.example.org',
  isBackupEligible: false,
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

/** As a login: by what is in the log alone. */
function opens(): boolean {
  const place = { account: made.id, credentialId: passkey.credentialId, serverSalt: FIXTURE_SALT }
  const found = findPasskey(readSlots(made.reader), place)
  const opened = found === null ? null : openPasskeySlot(found.slot, place, prf)
  assert.ok(opened === null || opened.root.equals(made.root))
  return opened !== null
}

async function add(log?: AccountLog): Promise<Buffer> {
  const name = await addPasskey(change(log), passkey, prf, FIXTURE_SALT)
  assert(name !== 'tooMany')
  return name
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

async function ownerOpens(): Promise<boolean> {
  const opened = await openPasswordSlot(readSlots(made.reader), made.id, FIXTURE_PASSWORD, FIXTURE_SALT)
  return opened !== null
}

test('it opens the account, and says to its owner what it is', async () => {
  const name = await add()
  assert.ok(opens())
  assert.deepEqual(suspiciousSlots(made.reader, made.root), [])
  assert.deepEqual(passkeyCredentialIds(change()).map(String), [String(Uint8Array.from(passkey.credentialId))])
  const inventory = openedInventory(readSlots(made.reader), made.root, made.id, () => ({ jmap: 3_600_000, counter: 4 }))
  const found = inventory.find(({ kind }) => kind === 'passkey')
  assert.deepEqual([found?.id, found?.needsServerSecret], [name.toString('hex'), true])
  assert.deepEqual(found?.opened?.passkey, { relyingParty: 'mail.example.org', isSynced: false })
  assert.deepEqual([found.opened.label, found.opened.scope, found.opened.isAuthentic], ['Security key', null, true])
  assert.equal(found.opened.use.counter, 4)
  assert.ok(lockedInventory(readSlots(made.reader)).every(({ opened }) => opened === null))
  assert.ok(await revokePasskey(change(), name))
  assert.ok(!opens())
})

test('a crash at any step of adding one leaves the account open to its owner, and what is left over can be revoked', async () => {
  for (let step = 0; ; step++) {
    const outcome = await addPasskey(change(crashingLog(step)), passkey, prf, FIXTURE_SALT).then(
      () => 'done',
      (error: Error) => error.message,
    )
    await settled()
    assert.equal(opens(), step > 0)
    assert.ok(readSlots(made.reader).some(({ kind }) => kind === 'password'))
    if (outcome === 'done') {
      assert.equal(step, 3)
      break
    }
    assert.equal(outcome, 'crash')
    for (const { kind, name } of readSlots(made.reader)) {
      if (kind === 'passkey') assert.ok(await revokePasskey(change(), name))
    }
    assert.ok(!opens())
  }
  assert.ok(await ownerOpens())
})

test('a crash at any step of revoking one leaves it as it was, or revoked; and what was acknowledged stays revoked', async () => {
  for (let step = 0; ; step++) {
    const name = await add()
    const outcome = await revokePasskey(change(crashingLog(step)), name).then(
      (found) => (found ? 'done' : 'none'),
      (error: Error) => error.message,
    )
    await settled()
    assert.equal(opens(), step === 0)
    if (outcome === 'done') {
      assert.equal(step, 3)
      break
    }
    assert.equal(outcome, 'crash')
    assert.equal(await revokePasskey(change(), name), step === 0)
    assert.ok(!opens())
  }
  assert.ok(await ownerOpens())
})

test('one that cannot be read back is taken away again', async () => {
  let isFirst = true
  const log: AccountLog = {
    ...crashingLog(Infinity),
    append: (records) => {
      const garbled = records.map(({ kind, payload }) => ({
        kind,
        payload: isFirst ? Buffer.from(payload as Buffer).fill(1, 100, 110) : payload,
      }))
      isFirst = false
      return made.log.append(garbled)
    },
  }
  const before = readSlots(made.reader).length
  await assert.rejects(add(log), SlotNotProvenError)
  assert.equal(readSlots(made.reader).length, before)
  assert.ok(!opens())
})

test('the owner’s password and the recovery code are not revoked like this, and a changed password leaves passkeys', async () => {
  const name = await add()
  for (const slot of readSlots(made.reader).filter(({ kind }) => kind !== 'passkey')) {
    assert.equal(await revokePasskey(change(), slot.name), false)
  }
  await changePassword(change(), { address: 'ada@example.test', password: FIXTURE_PASSWORD, salt: FIXTURE_SALT })
  assert.ok(opens())
  assert.ok(await revokePasskey(change(), name))
})

test('there are so many and no more, and forged ones do not count', async () => {
  const records = Array.from({ length: PASSKEYS_MAX }, (_, at) => {
    const fields = {
      action: 'add',
      kind: 'passkey',
      created: at,
      properties: null,
      name: Buffer.alloc(16, at),
    } as const
    return authenticateSlot(made.root, made.id, { ...fields, sealedRoot: Buffer.alloc(60) })
  })
  const holding = (slots: readonly (typeof records)[number][]): SlotChange => {
    const reader = { account: made.id, readSlots: () => slots.map((slot) => ({ payload: encodeSlot(slot) })) }
    return { ...change(), reader: reader as unknown as SlotChange['reader'] }
  }
  assert.equal(await addPasskey(holding(records), passkey, prf, FIXTURE_SALT), 'tooMany')
  const forged = records.map((slot, at) => (at === 0 ? { ...slot, mac: Buffer.alloc(32) } : slot))
  // It is made; it is not among what this reader gives afterwards.
  await assert.rejects(addPasskey(holding(forged), passkey, prf, FIXTURE_SALT), SlotNotProvenError)
  assert.deepEqual(passkeyCredentialIds(holding(forged)), [])
})
