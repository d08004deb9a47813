import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type PaceInput, paceOf } from './scrub-pace.ts'

const DAY = 86_400_000
const MIB = 1024 ** 2
const EVERY = 30 * DAY
const GIB = 1024 * MIB
const pace = (input: Partial<PaceInput>): ReturnType<typeof paceOf> =>
  paceOf({ everyMs: EVERY, oldestMs: 10 * DAY, sincePassMs: 0, bytesLeft: GIB, ...input })

test('a small ledger is read within minutes, a large one within a third of the time', () => {
  assert.equal(pace({}).bytesPerSecond, 4 * MIB)
  const large = pace({ bytesLeft: 20_000 * GIB })
  assert.ok(Math.abs((20_000 * GIB) / large.bytesPerSecond - (10 * DAY) / 1000) < 1)
  assert.equal(pace({ bytesLeft: 1_000_000 * GIB }).bytesPerSecond, 64 * MIB)
})

test('whatever is left, a pass that goes on at its pace ends before the promise breaks, or hurries', () => {
  for (const bytesLeft of [MIB, 100 * GIB, 5_000 * GIB]) {
    for (let days = 10; days < 40; days++) {
      const { bytesPerSecond, waitMs } = pace({ bytesLeft, oldestMs: days * DAY, sincePassMs: (days - 10) * DAY })
      const endMs = days * DAY + (bytesLeft / bytesPerSecond) * 1000
      assert.ok(endMs <= EVERY || bytesPerSecond === 64 * MIB, `${bytesLeft} on day ${days}`)
      if (days > 28) assert.equal(waitMs, 0, `it does not wait on day ${days}`)
    }
  }
})

test('others come first, until little of the time is left', () => {
  assert.equal(pace({}).waitMs, Number.POSITIVE_INFINITY)
  assert.equal(pace({ oldestMs: 26 * DAY, sincePassMs: 16 * DAY }).waitMs, Number.POSITIVE_INFINITY)
  assert.equal(pace({ oldestMs: 27 * DAY, sincePassMs: 17 * DAY }).waitMs, 0)
})

test('what is overdue when a pass begins is read within a day, and others still come first', () => {
  for (const oldestMs of [null, 300 * DAY]) {
    const { bytesPerSecond, waitMs } = pace({ oldestMs, bytesLeft: 1000 * GIB })
    assert.equal(waitMs, Number.POSITIVE_INFINITY)
    assert.ok((1000 * GIB) / bytesPerSecond <= 86_401)
    assert.equal(pace({ oldestMs, sincePassMs: DAY }).waitMs, 0)
  }
})
