import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { SettingValue } from '#account/operation.ts'
import { BUCKET_BYTES_MAX, Remembered } from './remembered.ts'

interface Step {
  readonly name: string
  readonly lastsMs: number
  readonly extends: boolean
  readonly waitMs: number
}

const step: fc.Arbitrary<Step> = fc.record({
  name: fc.constantFrom('a', 'b', 'c', 'd'),
  lastsMs: fc.integer({ min: 1, max: 50 }),
  extends: fc.boolean(),
  waitMs: fc.nat(40),
})

test('what was noted counts until its end, before and after it is durable', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const settings = new Map<string, SettingValue>()
      const read = (key: string): SettingValue => settings.get(key) ?? null
      const remembered = new Remembered('sieve/state/seen', read)
      const ends = new Map<string, number>()
      let now = 1_000
      for (const [record, { name, lastsMs, extends: isLast, waitMs }] of steps.entries()) {
        now += waitMs
        const hash = Remembered.hash('', name)
        const isKnown = (ends.get(name) ?? 0) > now
        assert.equal(remembered.has(hash, record, now), isKnown)
        const mark = { hash, until: now + lastsMs, extends: isLast }
        if (!isKnown || isLast) ends.set(name, mark.until)
        for (const { key, value } of remembered.operations([mark], now, read)) settings.set(key, value)
      }
    }),
    { numRuns: 300 },
  )
})

test('what is not durable yet counts for others, and not for the message itself', () => {
  const remembered = new Remembered('x', () => null)
  const hash = Remembered.hash('h', 'id')
  remembered.note({ hash, until: 10, extends: false }, 7)
  assert.deepEqual(
    [remembered.has(hash, 7, 5), remembered.has(hash, 8, 5), remembered.has(hash, 8, 10)],
    [false, true, false],
  )
})

test('a thousand are remembered, and settings stay small', () => {
  const settings = new Map<string, SettingValue>()
  const read = (key: string): SettingValue => settings.get(key) ?? null
  const remembered = new Remembered('x', read)
  const hashes = Array.from({ length: 1_500 }, (_, at) => Remembered.hash('', String(at)))
  for (const hash of hashes) {
    for (const { key, value } of remembered.operations([{ hash, until: 100, extends: true }], 1, read))
      settings.set(key, value)
  }
  assert.ok(hashes.every((hash) => remembered.has(hash, 0, 2)))
  for (const value of settings.values()) assert.ok(value instanceof Uint8Array && value.length <= BUCKET_BYTES_MAX)
  assert.ok(settings.size <= 64)
})
