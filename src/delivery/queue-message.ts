// A message in the queue: its envelope, and what became of each recipient so far. Its content is elsewhere (`queue-content.ts`).

import type { Brand } from '#base/brand.ts'
import type { AccountId } from '#base/ids.ts'
import type { Reply } from './reply.ts'

/** 20 hexadecimal digits: ten random bytes. */
export type QueueId = Brand<string, 'QueueId'>

export const QUEUE_ID_BYTES = 10

export function queueIdFromBytes(bytes: Uint8Array): QueueId {
  return Buffer.from(bytes).toString('hex') as QueueId
}

export function queueIdToBytes(id: QueueId): Buffer {
  return Buffer.from(id, 'hex')
}

/** Null for text that is not one. */
export function parseQueueId(text: string): QueueId | null {
  return /^[0-9a-f]{20}$/.test(text) ? (text as QueueId) : null
}

/** What was answered last about a recipient, or what we found ourselves. */
export interface LastReply extends Reply {
  /** Who said it; null if it was us. */
  readonly host: string | null
}

export type RecipientState = 'waiting' | 'delivered' | 'failed' | 'cancelled'

export interface QueuedRecipient {
  readonly address: string
  readonly state: RecipientState
  readonly attempts: number
  /** Milliseconds since the Unix epoch. Of no meaning unless it waits. */
  readonly nextAttempt: number
  readonly lastAttempt: number | null
  readonly lastReply: LastReply | null
}

export interface QueuedMessage {
  readonly id: QueueId
  /** The reverse-path; empty for a bounce. */
  readonly sender: string
  /** Whose message it is; null if it is the server's own, or came from outside. */
  readonly submitter: AccountId | null
  readonly submittedAt: number
  /** After this, what has not been delivered is returned. */
  readonly expiresAt: number
  /** It was submitted with SMTPUTF8, and has UTF-8 in its header: it can only go where that is understood (RFC 6531). */
  readonly smtpUtf8: boolean
  /** It has bytes over 127: it can only go where 8BITMIME is understood (RFC 6152). */
  readonly eightBit: boolean
  readonly sizeBytes: number
  /** Of them, the header and the empty line after it. */
  readonly headerBytes: number
  /** By hand: no attempts are made. */
  readonly held: boolean
  /** The sender has been told that it takes long. */
  readonly delayTold: boolean
  readonly recipients: readonly QueuedRecipient[]
}

/** What is to change of one recipient. */
export interface RecipientChange {
  /** Position in the message's list. */
  readonly index: number
  readonly state: RecipientState
  readonly attempts: number
  readonly nextAttempt: number
  readonly lastAttempt: number | null
  readonly lastReply: LastReply | null
}

/** What is to change of a message; null leaves as it is. */
export interface MessageChange {
  readonly held: boolean | null
  readonly delayTold: boolean | null
  readonly recipients: readonly RecipientChange[]
}

/** A recipient who waits no more stays as it is, whatever comes later. */
export function changedMessage(message: QueuedMessage, change: MessageChange): QueuedMessage {
  const recipients = [...message.recipients]
  for (const { index, ...changed } of change.recipients) {
    const before = recipients[index]
    if (before?.state === 'waiting') recipients[index] = { address: before.address, ...changed }
  }
  return {
    ...message,
    held: change.held ?? message.held,
    delayTold: change.delayTold ?? message.delayTold,
    recipients,
  }
}

/** Nobody waits for it any more. */
export function isFinished(message: QueuedMessage): boolean {
  return message.recipients.every(({ state }) => state !== 'waiting')
}
