import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#platform/clock.ts'
import { ScrubClock, scrubTimeAt } from './scrub-clock.ts'

const HOUR = 3_600_000
const YEAR = 365 * 24 * HOUR

class SetClock implements Clock {
  day = 1_800_000_000_000
  passed = 0
  up = 0

  now(): number {
    return this.day
  }

  monotonic(): number {
    return this.passed
  }

  uptime(): number {
    return this.up
  }

  after(): { cancel(): void } {
    return { cancel: () => undefined }
  }

  pass(milliseconds: number): void {
    this.day += milliseconds
    this.passed += milliseconds
    this.up += milliseconds
  }
}

test('an age is never less than the time that passed, however the clock is set', () => {
  const clock = new SetClock()
  const time = new ScrubClock(clock, null)
  const read = time.now()
  let passed = 0
  for (const set of [0, -YEAR, YEAR, -HOUR, 30 * YEAR, -31 * YEAR, 1200, -1200]) {
    clock.day += set
    clock.pass(HOUR)
    passed += HOUR
    assert.ok(time.now() - read >= passed, `after ${set}`)
  }
})

test('time goes on at the pace of the monotonic clock, and while the machine sleeps', () => {
  const clock = new SetClock()
  const time = new ScrubClock(clock, null)
  const began = time.now()
  for (let turn = 0; turn < 1000; turn++) {
    clock.pass(100)
    clock.day += turn % 2 === 0 ? 1 : -1
    time.now()
  }
  assert.equal(time.now() - began, 100_000)
  clock.day += 8 * HOUR
  assert.equal(time.now() - began, 100_000 + 8 * HOUR)
  assert.equal(time.takeJump(), true)
  assert.equal(time.takeJump(), false)
})

test('a process that did not run was away for as long as the time of day says', () => {
  const clock = new SetClock()
  const saved = new ScrubClock(clock, null).moment()
  clock.day += 5 * HOUR
  clock.passed = 7
  const time = new ScrubClock(clock, saved)
  assert.ok(time.isContinued)
  assert.equal(time.now() - saved.at, 5 * HOUR)
  assert.equal(scrubTimeAt(saved, clock), time.now())
})

test('where the clock was set back meanwhile nobody knows for how long it was away', () => {
  const clock = new SetClock()
  const saved = new ScrubClock(clock, null).moment()
  clock.day -= 1
  const time = new ScrubClock(clock, saved)
  assert.ok(!time.isContinued)
  assert.equal(time.now(), saved.at)
  assert.equal(scrubTimeAt(saved, clock), null)
})

test('a machine that has been running all the time, or for long, shows that the clock was set back', () => {
  const clock = new SetClock()
  clock.up = 10 * HOUR
  const saved = new ScrubClock(clock, null).moment()
  clock.pass(5 * HOUR)
  clock.day -= 3 * HOUR
  assert.equal(new ScrubClock(clock, saved).now() - saved.at, 5 * HOUR)
  clock.up = 4 * HOUR
  assert.equal(new ScrubClock(clock, saved).now() - saved.at, 4 * HOUR)
})
