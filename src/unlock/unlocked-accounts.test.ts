// Logins with the owner's password and with app passwords, over a real ledger.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { FIXTURE_ADDRESS, FIXTURE_PASSWORD, FIXTURE_SALT, type Fixture, makeFixture } from '#account/account-fixture.ts'
import type { AppPasswordRequest } from '#account/app-passwords.ts'
import { readSlots } from '#account/slots.ts'
import { useSetting } from '#account/slot-use.ts'
import { authenticateSlot, encodeSlot } from '#keys/slot.ts'
import { LedgerLog } from '#account/ledger-log.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import { LogReader } from '#ledger/reader.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { Seats } from './seats.ts'
import { SlotChanges } from './slot-changes.ts'
import { type NotAdmitted, UnlockedAccounts } from './unlocked-accounts.ts'
import { UseNotes } from './use-notes.ts'

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-unlock-'))
let made: Fixture
let accounts: UnlockedAccounts
let changes: SlotChanges
let refused = 0
let notAdmitted: NotAdmitted[] = []
let offsetMs = 0
const clock: Clock = { ...systemClock, now: () => Date.now() + offsetMs }

before(async () => {
  made = await makeFixture(directory)
  const reader = (): LogReader => new LogReader(systemDisk, `${directory}/ledger`, made.id)
  accounts = new UnlockedAccounts({
    clock,
    graceMs: 600_000,
    reader,
    open: () => made.open(),
    fault: (_, error) => assert.fail(error as Error),
    refused: () => refused++,
    notAdmitted: (what) => notAdmitted.push(what),
    locked: () => undefined,
  })
  changes = new SlotChanges({ accounts, clock, log: () => made.log, reader })
})
after(async () => {
  await accounts.stop()
  await made.close()
  fs.rmSync(directory, { recursive: true })
})

const login = (
  password: Uint8Array,
  use: Parameters<UnlockedAccounts['login']>[2],
): ReturnType<UnlockedAccounts['login']> =>
  accounts.login({ account: made.id, address: FIXTURE_ADDRESS, salt: FIXTURE_SALT }, password, use)

async function add(scope: AppPasswordRequest['scope']): Promise<{ name: Buffer; password: Buffer }> {
  const added = await changes.addAppPassword(made.id, made.root, { label: 'Phone', scope }, FIXTURE_SALT)
  assert(added !== 'tooMany')
  return added
}

/** How often something was refused while `work` ran. */
async function refusals(work: () => Promise<unknown>): Promise<number> {
  const before = refused
  assert.equal(await work(), null)
  return refused - before
}

test('an app password is let in where it is for, however it is typed, and nowhere else', async () => {
  const { name, password } = await add({ protocols: ['imap', 'pop3'], access: 'readOnly', expires: null })
  const typed = Buffer.from(password.toString().toUpperCase().replaceAll('-', ' '))
  const first = await login(typed, 'imap')
  assert.deepEqual([first?.admission.isOwner, first?.admission.isReadOnly], [false, true])
  const again = await login(password, 'pop3')
  assert.equal(again?.admission, first?.admission)

  notAdmitted = []
  // Known or not, what is refused is refused by the same work, and by no other word.
  assert.equal(await refusals(() => login(password, 'submission')), 1)
  assert.equal(await refusals(() => login(typed, 'owner')), 1)
  assert.equal(await refusals(() => login(Buffer.from('wrong'), 'imap')), 1)
  assert.deepEqual(
    notAdmitted.map(({ use, why, slot }) => [use, why, slot]),
    [
      ['submission', 'protocol', name.toString('hex')],
      ['owner', 'protocol', name.toString('hex')],
    ],
  )
  const owner = await login(FIXTURE_PASSWORD, 'owner')
  assert.equal(owner?.admission.isOwner, true)
  assert.equal(owner.unlocked, first?.unlocked)
})

