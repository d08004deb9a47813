// Times, and what the server refuses, in words.

import { JmapFailure, plainWords } from '#web/jmap/failure.ts'

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

const OWN = new Set(['wrongPassword', 'rateLimit', 'meansRefused', 'forbidden'])

/** What the server refuses, as it says it; of any other error, what every page says. */
export function reasonOf(error: unknown): string {
  const isOwn = error instanceof JmapFailure && error.type !== null && OWN.has(error.type)
  return isOwn && error.description !== null ? sentence(error.description) : plainWords(error)
}

function sentence(text: string): string {
  return text.endsWith('.') ? text : `${text}.`
}
