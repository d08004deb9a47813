// Replies (RFC 5321 §4.2), with enhanced status codes (RFC 2034). Nothing that a client sent is ever repeated to it.

import type { Refusal } from './verdict.ts'

export interface Reply {
  readonly code: number
  /** RFC 3463. Null where RFC 2034 §4 wants none: greeting, HELO, EHLO, and replies of 3xx. */
  readonly enhanced: string | null
  readonly lines: readonly string[]
}

/** RFC 5321 §4.5.3.1.5: a line has at most 512 bytes. */
const TEXT_LENGTH_MAX = 480
const LINES_MAX = 100
const UNPRINTABLE = /[^\x20-\x7e]/g

export function reply(code: number, enhanced: string | null, ...lines: readonly string[]): Reply {
  return { code, enhanced, lines }
}

export function replyOf(refusal: Refusal): Reply {
  return { code: refusal.code, enhanced: refusal.enhanced, lines: refusal.text.split('\n') }
}

/** The reply's bytes, all of them printable ASCII but the line ends. */
export function formatReply({ code, enhanced, lines }: Reply): string {
  const prefix = enhanced === null ? '' : `${enhanced} `
  const shown = lines.length > LINES_MAX ? lines.slice(0, LINES_MAX) : lines
  if (shown.length === 1) return `${code} ${prefix}${printable(shown[0] as string)}\r\n`
  return shown
    .map((line, index) => `${code}${index === shown.length - 1 ? ' ' : '-'}${prefix}${printable(line)}\r\n`)
    .join('')
}

function printable(text: string): string {
  return text.slice(0, TEXT_LENGTH_MAX).replaceAll(UNPRINTABLE, '?')
}
