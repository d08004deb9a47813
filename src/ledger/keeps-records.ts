// Whether a file that is to take a segment's place has every record that is whole in it: parity may be of a log that went on otherwise before something was
// lost, and a repair must change nothing that verifies.

import { type Steps, atOnce } from '#base/steps.ts'
import type { DiskFile } from '#platform/disk.ts'
import type { ExaminedSegment } from './examine-segment.ts'
import { HEAD_BYTES, type RecordHeader, recordBytes } from './record.ts'
import { type SegmentStep, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { readTolerantly } from './tolerant-read.ts'
import { hasAddedDigest, verifyPayload } from './verify-payload.ts'

const RECORDS_PER_STEP = 64
const PIECE_BYTES = 256 * 1024

type RecordStep = SegmentStep & { readonly kind: 'record' }

export function* keepsRecords(stored: DiskFile, other: DiskFile, segment: ExaminedSegment): Steps<boolean> {
  /** Heads of whole records that are not in the same place, by number: a block may have been written to two places. */
  const elsewhere = new Map<number, Buffer>()
  for (const { header, state, offset, head } of records(stored, segment)) {
    if (header.seq % RECORDS_PER_STEP === 0) yield
    if (isSame(stored, other, offset, recordBytes(header, state))) continue
    if (state === 'dropped' || isWhole(stored, header, offset, segment)) {
      elsewhere.set(header.seq, Buffer.from(head))
    }
  }
  if (elsewhere.size === 0) return true
  for (const { header, state, offset, head } of records(other, segment)) {
    if (header.seq % RECORDS_PER_STEP === 0) yield
    if (elsewhere.get(header.seq)?.equals(head) !== true) continue
    if (state === 'dropped' || isWhole(other, header, offset, segment)) {
      elsewhere.delete(header.seq)
    }
  }
  return elsewhere.size === 0
}

function isWhole(file: DiskFile, header: RecordHeader, offset: number, { added }: ExaminedSegment): boolean {
  const position = offset + HEAD_BYTES
  if (verifyPayload(file, header, position, null) !== null) return false
  const digest = added?.(header.seq) ?? null
  return digest === null || atOnce(hasAddedDigest(file, header, position, null, digest))
}

function isSame(a: DiskFile, b: DiskFile, offset: number, length: number): boolean {
  const size = Math.min(PIECE_BYTES, length)
  const [ofA, ofB] = [Buffer.alloc(size), Buffer.alloc(size)]
  for (let at = 0; at < length; at += size) {
    const count = Math.min(size, length - at)
    readTolerantly(a, ofA.subarray(0, count), offset + at)
    readTolerantly(b, ofB.subarray(0, count), offset + at)
    if (ofA.compare(ofB, 0, count, 0, count) !== 0) return false
  }
  return true
}

function* records(file: DiskFile, { account, first, leaf }: ExaminedSegment): Generator<RecordStep> {
  for (const step of scanSegment(file, { account, seq: first, offset: SEGMENT_HEAD_BYTES, leaf })) {
    if (step.kind === 'record') yield step
  }
}
