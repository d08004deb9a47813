// Sending, for an unlocked account's owner: by SMTP submission and by JMAP. The sender, and whoever the message says it is from, must be one of the
// owner's addresses; then the courier has it.

import type { AccountId } from '#base/ids.ts'
import { randomBytes } from '#crypto/random.ts'
import { HeaderCollector, headerFacts, missingFields } from '#delivery/submitted-header.ts'
import { receivedField } from '#delivery/trace.ts'
import type { Send } from '#filters/sender.ts'
import type { JmapHost } from '#jmap/engine.ts'
import { systemClock } from '#platform/clock.ts'
import type { Log } from '#platform/log.ts'
import { SmtpEngine } from '#smtp/engine.ts'
import type { Handover } from '#smtp/handover.ts'
import type { MessageSink, SmtpHost } from '#smtp/host.ts'
import type { Transaction } from '#smtp/transaction.ts'
import { type MessageVerdict, type RecipientVerdict, type Refusal, type SenderVerdict, refused } from '#smtp/verdict.ts'
import type { CommitOutcome, CourierClient } from './courier-client.ts'
import type { DirectoryClient } from './directory-client.ts'
import type { ConnectionHost } from './session-host.ts'

export interface SubmissionParts {
  readonly directory: DirectoryClient
  readonly courier: CourierClient
  readonly log: Log
  readonly hostname: string
  readonly messageBytesMax: number
}

const ID_BYTES = 9

const NOT_YOURS = refused(553, '5.7.1', 'That is not an address of yours')
const LATER = refused(451, '4.3.0', 'That cannot be checked now: try again later')
const NO_ROUTE = refused(550, '5.7.1', 'This server is not set up to send mail elsewhere')
const ACCEPTED: SenderVerdict = { kind: 'accepted' }

/** Whether the account may send as the address; null: it cannot be told now. Details (`ada+x@…`) and aliases are the owner's. */
async function mayUse({ directory }: SubmissionParts, account: AccountId, address: string): Promise<boolean | null> {
  const resolved = await directory.resolve(address)
  if (resolved === null) return null
  return resolved.kind === 'accounts' && resolved.accounts.some(({ id }) => id === account)
}

export function submissionEngine(
  parts: SubmissionParts,
  account: AccountId,
  connection: ConnectionHost,
  handover: Handover,
): SmtpEngine<null> {
  const { log, hostname, messageBytesMax } = parts
  const host: SmtpHost<null> = {
    ...connection,
    checkSender: async (sender) => {
      // A null sender is a notification of the reader's (RFC 8098 §3).
      if (sender === null) return ACCEPTED
      const may = await mayUse(parts, account, sender.text)
      return may === null ? LATER : may ? ACCEPTED : NOT_YOURS
    },
    checkRecipient: ({ text }) => checkRecipient(parts, text),
    openMessage: (transaction) => openMessage(parts, account, transaction),
    // Before login, in another process.
    startTls: () => undefined,
    delay: (ms) => new Promise((resolve) => systemClock.after(ms, resolve)),
    note: (event) => log.info('policy', { event, account }),
  }
  return SmtpEngine.afterLogin(host, handover, { hostname, limits: { messageBytesMax } })
}

async function checkRecipient({ courier }: SubmissionParts, address: string): Promise<RecipientVerdict<null>> {
  const checked = await courier.checkRecipient(address)
  switch (checked) {
    case 'sendable':
      return { kind: 'accepted', target: null }
    case 'unknown':
    case 'unavailable':
      return { kind: checked }
    case 'noRoute':
      return NO_ROUTE
  }
}

