// Times in words.

const day = new Intl.DateTimeFormat(undefined, { dateStyle: 'long' })
const moment = new Intl.DateTimeFormat(undefined, { dateStyle: 'long', timeStyle: 'short' })

const HOUR = 3600

export function dayOf(date: string): string {
  return day.format(new Date(date))
}

export function momentOf(date: string): string {
  return moment.format(new Date(date))
}

/** Seconds, rounded up. */
export function durationInWords(seconds: number): string {
  const hours = Math.ceil(seconds / HOUR)
  if (hours < 48) return hours === 1 ? '1 hour' : `${hours} hours`
  return `${Math.ceil(hours / 24)} days`
}
