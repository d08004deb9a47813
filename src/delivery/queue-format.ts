// Files of the queue's log as bytes: docs/formats/queue.md §2. Heads, groups, and the sealing of their records.

import { asBuffer, bytesEqual, wipe } from '#base/bytes.ts'
import { gcmOpen, gcmSeal } from '#crypto/aead.ts'
import { sha256 } from '#crypto/hash.ts'
import { hkdf } from '#crypto/hkdf.ts'

export const BLOCK_BYTES = 4096
export const SALT_BYTES = 16

const FILE_HEAD_BYTES = 64
const GROUP_HEAD_BYTES = 64
const RECORD_HEAD_BYTES = 12
const CHECK_BYTES = 16
/** Nonce and tag of a sealed part. */
const SEAL_BYTES = 28

const FILE_MAGIC = Buffer.from('4d4b717500000001', 'hex')
const GROUP_MAGIC = Buffer.from('4d4b7167', 'hex')

const RECORD_KINDS = ['message', 'change', 'gone'] as const
export type QueueRecordKind = (typeof RECORD_KINDS)[number]

export interface FileHead {
  readonly number: number
  readonly salt: Buffer
}

/** A record that is to be written. */
export interface NewQueueRecord {
  readonly kind: QueueRecordKind
  readonly header: Uint8Array
  /** Empty but for a message whose content is inline. */
  readonly content: Uint8Array
}

/** Where a sealed part is: what it takes to find and open it. */
export interface SealedPart {
  /** In the file. */
  readonly offset: number
  readonly length: number
  readonly group: number
  readonly record: number
}

export interface FoundRecord {
  readonly kind: QueueRecordKind
  readonly header: SealedPart
  readonly content: SealedPart
}

type Part = 'header' | 'content'

/** Seals the records of one file. */
export function fileKey(queueKey: Uint8Array, salt: Uint8Array): Buffer {
  return hkdf(queueKey, 'mailkeep/queue/log/v1', 32, salt)
}

function keyCheck(queueKey: Uint8Array, salt: Uint8Array): Buffer {
  return hkdf(queueKey, 'mailkeep/queue/check/v1', CHECK_BYTES, salt)
}

/** One block. */
export function encodeFileHead({ number, salt }: FileHead, queueKey: Uint8Array): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  FILE_MAGIC.copy(block)
  block.writeBigUInt64BE(BigInt(number), 8)
  block.set(salt, 16)
  block.set(keyCheck(queueKey, salt), 32)
  block.set(sha256(block.subarray(0, 48)).subarray(0, 16), 48)
  return block
}

/** Null for bytes that are not a head; `otherKey` for one of a queue with another key. */
export function decodeFileHead(bytes: Uint8Array, queueKey: Uint8Array): FileHead | 'otherKey' | null {
  const head = asBuffer(bytes).subarray(0, FILE_HEAD_BYTES)
  if (head.length < FILE_HEAD_BYTES || !bytesEqual(head.subarray(0, 8), FILE_MAGIC)) return null
  if (!bytesEqual(sha256(head.subarray(0, 48)).subarray(0, 16), head.subarray(48))) return null
  const salt = Buffer.from(head.subarray(16, 32))
  if (!bytesEqual(keyCheck(queueKey, salt), head.subarray(32, 48))) return 'otherKey'
  const number = Number(head.readBigUInt64BE(8))
  return Number.isSafeInteger(number) ? { number, salt } : null
}

/** Bytes that a record takes in a group. */
export function recordBytes({ header, content }: NewQueueRecord): number {
  return RECORD_HEAD_BYTES + header.length + SEAL_BYTES + (content.length === 0 ? 0 : content.length + SEAL_BYTES)
}

/** Bytes that a group of records takes in a file: whole blocks. */
export function groupBytes(recordsBytes: number): number {
  return Math.ceil((GROUP_HEAD_BYTES + recordsBytes) / BLOCK_BYTES) * BLOCK_BYTES
}

/** Binds a sealed part to its place. */
function additionalData(kind: QueueRecordKind, part: Part, group: number, record: number): Buffer {
  const data = Buffer.alloc(14)
  data[0] = RECORD_KINDS.indexOf(kind) + 1
  data[1] = part === 'header' ? 1 : 2
  data.writeBigUInt64BE(BigInt(group), 2)
  data.writeUInt32BE(record, 10)
  return data
}

