import assert from 'node:assert/strict'
import { test } from 'node:test'
import { isBefore, monthOf, otherMonth, pointsOf, weeksOf } from './calendar.ts'
import { type Point, countsInWords } from './point.ts'

const counts = {
  delivered: 0,
  filed: 0,
  restored: 0,
  copied: 0,
  moved: 0,
  flagged: 0,
  removed: 0,
  mailboxes: 0,
  settings: 0,
}

test('months have their days in weeks from Monday', () => {
  const weeks = weeksOf({ year: 2026, month: 10 })
  assert.deepEqual(weeks[0], [null, null, null, null, null, null, 1])
  assert.deepEqual(weeks.at(-1), [30, null, null, null, null, null, null])
  assert.equal(weeksOf({ year: 2026, month: 1 }).length, 5)
  assert.deepEqual(weeksOf({ year: 2027, month: 1 }).length, 4)
  assert.deepEqual(otherMonth({ year: 2026, month: 11 }, 1), { year: 2027, month: 0 })
  assert.ok(isBefore({ year: 2025, month: 11 }, { year: 2026, month: 0 }))
  assert.ok(!isBefore({ year: 2026, month: 3 }, { year: 2026, month: 3 }))
})

test('a day is known by its last change', () => {
  const at = (day: number, hour: number, record: number): Point => {
    const to = new Date(2026, 10, day, hour).toISOString()
    return { record, from: to, to, counts }
  }
  const month = monthOf(new Date(2026, 10, 5).toISOString())
  const found = pointsOf(month, [at(7, 10, 30), at(7, 9, 29), at(3, 1, 4)])
  assert.deepEqual(
    [...found].map(([day, { record }]) => [day, record]),
    [
      [7, 30],
      [3, 4],
    ],
  )
  assert.equal(pointsOf(otherMonth(month, -1), [at(3, 1, 4)]).size, 0)
  assert.equal(countsInWords({ ...counts, delivered: 2, removed: 5 }), '2 came, 5 deleted')
})
