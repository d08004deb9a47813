import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#platform/clock.ts'
import { LoginThrottle } from './login-throttle.ts'

function stoppedClock(): Clock & { pass(ms: number): void } {
  let at = 1_000_000
  return {
    now: () => at,
    monotonic: () => at,
    after: () => ({ cancel: () => undefined }),
    pass(ms) {
      at += ms
    },
  }
}

const ADA = Buffer.from('ada@example.org')
const BOB = Buffer.from('bob@example.org')

function fail(
  throttle: LoginThrottle,
  clock: { pass(ms: number): void },
  name: Buffer,
  network: string,
  times: number,
): number {
  let waited = 0
  for (let at = 0; at < times; at++) {
    const attempt = throttle.attempt(name, network)
    waited = attempt.waitMs ?? Number.POSITIVE_INFINITY
    clock.pass(Math.min(waited, 1e6))
    attempt.failed()
  }
  return waited
}

test('mistyping twice costs nothing, and waiting grows after that', () => {
  const clock = stoppedClock()
  const throttle = new LoginThrottle(clock)
  const waits = Array.from({ length: 9 }, () => fail(throttle, clock, ADA, '192.0.2.1', 1))
  assert.deepEqual(waits, [0, 0, 0, 500, 1000, 2000, 4000, 8000, 16000])
  assert.equal(fail(throttle, clock, ADA, '192.0.2.1', 3), 30_000)
})

test('an address that fails waits for every name', () => {
  const clock = stoppedClock()
  const throttle = new LoginThrottle(clock)
  fail(throttle, clock, ADA, '192.0.2.1', 10)
  assert.equal(throttle.attempt(BOB, '192.0.2.1').waitMs, 30_000)
  assert.equal(throttle.attempt(BOB, '192.0.2.2').waitMs, 0)
})

test('a stranger does not lock the owner out', () => {
  const clock = stoppedClock()
  const throttle = new LoginThrottle(clock)
  throttle.attempt(ADA, '198.51.100.7').succeeded()
  for (let stranger = 0; stranger < 200; stranger++) fail(throttle, clock, ADA, `203.0.113.${stranger}`, 2)
  // From where she logs in every day: at once. From a new place: in a few seconds.
  assert.equal(throttle.attempt(ADA, '198.51.100.7').waitMs, 0)
  const fromElsewhere = throttle.attempt(ADA, '192.0.2.99').waitMs
  assert.ok(fromElsewhere !== null && fromElsewhere > 0 && fromElsewhere <= 3_000)
})

test('attempts in parallel wait for each other, and too many are sent away', () => {
  const clock = stoppedClock()
  const throttle = new LoginThrottle(clock)
  fail(throttle, clock, ADA, '192.0.2.1', 7)
  const waits = Array.from({ length: 10 }, () => throttle.attempt(ADA, '192.0.2.1').waitMs)
  assert.deepEqual(waits, [8_000, 16_000, 24_000, 32_000, 40_000, 48_000, 56_000, null, null, null])
})

test('success makes up for failures, and so does time', () => {
  const clock = stoppedClock()
  const throttle = new LoginThrottle(clock)
  fail(throttle, clock, ADA, '192.0.2.1', 6)
  clock.pass(10_000)
  throttle.attempt(ADA, '192.0.2.1').succeeded()
  assert.equal(throttle.attempt(ADA, '192.0.2.1').waitMs, 0)
  fail(throttle, clock, BOB, '192.0.2.5', 8)
  clock.pass(16 * 60_000)
  assert.equal(throttle.attempt(BOB, '192.0.2.5').waitMs, 0)
})
