// Where records are: whoever has noted a place finds them elsewhere after payloads before them were dropped from the segment, or after it was
// repaired. The heads of such a segment are read once, and the places of its `mail` records kept for as long as they are right.
//
// What is said of a place holds for the file that has the segment's name now, which is then the one that `SegmentFiles.stored` gives.

import type { AccountId, Seq } from '#base/ids.ts'
import type { DiskFile } from '#platform/disk.ts'
import {
  type DecodedHead,
  HEAD_BYTES,
  type Location,
  type PayloadState,
  type RecordHeader,
  decodeHead,
  sameHeader,
} from './record.ts'
import { HEADS_WINDOW_BYTES, scanSegment } from './scan.ts'
import type { SegmentFiles } from './segment-files.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { readTolerantly } from './tolerant-read.ts'

const SEGMENTS_MAX = 4

export class RecordFinder {
  readonly #account: AccountId
  readonly #files: SegmentFiles
  readonly #locate: (seq: Seq) => { readonly header: RecordHeader; readonly location: Location } | null
  /** By segment, the offsets of its mail; those that were asked for longest ago first. */
  readonly #segments = new Map<Seq, ReadonlyMap<number, number>>()

  /** `locate` finds a record by its number alone. */
  constructor(
    account: AccountId,
    files: SegmentFiles,
    locate: (seq: Seq) => { readonly header: RecordHeader; readonly location: Location } | null,
  ) {
    this.#account = account
    this.#files = files
    this.#locate = locate
  }

  /** Whether a record of that number begins there. */
  isAt(location: Location, seq: number): boolean {
    const head = this.#headNow(location)
    return head?.header.seq === seq && head.header.account === this.#account
  }

  /** Where the record is, and whether its payload is; null if it cannot be found. */
  placeOf(location: Location, header: RecordHeader): (Location & { readonly state: PayloadState }) | null {
    const { segment, offset } = location
    const file = this.#files.stored(segment)
    let head = file === null ? null : headAt(file, offset)
    if (head === null || !sameHeader(head.header, header)) head = this.#headNow(location)
    if (head !== null && sameHeader(head.header, header)) return { segment, offset, state: head.state }
    const moved = this.moved(location, header)
    if (moved === null) return null
    // What the parity alone shows is there.
    return { ...moved, state: this.#headNow(moved)?.state ?? 'present' }
  }

  /** Where a record is that is not at the location; null if nobody knows. */
  moved(location: Location, header: RecordHeader): Location | null {
    const { segment } = location
    const file = this.#files.storedAgain(segment)
    const offset = file === null ? null : this.#find(segment, file, header)
    const moved = offset === null ? this.#located(header) : { segment, offset }
    return moved === null || (moved.segment === segment && moved.offset === location.offset) ? null : moved
  }

  #find(segment: Seq, file: DiskFile, header: RecordHeader): number | null {
    if (header.kind !== 'mail') return null
    const known = this.#segments.get(segment)?.get(header.seq)
    if (known !== undefined && isThere(file, known, header)) return known
    const offset = this.#learn(segment, file).get(header.seq)
    return offset !== undefined && isThere(file, offset, header) ? offset : null
  }

  #learn(segment: Seq, file: DiskFile): ReadonlyMap<number, number> {
    const offsets = new Map<number, number>()
    const from = { account: this.#account, seq: segment, offset: SEGMENT_HEAD_BYTES, windowBytes: HEADS_WINDOW_BYTES }
    for (const step of scanSegment(file, from)) {
      // A block may have been written to another place: what follows damage is not looked at.
      if (step.kind === 'damage') break
      if (step.kind === 'record' && step.header.kind === 'mail') offsets.set(step.header.seq, step.offset)
    }
    this.#segments.delete(segment)
    this.#segments.set(segment, offsets)
    for (const oldest of this.#segments.keys()) {
      if (this.#segments.size <= SEGMENTS_MAX) break
      this.#segments.delete(oldest)
    }
    return offsets
  }

  #located(header: RecordHeader): Location | null {
    const found = this.#locate(header.seq)
    return found !== null && sameHeader(found.header, header) ? found.location : null
  }

  #headNow({ segment, offset }: Location): DecodedHead | null {
    const file = this.#files.storedAgain(segment)
    return file === null ? null : headAt(file, offset)
  }
}

function isThere(file: DiskFile, offset: number, header: RecordHeader): boolean {
  const found = headAt(file, offset)
  return found !== null && sameHeader(found.header, header)
}

/** Null if no head is there. */
function headAt(file: DiskFile, offset: number): DecodedHead | null {
  const head = Buffer.alloc(HEAD_BYTES)
  const found = readTolerantly(file, head, offset) === HEAD_BYTES ? decodeHead(head) : null
  return found?.ok === true ? found.value : null
}