function openMessage(parts: SubmissionParts, account: AccountId, transaction: Transaction<null>): MessageSink {
  const { courier, hostname } = parts
  const sender = transaction.sender?.text ?? ''
  const recipients = transaction.recipients.map(({ address }) => address.text)
  const outgoing = courier.begin({ submitter: account, sender, recipients, smtpUtf8: transaction.isUtf8 })
  let header: HeaderCollector | null = new HeaderCollector()
  let refusal: Refusal | null = null

  /** The header is complete: it is seen whose name it bears, and goes on with what stands before it. */
  async function passHeader(collected: HeaderCollector): Promise<void> {
    header = null
    const facts = headerFacts(collected.bytes)
    const owned = await Promise.all(facts.from.map(({ email }) => mayUse(parts, account, email)))
    if (owned.includes(null)) refusal = LATER
    else if (owned.includes(false)) refusal = NOT_YOURS
    else {
      const id = randomBytes(ID_BYTES).toString('base64url')
      // Where its author is, is nobody's business.
      const hop = { from: null, by: hostname, protocol: transaction.protocol, tls: null, id, recipient: null }
      await outgoing.write(receivedField({ ...hop, time: systemClock.now() }))
      await outgoing.write(missingFields(facts, domainOf(sender) ?? hostname, systemClock.now()))
      await outgoing.write(collected.bytes)
    }
    collected.wipe()
  }

  return {
    async write(content) {
      if (refusal !== null) return
      if (header === null) return outgoing.write(content)
      if (header.push(content)) await passHeader(header)
    },
    async commit() {
      if (header !== null) await passHeader(header)
      if (refusal !== null) {
        outgoing.abort()
        return refusal
      }
      return verdictOf(await outgoing.commit())
    },
    abort() {
      header?.wipe()
      outgoing.abort()
    },
  }
}

function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@')
  return at < 0 ? null : address.slice(at + 1)
}

function verdictOf(outcome: CommitOutcome): MessageVerdict {
  if (outcome.kind === 'accepted') return outcome
  switch (outcome.reason) {
    case 'noSpace':
    case 'full':
      return refused(452, '4.3.1', 'There is no room for it now: try again later')
    case 'tooLarge':
      return refused(552, '5.3.4', 'The message is too large')
    case 'loop':
      return refused(554, '5.4.6', 'The message has been through too many servers')
    case 'unavailable':
      return refused(451, '4.3.0', 'It cannot be taken now: try again later')
  }
}

/** The same for JMAP, which has checked the header itself. */
export async function submitFor(
  parts: SubmissionParts,
  account: AccountId,
  { mailFrom, rcptTo, message }: Parameters<JmapHost['submit']>[0],
): ReturnType<JmapHost['submit']> {
  const { courier, hostname, messageBytesMax } = parts
  if (message.length > messageBytesMax) return { kind: 'tooLarge', sizeBytesMax: messageBytesMax }
  const may = mailFrom === '' ? true : await mayUse(parts, account, mailFrom)
  if (may === null) return { kind: 'unavailable' }
  if (!may) return { kind: 'forbiddenMailFrom' }
  const checked = await Promise.all(rcptTo.map((address) => courier.checkRecipient(address)))
  if (checked.includes('unavailable')) return { kind: 'unavailable' }
  const unknown = rcptTo.filter((_, index) => checked[index] === 'unknown')
  if (unknown.length > 0) return { kind: 'invalidRecipients', recipients: unknown }
  if (checked.includes('noRoute')) return { kind: 'forbiddenToSend', text: NO_ROUTE.text }
  const smtpUtf8 = [mailFrom, ...rcptTo].some((address) => !isAscii(address))
  const outgoing = courier.begin({ submitter: account, sender: mailFrom, recipients: rcptTo, smtpUtf8 })
  const id = randomBytes(ID_BYTES).toString('base64url')
  const hop = { from: null, by: hostname, protocol: null, tls: null, id, recipient: null, time: systemClock.now() }
  await outgoing.write(receivedField(hop))
  await outgoing.write(message)
  const outcome = await outgoing.commit()
  if (outcome.kind === 'accepted') return outcome
  if (outcome.reason === 'tooLarge') return { kind: 'tooLarge', sizeBytesMax: messageBytesMax }
  return { kind: 'unavailable' }
}

/** The same for what filters send. */
export async function sendForFilters(
  parts: SubmissionParts,
  account: AccountId,
  { sender, to, bytes }: Parameters<Send>[0],
): ReturnType<Send> {
  const outcome = await submitFor(parts, account, { mailFrom: sender, rcptTo: [to], message: bytes })
  switch (outcome.kind) {
    case 'accepted':
      return { kind: 'sent' }
    case 'tooLarge':
      return { kind: 'never', why: 'the message is too large' }
    case 'invalidRecipients':
      return { kind: 'never', why: 'there is no such address' }
    case 'forbiddenToSend':
      return { kind: 'never', why: outcome.text }
    case 'unavailable':
      return { kind: 'later' }
    case 'forbiddenFrom':
    case 'forbiddenMailFrom':
    case 'tooManyRecipients':
      return { kind: 'never', why: 'it may not be sent' }
  }
}

function isAscii(text: string): boolean {
  return Buffer.byteLength(text) === text.length
}
