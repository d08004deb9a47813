import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { generateMessage } from './message-generator.ts'
import { parseMessage } from './parse.ts'
import { PartTableError, decodePartTable, encodePartTable } from './part-table.ts'

const seeds = fc.integer({ min: 0, max: 0xffff_ffff })

test('a part table gives back the parts', () => {
  fc.assert(
    fc.property(seeds, (seed) => {
      const part = parseMessage(generateMessage(seed))
      assert.deepEqual(decodePartTable(encodePartTable(part)), part)
    }),
    { numRuns: 500 },
  )
})

test('an ordinary message takes few bytes', () => {
  const plain = parseMessage(Buffer.from(`Content-Type: text/plain; charset=utf-8\n\n${'x'.repeat(10_000)}`))
  assert.ok(encodePartTable(plain).length <= 24)
})

test('large numbers', () => {
  const part = { ...parseMessage(Buffer.from('\n')), bodyStart: 2 ** 40, end: 2 ** 52, lines: 2 ** 33 }
  assert.deepEqual(decodePartTable(encodePartTable(part)), part)
})

test('other bytes are refused, at no more cost than their length', () => {
  fc.assert(
    fc.property(seeds, fc.nat(), fc.nat(0xff), fc.nat(3), (seed, where, byte, cut) => {
      const bytes = encodePartTable(parseMessage(generateMessage(seed)))
      bytes[where % bytes.length] = byte
      refusedOrRead(bytes.subarray(0, bytes.length - cut))
    }),
    { numRuns: 1000 },
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => refusedOrRead(Buffer.from(bytes))))
  assert.throws(() => decodePartTable(Buffer.alloc(0)), PartTableError)
  assert.throws(() => decodePartTable(Buffer.from([0])), PartTableError)
})

function refusedOrRead(bytes: Buffer): void {
  try {
    decodePartTable(bytes)
  } catch (error) {
    assert.ok(error instanceof PartTableError)
  }
}
