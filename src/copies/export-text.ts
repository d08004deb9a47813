// Values of an account as an export's lists write them.

import { flagOf } from '#imap/flag-names.ts'
import type { SettingValue } from '#account/operation.ts'

/** RFC 3339, in UTC. */
export function timeText(ms: number): string {
  const date = new Date(ms)
  return Number.isNaN(date.getTime()) ? '1970-01-01T00:00:00.000Z' : date.toISOString()
}

/** As IMAP names them. */
export function flagsOf(keywords: readonly string[], deleted: boolean): string[] {
  return [...keywords.map(flagOf), ...(deleted ? ['\\Deleted'] : [])]
}

/** What JSON has no form for, bytes, is `{"base64": "…"}`. */
export function settingText(value: SettingValue): unknown {
  if (value instanceof Uint8Array) return { base64: Buffer.from(value).toString('base64') }
  if (Array.isArray(value)) return (value as readonly SettingValue[]).map(settingText)
  if (typeof value === 'object' && value !== null) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, settingText(item)]))
  }
  return value
}
