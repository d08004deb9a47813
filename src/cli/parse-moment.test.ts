import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMoment } from './parse-moment.ts'

const now = Date.UTC(2026, 10, 27, 12)
const ms = (text: string): number | null => {
  const moment = parseMoment(text, now)
  return moment?.kind === 'time' ? moment.ms : null
}

test('times as people type them', () => {
  assert.equal(ms('2026-11-20T10:00:00Z'), Date.UTC(2026, 10, 20, 10))
  assert.equal(ms('2026-11-20t10:00:00.5+02:00'), Date.UTC(2026, 10, 20, 8) + 500)
  assert.equal(ms('2026-11-20 10:30'), new Date(2026, 10, 20, 10, 30).getTime())
  assert.equal(ms('2026-11-20'), new Date(2026, 10, 20).getTime())
  assert.equal(ms('2 days ago'), now - 2 * 86_400_000)
  assert.equal(ms(' 1 Hour ago '), now - 3_600_000)
  assert.equal(ms('90 minutes ago'), now - 90 * 60_000)
  assert.equal(ms('3weeks ago'), now - 21 * 86_400_000)
  assert.equal(ms('now'), now)
  assert.equal(ms('yesterday'), now - 86_400_000)
  assert.deepEqual(parseMoment('record:17', now), { kind: 'record', record: 17 })
})

test('what is no time', () => {
  for (const text of [
    '',
    'tomorrow',
    '2 fortnights ago',
    '2026-13-01',
    '2026-02-30',
    '2026-02-30T10:00:00Z',
    '2026-11-20 25:00',
    '1960-01-01T00:00:00Z',
    '999999 weeks ago',
    'record:',
    'record:-1',
    '-1 days ago',
  ]) {
    assert.equal(parseMoment(text, now), null, text)
  }
})
