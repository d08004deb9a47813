import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseExpiry } from './parse-expiry.ts'

const NOW = Date.UTC(2026, 10, 27, 12)
const DAY = 86_400_000

test('times to come as people type them', () => {
  assert.equal(parseExpiry('never', NOW), null)
  for (const text of ['90 days', '90 d', '90d', '90days']) assert.equal(parseExpiry(text, NOW), NOW + 90 * DAY)
  assert.equal(parseExpiry('12h', NOW), NOW + DAY / 2)
  assert.equal(parseExpiry('1 week', NOW), NOW + 7 * DAY)
  assert.equal(parseExpiry('2027-01-31T12:00:00Z', NOW), Date.UTC(2027, 0, 31, 12))
  // Until the end of the day, where this machine is.
  assert.equal(parseExpiry('2027-01-31', NOW), new Date(2027, 1, 1).getTime())
  for (const text of ['', 'soon', '90', '90 years', '-1 day', '2027-02-30', 'record:3']) {
    assert.equal(parseExpiry(text, NOW), undefined)
  }
})
