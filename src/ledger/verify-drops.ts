// Payloads that were dropped, in a verification: only mail that the account's own log has released, at some time, may be missing; and anything of an
// account that the operator has destroyed. That a payload was dropped is not signed, but that it might be is.

import { type NumberRange, NumberRanges } from '#base/number-ranges.ts'
import type { Disk } from '#platform/disk.ts'
import { openReadOrNull } from './open-files.ts'
import { type AccountPaths, segmentPath } from './paths.ts'
import { type RecordHeader, sameHeader } from './record.ts'
import { parseRelease } from './release.ts'
import { HEADS_WINDOW_BYTES, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'

export class DropVerifier {
  readonly isDestroyed: boolean
  readonly #dropped = new NumberRanges()
  /** Of other kinds than mail: nothing releases those. */
  readonly #others = new NumberRanges()
  /** Kept again afterwards or not: it may have been too late for that. */
  readonly #released = new NumberRanges()
  /** What cannot be read may have released anything. */
  #isIncomplete = false

  constructor(disk: Disk, paths: AccountPaths) {
    this.isDestroyed = disk.exists(paths.destroyed)
  }

  dropped({ seq, kind }: RecordHeader): void {
    const ranges = kind === 'mail' ? this.#dropped : this.#others
    ranges.add(seq, seq)
  }

  /** The payload of a release record as it was committed; null if it, or what may be one, cannot be read. */
  release(payload: Uint8Array | null): void {
    if (payload === null) this.#isIncomplete = true
    else for (const [first, last] of parseRelease(payload)?.released ?? []) this.#released.add(first, last)
  }

  /** After the last record. */
  *unreleased(): Generator<NumberRange> {
    if (this.isDestroyed) return
    yield* this.#others
    if (this.#isIncomplete) return
    for (const [first, last] of this.#dropped) yield* this.#released.without(first, last)
  }
}

/** Whether the record's payload has been dropped by now from the segment that begins with record `first`. */
export function isDroppedNow(disk: Disk, paths: AccountPaths, first: number, header: RecordHeader): boolean {
  const file = openReadOrNull(disk, segmentPath(paths, first))
  if (file === null) return false
  try {
    const { account, seq } = header
    const from = { account, seq: first, offset: SEGMENT_HEAD_BYTES, windowBytes: HEADS_WINDOW_BYTES }
    for (const step of scanSegment(file, from)) {
      if (step.kind === 'record' && step.header.seq === seq) {
        return step.state === 'dropped' && sameHeader(step.header, header)
      }
    }
    return false
  } finally {
    file.close()
  }
}
