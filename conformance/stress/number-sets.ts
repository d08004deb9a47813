// Sets of numbers as they are on the wire (RFC 9051 §9, sequence-set), without `*`.

import { Violation } from './violation.ts'

const NUMBERS_MAX = 100_000

export function numbersIn(set: string): number[] {
  if (set === '') return []
  const numbers = set.split(',').flatMap((range) => {
    const [first = Number.NaN, last = first] = range.split(':').map(Number)
    const [low, high] = [Math.min(first, last), Math.max(first, last)]
    if (!(low > 0 && high - low < NUMBERS_MAX)) throw new Violation(`not a set of numbers: ${set}`)
    return Array.from({ length: high - low + 1 }, (_, at) => low + at)
  })
  return numbers
}

/** Of different numbers. */
export function setOf(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((left, right) => left - right)
  const ranges: [number, number][] = []
  for (const number of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] + 1 === number) last[1] = number
    else ranges.push([number, number])
  }
  return ranges.map(([first, last]) => (first === last ? `${first}` : `${first}:${last}`)).join(',')
}
