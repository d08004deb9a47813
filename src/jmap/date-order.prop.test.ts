import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { Account } from '#account/account.ts'
import { DateOrder } from './date-order.ts'
import { EmailColumns } from './email-columns.ts'

/** E-mail n is of date n % 7, so that many share one. */
const columns = new EmailColumns({
  internalDates: (ids) => Float64Array.from(ids, (id) => id % 7),
  threads: (ids) => Uint32Array.from(ids),
} as Account)
columns.learn(Array.from({ length: 1000 }, (_, at) => at + 1))

const ids = (maxLength: number): fc.Arbitrary<number[]> =>
  fc.uniqueArray(fc.integer({ min: 1, max: 1000 }), { maxLength, size: 'max' })

test('an order is what sorting gives, however it changed', () => {
  fc.assert(
    fc.property(ids(40), fc.array(fc.tuple(ids(80), ids(80)), { maxLength: 6 }), (first, changes) => {
      const members = new Set(first)
      const order = new DateOrder(columns, Uint32Array.from(first).sort(columns.compareDates), first.length)
      for (const [removed, added] of changes) {
        const coming = added.filter((id) => !removed.includes(id))
        order.change(removed, coming)
        for (const id of removed) members.delete(id)
        for (const id of coming) members.add(id)
        const expected = [...members].sort((a, b) => -columns.compareDates(a, b))
        assert.deepEqual([...order.toArray()], expected)
        assert.equal(order.length, expected.length)
        for (const [position, id] of expected.entries()) {
          assert.equal(order.at(position), id)
          assert.equal(order.indexOf(id), position)
        }
        for (const id of removed) assert.equal(order.has(id), false)
      }
    }),
    { numRuns: 200 },
  )
})
