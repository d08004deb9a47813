// The slot of a passkey: opened by its own PRF output alone, in its own account, for its own credential, under the server secret that it was made with.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { type PasskeyPlace, findPasskey, makePasskeySlot, openPasskeySlot } from './passkey-slot.ts'
import { openPasskeyProperties } from './passkey-properties.ts'
import { RootSecret } from './root.ts'
import { type Slot, authenticateSlot, decodeSlot, encodeSlot, slotIsAuthentic } from './slot.ts'
import { openSlotProperties } from './slot-properties.ts'

const account = '00112233445566778899aabbccddeeff' as AccountId
const other = '10112233445566778899aabbccddeeff' as AccountId
const root = new RootSecret(Buffer.alloc(32, 7))
const prf = Buffer.alloc(32, 1)
const serverSalt = Buffer.alloc(32, 2)
const credentialId = Buffer.from('a credential that an authenticator keeps')
const publicKey = Buffer.from('a public key')
const passkey = { label: 'Key', credentialId, publicKey, relyingParty: 'mail.example.org', isBackupEligible: true }
const place: PasskeyPlace = { account, credentialId, serverSalt }
const slot = makePasskeySlot(root, account, passkey, prf, serverSalt, 99)

test('it is found by its credential, opened by its PRF, and says to its owner what it is', () => {
  const decoded = decodeSlot(encodeSlot(slot)) as Slot
  const found = findPasskey([decoded], place)
  assert.deepEqual(found?.publicKey, publicKey)
  const opened = openPasskeySlot(found.slot, place, prf)
  assert.ok(opened?.root.equals(root))
  assert.ok(slotIsAuthentic(root, account, decoded))
  const { publicKey: _, ...properties } = passkey
  assert.deepEqual(openPasskeyProperties(root, account, slot.properties as Buffer), {
    ...properties,
    credentialId: Uint8Array.from(credentialId),
  })
  assert.deepEqual(openSlotProperties(root, account, slot.properties as Buffer), { label: 'Key' })
})

test('the record tells neither credential nor key nor host', () => {
  const record = encodeSlot(slot)
  for (const secret of [credentialId, publicKey, prf, Buffer.from('example'), Buffer.from('Key')]) {
    assert.equal(record.indexOf(secret), -1)
  }
  // The same credential gives the same name, and nothing else that is the same.
  const again = makePasskeySlot(root, account, passkey, prf, serverSalt, 99)
  assert.deepEqual(again.name, slot.name)
  assert.notDeepEqual(again.sealedRoot, slot.sealedRoot)
})

test('with anything else it is not found, or does not open', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 })
  fc.assert(
    fc.property(bytes32, (wrong) => assert.equal(openPasskeySlot(slot, place, wrong), null)),
    { numRuns: 50 },
  )
  for (const length of [0, 31, 33, 64]) assert.equal(openPasskeySlot(slot, place, Buffer.alloc(length, 1)), null)
  for (const moved of [
    { ...place, account: other },
    { ...place, credentialId: Buffer.concat([credentialId, Buffer.of(0)]) },
    { ...place, serverSalt: Buffer.alloc(32, 3) },
  ]) {
    assert.equal(findPasskey([slot], moved), null)
    assert.equal(openPasskeySlot(slot, moved, prf), null)
  }
})

test('what was moved to another name, kind or credential opens nothing', () => {
  const second = { ...passkey, credentialId: Buffer.from('another credential of the same owner') }
  const secondPrf = Buffer.alloc(32, 5)
  const secondSlot = makePasskeySlot(root, account, second, secondPrf, serverSalt, 99)
  const secondPlace = { ...place, credentialId: second.credentialId }
  // The sealed root of one under the name of the other.
  const moved = authenticateSlot(root, account, { ...slot, name: secondSlot.name })
  assert.equal(findPasskey([moved], secondPlace), null)
  for (const output of [prf, secondPrf]) assert.equal(openPasskeySlot(moved, secondPlace, output), null)
  assert.equal(openPasskeySlot(secondSlot, secondPlace, prf), null)
  const asPassword = authenticateSlot(root, account, { ...slot, kind: 'password' })
  assert.equal(findPasskey([asPassword], place), null)
  assert.equal(openPasskeySlot(asPassword, place, prf), null)
})

test('a record that was changed anywhere opens nothing, or is noticed when it has', () => {
  const record = encodeSlot(slot)
  fc.assert(
    fc.property(fc.nat(), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(record)
      changed[at % changed.length] = (changed[at % changed.length] as number) ^ change
      const decoded = decodeSlot(changed)
      if (decoded?.action !== 'add') return
      findPasskey([decoded], place)
      const opened = openPasskeySlot(decoded, place, prf)
      if (opened === null) return
      assert.ok(opened.root.equals(root))
      assert.ok(!slotIsAuthentic(opened.root, account, decoded))
    }),
    { numRuns: 500 },
  )
})

test('any sealed root is opened or refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (sealedRoot) => {
      const garbled: Slot = { ...slot, sealedRoot: Buffer.from(sealedRoot) }
      assert.equal(findPasskey([garbled], place), null)
      assert.equal(openPasskeySlot(garbled, place, prf), null)
    }),
  )
})
