// What a sender is told about a message that did not arrive, or takes long (RFC 3461 §6, RFC 3464): in words for people, in a form for programs,
// and with the header of the message, never more of it.
//
// A notice has an empty reverse-path (RFC 5321 §4.5.5), and about a message that has one nothing is sent: no notice is ever about a notice. It
// goes through the queue as any message, to the sender's mailbox here, or to wherever a sender elsewhere is.

import { wipe } from '#base/bytes.ts'
import { randomBytes } from '#crypto/random.ts'
import { DraftError } from '#message/draft.ts'
import { type DeliveryReport, composeDeliveryReport } from '#message/delivery-report.ts'
import { messageIdsForm } from '#message/header-forms.ts'
import { readFields } from '#message/header.ts'
import type { QueuedMessage, QueuedRecipient } from './queue-message.ts'
import type { Notice } from './queue.ts'

export interface NoticeParts {
  /** This server's name, and the domain of its postmaster. */
  readonly hostName: string
  readonly now: number
  readonly random?: (bytes: number) => Buffer
}

type About = 'failed' | 'delayed'

const HEADER_BYTES_MAX = 32 * 1024
/** Recipients that are named one by one to people. Programs get all of them, unless that makes too long a notice. */
const NAMED_MAX = 50
const NOTICE_BYTES_MAX = 512 * 1024

/**
 * About the recipients at these positions, whose last replies are known. `header`: of the message, as far as it can be read. Null if nobody can be
 * told.
 */
export function composeNotice(
  parts: NoticeParts,
  message: QueuedMessage,
  about: About,
  positions: readonly number[],
  header: Uint8Array,
): Notice | null {
  if (message.sender === '' || positions.length === 0) return null
  const recipients = positions.flatMap((position) => message.recipients[position] ?? [])
  try {
    const all = composed(parts, message, about, recipients, recipients, header)
    return all.content.length <= NOTICE_BYTES_MAX
      ? all
      : composed(parts, message, about, recipients, recipients.slice(0, NAMED_MAX), header)
  } catch (error) {
    // A reverse-path that cannot stand in a To field.
    if (error instanceof DraftError) return null
    throw error
  }
}

/** `reported`: those whom programs are told of. Throws DraftError. */
function composed(
  { hostName, now, random = randomBytes }: NoticeParts,
  message: QueuedMessage,
  about: About,
  recipients: readonly QueuedRecipient[],
  reported: readonly QueuedRecipient[],
  header: Uint8Array,
): Notice {
  const date = { ms: now, zoneMinutes: 0 }
  const utf8 = [message.sender, ...recipients.map(({ address }) => address)].some((address) => !isAscii(address))
  const report: DeliveryReport = {
    from: { name: 'Mail delivery', email: `postmaster@${hostName}` },
    to: message.sender,
    subject: SUBJECTS[about],
    messageId: `${random(16).toString('hex')}@${hostName}`,
    date,
    boundarySeed: random(15).toString('hex'),
    explanation: explanation(message, about, recipients, hostName),
    reportingMta: hostName,
    arrivalDate: { ms: message.submittedAt, zoneMinutes: 0 },
    recipients: reported.map((recipient) => ({
      address: recipient.address,
      action: about,
      status: statusOf(recipient, about),
      remoteMta: recipient.lastReply?.host ?? null,
      diagnostic: diagnosticOf(recipient),
      lastAttempt: recipient.lastAttempt === null ? null : { ms: recipient.lastAttempt, zoneMinutes: 0 },
      willRetryUntil: about === 'delayed' ? { ms: message.expiresAt, zoneMinutes: 0 } : null,
    })),
    original: { header: wholeLines(header) },
    originalMessageId: messageIdOf(header),
    utf8,
  }
  const content = composeDeliveryReport(report)
  return { submission: { sender: '', recipients: [message.sender], submitter: null, smtpUtf8: utf8 }, content }
}

/** The beginning of a message's content that a notice returns, as far as it can be read. Wiped by the caller. */
export function headerForNotice(
  message: QueuedMessage,
  content: Iterable<Buffer>,
  report: (error: unknown) => void,
): Buffer {
  const length = Math.min(message.headerBytes, HEADER_BYTES_MAX)
  const header = Buffer.alloc(length)
  let at = 0
  try {
    for (const piece of content) {
      at += piece.copy(header, at, 0, length - at)
      wipe(piece)
      if (at === length) break
    }
  } catch (error) {
    report(error)
  }
  return header.subarray(0, at)
}

