// What became of one recipient in one attempt, and what the replies of other servers mean (RFC 5321 §4.2.1, RFC 3463).

import type { SmtpRecipientResult, SmtpReply } from '#platform/smtp-client.ts'
import type { LastReply } from './queue-message.ts'
import type { Reply } from './reply.ts'

export type Outcome =
  | { readonly kind: 'delivered'; readonly reply: LastReply }
  /** For good. */
  | { readonly kind: 'failed'; readonly reply: LastReply }
  /** `hostDown`: nobody there could be talked to, for whatever message. */
  | { readonly kind: 'delayed'; readonly reply: LastReply; readonly hostDown: boolean }

/** What we found ourselves. */
export function ownOutcome(reply: Reply): Outcome {
  return byCode({ ...reply, host: null })
}

/** There was no session with any host. What was answered to a greeting or to AUTH concerns us, and never the recipient. */
export function noSessionOutcome(host: string, reason: string, reply: SmtpReply | null): Outcome {
  const last: LastReply =
    reply === null
      ? { code: 451, status: '4.4.1', text: `no connection to ${host}: ${reason}`, host: null }
      : { code: reply.code, status: '4.4.1', text: reply.text, host }
  return { kind: 'delayed', reply: last, hostDown: true }
}

/** `others`: somebody else was accepted in the same transaction. */
export function recipientOutcome(host: string, result: SmtpRecipientResult, others: boolean): Outcome {
  switch (result.kind) {
    case 'accepted':
      return { kind: 'delivered', reply: answered(host, result.reply) }
    case 'refused': {
      const last = answered(host, result.reply)
      return isTooManyRecipients(last, others) ? { kind: 'delayed', reply: last, hostDown: false } : byCode(last)
    }
    case 'unknown': {
      const text = `the connection to ${host} ended early: ${result.reason}`
      return { kind: 'delayed', reply: { code: 451, status: '4.4.2', text, host: null }, hostDown: false }
    }
    case 'unsupported':
      return { kind: 'failed', reply: { ...UNSUPPORTED[result.extension], host } }
  }
}

const UNSUPPORTED: Readonly<Record<'SMTPUTF8' | '8BITMIME' | 'SIZE', Reply>> = {
  // RFC 6531 §3.5.
  SMTPUTF8: { code: 550, status: '5.6.7', text: 'the server there does not take international addresses or headers' },
  // RFC 3463 §3.7.
  '8BITMIME': { code: 554, status: '5.6.3', text: 'the server there does not take messages with eight-bit content' },
  SIZE: { code: 552, status: '5.3.4', text: 'the message is larger than the server there takes' },
}

function byCode(reply: LastReply): Outcome {
  // 503 says that the session went wrong, and not that the message is refused.
  return reply.code >= 500 && reply.code !== 503
    ? { kind: 'failed', reply }
    : { kind: 'delayed', reply, hostDown: false }
}

/** RFC 5321 §4.5.3.1.10: 552 has meant that, too. */
function isTooManyRecipients({ code, status }: LastReply, others: boolean): boolean {
  return code === 552 && others && !status.startsWith('5.2.') && !status.startsWith('5.3.')
}

const ENHANCED = /^([245])\.(\d{1,3})\.(\d{1,3})(?= |$)/

/** A reply with its enhanced status code; one that says nothing more than the reply's if it has none, or one of another class. */
function answered(host: string, { code, text }: SmtpReply): LastReply {
  const kind = Math.trunc(code / 100)
  const found = ENHANCED.exec(text)
  if (found !== null && Number(found[1]) === kind) {
    return { code, status: found[0], text: text.slice(found[0].length).trim(), host }
  }
  const status = kind === 5 ? '5.0.0' : kind === 2 ? '2.0.0' : '4.0.0'
  return { code, status, text, host }
}
