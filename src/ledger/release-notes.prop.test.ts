import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { type NumberRange, NumberRanges } from '#base/number-ranges.ts'
import { ReleaseNotes } from './release-notes.ts'

const ACCOUNT = '0123456789abcdef0123456789abcdef' as AccountId
const LIMIT = 40

const ranges = fc
  .array(fc.tuple(fc.nat(LIMIT), fc.nat(6)), { maxLength: 4 })
  .map((some) => [...new NumberRanges(some.map(([first, length]): NumberRange => [first, first + length]))])
const release = fc.tuple(ranges, ranges).map(([released, both]) => {
  const kept = new NumberRanges(both)
  for (const [first, last] of released) kept.remove(first, last)
  return { released, kept: [...kept] }
})

function each(some: readonly NumberRange[], tell: (number: number) => void): void {
  for (const [first, last] of some) for (let number = first; number <= last; number++) tell(number)
}

test('each record has the time at which it was first seen released since it was last kept', () => {
  fc.assert(
    fc.property(fc.array(release, { maxLength: 12 }), fc.nat(20), (releases, until) => {
      const notes = new ReleaseNotes()
      const model = new Map<number, number>()
      for (const [timeMs, one] of releases.entries()) {
        notes.add(one, timeMs)
        each(one.released, (number) => void (model.has(number) || model.set(number, timeMs)))
        each(one.kept, (number) => void model.delete(number))
      }
      notes.size = 7
      const again = ReleaseNotes.decode(notes.encode(ACCOUNT), ACCOUNT)
      assert.deepEqual(again?.ranges, notes.ranges)
      assert.equal(again.size, 7)
      for (let number = 0; number <= LIMIT + 8; number++) {
        assert.equal(again.find(number)?.seenMs, model.get(number))
        assert.equal(again.covers(number, number, until), (model.get(number) ?? Infinity) <= until)
      }
      const seen: number[] = []
      each([...again.seenUntil(until)], (number) => seen.push(number))
      assert.deepEqual(
        seen,
        [...model]
          .filter(([, at]) => at <= until)
          .map(([number]) => number)
          .sort((a, b) => a - b),
      )
      again.notAfter(2)
      for (const [number, at] of model) assert.equal(again.find(number)?.seenMs, Math.min(at, 2))
    }),
  )
})

test('damaged notes, and those of another account, are none', () => {
  const notes = new ReleaseNotes()
  notes.add(
    {
      released: [
        [1, 5],
        [9, 9],
      ],
      kept: [],
    },
    3,
  )
  const bytes = notes.encode(ACCOUNT)
  assert.equal(ReleaseNotes.decode(bytes, 'f'.repeat(32) as AccountId), null)
  for (let at = 0; at < bytes.length; at++) {
    const damaged = Buffer.from(bytes)
    damaged[at] = (damaged[at] as number) ^ 1
    assert.equal(ReleaseNotes.decode(damaged, ACCOUNT), null, `byte ${at}`)
  }
  assert.equal(ReleaseNotes.decode(bytes.subarray(0, 80), ACCOUNT), null)
})

test('of more than can be noted nothing is lost but time', () => {
  const notes = new ReleaseNotes()
  const many = Array.from({ length: 65_536 }, (_, at): NumberRange => [2 * at, 2 * at])
  notes.add({ released: many, kept: [] }, 1)
  notes.add({ released: many.map(([first]): NumberRange => [first + 200_000, first + 200_000]), kept: [] }, 1)
  assert.equal(notes.isCut, false)
  notes.add({ released: [[900_000, 900_001]], kept: [[0, 0]] }, 2)
  assert.equal(notes.isCut, true)
  assert.equal(notes.find(0), null)
  assert.equal(notes.find(900_000), null)
  assert.equal(notes.hasRoom, false)
  notes.remove(0, 200_000)
  assert.equal(notes.hasRoom, true)
})
