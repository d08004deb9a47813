// Dates as JMAP writes them (RFC 8620 §1.4): RFC 3339, upper case, no fraction that is zero. UTCDate ends in `Z`.

import type { DateTime } from '#message/date.ts'

const DATE = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|([+-])(\d\d):(\d\d))$/

/** Null if it is not a Date. */
export function parseJmapDate(text: string): DateTime | null {
  const match = DATE.exec(text)
  if (match === null) return null
  const [, year, month, day, hour, minute, second, fraction, sign, zoneHours, zoneMinutes] = match
  if (fraction !== undefined && /^\.0+$/.test(fraction)) return null
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day))
  const date = new Date(midnight)
  // Years below 100 are not those of the first century to Date.UTC.
  if (date.getUTCMonth() !== Number(month) - 1 || date.getUTCDate() !== Number(day)) return null
  if (date.getUTCFullYear() !== Number(year)) return null
  if (Number(hour) > 23 || Number(minute) > 59 || Number(second) > 60) return null
  const zone = sign === undefined ? 0 : (Number(zoneHours) * 60 + Number(zoneMinutes)) * (sign === '-' ? -1 : 1)
  if (Number(zoneHours ?? 0) > 23 || Number(zoneMinutes ?? 0) > 59) return null
  const seconds = (Number(hour) * 60 + Number(minute) - zone) * 60 + Number(second)
  const ms = midnight + seconds * 1000 + Math.floor(Number(fraction ?? 0) * 1000)
  return { ms, zoneMinutes: zone }
}

/** Milliseconds since the Unix epoch; null if it is not a UTCDate. */
export function parseUtcDate(text: string): number | null {
  return text.endsWith('Z') ? (parseJmapDate(text)?.ms ?? null) : null
}

export function formatUtcDate(ms: number): string {
  return `${formatLocal(ms)}Z`
}

export function formatDate({ ms, zoneMinutes }: DateTime): string {
  if (zoneMinutes === 0) return formatUtcDate(ms)
  const offset = Math.abs(zoneMinutes)
  const hours = String(Math.floor(offset / 60)).padStart(2, '0')
  const minutes = String(offset % 60).padStart(2, '0')
  return `${formatLocal(ms + zoneMinutes * 60_000)}${zoneMinutes < 0 ? '-' : '+'}${hours}:${minutes}`
}

/** 0000-01-01T00:00:00Z. */
const YEAR_0 = -62_167_219_200_000
const LAST = Date.UTC(9999, 11, 31, 23, 59, 59)

/** Whole seconds, in years of four digits. */
function formatLocal(ms: number): string {
  const clamped = Math.min(Math.max(ms, YEAR_0), LAST)
  return new Date(Math.floor(clamped / 1000) * 1000).toISOString().slice(0, 19)
}
