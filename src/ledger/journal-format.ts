// The commit journal's bytes: docs/formats/ledger.md §4. File heads and groups, encoded and checked; no I/O.
//
// A group is valid as a whole or not at all. What is in it is believed only after its digest and those of its payloads match;
// every length is checked against the bytes that are there before it is used.

import { crc32 } from 'node:zlib'
import { asBuffer } from '#base/bytes.ts'
import { sha256 } from '#crypto/hash.ts'
import { readU53, writeU53 } from './integer.ts'
import { HEAD_BYTES, type RecordHeader, decodeHead, payloadMatches } from './record.ts'

export const BLOCK_BYTES = 4096
export const GROUP_HEAD_BYTES = 64
export const INCOMING_NAME_BYTES = 16
export const SALT_BYTES = 8

const FILE_MAGIC = Buffer.from('4d4b6a6c00000001', 'hex')
const GROUP_MAGIC = Buffer.from('4d4b6763', 'hex')
const FILE_HEAD_BYTES = 64
const FILE_PADDING = Buffer.alloc(36)

/** What a file's head and all its groups have in common. */
export interface JournalStamp {
  readonly generation: number
  readonly salt: Buffer
}

/** A record in a group's bytes: its head is at `start`; what belongs to it ends at `end`. */
export interface GroupRecord {
  readonly header: RecordHeader
  readonly start: number
  readonly end: number
  /** Name of the file in `incoming/` that holds the payload; null if the payload follows the head. */
  readonly incoming: string | null
}

export function encodeFileHead(stamp: JournalStamp): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  FILE_MAGIC.copy(block)
  writeU53(block, 8, stamp.generation)
  stamp.salt.copy(block, 16)
  block.writeUInt32BE(crc32(block.subarray(0, 60)), 60)
  return block
}

/** Returns null for bytes that are not a journal file's head. */
export function decodeFileHead(block: Uint8Array): JournalStamp | null {
  const bytes = asBuffer(block).subarray(0, FILE_HEAD_BYTES)
  if (bytes.length < FILE_HEAD_BYTES || bytes.compare(FILE_MAGIC, 0, 8, 0, 8) !== 0) return null
  if (bytes.readUInt32BE(60) !== crc32(bytes.subarray(0, 60))) return null
  const generation = readU53(bytes, 8)
  if (generation === null || generation === 0 || bytes.compare(FILE_PADDING, 0, 36, 24, 60) !== 0) return null
  return { generation, salt: Buffer.from(bytes.subarray(16, 24)) }
}

/** Bytes that a group with a body of this length takes in the file. */
export function groupFileBytes(bodyLength: number): number {
  return Math.ceil((GROUP_HEAD_BYTES + bodyLength) / BLOCK_BYTES) * BLOCK_BYTES
}

/** Bytes that a record takes in a group's body. */
export function groupRecordBytes(payloadLength: number, incoming: boolean): number {
  return HEAD_BYTES + (incoming ? INCOMING_NAME_BYTES : payloadLength)
}

/**
 * Completes a group whose body is in `bytes` from GROUP_HEAD_BYTES to `end`: head, digest, and zeros to the end of its
 * last block. Returns the view to write.
 */
export function sealGroup(
  bytes: Buffer,
  end: number,
  stamp: JournalStamp,
  number: number,
  records: readonly GroupRecord[],
): Buffer {
  const fileEnd = groupFileBytes(end - GROUP_HEAD_BYTES)
  bytes.fill(0, end, fileEnd)
  GROUP_MAGIC.copy(bytes)
  bytes.writeUInt32BE(end - GROUP_HEAD_BYTES, 4)
  writeU53(bytes, 8, stamp.generation)
  writeU53(bytes, 16, number)
  stamp.salt.copy(bytes, 24)
  groupDigest(bytes, records).copy(bytes, 32)
  return bytes.subarray(0, fileEnd)
}

/** Over the group's first 32 bytes and its body without payloads, gathered so that it is one pass of the hash. */
function groupDigest(bytes: Buffer, records: readonly GroupRecord[]): Buffer {
  const gathered = Buffer.allocUnsafe(32 + records.length * (HEAD_BYTES + INCOMING_NAME_BYTES))
  let at = bytes.copy(gathered, 0, 0, 32)
  for (const { start, end, incoming } of records) {
    at += bytes.copy(gathered, at, start, incoming === null ? start + HEAD_BYTES : end)
  }
  return sha256(gathered.subarray(0, at))
}

export interface GroupHead extends JournalStamp {
  readonly number: number
  readonly bodyLength: number
}

/** Whether a group's head may be there: its first bytes are. */
export function beginsGroup(bytes: Buffer, at: number): boolean {
  return bytes.compare(GROUP_MAGIC, 0, 4, at, Math.min(at + 4, bytes.length)) === 0
}

/** Returns null for bytes that are not a group's head. Says nothing about the body. */
export function decodeGroupHead(head: Uint8Array): GroupHead | null {
  const bytes = asBuffer(head)
  if (bytes.length < GROUP_HEAD_BYTES || bytes.compare(GROUP_MAGIC, 0, 4, 0, 4) !== 0) return null
  const generation = readU53(bytes, 8)
  const number = readU53(bytes, 16)
  if (generation === null || number === null) return null
  return { generation, number, bodyLength: bytes.readUInt32BE(4), salt: Buffer.from(bytes.subarray(24, 32)) }
}

/**
 * The records of a group, from its head and body in `bytes`; null if it is not valid. Generation, number and salt are the
 * caller's to compare.
 */
export function decodeGroup(bytes: Buffer): GroupRecord[] | null {
  const records: GroupRecord[] = []
  let at = GROUP_HEAD_BYTES
  while (at < bytes.length) {
    const record = decodeGroupRecord(bytes, at)
    if (record === null) return null
    records.push(record)
    at = record.end
  }
  if (records.length === 0 || bytes.compare(groupDigest(bytes, records), 0, 32, 32, 64) !== 0) return null
  for (const { header, start, end, incoming } of records) {
    if (incoming === null && !payloadMatches(header, bytes.subarray(start + HEAD_BYTES, end))) return null
  }
  return records
}

function decodeGroupRecord(bytes: Buffer, start: number): GroupRecord | null {
  const bodyAt = start + HEAD_BYTES
  if (bodyAt > bytes.length) return null
  const head = decodeHead(bytes.subarray(start, bodyAt))
  if (!head.ok || head.value.state === 'dropped') return null
  const { header, state } = head.value
  const end = start + groupRecordBytes(header.payloadLength, state === 'incoming')
  if (end > bytes.length) return null
  return { header, start, end, incoming: state === 'incoming' ? bytes.toString('hex', bodyAt, end) : null }
}
