// Request-level errors (RFC 8620 §3.6.1) as problem details (RFC 7807). Nothing of what the client sent is in them.

export interface Problem {
  readonly type: string
  readonly status: number
  readonly detail: string
  /** Of the `limit` type: which. */
  readonly limit?: string
}

const PREFIX = 'urn:ietf:params:jmap:error:'

export function notJson(detail: string): Problem {
  return { type: `${PREFIX}notJSON`, status: 400, detail }
}

export function notRequest(detail: string): Problem {
  return { type: `${PREFIX}notRequest`, status: 400, detail }
}

export function unknownCapability(): Problem {
  return { type: `${PREFIX}unknownCapability`, status: 400, detail: 'A capability in using is not supported' }
}

export function limitExceeded(limit: string, detail: string): Problem {
  return { type: `${PREFIX}limit`, status: 400, detail, limit }
}

/** For the blob resources, which have no types of their own. */
export function plainProblem(status: number, detail: string): Problem {
  return { type: 'about:blank', status, detail }
}
