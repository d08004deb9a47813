// Passkeys in a vault over a real ledger: made, used, revoked, and everything that somebody could try in their place.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { accountIdToBytes } from '#base/ids.ts'
import { FIXTURE_ADDRESS, FIXTURE_SALT, type Fixture, makeFixture } from '#account/account-fixture.ts'
import { readSlots } from '#account/slots.ts'
import { readUse, useSetting } from '#account/slot-use.ts'
import type { MadePasskey, PasskeyRequest } from '#jmap/engine.ts'
import { type Slot, authenticateSlot, encodeSlot } from '#keys/slot.ts'
import { LogReader } from '#ledger/reader.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { Log } from '#platform/log.ts'
import type { PasskeyLogin } from '#protocol/vault-web.ts'
import { SlotChanges } from '#unlock/slot-changes.ts'
import { type NotAdmitted, UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import { UseNotes } from '#unlock/use-notes.ts'
import { ORIGIN, SoftAuthenticator, type Wrong } from '#webauthn/authenticator.test-support.ts'
import { type PasskeyIn, VaultPasskeys } from './vault-passkeys.ts'

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-vault-passkeys-'))
let made: Fixture
let accounts: UnlockedAccounts
let changes: SlotChanges
let passkeys: VaultPasskeys
let refused = 0
let notAdmitted: NotAdmitted[] = []
let offsetMs = 0
let isAccountThere = true
const clock: Clock = { ...systemClock, monotonic: () => systemClock.monotonic() + offsetMs }
const prf = Buffer.alloc(32, 8)
/** By slots that were made. */
const counted = new Map<string, number>()

const facts = () => ({ account: isAccountThere ? made.id : null, address: FIXTURE_ADDRESS, salt: FIXTURE_SALT })
const owner = () => ({ id: made.id, root: made.root, facts: facts() })

before(async () => {
  made = await makeFixture(directory, { quick: true })
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
  passkeys = new VaultPasskeys({
    accounts,
    changes,
    clock,
    log: new Log('vault', 'error'),
    origins: [ORIGIN, 'http://localhost:10080'],
    reader,
    facts: () => Promise.resolve(facts()),
  })
})
after(async () => {
  await accounts.stop()
  await made.close()
  fs.rmSync(directory, { recursive: true })
})

function answerOf(key: SoftAuthenticator, request: PasskeyRequest, changed: Partial<MadePasskey> = {}): MadePasskey {
  const { challenge, proofChallenge } = request
  const attestation = key.create(challenge)
  return { label: 'Key', challenge, proofChallenge, attestation, proof: key.get(proofChallenge), prf, ...changed }
}

function add(by: ReturnType<typeof owner>, made: MadePasskey): ReturnType<VaultPasskeys['add']> {
  return passkeys.add(by, made, (slot, counter) => {
    counted.set(slot, counter)
    return Promise.resolve()
  })
}

async function register(key: SoftAuthenticator): Promise<Buffer> {
  const outcome = await add(owner(), answerOf(key, passkeys.begin(owner())))
  assert(outcome.kind === 'made', JSON.stringify(outcome))
  return Buffer.from(outcome.id, 'hex')
}

function loginOf(key: SoftAuthenticator, wrong: Wrong = {}, changed: Partial<PasskeyLogin> = {}): PasskeyLogin {
  const challenge = Buffer.alloc(32, 4)
  const account = accountIdToBytes(made.id)
  const client = { remote: '192.0.2.1', isTls: true }
  const assertion = key.get(challenge, wrong)
  return { kind: 'passkeyLogin', account, credentialId: key.id, challenge, prf, ...client, ...assertion, ...changed }
}

async function logIn(given: PasskeyLogin): Promise<PasskeyIn | null> {
  const login = await passkeys.login(given)
  assert(login !== 'unavailable')
  return login
}

test('one that was made opens the account, as its owner', async () => {
  const key = new SoftAuthenticator()
  const request = passkeys.begin(owner())
  assert.deepEqual([request.userName, request.known], [FIXTURE_ADDRESS, []])
  assert.deepEqual(request.userId, Buffer.from(made.id, 'hex'))
  const name = await register(key)
  assert.deepEqual(passkeys.begin(owner()).known.map(Buffer.from), [key.id])

  const login = await logIn(loginOf(key))
  assert(login !== null)
  assert.deepEqual([login.admission.by, login.admission.isOwner], ['passkey', true])
  assert.deepEqual([login.admission.slot, login.unlocked.address], [name.toString('hex'), FIXTURE_ADDRESS])
  assert.ok(login.unlocked.root.equals(made.root))
  assert.ok(await changes.revokePasskey(made.id, made.root, name))
})

test('what is wrong in any way is refused, and is all alike', async () => {
  const [key, second] = [new SoftAuthenticator(), new SoftAuthenticator('EdDSA')]
  const names = [await register(key), await register(second)]
  const before = refused
  const good = loginOf(key)
  const attempts: Readonly<Record<string, PasskeyLogin>> = {
    'another challenge': { ...good, challenge: Buffer.alloc(32, 5) },
    'another PRF': { ...good, prf: Buffer.alloc(32, 9) },
    'an unknown credential': { ...good, credentialId: Buffer.alloc(32, 1) },
    'another credential of the owner': { ...good, credentialId: second.id },
    'signed by another': loginOf(second, {}, { credentialId: key.id }),
    'another origin': loginOf(key, { origin: 'https://evil.test' }),
    'another host of ours': loginOf(key, { origin: 'http://localhost:10080', relyingParty: 'localhost' }),
    'without the person': loginOf(key, { flags: 1 }),
    'eligible for backup all of a sudden': loginOf(key, { flags: 1 | 4 | 8 }),
  }
  for (const [what, attempt] of Object.entries(attempts)) assert.equal(await logIn(attempt), null, what)
  isAccountThere = false
  assert.equal(await logIn(good), null)
  isAccountThere = true
  assert.equal(refused - before, Object.keys(attempts).length + 1)
  assert.notEqual(await logIn(good), null)
  for (const name of names) assert.ok(await changes.revokePasskey(made.id, made.root, name))
})

test('one that was revoked opens nothing, its sessions end, and others stay', async () => {
  const [key, other] = [new SoftAuthenticator(), new SoftAuthenticator()]
  const [name, otherName] = [await register(key), await register(other)]
  const [login, kept] = [await logIn(loginOf(key)), await logIn(loginOf(other))]
  const ends: string[] = []
  login?.admission.join((reason) => ends.push(`first ${reason}`))
  kept?.admission.join((reason) => ends.push(`other ${reason}`))
  // Not as an app password.
  assert.equal(await changes.revokeAppPassword(made.id, made.root, name), false)
  assert.equal(await changes.revokePasskey(made.id, made.root, name), true)
  assert.deepEqual(ends, ['first revoked'])
  assert.equal(await logIn(loginOf(key)), null)
  assert.notEqual(await logIn(loginOf(other)), null)
  assert.equal(await changes.revokePasskey(made.id, made.root, name), false)
  assert.ok(await changes.revokePasskey(made.id, made.root, otherName))
})

test('a slot that somebody else wrote opens nothing', async () => {
  const key = new SoftAuthenticator()
  const name = await register(key)
  const slot = readSlots(made.reader).find((slot) => slot.name.equals(name)) as Slot
  const append = async (changed: Slot): Promise<void> => {
    const { firstSeq } = await made.log.append([{ kind: 'slot', payload: encodeSlot(changed) }])
    await made.log.settled(firstSeq)
  }
  notAdmitted = []
  await append({ ...slot, created: slot.created + 1 })
  assert.equal(await logIn(loginOf(key)), null)
  assert.deepEqual(
    notAdmitted.map(({ why, use }) => [why, use]),
    [['forged', 'jmap']],
  )
  // Written by its owner, but not what a passkey says.
  await append(authenticateSlot(made.root, made.id, { ...slot, properties: null }))
  assert.equal(await logIn(loginOf(key)), null)
  assert.ok(await changes.revokePasskey(made.id, made.root, name))
})

test('nothing is stored of a passkey that was not proven', async () => {
  const key = new SoftAuthenticator()
  const slots = readSlots(made.reader).length
  const why = async (change: (request: PasskeyRequest) => Partial<MadePasskey>): Promise<string> => {
    const request = passkeys.begin(owner())
    const outcome = await add(owner(), answerOf(key, request, change(request)))
    return outcome.kind === 'refused' ? outcome.why : outcome.kind
  }
  assert.match(await why(() => ({ prf: Buffer.alloc(0) })), /nothing that could open/)
  const stranger = new SoftAuthenticator()
  assert.match(
    await why(({ proofChallenge }) => ({ proof: stranger.get(proofChallenge) })),
    /not the one that was made/,
  )
  const unverified = ({ challenge }: PasskeyRequest) => ({ attestation: key.create(challenge, { flags: 1 | 64 }) })
  assert.match(await why(unverified), /PIN/)
  const elsewhere = ({ challenge }: PasskeyRequest) => ({
    attestation: key.create(challenge, { origin: 'https://evil.test' }),
  })
  assert.match(await why(elsewhere), /address/)
  assert.match(await why(() => ({ challenge: Buffer.alloc(32) })), /Begin again/)
  // One challenge is not the other.
  assert.match(await why(({ challenge }) => ({ proofChallenge: challenge, proof: key.get(challenge) })), /Begin again/)

  const request = passkeys.begin(owner())
  const other = { ...owner(), id: '1'.repeat(32) as typeof made.id }
  assert.equal((await add(other, answerOf(key, request))).kind, 'refused')
  const late = passkeys.begin(owner())
  offsetMs = 300_001
  assert.equal((await add(owner(), answerOf(key, late))).kind, 'refused')
  offsetMs = 0
  assert.equal(readSlots(made.reader).length, slots)

  const again = passkeys.begin(owner())
  const answer = answerOf(key, again)
  const outcome = await add(owner(), answer)
  assert(outcome.kind === 'made')
  assert.equal((await add(owner(), answer)).kind, 'refused')
  assert.ok(await changes.revokePasskey(made.id, made.root, Buffer.from(outcome.id, 'hex')))
})

test('an authenticator that counts is a copy, or there is one, when it counts less than before', async () => {
  const key = new SoftAuthenticator()
  const name = (await register(key)).toString('hex')
  assert.equal(counted.get(name), 0)
  const notes = new UseNotes({ clock, fault: (error) => assert.fail(error as Error) })
  const login = await logIn(loginOf(key))
  assert(login !== null)
  using lease = await accounts.lease(login.unlocked, { end: () => Promise.resolve() })
  const { account } = lease
  const counts = (counter: number, by = notes): boolean => by.advance(account, login.admission, counter)
  // One that does not count at all.
  assert.deepEqual([counts(0), counts(0)], [true, true])
  assert.deepEqual([counts(5), counts(5), counts(4), counts(0), counts(6)], [true, false, false, false, true])
  notes.used(account, login.admission, 'jmap')
  while (readUse(account.setting(useSetting(name))).counter === 0) await new Promise((done) => setImmediate(done))
  assert.deepEqual([...readUse(account.setting(useSetting(name))).used.keys()], ['jmap'])
  // Also in a process that was started since.
  const later = new UseNotes({ clock, fault: (error) => assert.fail(error as Error) })
  assert.deepEqual([counts(6, later), counts(7, later)], [false, true])

  notAdmitted = []
  accounts.refuseCounter(login)
  for (const what of notAdmitted) await notes.refused(accounts, what)
  assert.equal(readUse(account.setting(useSetting(name))).refused?.why, 'counter')
  await notes.forget(account, name)
  assert.ok(counts(1))

  // What it had counted when it was made counts.
  const second = new SoftAuthenticator()
  second.counter = 9
  const secondName = (await register(second)).toString('hex')
  assert.equal(counted.get(secondName), 9)
  await notes.made(account, secondName, 9)
  assert.equal(readUse(account.setting(useSetting(secondName))).counter, 9)
  const used = await logIn(loginOf(second))
  assert(used !== null)
  assert.deepEqual(
    [notes.advance(account, used.admission, 9), notes.advance(account, used.admission, 10)],
    [false, true],
  )
})
