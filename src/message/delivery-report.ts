// Delivery status notifications (RFC 3461 §6, RFC 3464): multipart/report with an explanation for people, one for programs, and the
// message it is about.

import { asBuffer } from '#base/bytes.ts'
import { type DraftPart, composeMessage } from './compose.ts'
import { type DateTime, formatDate } from './date.ts'
import { cleanText } from './header-writer.ts'

interface ReportedRecipient {
  readonly address: string
  /** As the sender first gave it, if that is known (RFC 3461 §4.2): `rfc822;user@example.org`. */
  readonly originalRecipient?: string | null
  readonly action: 'failed' | 'delayed' | 'delivered' | 'relayed' | 'expanded'
  /** RFC 3463: `5.1.1`. */
  readonly status: string
  /** The other server's name, and what it said. */
  readonly remoteMta?: string | null
  readonly diagnostic?: string | null
  readonly lastAttempt?: DateTime | null
  readonly willRetryUntil?: DateTime | null
}

export interface DeliveryReport {
  readonly from: { readonly name: string | null; readonly email: string }
  /** The envelope sender of the message it is about. */
  readonly to: string
  readonly subject: string
  readonly messageId: string
  readonly date: DateTime
  readonly boundarySeed: string
  /** For people. */
  readonly explanation: string
  readonly reportingMta: string
  readonly arrivalDate?: DateTime | null
  readonly originalEnvelopeId?: string | null
  readonly recipients: readonly ReportedRecipient[]
  /** Its header alone (RFC 3461 §4.3, RET=HDRS), or all of it. */
  readonly original: { readonly header: Uint8Array } | { readonly message: Uint8Array }
  /** Of the message it is about, for threading. */
  readonly originalMessageId?: string | null
  readonly utf8?: boolean
}

/** Throws DraftError if `to` cannot be written. */
export function composeDeliveryReport(report: DeliveryReport): Buffer {
  const id = report.originalMessageId ?? null
  return composeMessage({
    boundarySeed: report.boundarySeed,
    utf8: report.utf8 ?? false,
    fields: [
      { name: 'From', addresses: [report.from] },
      { name: 'To', addresses: [{ name: null, email: report.to }] },
      { name: 'Subject', text: report.subject },
      { name: 'Date', date: report.date },
      { name: 'Message-ID', messageIds: [report.messageId] },
      { name: 'In-Reply-To', messageIds: id === null ? [] : [id] },
      { name: 'References', messageIds: id === null ? [] : [id] },
      // RFC 3834 §5.
      { name: 'Auto-Submitted', text: 'auto-replied' },
    ],
    body: {
      kind: 'multipart',
      subtype: 'report',
      parameters: { 'report-type': 'delivery-status' },
      parts: [
        { kind: 'text', subtype: 'plain', text: report.explanation },
        { kind: 'message', subtype: 'delivery-status', bytes: Buffer.from(deliveryStatus(report), 'latin1') },
        original(report),
      ],
    },
  })
}

function original({ original }: DeliveryReport): DraftPart {
  if ('message' in original) return { kind: 'message', subtype: 'rfc822', bytes: original.message }
  return { kind: 'text', subtype: 'rfc822-headers', text: asBuffer(original.header).toString('utf8') }
}

/** RFC 3464 §2.1: fields of the message, and of each recipient, in groups separated by empty lines. */
function deliveryStatus(report: DeliveryReport): string {
  const groups = [
    [
      field('Original-Envelope-Id', report.originalEnvelopeId),
      field('Reporting-MTA', `dns; ${report.reportingMta}`),
      field('Arrival-Date', dateText(report.arrivalDate)),
    ],
    ...report.recipients.map((recipient) => [
      field('Original-Recipient', recipient.originalRecipient),
      field('Final-Recipient', addressText(recipient.address)),
      field('Action', recipient.action),
      field('Status', recipient.status),
      field('Remote-MTA', recipient.remoteMta == null ? null : `dns; ${recipient.remoteMta}`),
      field('Diagnostic-Code', recipient.diagnostic == null ? null : `smtp; ${recipient.diagnostic}`),
      field('Last-Attempt-Date', dateText(recipient.lastAttempt)),
      field('Will-Retry-Until', dateText(recipient.willRetryUntil)),
    ]),
  ]
  return groups.map((fields) => fields.join('')).join('\r\n')
}

const VALUE_LENGTH_MAX = 900

function field(name: string, value: string | null | undefined): string {
  if (value == null || value === '') return ''
  // What another server said may hold anything.
  return `${name}: ${toAscii(cleanText(value)).slice(0, VALUE_LENGTH_MAX)}\r\n`
}

function dateText(date: DateTime | null | undefined): string | null {
  return date == null ? null : formatDate(date.ms, date.zoneMinutes)
}

/** RFC 3464 §2.3.2; RFC 6533 §3 where the address is not ASCII. */
function addressText(address: string): string {
  return /[^\x20-\x7e]/.test(address) ? `utf-8; ${toAscii(cleanText(address))}` : `rfc822; ${address}`
}

/** RFC 6533 §3: utf-8-addr-xtext. */
function toAscii(text: string): string {
  return text.replace(/[^\x20-\x7e]/gu, (char) => `\\x{${(char.codePointAt(0) as number).toString(16).toUpperCase()}}`)
}
