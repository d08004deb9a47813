// Dates of header fields (RFC 5322 §3.3, obsolete forms §4.3), read as senders write them, and written exactly.
//
// Read besides: comments, missing or wrong days of the week, hyphens or slashes in the date, one-digit hours, missing seconds, time or
// zone (which then is UTC), two- and three-digit years, full month names, zones by name, 12-hour clocks, the order of asctime(3), and
// ISO 8601. A date without day, month and year, or one that no calendar has, is none.

import { type Octets } from './part.ts'

export interface DateTime {
  /** Milliseconds since the Unix epoch. */
  readonly ms: number
  /** Offset of the zone it was written in, east of UTC. */
  readonly zoneMinutes: number
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec']
const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']

/** RFC 5322 §4.3. Others, the military letters too, are as -0000. */
const ZONES: Readonly<Record<string, number>> = {
  est: -300,
  edt: -240,
  cst: -360,
  cdt: -300,
  mst: -420,
  mdt: -360,
  pst: -480,
  pdt: -420,
  // Not in the RFC, but in mail.
  bst: 60,
  cet: 60,
  cest: 120,
  met: 60,
  mest: 120,
  wet: 0,
  west: 60,
  eet: 120,
  eest: 180,
  msk: 180,
  jst: 540,
  kst: 540,
  aest: 600,
  aedt: 660,
  nzst: 720,
  nzdt: 780,
}

/** No date is longer, even with its comments: what follows is not read. */
const LENGTH_READ = 200

const ISO = /^(\d{4})[-/](\d{1,2})[-/](\d{1,2})(?![-\d/])/
const TOKEN =
  /(\d{1,2}):(\d{1,2})(?::(\d{1,2}))?(?:[.,]\d{1,9})?|([+-])(\d{2}):?(\d{2})(?!\d)|(?<=[A-Za-z])([+-]\d{1,2})(?!\d)|(\d{1,4})|([A-Za-z]+)/g

interface Fields {
  day: number
  month: number
  year: number
  hour: number
  minute: number
  second: number
  zone: number
  timeSeen: boolean
}

/** What most senders write: RFC 5322 §3.3 to the letter, perhaps with the zone's name as a comment. */
const USUAL =
  /^(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun), )?(\d{1,2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) ([+-])(\d{2})(\d{2})(?: \([A-Z]{1,5}\))?$/

export function parseDate(text: Octets): DateTime | null {
  return parseUsual(text) ?? parseAny(text)
}

/** Null if it is written in another way; else what `parseAny` would make of it, in a tenth of the time. */
function parseUsual(text: Octets): DateTime | null {
  const found = text.length > LENGTH_READ ? null : USUAL.exec(text)
  const month = found === null ? -1 : MONTHS.indexOf((found[2] as string).toLowerCase())
  if (found === null || month < 0) return null
  const zoneHours = Number(found[8])
  const zoneMinutes = Number(found[9])
  if (zoneHours >= 24 || zoneMinutes >= 60) return null
  const zone = zoneHours * 60 + zoneMinutes
  return toDateTime({
    day: Number(found[1]),
    month,
    year: Number(found[3]),
    hour: Number(found[4]),
    minute: Number(found[5]),
    second: Number(found[6]),
    zone: found[7] === '-' ? -zone : zone,
    timeSeen: true,
  })
}

function parseAny(text: Octets): DateTime | null {
  // §4.3: white space may surround the colons.
  const plain = withoutComments(text.slice(0, LENGTH_READ)).replace(/[\t ]*:[\t ]*/g, ':')
  const fields: Fields = { day: -1, month: -1, year: -1, hour: 0, minute: 0, second: 0, zone: 0, timeSeen: false }
  const iso = ISO.exec(plain)
  if (iso !== null) {
    fields.year = Number(iso[1])
    fields.month = Number(iso[2]) - 1
    fields.day = Number(iso[3])
  }
  for (const token of plain.slice(iso?.[0].length ?? 0).matchAll(TOKEN)) readToken(token, fields)
  return toDateTime(fields)
}

function readToken(token: RegExpMatchArray, fields: Fields): void {
  const [, hour, minute, second, sign, zoneHours, zoneMinutes, shortZone, number, word] = token
  if (hour !== undefined) {
    if (fields.timeSeen) return
    fields.timeSeen = true
    fields.hour = Number(hour)
    fields.minute = Number(minute)
    fields.second = Number(second ?? 0)
  } else if (sign !== undefined && fields.timeSeen) {
    const minutes = Number(zoneHours) * 60 + Number(zoneMinutes)
    // A zone that no clock has says nothing: UTC.
    if (Number(zoneHours) < 24 && Number(zoneMinutes) < 60) fields.zone = sign === '-' ? -minutes : minutes
  } else if (sign !== undefined) {
    // `12-Jan-2001`: the hyphen separates.
    readNumber(`${zoneHours}${zoneMinutes}`, fields)
  } else if (shortZone !== undefined && fields.timeSeen) {
    // `GMT+1`.
    fields.zone = Number(shortZone) * 60
  } else if (shortZone !== undefined) {
    readNumber(shortZone.slice(1), fields)
  } else if (number !== undefined) readNumber(number, fields)
  else if (word !== undefined) readWord(word.toLowerCase(), fields)
}

function readNumber(digits: string, fields: Fields): void {
  const value = Number(digits)
  if (fields.day < 0 && digits.length <= 2) fields.day = value
  else if (fields.year < 0) {
    // RFC 5322 §4.3: two digits are 2000 to 2049 or 1950 to 1999; three are counted from 1900, and so is what some wrote for 2002, `0102`.
    if (digits.length <= 2) fields.year = value < 50 ? 2000 + value : 1900 + value
    else fields.year = value < 200 ? 1900 + value : value
  }
}

function readWord(word: string, fields: Fields): void {
  const month = word.length >= 3 ? MONTHS.indexOf(word.slice(0, 3)) : -1
  if (month >= 0 && fields.month < 0) fields.month = month
  else if (fields.timeSeen && word === 'pm' && fields.hour < 12) fields.hour += 12
  else if (fields.timeSeen && word === 'am' && fields.hour === 12) fields.hour = 0
  else if (fields.timeSeen && Object.hasOwn(ZONES, word)) fields.zone = ZONES[word] as number
}

function toDateTime(fields: Fields): DateTime | null {
  const { day, month, year, hour, minute, second, zone } = fields
  if (day < 1 || month < 0 || month > 11 || year < 1900 || hour > 23 || minute > 59 || second > 60) return null
  const midnight = Date.UTC(year, month, day)
  // A day that the month does not have has become one of the next month.
  if (new Date(midnight).getUTCDate() !== day) return null
  return { ms: midnight + ((hour * 60 + minute - zone) * 60 + second) * 1000, zoneMinutes: zone }
}

function withoutComments(text: string): string {
  if (!text.includes('(')) return text.trim()
  let result = ''
  let depth = 0
  for (const char of text) {
    if (char === '(') depth++
    else if (char === ')') depth = Math.max(0, depth - 1)
    else if (depth === 0) result += char
  }
  return result.trim()
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

/** RFC 5322 §3.3: `Fri, 21 Nov 1997 09:55:06 -0600`. */
export function formatDate(ms: number, zoneMinutes: number): string {
  const local = new Date(ms + zoneMinutes * 60_000)
  const month = MONTHS[local.getUTCMonth()] as string
  const offset = Math.abs(zoneMinutes)
  return (
    `${DAYS[local.getUTCDay()]}, ${local.getUTCDate()} ${month.charAt(0).toUpperCase()}${month.slice(1)} ` +
    `${String(local.getUTCFullYear()).padStart(4, '0')} ` +
    `${two(local.getUTCHours())}:${two(local.getUTCMinutes())}:${two(local.getUTCSeconds())} ` +
    `${zoneMinutes < 0 ? '-' : '+'}${two(Math.floor(offset / 60))}${two(offset % 60)}`
  )
}
