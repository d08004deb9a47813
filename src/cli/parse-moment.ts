// Times as people type them: RFC 3339, a date and perhaps a time of the day on this machine's clock, or how long ago. Or a record of the log, which
// names one state of the account exactly.

export type TypedMoment =
  | { readonly kind: 'time'; readonly ms: number }
  | { readonly kind: 'record'; readonly record: number }

const UNITS: Readonly<Record<string, number>> = {
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
}

const AGO = /^(\d{1,6}) ?(minute|hour|day|week)s? ago$/i
const RECORD = /^record:(\d{1,15})$/
const LOCAL = /^(\d{4})-(\d\d)-(\d\d)(?:[ T](\d\d):(\d\d)(?::(\d\d))?)?$/
const RFC_3339 = /^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:[Zz]|[+-]\d\d:\d\d)$/

/** `now` in milliseconds. Null for what is no time, or one before 1970. */
export function parseMoment(text: string, now: number): TypedMoment | null {
  const typed = text.trim()
  const record = RECORD.exec(typed)
  if (record !== null) return { kind: 'record', record: Number(record[1]) }
  const ms = timeOf(typed, now)
  return ms === null || !Number.isSafeInteger(ms) || ms < 0 ? null : { kind: 'time', ms }
}

function timeOf(typed: string, now: number): number | null {
  if (typed.toLowerCase() === 'now') return now
  if (typed.toLowerCase() === 'yesterday') return now - 86_400_000
  const ago = AGO.exec(typed)
  if (ago !== null) return now - Number(ago[1]) * (UNITS[(ago[2] as string).toLowerCase()] ?? 0)
  if (RFC_3339.test(typed)) return isDay(typed) ? Date.parse(typed.toUpperCase().replace(' ', 'T')) : null
  const local = LOCAL.exec(typed)
  if (local === null || !isDay(typed)) return null
  const [year, month, day, hour, minute, second] = local.slice(1).map((part) => Number(part ?? 0)) as [
    number,
    number,
    number,
    number,
    number,
    number,
  ]
  if (hour > 23 || minute > 59 || second > 59) return null
  return new Date(year, month - 1, day, hour, minute, second).getTime()
}

/** The date is one of the calendar. */
function isDay(typed: string): boolean {
  const [year, month, day] = typed.slice(0, 10).split('-').map(Number) as [number, number, number]
  const date = new Date(Date.UTC(year, month - 1, day))
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day
}
