// The walk through one segment: its records in order, read in large blocks with bounded memory.
//
// A head that does not fit (docs/formats/ledger.md §2) is damage if a record of this account with the same or a higher
// sequence number follows it anywhere in the file; else the segment ends there: in the last segment that is a record
// that is still being written. Bytes inside a payload could look like such a record, so that a caller who has the
// tree's leaf hashes gives them, and a record found after damage must match its leaf.

import type { AccountId } from '#base/ids.ts'
import type { DiskFile } from '#platform/disk.ts'
import {
  type DecodedHead,
  HEAD_BYTES,
  type HeadFault,
  RECORD_MAGIC,
  type RecordHeader,
  type PayloadState,
  decodeHead,
  leafHashOfHead,
  recordBytes,
} from './record.ts'
import { readTolerantly } from './tolerant-read.ts'

export type SegmentStep =
  | {
      readonly kind: 'record'
      readonly header: RecordHeader
      readonly state: PayloadState
      readonly offset: number
      /** The 128 bytes: valid until the next step. */
      readonly head: Buffer
      /** If asked for and at most `payloadsUpTo`: valid until the next step, and not checked. */
      readonly payload: Buffer | null
    }
  /** Bytes from `offset` to `end` are no record; records from `from` up to, not including, `to` are missing there. */
  | {
      readonly kind: 'damage'
      readonly offset: number
      readonly end: number
      readonly from: number
      readonly to: number
      readonly fault: HeadFault | 'account' | 'sequence' | 'state'
    }
  /** Always the last step. `size` is the file's; bytes from `offset` up to it are not a whole record. */
  | { readonly kind: 'end'; readonly offset: number; readonly size: number; readonly next: number }

export interface ScanOptions {
  readonly account: AccountId
  /** Of the record at `offset`. */
  readonly seq: number
  readonly offset: number
  readonly payloadsUpTo?: number
  /** What is read at a time: little for who wants heads alone. */
  readonly windowBytes?: number
  /** The leaf hash that the tree has for a record, or null if it has none. */
  leaf?(seq: number): Uint8Array | null
}

const WINDOW_BYTES = 256 * 1024
/** Enough for heads: payloads in between are not read, unless they are short. */
export const HEADS_WINDOW_BYTES = 4096
/** Memory is bounded by the largest payload that is asked for. */
export const MAX_SCANNED_PAYLOAD_BYTES = 1024 * 1024

/** A block of a file in memory. */
class Window {
  readonly #file: DiskFile
  #buffer: Buffer
  #start = 0
  #length = 0

  constructor(file: DiskFile, sizeBytes: number) {
    this.#file = file
    this.#buffer = Buffer.allocUnsafe(sizeBytes)
  }

  /** Bytes at `offset`; fewer than `length` only at the end of the file. Valid until the next call. */
  at(offset: number, length: number): Buffer {
    if (offset < this.#start || offset + length > this.#start + this.#length) this.#load(offset, length)
    return this.#buffer.subarray(offset - this.#start, Math.min(offset - this.#start + length, this.#length))
  }

  /** What is in memory from `offset` on: at least a head, except at the end of the file. Valid until the next call. */
  from(offset: number): Buffer {
    if (offset < this.#start || offset + HEAD_BYTES > this.#start + this.#length) this.#load(offset, HEAD_BYTES)
    return this.#buffer.subarray(offset - this.#start, this.#length)
  }

  #load(offset: number, length: number): void {
    if (length > this.#buffer.length) this.#buffer = Buffer.allocUnsafe(length)
    this.#length = readTolerantly(this.#file, this.#buffer, offset)
    this.#start = offset
  }
}

export function* scanSegment(file: DiskFile, options: ScanOptions): Generator<SegmentStep, void, void> {
  const payloadsUpTo = Math.min(options.payloadsUpTo ?? -1, MAX_SCANNED_PAYLOAD_BYTES)
  // Taken once: what is appended during the walk is left for the next one.
  const size = file.size()
  let { seq, offset } = options
  const { windowBytes = WINDOW_BYTES } = options
  const window = new Window(file, Math.min(windowBytes, Math.max(size - offset, HEAD_BYTES)))
  while (offset < size) {
    const found = decodeAt(window, offset, size, options.account)
    if (found.kind === 'record' && found.head.header.seq === seq) {
      const { header, state } = found.head
      const wanted = state === 'present' && header.payloadLength <= payloadsUpTo ? header.payloadLength : null
      const bytes = window.at(offset, HEAD_BYTES + (wanted ?? 0))
      const head = bytes.subarray(0, HEAD_BYTES)
      yield {
        kind: 'record',
        header,
        state,
        offset,
        head,
        payload: wanted === null ? null : bytes.subarray(HEAD_BYTES),
      }
      offset += recordBytes(header, state)
      seq = header.seq + 1
      continue
    }
    if (found.kind === 'cut') break
    const fault = found.kind === 'record' ? 'sequence' : found.fault
    const next = resynchronise(window, offset + 1, size, seq, options)
    if (next === null) break
    yield { kind: 'damage', offset, end: next.offset, from: seq, to: next.seq, fault }
    offset = next.offset
    seq = next.seq
  }
  yield { kind: 'end', offset: Math.min(offset, size), size, next: seq }
}

type Found =
  | { readonly kind: 'record'; readonly head: DecodedHead }
  | { readonly kind: 'fault'; readonly fault: HeadFault | 'account' | 'state' }
  /** The file ends before the record does. */
  | { readonly kind: 'cut' }

function decodeAt(window: Window, offset: number, size: number, account: AccountId): Found {
  if (offset + HEAD_BYTES > size) return { kind: 'cut' }
  const head = decodeHead(window.at(offset, HEAD_BYTES))
  if (!head.ok) return { kind: 'fault', fault: head.error }
  const { header, state } = head.value
  if (state === 'incoming') return { kind: 'fault', fault: 'state' }
  if (header.account !== account) return { kind: 'fault', fault: 'account' }
  if (offset + recordBytes(header, state) > size) return { kind: 'cut' }
  return { kind: 'record', head: head.value }
}

/** The first record at or after `from` that can follow record `seq - 1`. One pass over the rest of the file. */
function resynchronise(
  window: Window,
  from: number,
  size: number,
  seq: number,
  options: ScanOptions,
): { offset: number; seq: number } | null {
  let offset = from
  while (offset + HEAD_BYTES <= size) {
    const block = window.from(offset)
    if (block.length < HEAD_BYTES) return null
    const found = block.indexOf(RECORD_MAGIC)
    if (found < 0) {
      // The magic may lie across the end of this block.
      offset += Math.max(block.length - (RECORD_MAGIC.length - 1), 1)
      continue
    }
    offset += found
    const at = decodeAt(window, offset, size, options.account)
    if (at.kind === 'record' && fits(at.head.header.seq - seq, offset - from) && isLeaf(window, offset, at, options)) {
      return { offset, seq: at.head.header.seq }
    }
    offset++
  }
  return null
}

/** Whether so many records can have been in so many bytes. */
function fits(missing: number, bytes: number): boolean {
  return missing >= 0 && missing * HEAD_BYTES <= bytes + 1
}

function isLeaf(window: Window, offset: number, found: { readonly head: DecodedHead }, options: ScanOptions): boolean {
  const expected = options.leaf?.(found.head.header.seq) ?? null
  return expected === null || leafHashOfHead(window.at(offset, HEAD_BYTES)).equals(expected)
}
