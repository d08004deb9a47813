import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Layout, headingOf, rowAt, rowTop, totalHeight } from './headings.ts'

const layout = (rows: number, at: readonly number[]): Layout => ({
  rowHeight: 70,
  headingHeight: 30,
  rows,
  headings: at.map((row) => ({ row, label: `before ${row}` })),
})

test('rows stand below the headings before them', () => {
  const list = layout(10, [0, 3])
  assert.equal(rowTop(list, 0), 30)
  assert.equal(rowTop(list, 2), 170)
  assert.equal(rowTop(list, 3), 270)
  assert.equal(totalHeight(list), 760)
  assert.equal(headingOf(list, 2)?.row, 0)
  assert.equal(headingOf(list, 3)?.row, 3)
})

test('the row at a height is the one that covers it', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 1, max: 100_000 }),
      fc.uniqueArray(fc.nat(100_000), { maxLength: 20 }),
      fc.nat(100_000),
      (rows, at, row) => {
        const list = layout(
          rows,
          at.filter((place) => place < rows).sort((a, b) => a - b),
        )
        const wanted = row % rows
        assert.equal(rowAt(list, rowTop(list, wanted)), wanted)
        assert.equal(rowAt(list, rowTop(list, wanted) + list.rowHeight - 1), wanted)
      },
    ),
  )
})
