// From which segments of an account payloads are to be dropped now. A segment is written anew as a whole, so that it is worth it when much of it goes, or when
// something has been waiting for it long enough.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { Disk } from '#platform/disk.ts'
import { openReadOrNull } from './open-files.ts'
import { type AccountPaths, listSegments, segmentPath } from './paths.ts'
import type { RecordHeader } from './record.ts'
import { HEADS_WINDOW_BYTES, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'

/** Of a segment, this part at least goes by being due alone. */
const WORTH_PART = 4
/** The last segment is closed early for no less. */
const WORTH_CLOSING_BYTES = 1024 * 1024
const RECORDS_PER_STEP = 64

export interface DueSegment {
  readonly first: Seq
  /** The one after the last record that it can have. */
  readonly end: number
  readonly isLast: boolean
  readonly fileBytes: number
  readonly records: number
  readonly bytes: number
}

/** What in each segment of the account is there and due. Heads alone are read. */
export function* dueSegments(
  disk: Disk,
  paths: AccountPaths,
  account: AccountId,
  due: {
    /** Whether anything of these records may be. */
    mayBe(first: number, last: number): boolean
    is(header: RecordHeader): boolean
  },
): Steps<DueSegment[]> {
  const found: DueSegment[] = []
  const segments = listSegments(disk, paths)
  for (const [index, first] of segments.entries()) {
    const next = segments[index + 1]
    const end = next ?? Number.MAX_SAFE_INTEGER
    if (first >= end || !due.mayBe(first, end - 1)) continue
    const file = openReadOrNull(disk, segmentPath(paths, first))
    if (file === null) continue
    try {
      let [records, bytes, walked] = [0, 0, 0]
      const from = { account, seq: first, offset: SEGMENT_HEAD_BYTES, windowBytes: HEADS_WINDOW_BYTES }
      for (const step of scanSegment(file, from)) {
        if (step.kind === 'record' && step.state === 'present' && due.is(step.header)) {
          records++
          bytes += step.header.payloadLength
        }
        if (++walked % RECORDS_PER_STEP === 0) yield
      }
      found.push({ first, end, isLast: next === undefined, fileBytes: file.size(), records, bytes })
    } finally {
      file.close()
    }
    yield
  }
  return found
}

/** `isOverdue`: something in it has waited as long as it may. */
export function isWorthIt({ isLast, fileBytes, records, bytes }: DueSegment, isOverdue: boolean): boolean {
  if (records === 0) return false
  return isOverdue || (bytes * WORTH_PART >= fileBytes && (!isLast || bytes >= WORTH_CLOSING_BYTES))
}
