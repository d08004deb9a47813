// IMAP's two forms of dates (RFC 3501 §9): `date-time` of INTERNALDATE and APPEND, and `date` of SEARCH. Both are parsed from
// fixed positions. Times are milliseconds since the Unix epoch; INTERNALDATE is always given in UTC.

import { asciiText } from '#base/bytes.ts'
import type { Cursor } from './cursor.ts'

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const

const DAY_MS = 86_400_000

function monthOf(name: string): number {
  return MONTHS.findIndex((month) => month.toLowerCase() === name.toLowerCase())
}

/** Midnight UTC, or null for a day that its month does not have. */
function dayMs(year: number, month: number, day: number): number | null {
  if (month < 0 || day < 1) return null
  const date = new Date(0)
  date.setUTCFullYear(year, month, day)
  return date.getUTCMonth() === month && date.getUTCDate() === day ? date.getTime() : null
}

function digits(text: string): number {
  return /^[0-9]+$/.test(text) ? Number(text) : NaN
}

/** `"17-Jul-1996 02:44:25 -0700"`, quoted. */
export function parseDateTime(cursor: Cursor): number {
  const start = cursor.at
  const text = asciiText(cursor.string())
  const day = dayMs(digits(text.slice(7, 11)), monthOf(text.slice(3, 6)), digits(text.slice(0, 2).trimStart()))
  const hours = digits(text.slice(12, 14))
  const minutes = digits(text.slice(15, 17))
  const seconds = digits(text.slice(18, 20))
  const zoneHours = digits(text.slice(22, 24))
  const zoneMinutes = digits(text.slice(24, 26))
  const sign = text[21] === '-' ? -1 : 1
  const isWellFormed =
    text.length === 26 &&
    `${text[2]}${text[6]}${text[11]}${text[14]}${text[17]}${text[20]}` === '-- :: ' &&
    (text[21] === '+' || text[21] === '-')
  // A leap second is the first of the next minute.
  if (
    !isWellFormed ||
    day === null ||
    !(hours < 24 && minutes < 60 && seconds < 61 && zoneHours < 24 && zoneMinutes < 60)
  ) {
    cursor.at = start
    cursor.fail('a date and time such as "17-Jul-1996 02:44:25 -0700"')
  }
  return day + ((hours * 60 + minutes) * 60 + seconds) * 1000 - sign * (zoneHours * 60 + zoneMinutes) * 60_000
}

/** `1-Feb-1994`, with or without quotes: the number of the day since 1970-01-01. */
export function parseDay(cursor: Cursor): number {
  const start = cursor.at
  const parts = asciiText(cursor.astring()).split('-')
  const [day = '', month = '', year = ''] = parts
  const isWellFormed = parts.length === 3 && /^[0-9]{1,2}$/.test(day) && /^[0-9]{4}$/.test(year)
  const ms = isWellFormed ? dayMs(Number(year), monthOf(month), Number(day)) : null
  if (ms === null) {
    cursor.at = start
    cursor.fail('a date such as 1-Feb-1994')
  }
  return dayOf(ms)
}

/** The number of the day, in UTC, since 1970-01-01. */
export function dayOf(ms: number): number {
  return Math.floor(ms / DAY_MS)
}

const two = (value: number): string => (value < 10 ? `0${value}` : `${value}`)

/** `17-Jul-1996 09:44:25 +0000` with quotes; a year beyond 9999 or before 0 is clamped, as the form has four digits. */
export function formatDateTime(ms: number): string {
  const inRange = Math.min(Math.max(Number.isFinite(ms) ? ms : 0, -62_167_219_200_000), 253_402_300_799_000)
  const date = new Date(inRange)
  const day = `${two(date.getUTCDate())}-${MONTHS[date.getUTCMonth()]}-${String(date.getUTCFullYear()).padStart(4, '0')}`
  return `"${day} ${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000"`
}
