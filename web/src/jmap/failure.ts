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

/** What a person is told of any error. */
export function plainWords(error: unknown): string {
  return error instanceof JmapFailure ? error.message : 'Something went wrong on this page.'
}