export interface EncodedGroup {
  /** Whole blocks. */
  readonly bytes: Buffer
  readonly records: readonly FoundRecord[]
}

/** The group that is to be written at `offset`. */
export function encodeGroup(
  key: Uint8Array,
  salt: Uint8Array,
  group: number,
  offset: number,
  records: readonly NewQueueRecord[],
): EncodedGroup {
  const bodyBytes = records.reduce((sum, record) => sum + recordBytes(record), 0)
  const bytes = Buffer.alloc(groupBytes(bodyBytes))
  const found: FoundRecord[] = []
  let at = GROUP_HEAD_BYTES
  const put = (sealed: Buffer, record: number): SealedPart => {
    bytes.set(sealed, at)
    at += sealed.length
    return { offset: offset + at - sealed.length, length: sealed.length, group, record }
  }
  for (const [record, { kind, header, content }] of records.entries()) {
    const sealedHeader = gcmSeal(key, additionalData(kind, 'header', group, record), header)
    const sealedContent =
      content.length === 0 ? Buffer.alloc(0) : gcmSeal(key, additionalData(kind, 'content', group, record), content)
    bytes[at] = RECORD_KINDS.indexOf(kind) + 1
    bytes.writeUInt32BE(sealedHeader.length, at + 4)
    bytes.writeUInt32BE(sealedContent.length, at + 8)
    at += RECORD_HEAD_BYTES
    found.push({ kind, header: put(sealedHeader, record), content: put(sealedContent, record) })
  }
  GROUP_MAGIC.copy(bytes)
  bytes.writeUInt32BE(bodyBytes, 4)
  bytes.writeBigUInt64BE(BigInt(group), 8)
  bytes.set(salt, 16)
  bytes.set(groupDigest(bytes, at), 32)
  return { bytes, records: found }
}

function groupDigest(bytes: Buffer, end: number): Buffer {
  return sha256(bytes.subarray(0, 32), bytes.subarray(GROUP_HEAD_BYTES, end))
}

export interface GroupHead {
  readonly bodyBytes: number
  readonly number: number
  readonly salt: Buffer
}

/** Null for bytes that are not a group's head. Says nothing about the body. */
export function decodeGroupHead(bytes: Uint8Array): GroupHead | null {
  const head = asBuffer(bytes)
  if (head.length < GROUP_HEAD_BYTES || !bytesEqual(head.subarray(0, 4), GROUP_MAGIC)) return null
  const number = Number(head.readBigUInt64BE(8))
  if (!Number.isSafeInteger(number)) return null
  return { bodyBytes: head.readUInt32BE(4), number, salt: Buffer.from(head.subarray(16, 32)) }
}

/** The records of the group in `bytes`, which was read from `offset`; null if it is not whole. */
export function decodeGroup(bytes: Uint8Array, offset: number): readonly FoundRecord[] | null {
  const buffer = asBuffer(bytes)
  const head = decodeGroupHead(buffer)
  if (head === null) return null
  const end = GROUP_HEAD_BYTES + head.bodyBytes
  if (end > buffer.length || !bytesEqual(groupDigest(buffer, end), buffer.subarray(32, 64))) return null
  const records: FoundRecord[] = []
  let at = GROUP_HEAD_BYTES
  while (at < end) {
    if (end - at < RECORD_HEAD_BYTES) return null
    const kind = RECORD_KINDS[(buffer[at] as number) - 1]
    const headerAt = at + RECORD_HEAD_BYTES
    const contentAt = headerAt + buffer.readUInt32BE(at + 4)
    const recordEnd = contentAt + buffer.readUInt32BE(at + 8)
    if (kind === undefined || recordEnd > end) return null
    const where = { group: head.number, record: records.length }
    records.push({
      kind,
      header: { offset: offset + headerAt, length: contentAt - headerAt, ...where },
      content: { offset: offset + contentAt, length: recordEnd - contentAt, ...where },
    })
    at = recordEnd
  }
  return records
}

/** Null if it does not open. The caller wipes it. */
export function openPart(
  key: Uint8Array,
  kind: QueueRecordKind,
  part: Part,
  where: SealedPart,
  sealed: Uint8Array,
): Buffer | null {
  return gcmOpen(key, additionalData(kind, part, where.group, where.record), sealed)
}

/** The plaintext of records that have been sealed. */
export function wipeRecords(records: readonly NewQueueRecord[]): void {
  for (const { header, content } of records) wipe(header, content)
}
