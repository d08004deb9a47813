import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  agePayloadLength,
  agePlaintextLength,
  CHUNK_LENGTH,
  openAgePayload,
  openAgeRange,
  openChunks,
  SEALED_CHUNK_LENGTH,
  sealPayloadInto,
} from './stream.ts'

const key = Buffer.alloc(32, 7)

function sealed(length: number): { plaintext: Buffer; payload: Buffer } {
  const plaintext = Buffer.alloc(length)
  for (let at = 0; at < length; at++) plaintext[at] = (at * 13 + (at >>> 16) * 101) & 0xff
  const payload = Buffer.alloc(agePayloadLength(length))
  sealPayloadInto(payload, 0, key, plaintext)
  return { plaintext, payload }
}

function readFrom(payload: Buffer): (offset: number, length: number) => Buffer {
  return (offset, length) => payload.subarray(offset, offset + length)
}

const samples = [0, 1, 1000, CHUNK_LENGTH - 1, CHUNK_LENGTH, CHUNK_LENGTH + 1, 3 * CHUNK_LENGTH, 250_000].map(sealed)
const sample = fc.constantFrom(...samples)

test('a range is that part of the plaintext, from the chunks that hold it and no others', () => {
  fc.assert(
    fc.property(sample, fc.nat(), fc.nat(), fc.boolean(), ({ plaintext, payload }, a, b, short) => {
      const limit = plaintext.length + 1
      const start = a % limit
      const end = Math.min(plaintext.length, start + (short ? b % 100 : b % limit))
      const reads: number[] = []
      const read = (offset: number, length: number): Buffer => {
        assert.equal(offset % SEALED_CHUNK_LENGTH, 0)
        assert.ok(length <= SEALED_CHUNK_LENGTH)
        reads.push(offset / SEALED_CHUNK_LENGTH)
        return payload.subarray(offset, offset + length)
      }
      assert.ok(openAgeRange(key, payload.length, read, start, end)?.equals(plaintext.subarray(start, end)))
      if (start === end) assert.equal(reads.length, 1)
      else {
        const [first, last] = [Math.floor(start / CHUNK_LENGTH), Math.floor((end - 1) / CHUNK_LENGTH)]
        assert.deepEqual(
          reads,
          Array.from({ length: last - first + 1 }, (_, index) => first + index),
        )
      }
    }),
    { numRuns: 300 },
  )
})

test('a damaged chunk is noticed where it is read, and only there', () => {
  const { plaintext, payload } = sealed(3 * CHUNK_LENGTH + 10)
  fc.assert(
    fc.property(fc.nat(payload.length - 1), fc.nat(), fc.nat(), (where, a, b) => {
      const damaged = Buffer.from(payload)
      damaged[where] = (damaged[where] as number) ^ 4
      const start = a % plaintext.length
      const end = start + 1 + (b % (plaintext.length - start))
      const chunk = Math.floor(where / SEALED_CHUNK_LENGTH)
      const touches = start < (chunk + 1) * CHUNK_LENGTH && end > chunk * CHUNK_LENGTH
      const range = openAgeRange(key, damaged.length, readFrom(damaged), start, end)
      if (touches) assert.equal(range, null)
      else assert.ok(range?.equals(plaintext.subarray(start, end)))
      assert.equal(openAgePayload(key, damaged), null)
      const whole = [...openChunks(key, damaged)]
      assert.ok(Buffer.concat(whole).equals(plaintext.subarray(0, chunk * CHUNK_LENGTH)))
    }),
    { numRuns: 60 },
  )
})

test('cut off, continued, in another order or under another key it does not open', () => {
  for (const { payload } of samples) {
    const variants = [
      payload.subarray(0, -1),
      payload.subarray(0, payload.length - (payload.length % SEALED_CHUNK_LENGTH || SEALED_CHUNK_LENGTH)),
      Buffer.concat([payload, Buffer.alloc(1)]),
      Buffer.concat([payload, payload]),
    ]
    for (const variant of variants) {
      const length = agePlaintextLength(variant.length)
      assert.equal(openAgePayload(key, variant), null)
      assert.equal(openAgeRange(key, variant.length, readFrom(variant), Math.max(0, length - 1), length), null)
    }
    assert.equal(openAgePayload(Buffer.alloc(32, 8), payload), null)
    const swapped = Buffer.concat([payload.subarray(SEALED_CHUNK_LENGTH), payload.subarray(0, SEALED_CHUNK_LENGTH)])
    if (swapped.length > SEALED_CHUNK_LENGTH) assert.equal(openAgePayload(key, swapped), null)
  }
})

test('reading less than was asked for is damage; a range outside of the plaintext is a mistake', () => {
  const { payload } = sealed(100)
  const short = (offset: number, length: number): Buffer => payload.subarray(offset, offset + length - 1)
  assert.equal(openAgeRange(key, payload.length, short, 0, 100), null)
  for (const [start, end] of [
    [0, 101],
    [-1, 5],
    [6, 5],
    [Number.NaN, 5],
  ] as const) {
    assert.throws(() => openAgeRange(key, payload.length, short, start, end), RangeError)
  }
})

test("lengths are each other's inverse, and every length has an answer", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (any) => {
      const length = any % 2 ** 46
      assert.equal(agePlaintextLength(agePayloadLength(length)), length)
      const plaintext = agePlaintextLength(length)
      assert.ok(plaintext >= 0 && plaintext <= Math.max(0, length - 16))
    }),
  )
  for (let length = 0; length <= 16; length++) assert.equal(agePlaintextLength(length), 0)
})
