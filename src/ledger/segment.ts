// Segments: docs/formats/ledger.md §3. The head of the file, and the rule that says where the next record goes. The rule
// depends on nothing but the position before it, so that replay puts every record where it was.

import { crc32 } from 'node:zlib'
import { type AccountId, type Seq, accountIdFromBytes } from '#base/ids.ts'
import { asBuffer } from '#base/bytes.ts'
import { readU53, writeU53 } from './integer.ts'
import type { LedgerLimits } from './limits.ts'
import { HEAD_BYTES, type Location } from './record.ts'

export const SEGMENT_HEAD_BYTES = 64

const MAGIC = Buffer.from('4d4b736567000001', 'hex')
const ZEROS = Buffer.alloc(20)

export interface SegmentHead {
  readonly account: AccountId
  readonly first: Seq
  /** Sum of the sizes of the account's earlier segments. */
  readonly bytesBefore: number
}

/** The last segment, and where its records end. */
export interface SegmentEnd {
  readonly first: Seq
  readonly bytesBefore: number
  readonly end: number
  /** It ends in bytes that are not a record, which must not be overwritten. */
  readonly closed: boolean
}

/** Where an account's log ends. */
export interface Position {
  /** Number of records: the next one's sequence number. */
  readonly size: number
  /** Of the last record. */
  readonly time: number
  /** Null before the first record. */
  readonly segment: SegmentEnd | null
}

export const START: Position = { size: 0, time: 0, segment: null }

export function encodeSegmentHead(head: SegmentHead): Buffer {
  const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES)
  MAGIC.copy(bytes)
  bytes.write(head.account, 8, 16, 'hex')
  writeU53(bytes, 24, head.first)
  writeU53(bytes, 32, head.bytesBefore)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 60)), 60)
  return bytes
}

/** Returns null for bytes that are not a segment's head. */
export function decodeSegmentHead(head: Uint8Array): SegmentHead | null {
  const bytes = asBuffer(head)
  if (bytes.length !== SEGMENT_HEAD_BYTES || bytes.compare(MAGIC, 0, 8, 0, 8) !== 0) return null
  if (bytes.readUInt32BE(60) !== crc32(bytes.subarray(0, 60))) return null
  const first = readU53(bytes, 24)
  const bytesBefore = readU53(bytes, 32)
  if (first === null || bytesBefore === null || bytes.compare(ZEROS, 0, 20, 40, 60) !== 0) return null
  return { account: accountIdFromBytes(bytes.subarray(8, 24)), first: first as Seq, bytesBefore }
}

export interface Placed {
  readonly location: Location
  readonly beginsSegment: boolean
  readonly after: Position
}

/**
 * Where a record with this payload goes, and the position after it. `forceSegment` makes it begin a segment.
 */
export function place(
  position: Position,
  record: { readonly time: number; readonly payloadLength: number },
  limits: LedgerLimits,
  forceSegment = false,
): Placed {
  const { segment, size } = position
  const begins =
    segment === null || forceSegment || record.payloadLength > limits.inlineBytes || isFull(segment, size, limits)
  const first = begins ? (size as Seq) : segment.first
  const offset = begins ? SEGMENT_HEAD_BYTES : segment.end
  const bytesBefore = begins ? usedBytes(position) : segment.bytesBefore
  return {
    location: { segment: first, offset },
    beginsSegment: begins,
    after: {
      size: size + 1,
      time: record.time,
      segment: { first, bytesBefore, end: offset + HEAD_BYTES + record.payloadLength, closed: false },
    },
  }
}

function isFull(segment: SegmentEnd, size: number, limits: LedgerLimits): boolean {
  const holdsLarge = size - segment.first === 1 && segment.end > SEGMENT_HEAD_BYTES + HEAD_BYTES + limits.inlineBytes
  return segment.closed || segment.end >= limits.segmentBytes || holdsLarge
}

/** Bytes of all the account's segments. */
export function usedBytes(position: Position): number {
  return position.segment === null ? 0 : position.segment.bytesBefore + position.segment.end
}
