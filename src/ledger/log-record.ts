// What a walk through a log comes by: records, and places where records cannot be read.

import type { Seq } from '#base/ids.ts'
import type { HeadFault, Location, PayloadState, RecordHeader } from './record.ts'
import type { SegmentStep } from './scan.ts'

/** Records `from` up to, not including, `to` cannot be read. */
export interface HeadDamage {
  readonly from: Seq
  readonly to: Seq
  readonly segment: Seq
  readonly offset: number
  /** Of the bytes that are no record. */
  readonly end: number
  readonly fault: HeadFault | 'account' | 'sequence' | 'state' | 'missing'
}

export type LogRecord =
  | {
      readonly header: RecordHeader
      readonly location: Location
      readonly state: PayloadState
      /** If asked for; not checked (see `payloadMatches`), valid until the next record. */
      readonly payload: Buffer | null
      readonly headDamage: null
    }
  | { readonly headDamage: HeadDamage; readonly header: null; readonly location: null }

/** Whether it is, or has, record `seq` or a later one. */
export function reaches(step: Exclude<SegmentStep, { readonly kind: 'end' }>, seq: number): boolean {
  return step.kind === 'record' ? step.header.seq >= seq : step.to > seq
}

export function toLogRecord(step: Exclude<SegmentStep, { readonly kind: 'end' }>, segment: Seq): LogRecord {
  if (step.kind === 'record') {
    const { header, state, payload, offset } = step
    return { header, state, payload, location: { segment, offset }, headDamage: null }
  }
  const { from, to, offset, end, fault } = step
  return {
    headDamage: { from: from as Seq, to: to as Seq, segment, offset, end, fault },
    header: null,
    location: null,
  }
}
