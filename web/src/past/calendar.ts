// Months as a calendar shows them, by this machine's clock. Weeks begin on Monday.

import type { Point } from './point.ts'

export interface Month {
  readonly year: number
  /** From 0. */
  readonly month: number
}

export function monthOf(iso: string): Month {
  const date = new Date(iso)
  return { year: date.getFullYear(), month: date.getMonth() }
}

export function otherMonth({ year, month }: Month, by: number): Month {
  const date = new Date(year, month + by, 1)
  return { year: date.getFullYear(), month: date.getMonth() }
}

export function isBefore(a: Month, b: Month): boolean {
  return a.year < b.year || (a.year === b.year && a.month < b.month)
}

/** Days of the month in weeks; null where another month's are. */
export function weeksOf({ year, month }: Month): (number | null)[][] {
  const first = (new Date(year, month, 1).getDay() + 6) % 7
  const days = new Date(year, month + 1, 0).getDate()
  const weeks: (number | null)[][] = []
  for (let at = -first; at < days; at += 7) {
    weeks.push(Array.from({ length: 7 }, (_, day) => (at + day >= 0 && at + day < days ? at + day + 1 : null)))
  }
  return weeks
}

/** The last change of each day of the month that has one. */
export function pointsOf({ year, month }: Month, points: readonly Point[]): ReadonlyMap<number, Point> {
  const found = new Map<number, Point>()
  for (const point of points) {
    const date = new Date(point.to)
    const day = date.getDate()
    // The newest come first.
    if (date.getFullYear() === year && date.getMonth() === month && !found.has(day)) found.set(day, point)
  }
  return found
}
