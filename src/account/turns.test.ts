// What shares one thread takes turns: whoever asks for one gets it, in the order of asking, and between two of them others are served.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, systemClock } from '#platform/clock.ts'
import { Slices, nextTurn } from './turns.ts'

/** Rounds of the event loop, counted. */
function rounds(): Disposable & { readonly now: number } {
  let now = 0
  let handle = setImmediate(function tick() {
    now++
    handle = setImmediate(tick)
  })
  return {
    get now() {
      return now
    },
    [Symbol.dispose]: () => clearImmediate(handle),
  }
}

test('of all who have long work, one has its turn between two rounds of input and output, in the order of asking', async () => {
  using count = rounds()
  const turns: { who: number; round: number }[] = []
  const worker = async (who: number): Promise<void> => {
    for (let turn = 0; turn < 3; turn++) {
      await nextTurn()
      turns.push({ who, round: count.now })
    }
  }
  await Promise.all([0, 1, 2, 3].map(worker))
  assert.deepEqual(
    turns.map(({ who }) => who),
    [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3],
  )
  assert.equal(new Set(turns.map(({ round }) => round)).size, turns.length)
})

test('work in steps is left when its slice is over, and not before', async () => {
  let nowMs = 0
  const clock: Clock = { ...systemClock, monotonic: () => nowMs }
  using count = rounds()
  const seen: number[] = []
  function* work(): Generator<void, string, void> {
    for (let step = 0; step < 6; step++) {
      seen.push(count.now)
      nowMs += 8
      yield
    }
    return 'done'
  }
  assert.equal(await new Slices(clock).run(work()), 'done')
  // Two steps make a slice.
  assert.equal(seen[0], seen[1])
  assert.equal(seen[2], seen[3])
  assert.ok((seen[2] as number) > (seen[1] as number))
  assert.ok((seen[4] as number) > (seen[3] as number))
})
