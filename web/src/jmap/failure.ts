// What can go wrong between the page and the server, in the words that are shown.

export type FailureKind = 'offline' | 'loggedOut' | 'refused' | 'unavailable' | 'server'

export class JmapFailure extends Error {
  readonly kind: FailureKind
  /** Of a method's error (RFC 8620 §3.6.2), else null. */
  readonly type: string | null
  /** What the server says of it, else null. */
  readonly description: string | null

  constructor(kind: FailureKind, message: string, type: string | null = null, description: string | null = null) {
    super(message)
    this.name = 'JmapFailure'
    this.kind = kind
    this.type = type
    this.description = description
  }
}

export function offline(): JmapFailure {
  return new JmapFailure('offline', 'The server cannot be reached.')
}

export function failureOfStatus(status: number): JmapFailure {
  if (status === 401) return new JmapFailure('loggedOut', 'You have been logged out.')
  if (status === 413) return new JmapFailure('refused', 'That is larger than the server takes.')
  if (status === 429 || status === 503)
    return new JmapFailure('unavailable', 'The server is busy. Try again in a moment.')
  return new JmapFailure('server', `The server could not do that (${status}).`)
}

/** The server makes the account's index again; nothing is lost, and it is there when that is done. */
export class RebuildingFailure extends JmapFailure {
  readonly percent: number
  readonly secondsLeft: number | null

  constructor(percent: number, secondsLeft: number | null) {
    const left = secondsLeft === null ? '' : `, ${timeLeft(secondsLeft)} left`
    super('unavailable', `The index of your mail is being made again: ${percent} %${left}. Nothing is lost.`)
    this.name = 'RebuildingFailure'
    this.percent = percent
    this.secondsLeft = secondsLeft
  }
}

function timeLeft(seconds: number): string {
  if (seconds < 90) return seconds === 1 ? '1 second' : `${seconds} seconds`
  return `${Math.round(seconds / 60)} minutes`
}

/** Of an answer that is no success; its body may say more (docs/formats/jmap-rebuilding.md). */
export async function failureOf(response: Response): Promise<JmapFailure> {
  if (response.status !== 503) return failureOfStatus(response.status)
  const said: unknown = await response.json().catch(() => null)
  if (typeof said !== 'object' || said === null || !('error' in said) || said.error !== 'rebuilding') {
    return failureOfStatus(response.status)
  }
  const { percent, secondsLeft } = said as { readonly percent?: unknown; readonly secondsLeft?: unknown }
  return new RebuildingFailure(
    typeof percent === 'number' ? percent : 0,
    typeof secondsLeft === 'number' ? secondsLeft : null,
  )
}

/** What a person is told of any error. */
export function plainWords(error: unknown): string {
  return error instanceof JmapFailure ? error.message : 'Something went wrong on this page.'
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
