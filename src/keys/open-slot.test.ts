import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import { formatRecoveryCode, parseRecoveryCode } from './recovery-code.ts'
import { makeRecoverySlot, openRecoverySlot } from './recovery-slot.ts'
import { machineStretched } from './server-secret.ts'
import { RootSecret } from './root.ts'
import { decodeSlot, encodeSlot, foldSlots, type Slot } from './slot.ts'
import { openSlotProperties } from './slot-properties.ts'
import { makeMachineSlot, makePasswordSlot, openMachineSlot, openPasswordSlot } from './stretched-slot.ts'

const account = '00112233445566778899aabbccddeeff' as AccountId
const other = '10112233445566778899aabbccddeeff' as AccountId
const salt = Buffer.alloc(32, 9)
const password = Buffer.from('correct horse battery staple')

function stored(...slots: Slot[]): Slot[] {
  return foldSlots(slots.map((slot) => decodeSlot(encodeSlot(slot)) ?? assert.fail('not decoded')))
}

test('a password opens its own slot and no other password, account or salt does', async () => {
  using root = RootSecret.generate()
  const slots = stored(await makePasswordSlot(root, account, 'ada@example.test', password, salt, 1))
  const opened = await openPasswordSlot(slots, account, password, salt)
  assert.ok(opened !== null && opened.root.equals(root))
  assert.deepEqual(openSlotProperties(root, account, opened.slot.properties as Buffer), { label: 'ada@example.test' })
  assert.equal(await openPasswordSlot(slots, account, Buffer.from('wrong'), salt), null)
  assert.equal(await openPasswordSlot(slots, other, password, salt), null)
  assert.equal(await openPasswordSlot(slots, account, password, Buffer.alloc(32)), null)
  assert.equal(await openPasswordSlot(slots, account, Buffer.of(0xff), salt), null)
})

test('a password is the same in whatever form it was typed', async () => {
  using root = RootSecret.generate()
  const composed = Buffer.from('Gr\u00fc\u00dfe')
  const decomposed = Buffer.from('Gru\u0308\u00dfe')
  const slots = stored(await makePasswordSlot(root, account, 'ada@example.test', composed, salt, 1))
  assert.ok((await openPasswordSlot(slots, account, decomposed, salt))?.root.equals(root))
})

test('the recovery code opens the account without any server secret', () => {
  using root = RootSecret.generate()
  const { slot, code } = makeRecoverySlot(root, account, 5)
  const typed = parseRecoveryCode(formatRecoveryCode(code)) ?? assert.fail('not a code')
  assert.ok(openRecoverySlot(stored(slot), typed)?.root.equals(root))
  assert.equal(openRecoverySlot(stored(slot), Buffer.alloc(20)), null)
  assert.equal(openRecoverySlot(stored({ ...slot, sealedRoot: slot.sealedRoot.subarray(1) }), typed), null)
})

test('the machine key opens the machine slot only', () => {
  using root = RootSecret.generate()
  const machineKey = Buffer.alloc(32, 3)
  const slots = stored(makeMachineSlot(root, account, machineStretched(machineKey, account), 5))
  assert.ok(openMachineSlot(slots, account, machineStretched(machineKey, account))?.root.equals(root))
  assert.equal(openMachineSlot(slots, other, machineStretched(machineKey, other)), null)
  assert.equal(openMachineSlot(slots, account, machineStretched(Buffer.alloc(32), account)), null)
})

test('a disposed root is gone', () => {
  const bytes = Buffer.alloc(32, 1)
  const root = new RootSecret(bytes)
  root[Symbol.dispose]()
  assert.deepEqual(bytes, Buffer.alloc(32))
  assert.throws(() => root.derive('journal'))
})
