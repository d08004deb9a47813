import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type NumberRange, NumberRanges, areOrdered } from './number-ranges.ts'

const LIMIT = 40
const range = fc
  .tuple(fc.nat(LIMIT), fc.nat(8))
  .map(([first, length]): NumberRange => [first, Math.min(first + length, LIMIT)])

function numbersOf(ranges: Iterable<NumberRange>): number[] {
  const numbers: number[] = []
  for (const [first, last] of ranges) for (let number = first; number <= last; number++) numbers.push(number)
  return numbers
}

test('they are sets of numbers', () => {
  const step = fc.tuple(fc.constantFrom('add' as const, 'remove' as const), range)
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), range, (steps, [from, to]) => {
      const ranges = new NumberRanges()
      const model = new Set<number>()
      for (const [what, [first, last]] of steps) {
        ranges[what](first, last)
        for (const number of numbersOf([[first, last]])) model[what === 'add' ? 'add' : 'delete'](number)
        assert.ok(areOrdered([...ranges]))
        assert.equal(ranges.count, [...ranges].length)
      }
      const sorted = [...model].sort((a, b) => a - b)
      assert.deepEqual(numbersOf(ranges), sorted)
      for (let number = 0; number <= LIMIT; number++) assert.equal(ranges.has(number), model.has(number))
      const asked = numbersOf([[from, to]])
      assert.deepEqual(
        numbersOf(ranges.within(from, to)),
        asked.filter((number) => model.has(number)),
      )
      assert.deepEqual(
        numbersOf(ranges.without(from, to)),
        asked.filter((number) => !model.has(number)),
      )
      assert.deepEqual([...new NumberRanges(ranges)], [...ranges])
    }),
  )
})

test('what is out of order is told', () => {
  assert.ok(areOrdered([]))
  assert.ok(
    areOrdered([
      [0, 0],
      [2, 9],
    ]),
  )
  const disordered: NumberRange[][] = [
    [[3, 2]],
    [
      [0, 1],
      [2, 3],
    ],
    [
      [5, 6],
      [1, 2],
    ],
    [[-1, 2]],
    [[0, 2 ** 53]],
    [[0.5, 1]],
  ]
  for (const wrong of disordered) assert.ok(!areOrdered(wrong))
})
