// Parts of dates (RFC 5260 §4.2), in a zone.

import type { DateTime } from '#message/date.ts'
import { formatDate } from '#message/date.ts'
import type { Octets } from '#message/part.ts'

export const DATE_PARTS: ReadonlySet<string> = new Set([
  'year',
  'month',
  'day',
  'date',
  'julian',
  'hour',
  'minute',
  'second',
  'time',
  'iso8601',
  'std11',
  'zone',
  'weekday',
])

const ZONE = /^([+-])([0-9]{2})([0-9]{2})$/

export function isZone(text: Octets): boolean {
  return zoneMinutes(text) !== null
}

/** Of `+0100`; null if it is none. */
export function zoneMinutes(text: Octets): number | null {
  const [, sign, hours, minutes] = ZONE.exec(text) ?? []
  if (sign === undefined || Number(minutes) > 59) return null
  const total = Number(hours) * 60 + Number(minutes)
  return sign === '-' && total > 0 ? -total : total
}

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0')
}

const DAY_MS = 86_400_000
/** Days from 1858-11-17, the first Modified Julian Day, to 1970-01-01. */
const JULIAN_OF_EPOCH = 40_587

/** `part` in lower case. Null for an unknown part, and for years that have no four digits. */
export function datePart(part: string, { ms, zoneMinutes: zone }: DateTime): Octets | null {
  const localMs = ms + zone * 60_000
  const local = new Date(localMs)
  const year = local.getUTCFullYear()
  if (!(year >= 0 && year <= 9999)) return null
  const date = `${digits(year, 4)}-${digits(local.getUTCMonth() + 1, 2)}-${digits(local.getUTCDate(), 2)}`
  const time = `${digits(local.getUTCHours(), 2)}:${digits(local.getUTCMinutes(), 2)}:${digits(local.getUTCSeconds(), 2)}`
  const sign = zone < 0 ? '-' : '+'
  const hours = digits(Math.floor(Math.abs(zone) / 60), 2)
  const minutes = digits(Math.abs(zone) % 60, 2)
  switch (part) {
    case 'year':
      return date.slice(0, 4)
    case 'month':
      return date.slice(5, 7)
    case 'day':
      return date.slice(8)
    case 'date':
      return date
    case 'julian':
      return String(Math.floor(localMs / DAY_MS) + JULIAN_OF_EPOCH)
    case 'hour':
      return time.slice(0, 2)
    case 'minute':
      return time.slice(3, 5)
    case 'second':
      return time.slice(6)
    case 'time':
      return time
    case 'iso8601':
      return `${date}T${time}${zone === 0 ? 'Z' : `${sign}${hours}:${minutes}`}`
    case 'std11':
      return formatDate(ms, zone)
    case 'zone':
      return `${sign}${hours}${minutes}`
    case 'weekday':
      return String(local.getUTCDay())
    default:
      return null
  }
}

/** That of this machine at that time. */
export function localZoneMinutes(ms: number): number {
  // Without a minus before a zero.
  return 0 - new Date(ms).getTimezoneOffset()
}
