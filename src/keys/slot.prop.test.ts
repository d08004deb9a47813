import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { RootSecret } from './root.ts'
import {
  type Slot,
  type SlotKind,
  type SlotRecord,
  authenticateSlot,
  decodeSlot,
  encodeSlot,
  foldSlots,
  revokeSlot,
  slotIsAuthentic,
} from './slot.ts'

const account = '00112233445566778899aabbccddeeff' as AccountId
const other = '10112233445566778899aabbccddeeff' as AccountId
const root = new RootSecret(Buffer.alloc(32, 7))

const bytes = (size: { minLength?: number; maxLength: number }): fc.Arbitrary<Buffer> =>
  fc.uint8Array(size).map((value) => Buffer.from(value))
const name = bytes({ minLength: 16, maxLength: 16 })
const kind = fc.constantFrom<SlotKind>(
  'password',
  'appPassword',
  'recoveryCode',
  'shares',
  'escrow',
  'passkey',
  'machine',
)

const slot = fc
  .record({
    name,
    kind,
    sealedRoot: bytes({ maxLength: 300 }),
    created: fc.maxSafeNat(),
    properties: fc.option(bytes({ maxLength: 60 })),
  })
  .map((fields): Slot => authenticateSlot(root, account, { action: 'add', ...fields }))
const record = fc.oneof(
  slot,
  fc.tuple(name, fc.maxSafeNat()).map(([name, created]): SlotRecord => revokeSlot(root, account, name, created)),
)

test('a slot record decodes to what was encoded, and is authentic', () => {
  fc.assert(
    fc.property(record, (record) => {
      const decoded = decodeSlot(encodeSlot(record))
      assert.deepEqual(decoded, record)
      assert.ok(slotIsAuthentic(root, account, record))
      assert.ok(!slotIsAuthentic(root, other, record))
    }),
  )
})

test('a changed record is refused or not authentic', () => {
  fc.assert(
    fc.property(record, fc.nat(), fc.integer({ min: 1, max: 255 }), (record, where, change) => {
      const payload = encodeSlot(record)
      payload[where % payload.length] = (payload[where % payload.length] as number) ^ change
      const decoded = decodeSlot(payload)
      if (decoded !== null) assert.ok(!slotIsAuthentic(root, account, decoded))
    }),
    { numRuns: 500 },
  )
})

test('any bytes are decoded or refused', () => {
  fc.assert(
    fc.property(bytes({ maxLength: 200 }), (payload) => {
      decodeSlot(payload)
      decodeSlot(Buffer.concat([Buffer.of(1), payload]))
    }),
  )
  assert.equal(decodeSlot(Buffer.concat([Buffer.of(1), Buffer.alloc(8000, 0x81)])), null)
  assert.equal(decodeSlot(Buffer.alloc(9000, 1)), null)
})

test('adding replaces, revoking removes', () => {
  const slotOf = (first: number, created: number): Slot =>
    authenticateSlot(root, account, {
      action: 'add',
      name: Buffer.alloc(16, first),
      kind: 'password',
      sealedRoot: Buffer.alloc(1),
      created,
      properties: null,
    })
  const revoke = revokeSlot(root, account, Buffer.alloc(16, 1), 9)
  const slots = foldSlots([slotOf(1, 1), slotOf(2, 2), slotOf(2, 3), revoke, slotOf(3, 4)])
  assert.deepEqual(
    slots.map(({ name, created }) => [name[0], created]),
    [
      [2, 3],
      [3, 4],
    ],
  )
})
