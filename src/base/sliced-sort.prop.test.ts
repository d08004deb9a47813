import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TimeSlice } from './time-slice.ts'
import { sortIds } from './sliced-sort.ts'

let time = 0
let pauses = 0
const host = {
  monotonic: () => (time += 5),
  pause: () => {
    pauses++
    return Promise.resolve()
  },
}

test('it sorts, stably, as the language does', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.array(fc.nat(1000), { maxLength: 300, size: 'max' }),
        // Runs, as mailboxes have them.
        fc
          .array(
            fc.array(fc.nat(50), { maxLength: 60, size: 'max' }).map((run) => run.sort((a, b) => a - b)),
            { maxLength: 8 },
          )
          .map((runs) => runs.flat()),
      ),
      async (values) => {
        const ids = Uint32Array.from(values, (_, at) => at)
        // Only some of the digits count, so that order among equals shows.
        const compare = (a: number, b: number): number =>
          Math.floor((values[a] ?? 0) / 10) - Math.floor((values[b] ?? 0) / 10)
        const expected = [...ids].sort(compare)
        const sorted = await sortIds(ids, values.length, compare, new TimeSlice(host))
        assert.deepEqual([...sorted.subarray(0, values.length)], expected)
      },
    ),
    { numRuns: 300 },
  )
})

test('long lists are sorted in slices of time', async () => {
  pauses = 0
  const ids = Uint32Array.from({ length: 50_000 }, (_, at) => (at * 7919) % 50_000)
  const sorted = await sortIds(ids, ids.length, (a, b) => a - b, new TimeSlice(host))
  assert.ok(sorted.every((id, at) => id === at))
  assert.ok(pauses > 20)
})
