// A stored message on its way out (RFC 8621 §7.5): what its header says of sender and recipients, and the message without Bcc.

import { asBuffer } from '#base/bytes.ts'
import { fields, unfold } from '#message/header.ts'
import { addressesForm, dateForm } from '#message/header-forms.ts'
import { type HeaderFields, readHeader } from './header-value.ts'
import { isMailAddress } from './mail-address.ts'

export interface OutgoingHeader {
  /** Addresses of From, and of Sender. */
  readonly from: readonly string[]
  readonly sender: readonly string[]
  /** Of To, Cc and Bcc, each once. */
  readonly recipients: readonly string[]
  /** Properties of the Email that a message to be sent may not have so (RFC 5322 §3.6). */
  readonly invalid: readonly string[]
}

/** Fields that a message has once at most, and the properties that show them. */
const SINGLE = {
  from: 'from',
  sender: 'sender',
  'reply-to': 'replyTo',
  to: 'to',
  cc: 'cc',
  bcc: 'bcc',
  'message-id': 'messageId',
  'in-reply-to': 'inReplyTo',
  references: 'references',
  subject: 'subject',
  date: 'sentAt',
} as const

export function readOutgoingHeader(message: Uint8Array, headerEnd: number): OutgoingHeader {
  const header = readHeader(message, 0, headerEnd)
  const invalid = new Set<string>()
  for (const [name, property] of Object.entries(SINGLE)) {
    if ((header.byName.get(name)?.length ?? 0) > 1) invalid.add(property)
  }
  const from = addressesOf(header, 'from')
  const sender = addressesOf(header, 'sender')
  if (from.length === 0 || !from.every(isMailAddress)) invalid.add('from')
  // RFC 5322 §3.6.2: one sender, who must be named if there are several authors.
  if (sender.length > 1 || !sender.every(isMailAddress) || (from.length > 1 && sender.length === 0))
    invalid.add('sender')
  const date = header.byName.get('date')?.[0]
  if (date === undefined || dateForm(unfold(date)) === null) invalid.add('sentAt')
  const recipients = new Map<string, string>()
  for (const name of ['to', 'cc', 'bcc']) {
    for (const address of addressesOf(header, name)) {
      const key = normalized(address)
      if (!recipients.has(key)) recipients.set(key, address)
    }
  }
  return { from, sender, recipients: [...recipients.values()], invalid: [...invalid] }
}

/** Domains are without regard to case, local parts are the receiver's business (RFC 5321 §2.4). */
export function normalized(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address : address.slice(0, at) + address.slice(at).toLowerCase()
}

function addressesOf({ byName }: HeaderFields, name: string): string[] {
  return (byName.get(name) ?? []).flatMap((value) => addressesForm(unfold(value)).map(({ email }) => email))
}

/** A copy that no recipient learns of the others from; the caller wipes it. */
export function withoutBcc(message: Uint8Array, headerEnd: number): Buffer {
  const kept: Buffer[] = []
  const bytes = asBuffer(message)
  let from = 0
  for (const { name, start, end } of fields(bytes, 0, headerEnd)) {
    const isBcc = name.toLowerCase() === 'bcc' || name.toLowerCase() === 'resent-bcc'
    if (!isBcc) continue
    kept.push(bytes.subarray(from, start))
    from = end
  }
  kept.push(bytes.subarray(from))
  return Buffer.concat(kept)
}
