import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { NumberRanges } from '#base/number-ranges.ts'
import { type Release, encodeRelease, parseRelease } from './release.ts'

const numbers = fc.oneof(
  fc.nat(60),
  fc.nat({ max: 2 ** 31 }).map((number) => 2 ** 53 - 1 - number),
)
const release = fc
  .tuple(fc.array(numbers, { maxLength: 30 }), fc.array(numbers, { maxLength: 30 }))
  .map(([released, kept]): Release => {
    const all = new NumberRanges(released.map((number) => [number, number] as const))
    const others = new NumberRanges(
      kept.filter((number) => !all.has(number)).map((number) => [number, number] as const),
    )
    return { released: [...all], kept: [...others] }
  })
  .filter(({ released, kept }) => released.length + kept.length > 0)

test('a release is read as it was written', () => {
  fc.assert(fc.property(release, (one) => assert.deepEqual(parseRelease(encodeRelease(one)), one)))
})

test('nothing else is one, and nothing makes the parser throw', () => {
  fc.assert(
    fc.property(release, fc.nat(), fc.integer({ min: 1, max: 255 }), (one, at, change) => {
      const bytes = encodeRelease(one)
      for (const length of [0, 1, 15, bytes.length - 1]) assert.equal(parseRelease(bytes.subarray(0, length)), null)
      assert.equal(parseRelease(Buffer.concat([bytes, Buffer.alloc(16)])), null)
      bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ change
      const other = parseRelease(bytes)
      if (other !== null) assert.deepEqual(encodeRelease(other), bytes)
    }),
  )
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void parseRelease(bytes)))
})

test('what is out of order, or said both ways of one record, is rejected', () => {
  const rejected: Release[] = [
    { released: [], kept: [] },
    { released: [[5, 4]], kept: [] },
    {
      released: [
        [1, 2],
        [3, 4],
      ],
      kept: [],
    },
    {
      released: [],
      kept: [
        [7, 9],
        [1, 2],
      ],
    },
    { released: [[1, 5]], kept: [[5, 6]] },
    { released: Array.from({ length: 65_537 }, (_, index) => [2 * index, 2 * index] as const), kept: [] },
  ]
  for (const one of rejected) assert.equal(parseRelease(encodeRelease(one)), null)
})
