import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Steps, atOnce } from './steps.ts'
import { TimeSlice } from './time-slice.ts'

function* work(count: number): Steps<string> {
  for (let step = 0; step < count; step++) yield
  return 'done'
}

test('work in steps gives the same at once and in slices', async () => {
  assert.equal(atOnce(work(3)), 'done')
  let now = 0
  let pauses = 0
  const host = {
    monotonic: () => (now += 4),
    pause() {
      pauses++
      return Promise.resolve()
    },
  }
  assert.equal(await new TimeSlice(host).run(work(100)), 'done')
  // One look at the clock is four milliseconds here, and a slice lasts ten.
  assert(pauses > 20 && pauses < 60)
})

test('what a step throws comes out, and nothing goes on', async () => {
  let wentOn = false
  function* failing(): Steps<void> {
    yield
    if (Math.random() < 2) throw new RangeError('broken')
    wentOn = true
  }
  assert.throws(() => atOnce(failing()), RangeError)
  await assert.rejects(new TimeSlice({ monotonic: () => 0, pause: () => Promise.resolve() }).run(failing()), RangeError)
  assert(!wentOn)
})
