// An SMTP reply as data (RFC 5321 §4.2, RFC 3463): what we answer, and what others answered us.

export interface Reply {
  /** Three digits. */
  readonly code: number
  /** RFC 3463: `5.1.1`. */
  readonly status: string
  /** One line, without the above. */
  readonly text: string
}

export function reply(code: number, status: string, text: string): Reply {
  return { code, status, text }
}

/** `550 5.1.1 no such user`. */
export function formatReply({ code, status, text }: Reply): string {
  return `${code} ${status} ${text}`
}
