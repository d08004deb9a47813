// Until when something is good, as a person types it: `90 days`, `12h`, `2027-01-31`, `2027-01-31T12:00:00Z`, `never`.

import { parseMoment } from './parse-moment.ts'

const SPAN = /^(\d{1,4}) ?(h|hours?|d|days?|w|weeks?)$/
const DATE = /^\d{4}-\d\d-\d\d$/

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const UNIT_MS: Readonly<Record<string, number>> = { h: HOUR_MS, d: DAY_MS, w: 7 * DAY_MS }

/** Milliseconds since the Unix epoch; null: for ever; undefined for what is no time. A date alone is until its end, on this machine's clock. */
export function parseExpiry(text: string, now: number): number | null | undefined {
  const typed = text.trim()
  if (typed === 'never') return null
  const [, count, unit = ''] = SPAN.exec(typed) ?? []
  if (count !== undefined) return now + Number(count) * (UNIT_MS[unit.charAt(0)] as number)
  const moment = parseMoment(typed, now)
  if (moment?.kind !== 'time') return undefined
  return DATE.test(typed) ? moment.ms + DAY_MS : moment.ms
}
