// IMAP's ENVELOPE (RFC 3501 §7.4.2, RFC 9051 §7.5.2), as bytes ready to send.
//
// Sender and Reply-To that are missing or empty are From. An address without domain or local part has what Dovecot gives for it,
// since NIL would mean a group there. Address fields of one name are joined (RFC 5322 §4.5.3); of others the last counts, as in JMAP.

import type { Address } from './address.ts'
import type { FieldValues } from './header.ts'
import { imapNstring, imapString } from './imap-string.ts'
import { MainHeader } from './main-header.ts'
import type { Octets, Part } from './part.ts'

/** `part`: a message, whose header begins at its start. */
export function renderEnvelope(
  bytes: Uint8Array,
  part: Part,
  header: MainHeader = new MainHeader(bytes, part),
): Buffer {
  const { values } = header
  const from = addresses(header, 'from')
  const sender = addresses(header, 'sender')
  const replyTo = addresses(header, 'reply-to')
  return Buffer.from(
    `(${[
      text(values, 'date'),
      text(values, 'subject'),
      from,
      sender === 'NIL' ? from : sender,
      replyTo === 'NIL' ? from : replyTo,
      addresses(header, 'to'),
      addresses(header, 'cc'),
      addresses(header, 'bcc'),
      text(values, 'in-reply-to'),
      text(values, 'message-id'),
    ].join(' ')})`,
    'latin1',
  )
}

function text(values: FieldValues, name: string): Octets {
  return imapNstring(values.get(name)?.at(-1) ?? null)
}

function addresses(header: MainHeader, name: string): Octets {
  const instances = header.values.get(name)
  if (instances === undefined) return 'NIL'
  const list = header.list(instances.length === 1 ? (instances[0] as Octets) : instances.join(','))
  return list.length === 0 ? 'NIL' : `(${list.map(address).join('')})`
}

function address(item: Address): Octets {
  if (item.kind === 'group') {
    return `(NIL NIL ${imapString(item.name)} NIL)${item.members.map(address).join('')}(NIL NIL NIL NIL)`
  }
  const mailbox = item.localPart === '' ? 'MISSING_MAILBOX' : item.localPart
  const host = item.domain === '' ? 'MISSING_DOMAIN' : item.domain
  return `(${imapNstring(item.name)} ${imapNstring(item.route)} ${imapString(mailbox)} ${imapString(host)})`
}
