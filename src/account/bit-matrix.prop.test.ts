import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { transposeBits } from './bit-matrix.ts'

function bit(row: Uint8Array, at: number): number {
  return ((row[at >>> 3] as number) >>> (at & 7)) & 1
}

test('bit b of row r becomes bit r of row b', () => {
  const matrix = fc
    .integer({ min: 1, max: 5 })
    .chain((words) =>
      fc.array(fc.uint8Array({ minLength: words * 4, maxLength: words * 4 }), { minLength: 1, maxLength: 70 }),
    )
  fc.assert(
    fc.property(matrix, (rows) => {
      const turned = transposeBits(rows, 12)
      for (const [r, row] of rows.entries()) {
        for (let b = 0; b < row.length * 8; b++) {
          assert.equal(bit(turned.subarray(b * 12, b * 12 + 12), r), bit(row, b))
        }
      }
    }),
    { numRuns: 40 },
  )
})
