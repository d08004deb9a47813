import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Clock, systemClock } from '#platform/clock.ts'
import { RequestRate } from './request-rate.ts'

class TestRate {
  nowMs = 1_000_000
  readonly #clock: Clock = { ...systemClock, monotonic: () => this.nowMs }
  readonly #rate = new RequestRate(this.#clock)

  /** How many of so many are let through at once. */
  let(count: number, network: (index: number) => string | null): number {
    let taken = 0
    for (let index = 0; index < count; index++) if (this.#rate.take(network(index))) taken++
    return taken
  }
}

test('a network has a burst, and then a few a minute', () => {
  const rate = new TestRate()
  assert.equal(
    rate.let(100, () => 'one'),
    60,
  )
  // Others are not kept waiting by it.
  assert.equal(
    rate.let(10, () => 'another'),
    10,
  )
  rate.nowMs += 10_000
  assert.equal(
    rate.let(100, () => 'one'),
    5,
  )
})

test('many networks have no more together than this server gives, nor has this machine', () => {
  const rate = new TestRate()
  assert.equal(
    rate.let(20_000, (index) => `network ${index}`),
    500,
  )
  assert.equal(
    rate.let(10, () => null),
    0,
  )
  rate.nowMs += 1_000
  assert.equal(
    rate.let(100, () => null),
    50,
  )
})

test('after a quiet hour there is one burst, not many', () => {
  const rate = new TestRate()
  rate.let(100, () => 'one')
  rate.nowMs += 3_600_000
  assert.equal(
    rate.let(100, () => 'one'),
    60,
  )
})