test('one that was revoked is let in no more, its sessions end, and the owner stays', async () => {
  const { name, password } = await add({ protocols: ['imap'], access: 'full', expires: null })
  const [phone, owner] = [await login(password, 'imap'), await login(FIXTURE_PASSWORD, 'imap')]
  const ends: string[] = []
  phone?.admission.join((reason) => ends.push(`phone ${reason}`))
  owner?.admission.join((reason) => ends.push(`owner ${reason}`))
  assert.equal(await changes.revokeAppPassword(made.id, made.root, name), true)
  assert.deepEqual(ends, ['phone revoked'])
  assert.equal(await refusals(() => login(password, 'imap')), 1)
  assert.equal((await login(FIXTURE_PASSWORD, 'imap'))?.admission, owner?.admission)
  assert.equal(await changes.revokeAppPassword(made.id, made.root, name), false)
})

test('one that logs in while it is revoked does not stay', async () => {
  const { name, password } = await add({ protocols: ['imap'], access: 'full', expires: null })
  const [opened, isFound] = await Promise.all([
    login(password, 'imap'),
    changes.revokeAppPassword(made.id, made.root, name),
  ])
  assert.equal(isFound, true)
  assert.ok(opened === null || opened.admission.isOver)
  assert.equal(await login(password, 'imap'), null)
})

test('one whose time is over is let in no more, also where it is known', async () => {
  const { password } = await add({ protocols: ['imap'], access: 'full', expires: Date.now() + 3_600_000 })
  const opened = await login(password, 'imap')
  assert.notEqual(opened, null)
  offsetMs = 3_600_001
  notAdmitted = []
  assert.equal(await refusals(() => login(password, 'imap')), 1)
  assert.deepEqual(
    notAdmitted.map(({ why }) => why),
    ['expired'],
  )
  offsetMs = 0
})

test('a slot that says more than its owner wrote opens nothing', async () => {
  const { name, password } = await add({ protocols: ['imap'], access: 'readOnly', expires: null })
  const slot = readSlots(made.reader).find((slot) => slot.name.equals(name))
  assert(slot !== undefined)
  const append = async (payload: Buffer): Promise<void> => {
    const { firstSeq } = await made.log.append([{ kind: 'slot', payload }])
    await made.log.settled(firstSeq)
  }
  // As somebody without the root would make the owner's password of it.
  await append(encodeSlot({ ...slot, kind: 'password' }))
  notAdmitted = []
  assert.equal(await refusals(() => login(password, 'submission')), 1)
  // And as one without any scope, which only the owner could have written.
  await append(encodeSlot(authenticateSlot(made.root, made.id, { ...slot, properties: null })))
  assert.equal(await refusals(() => login(password, 'imap')), 1)
  assert.deepEqual(
    notAdmitted.map(({ why }) => why),
    ['forged', 'forged'],
  )
})

test('two changes of the password at once leave one that opens the account', async () => {
  const change = (password: string): Promise<void> =>
    changes.changePassword(made.id, made.root, {
      address: FIXTURE_ADDRESS,
      password: Buffer.from(password),
      salt: FIXTURE_SALT,
    })
  await Promise.all([change('one'), change('two')])
  assert.equal(readSlots(made.reader).filter(({ kind }) => kind === 'password').length, 1)
  assert.equal(await login(Buffer.from('one'), 'owner'), null)
  assert.notEqual(await login(Buffer.from('two'), 'owner'), null)
  await changes.changePassword(made.id, made.root, {
    address: FIXTURE_ADDRESS,
    password: FIXTURE_PASSWORD,
    salt: FIXTURE_SALT,
  })
})

