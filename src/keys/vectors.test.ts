// The vectors of docs/formats/keys.md. Labels, recovery codes, the authentication code and the slot of a passkey were checked against an implementation in
// another language when they were made.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import { formatIdentity, parseIdentity } from '#crypto/age/identity.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import { combineSecret } from '#crypto/shamir.ts'
import { openEscrowSlot } from './escrow-slot.ts'
import { openPasskeyProperties } from './passkey-properties.ts'
import { findPasskey, openPasskeySlot } from './passkey-slot.ts'
import { formatRecoveryCode, parseRecoveryCode } from './recovery-code.ts'
import { openRecoverySlot } from './recovery-slot.ts'
import { RootSecret, type RootLabel } from './root.ts'
import { machineStretched } from './server-secret.ts'
import { type Share, formatShare, parseShare } from './share.ts'
import { openSharesProperties } from './shares-properties.ts'
import { openSharesSlot } from './shares-slot.ts'
import { type Slot, type SlotRecord, decodeSlot, encodeSlot, slotIsAuthentic } from './slot.ts'
import { openSlotProperties } from './slot-properties.ts'
import { openMachineSlot, openPasswordSlot } from './stretched-slot.ts'

const file = path.join(import.meta.dirname, '../../docs/formats/vectors/keys/vectors.json')
const vectors = JSON.parse(fs.readFileSync(file, 'utf8'))
const account = vectors.account as AccountId
const hex = (text: string): Buffer => Buffer.from(text, 'hex')
const root = new RootSecret(hex(vectors.root))

function record(payload: string): SlotRecord {
  const decoded = decodeSlot(hex(payload)) ?? assert.fail('not a slot record')
  assert.equal(encodeSlot(decoded).toString('hex'), payload)
  assert.ok(slotIsAuthentic(root, account, decoded))
  return decoded
}

test('what is derived from the root', () => {
  assert.equal(Object.keys(vectors.derived).length, 7)
  for (const [label, secret] of Object.entries(vectors.derived)) {
    assert.equal(root.derive(label as RootLabel).toString('hex'), secret)
  }
  for (const kind of ['x25519', 'hybrid'] as const) {
    assert.equal(formatIdentity(root.identity(kind)), vectors.identities[kind])
    assert.equal(formatRecipient(root.recipient(kind)), vectors.recipients[kind])
  }
})

test('recovery codes', () => {
  for (const { bytes, text } of vectors.recoveryCodes) {
    assert.equal(formatRecoveryCode(hex(bytes)), text)
    assert.equal(parseRecoveryCode(text)?.toString('hex'), bytes)
  }
})

test('any three of five shares open their slot', async () => {
  const { secret, threshold, contacts, shares, payload } = vectors.slots.shares
  const slot = record(payload) as Slot
  const parsed = shares.map((text: string) => {
    const share = parseShare(text)
    return share.ok ? share.value : assert.fail('not a share')
  }) as Share[]
  assert.deepEqual(parsed.map(formatShare), shares)
  assert.deepEqual(openSharesProperties(root, account, slot.properties as Buffer), { threshold, contacts })
  assert.deepEqual(openSlotProperties(root, account, slot.properties as Buffer), { label: '3 of 5 shares' })
  for (const places of [
    [0, 1, 2],
    [4, 2, 3],
    [0, 2, 4],
  ]) {
    const some = places.map((at) => parsed[at] as Share)
    assert.equal((await combineSecret(some.map(({ bytes }) => bytes))).toString('hex'), secret)
    const outcome = await openSharesSlot([slot], some)
    assert.ok(outcome.ok && outcome.opened.root.equals(root))
  }
})

test('the operator opens the escrow slot', () => {
  const { identity: text, recipient, payload } = vectors.slots.escrow
  using identity = parseIdentity(text) ?? assert.fail('not an identity')
  const slot = record(payload) as Slot
  assert.ok(openEscrowSlot([slot], [identity])?.equals(root))
  assert.deepEqual(openSlotProperties(root, account, slot.properties as Buffer), { label: recipient })
})

test('a passkey opens its slot', () => {
  const { prf, salt, publicKey, properties, payload } = vectors.slots.passkey
  const slot = record(payload) as Slot
  const place = { account, credentialId: hex(properties.credentialId), serverSalt: hex(salt) }
  assert.equal(findPasskey([slot], place)?.publicKey.toString('hex'), publicKey)
  assert.ok(openPasskeySlot(slot, place, hex(prf))?.root.equals(root))
  const credentialId = Uint8Array.from(place.credentialId)
  assert.deepEqual(openPasskeyProperties(root, account, slot.properties as Buffer), { ...properties, credentialId })
})

test('slots open', async () => {
  const { password, appPassword, recovery, machine, revocation } = vectors.slots
  const byPassword = record(password.payload) as Slot
  const opened = await openPasswordSlot([byPassword], account, Buffer.from(password.password), hex(password.salt))
  assert.ok(opened?.root.equals(root))
  assert.deepEqual(openSlotProperties(root, account, byPassword.properties as Buffer), { label: password.login })
  const forApp = record(appPassword.payload) as Slot
  const openedByApp = await openPasswordSlot(
    [forApp],
    account,
    Buffer.from(appPassword.password),
    hex(appPassword.salt),
  )
  assert.ok(openedByApp !== null && openedByApp.root.equals(root))
  assert.equal(openedByApp.slot.kind, 'appPassword')
  assert.deepEqual(openSlotProperties(root, account, forApp.properties as Buffer), appPassword.properties)
  const code = parseRecoveryCode(recovery.code) ?? assert.fail('not a code')
  assert.ok(openRecoverySlot([record(recovery.payload) as Slot], code)?.root.equals(root))
  const machineSlots = [record(machine.payload) as Slot]
  assert.ok(
    openMachineSlot(machineSlots, account, machineStretched(hex(machine.machineKey), account))?.root.equals(root),
  )
  const revoked = record(revocation.payload)
  assert.deepEqual([revoked.action, revoked.name], ['revoke', byPassword.name])
})
