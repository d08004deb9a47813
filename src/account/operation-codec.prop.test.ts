import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { decodeCbor, encodeCbor } from '#keys/cbor.ts'
import { RootSecret } from '#keys/root.ts'
import { CHAIN_START, JournalSealer, chainPosition, nextHead } from './journal.ts'
import { operationArbitrary } from './operation-arbitrary.ts'
import { operationFromCbor, encodeOperation } from './operation-codec.ts'
import type { JournalOperation } from './operation.ts'

const account = '00112233445566778899aabbccddeeff' as AccountId
const operation = operationArbitrary(fc.nat(99))

function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value]
  if (Array.isArray(value)) return value.map(plain)
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, plain(item)]))
  }
  return value
}

test('an operation decodes to what was encoded', () => {
  fc.assert(
    fc.property(operation, (operation) => {
      const bytes = encodeOperation(operation)
      assert.deepEqual(plain(operationFromCbor(decodeCbor(bytes))), plain(operation))
    }),
    { numRuns: 500 },
  )
})

test('changed bytes are refused or decode to an operation that encodes again', () => {
  fc.assert(
    fc.property(operation, fc.nat(), fc.nat(255), (operation, where, byte) => {
      const bytes = encodeOperation(operation)
      bytes[where % bytes.length] = byte
      const decoded = operationFromCbor(decodeCbor(bytes))
      if (decoded === null) return
      try {
        encodeOperation(decoded)
      } catch (error) {
        // The normal form of a name is asked of planners only: it depends on the version of Unicode.
        assert.match(String(error), /Normalization/)
      }
    }),
    { numRuns: 2000 },
  )
})

test('operations out of bounds are not written', () => {
  const bad: JournalOperation[] = [
    { kind: 'set', key: '', value: 1 },
    { kind: 'set', key: 'a', value: Number.NaN },
    { kind: 'remove', mailbox: 1 as never, set: [[2, 1]] },
    { kind: 'remove', mailbox: 1 as never, set: [[0, 1]] },
    {
      kind: 'remove',
      mailbox: 1 as never,
      set: [
        [1, 2],
        [3, 4],
      ],
    },
    { kind: 'changeKeywords', mailbox: null, set: [], mode: 'add', keywords: ['Seen'], unchangedSince: null },
    { kind: 'changeKeywords', mailbox: null, set: [], mode: 'add', keywords: ['a b'], unchangedSince: null },
    ...['', ' a', 'a ', 'a/b', 'a\n', 'e\u0308', '\ud800', 'x'.repeat(256)].map((name): JournalOperation => ({
      kind: 'createMailbox',
      parent: null,
      name,
      role: null,
      uidValidity: 1,
      subscribed: true,
    })),
  ]
  for (const operation of bad) assert.throws(() => encodeOperation(operation), RangeError)
})

test('a journal record opens for its own account and key, whole', () => {
  using root = RootSecret.generate()
  using sealer = new JournalSealer(root, account)
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 4 }), fc.nat(), (operations, where) => {
      const head = { counter: 3, previous: Buffer.alloc(32, 4) }
      const payload = sealer.seal(head, 1234, operations.map(encodeOperation))
      const entry = sealer.open(payload)
      assert.ok(entry !== null && entry !== 'unknownOperation')
      assert.deepEqual(plain({ ...entry, previous: 0 }), plain({ counter: 3, previous: 0, time: 1234, operations }))
      assert.ok(entry.previous.equals(head.previous))
      payload[where % payload.length] = (payload[where % payload.length] as number) ^ 1
      assert.equal(sealer.open(payload), null)
    }),
    { numRuns: 50 },
  )
  using stranger = new JournalSealer(root, 'ff112233445566778899aabbccddeeff' as AccountId)
  assert.equal(stranger.open(sealer.seal(CHAIN_START, 1, [])), null)
  assert.equal(sealer.open(sealer.seal(CHAIN_START, 1, [encodeCbor([99])])), 'unknownOperation')
})

test('the chain tells the next record from a repeated, a moved and one after a gap', () => {
  using root = RootSecret.generate()
  using sealer = new JournalSealer(root, account)
  const first = sealer.seal(CHAIN_START, 1, [])
  const head = nextHead(CHAIN_START, first)
  const second = sealer.seal(head, 2, [])
  const third = sealer.seal(nextHead(head, second), 3, [])
  const rival = sealer.seal({ counter: 1, previous: Buffer.alloc(32) }, 2, [])
  const position = (payload: Buffer): string => {
    const entry = sealer.open(payload)
    assert.ok(entry !== null && entry !== 'unknownOperation')
    return chainPosition(head, entry)
  }
  assert.deepEqual([first, second, third, rival].map(position), ['passOver', 'next', 'broken', 'broken'])
})