test('a changed password ends what came in by the old one; who changed it and app passwords go on', async () => {
  const change = (password: Buffer, asker?: Seats): Promise<void> =>
    changes.changePassword(made.id, made.root, { address: FIXTURE_ADDRESS, password, salt: FIXTURE_SALT }, asker)
  const { password: phone } = await add({ protocols: ['imap'], access: 'full', expires: null })
  const [owner, app] = [await login(FIXTURE_PASSWORD, 'imap'), await login(phone, 'imap')]
  assert(owner !== null && app !== null)
  const ended: string[] = []
  owner.admission.join((reason) => ended.push(`imap ${reason}`))
  app.admission.join((reason) => ended.push(`phone ${reason}`))
  const passkey = owner.unlocked.admit({ slot: 'ab'.repeat(16), scope: null, isPasskey: true })
  passkey.join((reason) => ended.push(`passkey ${reason}`))
  const page = new Seats(owner.admission)
  page.join((reason) => ended.push(`page ${reason}`))
  const next = Buffer.from('the next one')
  await change(next, page)
  assert.deepEqual(ended, ['imap changed'])
  assert(owner.admission.isOver)
  // One that was let in before, and has waited since, finds that.
  assert.equal(await login(FIXTURE_PASSWORD, 'imap'), null)
  assert.equal((await login(next, 'imap'))?.admission, page.admission)
  assert.equal((await login(phone, 'imap'))?.admission, app.admission)
  // By the command, or a recovery: nobody stays. And who came in by a passkey goes on with it.
  const other = new Seats(passkey)
  await change(FIXTURE_PASSWORD, other)
  assert.deepEqual(ended, ['imap changed', 'page changed'])
  assert.equal(other.admission, passkey)
  passkey.end('revoked')
})

test('what is not changed ends nothing; where nobody knows, all come again', async () => {
  const owner = await login(FIXTURE_PASSWORD, 'imap')
  assert(owner !== null)
  const ended: string[] = []
  owner.admission.join((reason) => ended.push(reason))
  const failing = (error: Error): SlotChanges => {
    const log = new LedgerLog(made.ledger, made.id)
    log.append = () => Promise.reject(error)
    return new SlotChanges({
      accounts,
      clock,
      log: () => log,
      reader: () => new LogReader(systemDisk, `${directory}/ledger`, made.id),
    })
  }
  const change = (error: Error): Promise<void> =>
    failing(error).changePassword(made.id, made.root, {
      address: FIXTURE_ADDRESS,
      password: Buffer.from('x'),
      salt: FIXTURE_SALT,
    })
  await assert.rejects(change(new LedgerRefusedError('noSpace')), LedgerRefusedError)
  assert.deepEqual(ended, [])
  assert.equal((await login(FIXTURE_PASSWORD, 'imap'))?.admission, owner.admission)
  await assert.rejects(change(new Error('the ledger has gone')), /has gone/)
  assert.deepEqual(ended, ['changed'])
  assert.notEqual(await login(FIXTURE_PASSWORD, 'imap'), null)
})

test('the owner sees when one was used, and when it was not let in', async () => {
  const { name, password } = await add({ protocols: ['imap'], access: 'full', expires: null })
  const opened = await login(password, 'imap')
  assert(opened !== null)
  const notes = new UseNotes({ clock, fault: (error) => assert.fail(error as Error) })
  using lease = await accounts.lease(opened.unlocked, { end: () => Promise.resolve() })
  const key = useSetting(name.toString('hex'))
  for (let connection = 0; connection < 5; connection++) notes.used(lease.account, opened.admission, 'imap')
  while (lease.account.setting(key) === null) await new Promise((resolve) => setImmediate(resolve))
  const size = made.ledger.size(made.id)
  notes.used(lease.account, opened.admission, 'imap')
  notAdmitted = []
  await login(password, 'submission')
  for (const what of notAdmitted) await notes.refused(accounts, what)
  assert.equal(made.ledger.size(made.id), size + 1)
  assert.deepEqual(Object.keys(lease.account.setting(key) as object), ['imap', 'refused'])
  // The owner's own password leaves no notes.
  const owner = await login(FIXTURE_PASSWORD, 'imap')
  if (owner !== null) notes.used(lease.account, owner.admission, 'imap')
  await notes.forget(lease.account, name.toString('hex'))
  assert.equal(lease.account.setting(key), null)
  assert.equal(made.ledger.size(made.id), size + 2)
})
