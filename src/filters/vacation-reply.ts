// The answer that "vacation" sends (RFC 5230 §4.5 to §5.8, RFC 3834), or why none is sent.

import { composeMessage, needsUtf8 } from '#message/compose.ts'
import type { DraftField } from '#message/draft.ts'
import { parseMessage } from '#message/parse.ts'
import { replyHeader } from '#message/reply.ts'
import { type Summary, summarize } from '#message/summary.ts'
import { editedMessage } from '#sieve/header-edit.ts'
import type { MessageView } from '#sieve/message-view.ts'
import { toText } from '#sieve/octets.ts'
import type { Vacation } from '#sieve/outcome.ts'
import { parseSieveAddress } from '#sieve/sieve-address.ts'
import type { Trace } from './trace-fields.ts'

export interface Responder {
  /** The owner's main address. */
  readonly address: string
  readonly now: number
  readonly hostname: string
  /** Letters and digits that nobody can predict. */
  readonly seed: string
}

export interface Reply {
  /** In lower case, as who was answered is remembered by. */
  readonly to: string
  readonly message: Buffer
}

/** RFC 5230 §4.6: programs, and addresses of lists. */
const AUTOMATIC =
  /^(?:mailer-daemon|listserv|majordomo|no-?reply|do-?not-?reply|bounces?|owner-.*|.*-(?:request|owner|bounces?|errors?|relay))(?:[+=-].*)?@/i
const LIST_FIELDS = [
  'list-id',
  'list-help',
  'list-subscribe',
  'list-unsubscribe',
  'list-post',
  'list-owner',
  'list-archive',
]
const RECIPIENT_FIELDS = ['to', 'cc', 'bcc', 'resent-to', 'resent-cc', 'resent-bcc']

/** Null: the message is not answered. */
export function vacationReply(
  message: MessageView,
  trace: Trace,
  vacation: Vacation,
  responder: Responder,
): Reply | null {
  const sender = trace.from === null ? null : (parseSieveAddress(trace.from)?.email ?? null)
  if (sender === null || AUTOMATIC.test(sender) || isAutomatic(message)) return null
  const own = new Set(
    [responder.address, toText(trace.to ?? ''), ...vacation.addresses].map((address) => address.toLowerCase()),
  )
  if (own.has(sender.toLowerCase()) || !isAddressedTo(message, own)) return null
  return { to: sender.toLowerCase(), message: compose(message, sender, vacation, responder) }
}

/** §4.6, and what else answers by itself. */
function isAutomatic(message: MessageView): boolean {
  if (LIST_FIELDS.some((name) => message.fieldsOf(name).length > 0)) return true
  const says = (name: string, pattern: RegExp): boolean =>
    message.fieldsOf(name).some(({ value }) => pattern.test(value.trim()))
  return says('auto-submitted', /^(?!no\b)/i) || says('precedence', /^(?:bulk|list|junk)\b/i)
}

/** §4.5. */
function isAddressedTo(message: MessageView, own: ReadonlySet<string>): boolean {
  return RECIPIENT_FIELDS.some((name) =>
    message
      .fieldsOf(name)
      .some((field) => message.addresses(field).some((address) => own.has(toText(address).toLowerCase()))),
  )
}

/** With the header as the script has changed it (RFC 5293 §7). */
function summaryOf(message: MessageView): Summary {
  const { bytes, root } = message
  const edit = message.edit()
  if (edit === null) return summarize(bytes, root)
  const header = editedMessage(bytes.subarray(0, root.bodyStart), edit)
  return summarize(header, parseMessage(header))
}

function compose(
  message: MessageView,
  to: string,
  vacation: Vacation,
  { address, now, hostname, seed }: Responder,
): Buffer {
  const original = summaryOf(message)
  const { inReplyTo, references } = replyHeader(original)
  const from = vacation.from ?? { name: null, email: address }
  const subject = vacation.subject ?? (original.subject === '' ? 'Automated reply' : `Auto: ${original.subject}`)
  const fields: DraftField[] = [
    { name: 'From', addresses: [from] },
    { name: 'To', addresses: [{ name: null, email: to }] },
    { name: 'Subject', text: subject },
    { name: 'Date', date: { ms: now, zoneMinutes: 0 } },
    { name: 'Message-ID', messageIds: [`${seed}@${hostname}`] },
    { name: 'Auto-Submitted', text: 'auto-replied' },
  ]
  if (inReplyTo.length > 0)
    fields.push({ name: 'In-Reply-To', messageIds: inReplyTo }, { name: 'References', messageIds: references })
  const utf8 = needsUtf8(fields)
  const text = toText(vacation.reason)
  if (!vacation.isMime)
    return composeMessage({ boundarySeed: seed, fields, utf8, body: { kind: 'text', subtype: 'plain', text } })
  return withMimeBody(
    composeMessage({ boundarySeed: seed, fields, utf8, body: { kind: 'text', subtype: 'plain', text: '' } }),
    vacation,
  )
}

/** §4.4: the reason is a MIME entity: its fields and its content take the place of ours. */
function withMimeBody(composed: Buffer, { reason }: Vacation): Buffer {
  const entity = Buffer.from(reason, 'latin1')
  const root = parseMessage(entity)
  const own = composed
    .toString('latin1', 0, parseMessage(composed).bodyStart)
    .split(/\r\n(?![ \t])/)
    .filter((line) => line !== '' && !/^content-/i.test(line))
  // Nothing but MIME's own fields comes from the script.
  const given = entity
    .toString('latin1', root.start, root.bodyStart)
    .split(/\r\n(?![ \t])/)
    .filter((line) => /^content-[!-9;-~]+:/i.test(line))
  const header = [...own, ...given, '', ''].join('\r\n')
  const body = entity.subarray(root.bodyStart)
  const end = body.length === 0 || body.at(-1) === 0x0a ? '' : '\r\n'
  return Buffer.concat([Buffer.from(header, 'latin1'), body, Buffer.from(end)])
}
