// What a reply takes over from the message it answers (RFC 5322 §3.6.4 and §3.6.5).

import { replySubject } from './compose.ts'
import type { Summary } from './summary.ts'

/** Identifiers that a References field keeps: the first, which began the thread, and the latest. */
const REFERENCES_MAX = 50

export interface ReplyHeader {
  readonly subject: string
  readonly inReplyTo: readonly string[]
  readonly references: readonly string[]
}

export function replyHeader(
  original: Pick<Summary, 'subject' | 'messageId' | 'inReplyTo' | 'references'>,
): ReplyHeader {
  const { messageId, inReplyTo } = original
  // §3.6.4: without References a single In-Reply-To takes its place.
  const before = original.references.length > 0 ? original.references : inReplyTo.length === 1 ? inReplyTo : []
  const all = [...before.filter((id) => !messageId.includes(id)), ...messageId]
  const references = all.length > REFERENCES_MAX ? [all[0] as string, ...all.slice(1 - REFERENCES_MAX)] : all
  return {
    subject: replySubject(original.subject),
    inReplyTo: messageId,
    references: messageId.length === 0 ? [] : references,
  }
}

/** Text with `>` before each line, as format=flowed quotes (RFC 3676 §4.5). */
export function quoteText(text: string): string {
  return text
    .trimEnd()
    .split('\n')
    .map((line) => (line.startsWith('>') ? `>${line}` : line === '' ? '>' : `> ${line}`))
    .join('\n')
}
