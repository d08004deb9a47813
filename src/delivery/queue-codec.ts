// The records of the queue's log before they are sealed: docs/formats/queue.md §3.

import {
  type Codec,
  type Decoded,
  bool,
  decode,
  encode,
  fixed,
  list,
  nullable,
  oneOf,
  struct,
  text,
  u16,
  u32,
  u53,
  variant,
} from '#base/codec.ts'
import { accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import {
  type MessageChange,
  QUEUE_ID_BYTES,
  type QueueId,
  type QueuedMessage,
  type QueuedRecipient,
  queueIdFromBytes,
  queueIdToBytes,
} from './queue-message.ts'
import type { LastReply } from './queue-message.ts'

export const RECIPIENTS_MAX = 1000
export const ADDRESS_BYTES_MAX = 1024
const HOST_BYTES_MAX = 255
const REPLY_TEXT_BYTES_MAX = 512
const STATUS_BYTES_MAX = 16

export const CONTENT_KEY_BYTES = 32

/** Where a message's content is: docs/formats/queue.md §4. */
export type ContentPlace =
  | { readonly kind: 'inline' }
  | { readonly kind: 'large'; readonly key: Uint8Array; readonly sealedBytes: number }
  /** It was damaged. */
  | { readonly kind: 'lost' }

const replyCodec = struct({
  code: u16,
  status: text(STATUS_BYTES_MAX),
  text: text(REPLY_TEXT_BYTES_MAX),
  host: nullable(text(HOST_BYTES_MAX)),
})

const progress = {
  state: oneOf('waiting', 'delivered', 'failed', 'cancelled'),
  attempts: u32,
  nextAttempt: u53,
  lastAttempt: nullable(u53),
  lastReply: nullable(replyCodec),
}

const recipientCodec: Codec<QueuedRecipient> = struct({ address: text(ADDRESS_BYTES_MAX), ...progress })

const messageCodec = struct({
  id: fixed(QUEUE_ID_BYTES),
  sender: text(ADDRESS_BYTES_MAX),
  submitter: nullable(fixed(16)),
  submittedAt: u53,
  expiresAt: u53,
  smtpUtf8: bool,
  eightBit: bool,
  sizeBytes: u53,
  headerBytes: u53,
  held: bool,
  delayTold: bool,
  recipients: list(recipientCodec, RECIPIENTS_MAX),
  content: variant({ inline: {}, large: { key: fixed(CONTENT_KEY_BYTES), sealedBytes: u53 }, lost: {} }),
})

const changeCodec = struct({
  id: fixed(QUEUE_ID_BYTES),
  held: nullable(bool),
  delayTold: nullable(bool),
  recipients: list(struct({ index: u16, ...progress }), RECIPIENTS_MAX),
})

const goneCodec = struct({ id: fixed(QUEUE_ID_BYTES) })

export interface DecodedMessage {
  readonly message: QueuedMessage
  readonly content: ContentPlace
}

export interface DecodedChange {
  readonly id: QueueId
  readonly change: MessageChange
}

/** Throws RangeError for what is out of bounds, which the queue's edge has refused before. */
export function encodeMessage(message: QueuedMessage, content: ContentPlace): Buffer {
  const { id, submitter } = message
  const submitterBytes = submitter === null ? null : accountIdToBytes(submitter)
  return encode(messageCodec, { ...message, id: queueIdToBytes(id), submitter: submitterBytes, content })
}

/** Null for bytes that are not one. What it returns shares no memory with them. */
export function decodeMessage(bytes: Uint8Array): DecodedMessage | null {
  const decoded = decode(messageCodec, bytes)
  if (!decoded.ok) return null
  const { id, submitter, content, ...rest } = decoded.value
  const message = {
    ...rest,
    id: queueIdFromBytes(id),
    submitter: submitter === null ? null : accountIdFromBytes(submitter),
  }
  return { message, content: content.kind === 'large' ? { ...content, key: Buffer.from(content.key) } : content }
}

export function encodeChange(id: QueueId, change: MessageChange): Buffer {
  const value: Decoded<typeof changeCodec> = { id: queueIdToBytes(id), ...change }
  return encode(changeCodec, value)
}

/** Null for bytes that are not one. */
export function decodeChange(bytes: Uint8Array): DecodedChange | null {
  const decoded = decode(changeCodec, bytes)
  if (!decoded.ok) return null
  const { id, ...change } = decoded.value
  return { id: queueIdFromBytes(id), change }
}

export function encodeGone(id: QueueId): Buffer {
  return encode(goneCodec, { id: queueIdToBytes(id) })
}

/** Null for bytes that are not one. */
export function decodeGone(bytes: Uint8Array): QueueId | null {
  const decoded = decode(goneCodec, bytes)
  return decoded.ok ? queueIdFromBytes(decoded.value.id) : null
}

/** A reply as it can be kept: what others say has no bounds. */
export function boundedReply(reply: LastReply): LastReply {
  return {
    code: Math.min(Math.max(Math.trunc(reply.code), 0), 999),
    status: boundedText(reply.status, STATUS_BYTES_MAX),
    text: boundedText(reply.text, REPLY_TEXT_BYTES_MAX),
    host: reply.host === null ? null : boundedText(reply.host, HOST_BYTES_MAX),
  }
}

// eslint-disable-next-line no-control-regex -- what has no place in a line
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u2028\u2029]+/g

function boundedText(text: string, bytesMax: number): string {
  const bytes = Buffer.from(text.slice(0, bytesMax).toWellFormed().replace(CONTROLS, ' ').trim())
  if (bytes.length <= bytesMax) return bytes.toString()
  // A character that was cut is left out.
  return bytes
    .subarray(0, bytesMax)
    .toString()
    .replace(/\ufffd+$/, '')
}
