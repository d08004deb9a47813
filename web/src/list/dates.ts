// Dates as people read them.

const DAY_MS = 86_400_000

const time = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit' })
const weekday = new Intl.DateTimeFormat(undefined, { weekday: 'short' })
const dayMonth = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' })
const numeric = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short', year: 'numeric' })
const whole = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'short' })
const month = new Intl.DateTimeFormat(undefined, { month: 'long' })
const monthYear = new Intl.DateTimeFormat(undefined, { month: 'long', year: 'numeric' })

function startOfDay(of: Date): number {
  return new Date(of.getFullYear(), of.getMonth(), of.getDate()).getTime()
}

/** Days from the date to `now`, by the calendar. */
function daysAgo(date: Date, now: Date): number {
  return Math.round((startOfDay(now) - startOfDay(date)) / DAY_MS)
}

/** For a row of a list. */
export function shortDate(iso: string, now: Date): string {
  const date = new Date(iso)
  const days = daysAgo(date, now)
  if (days <= 0) return time.format(date)
  if (days < 7) return weekday.format(date)
  return date.getFullYear() === now.getFullYear() ? dayMonth.format(date) : numeric.format(date)
}

/** For the head of a message. */
export function messageDate(iso: string, now: Date): string {
  const date = new Date(iso)
  const days = daysAgo(date, now)
  const clock = time.format(date)
  if (days === 0) return clock
  if (days === 1) return `Yesterday, ${clock}`
  const day = date.getFullYear() === now.getFullYear() ? dayMonth.format(date) : numeric.format(date)
  return `${days < 7 ? `${weekday.format(date)} ` : ''}${day}, ${clock}`
}

export function fullDate(iso: string): string {
  return whole.format(new Date(iso))
}

/** The group of a list that a date is in. */
export function dateGroup(iso: string, now: Date): string {
  const date = new Date(iso)
  const days = daysAgo(date, now)
  if (days <= 0) return 'Today'
  if (days === 1) return 'Yesterday'
  // Weeks begin on Monday.
  const weekdayNow = (now.getDay() + 6) % 7
  if (days <= weekdayNow) return 'Earlier this week'
  if (days <= weekdayNow + 7) return 'Last week'
  return date.getFullYear() === now.getFullYear() ? month.format(date) : monthYear.format(date)
}