const SUBJECTS: Readonly<Record<About, string>> = {
  failed: 'Your message could not be delivered',
  delayed: 'Your message has not been delivered yet',
}

function explanation(
  message: QueuedMessage,
  about: About,
  recipients: readonly QueuedRecipient[],
  hostName: string,
): string {
  const named = recipients.slice(0, NAMED_MAX).map((recipient) => recipientText(recipient, about))
  const more = recipients.length - named.length
  if (more > 0) named.push(`... and ${more} more.`)
  const several = recipients.length > 1
  const hours = Math.floor((message.expiresAt - message.submittedAt) / 3_600_000)
  const patience = hours >= 48 ? `${Math.floor(hours / 24)} days` : `${hours} hours`
  const introduction =
    about === 'failed'
      ? `This is the mail server ${hostName}. Your message could not be delivered to ${several ? 'these addresses' : 'this address'}, and will not be tried again:`
      : `This is the mail server ${hostName}. Your message has not reached ${several ? 'these addresses' : 'this address'} yet. There is nothing you need to do: delivery is attempted for ${patience} from when you sent it, and you will hear if it fails.`
  const end =
    about === 'failed'
      ? 'Everybody else to whom you sent it is not affected. The header of your message is attached.'
      : 'The header of your message is attached.'
  return [introduction, ...named, end].join('\n\n')
}

function recipientText(recipient: QueuedRecipient, about: About): string {
  const { address, lastReply } = recipient
  const lines = [address, `    ${reasonOf(statusOf(recipient, about))}`]
  if (lastReply !== null) {
    const said = `${lastReply.code} ${lastReply.status} ${lastReply.text}`
    lines.push(lastReply.host === null ? `    ${said}` : `    ${lastReply.host} said: ${said}`)
  }
  return lines.join('\n')
}

/** In words that help (RFC 3463). */
function reasonOf(status: string): string {
  const [kind, subject = '', detail = ''] = status.split('.')
  const known = REASONS[`${subject}.${detail}`] ?? REASONS[subject]
  if (known !== undefined) return known
  return kind === '5' ? 'The server there refused it.' : 'The server there asked to try again later.'
}

const REASONS: Readonly<Record<string, string>> = {
  '1.1': 'There is no such address. Please check how it is written.',
  '1.2': 'There is no such domain. Please check how the address is written.',
  '1.10': 'That domain takes no mail at all.',
  '2.1': 'The mailbox is closed.',
  '2.2': 'The mailbox is full.',
  '3.4': 'The message is too large for the server there.',
  '4.1': 'The server there cannot be reached.',
  '4.2': 'The connection to the server there was lost.',
  '4.3': 'The domain could not be looked up.',
  '4.4': 'There is no way to that address from here.',
  '4.6': 'Mail to that address would go round in circles.',
  '4.7': 'It was tried for a long time, and did not succeed.',
  '6': 'The server there cannot take a message of this form.',
  '7': 'The server there refused it because of its rules.',
}

/** Of a recipient who was given up although the last reply allowed another try: RFC 3463 §3.5, X.4.7. */
function statusOf({ lastReply }: QueuedRecipient, about: About): string {
  const status = lastReply?.status ?? (about === 'failed' ? '5.0.0' : '4.0.0')
  if (about === 'delayed') return status.startsWith('4.') ? status : '4.0.0'
  return status.startsWith('5.') ? status : '5.4.7'
}

function diagnosticOf({ lastReply }: QueuedRecipient): string | null {
  return lastReply === null ? null : `${lastReply.code} ${lastReply.status} ${lastReply.text}`
}

/** Without a line that was cut off. */
function wholeLines(header: Uint8Array): Uint8Array {
  return header.subarray(0, header.lastIndexOf(0x0a) + 1)
}

const MESSAGE_ID: ReadonlySet<string> = new Set(['message-id'])

function messageIdOf(header: Uint8Array): string | null {
  const [value] = readFields(header, 0, header.length, MESSAGE_ID).get('message-id') ?? []
  return value === undefined ? null : (messageIdsForm(value)?.[0] ?? null)
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- exactly the bytes of ASCII
  return /^[\x00-\x7f]*$/.test(text)
}
