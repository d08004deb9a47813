// What is wrong in one segment, record by record: heads, payload digests, and leaf hashes where the tree has them. In steps; every byte is read once.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { DiskFile } from '#platform/disk.ts'
import type { ByteRange } from './damage.ts'
import { HEAD_BYTES, type PayloadState, type RecordHeader, leafHashOfHead } from './record.ts'
import { MAX_SCANNED_PAYLOAD_BYTES, type SegmentStep, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES, decodeSegmentHead } from './segment.ts'
import { readTolerantly } from './tolerant-read.ts'
import { hasAddedDigest, verifyPayloadInSteps } from './verify-payload.ts'

export interface SegmentFault {
  readonly kind:
    | 'segmentHead'
    | 'recordHead'
    | 'otherHeader'
    | 'payloadZeroed'
    | 'payloadChanged'
    | 'addedDigest'
    | 'strayBytes'
    | 'missingRecords'
  /** The first record concerned, and the one after the last. */
  readonly records: { readonly from: number; readonly to: number } | null
  readonly bytes: ByteRange
}

export interface ExaminedSegment {
  readonly account: AccountId
  readonly first: Seq
  /** First record of the segment after it; null if it is the last. */
  readonly next: number | null
  /** The stored leaf hash of a record; null if there is none. */
  readonly leaf: (seq: number) => Uint8Array | null
  /** The stronger digest that was added for a record's payload; null if none was. */
  readonly added?: (seq: number) => Buffer | null
  /** Told each record that has a head. */
  readonly record?: (header: RecordHeader, state: PayloadState) => void
}

/** More are not told. */
const FAULTS_MAX = 1000
const BYTES_PER_STEP = 512 * 1024

export function* examineSegment(file: DiskFile, segment: ExaminedSegment): Steps<SegmentFault[]> {
  const { account, first, next } = segment
  const faults: SegmentFault[] = []
  const report = (fault: SegmentFault): void => {
    if (faults.length < FAULTS_MAX) faults.push(fault)
  }
  const head = Buffer.alloc(SEGMENT_HEAD_BYTES)
  readTolerantly(file, head, 0)
  const decoded = decodeSegmentHead(head)
  if (decoded?.account !== account || decoded.first !== first) {
    report({ kind: 'segmentHead', records: null, bytes: { start: 0, end: SEGMENT_HEAD_BYTES } })
  }
  let unyielded = 0
  const steps = scanSegment(file, {
    account,
    seq: first,
    offset: SEGMENT_HEAD_BYTES,
    payloadsUpTo: MAX_SCANNED_PAYLOAD_BYTES,
    leaf: (seq) => segment.leaf(seq),
  })
  for (const step of steps) {
    if (step.kind === 'record') {
      segment.record?.(step.header, step.state)
      for (const fault of yield* recordFaults(file, segment, step)) report(fault)
      unyielded += HEAD_BYTES + step.header.payloadLength
    } else if (step.kind === 'damage') {
      const { from, to, offset: start, end } = step
      const records = to > from ? { from, to } : null
      report({ kind: records === null ? 'strayBytes' : 'recordHead', records, bytes: { start, end } })
    } else if (next !== null) {
      const bytes = { start: step.offset, end: step.size }
      if (step.next < next) report({ kind: 'missingRecords', records: { from: step.next, to: next }, bytes })
      else if (step.offset < step.size) report({ kind: 'strayBytes', records: null, bytes })
    }
    if (unyielded < BYTES_PER_STEP) continue
    unyielded = 0
    yield
  }
  return faults
}

function* recordFaults(
  file: DiskFile,
  segment: ExaminedSegment,
  { header, state, offset, head, payload }: SegmentStep & { readonly kind: 'record' },
): Steps<readonly SegmentFault[]> {
  const records = { from: header.seq, to: header.seq + 1 }
  const faults: SegmentFault[] = []
  const body = offset + HEAD_BYTES
  const leaf = segment.leaf(header.seq)
  if (leaf !== null && !leafHashOfHead(head).equals(leaf)) {
    faults.push({ kind: 'otherHeader', records, bytes: { start: offset, end: body } })
  }
  if (state === 'dropped') return faults
  const fault = yield* verifyPayloadInSteps(file, header, body, payload)
  for (const bytes of fault?.ranges ?? []) faults.push({ kind: fault?.kind ?? 'payloadChanged', records, bytes })
  const added = fault === null ? (segment.added?.(header.seq) ?? null) : null
  if (added !== null && !(yield* hasAddedDigest(file, header, body, payload, added))) {
    faults.push({ kind: 'addedDigest', records, bytes: { start: body, end: body + header.payloadLength } })
  }
  return faults
}
