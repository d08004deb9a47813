// Reading an account's log: by any process with permission, while the ledger writes. Nothing is written here.
//
// Memory is bounded whatever the log's length: records are walked in blocks of 256 KiB, and a payload is one read. Payloads are checked
// against their digests. What the ledger is just writing at the end of the last segment is not there yet: the walk ends before
// it. A damaged head is told and stepped over.

import type { AccountId, Seq } from '#base/ids.ts'
import type { SubtreeHashes } from '#crypto/merkle.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import type { StoredCheckpoint } from './checkpoint.ts'
import { DamagedRecordError, zeroedSectors } from './damage.ts'
import { openReadOrNull } from './open-files.ts'
import { type AccountPaths, accountPaths, listSegments, segmentPath } from './paths.ts'
import {
  HEAD_BYTES,
  type HeadFault,
  type Location,
  type PayloadState,
  type RecordHeader,
  decodeHead,
  payloadIfWhole,
  payloadLengthOf,
  payloadMatches,
  sameHeader,
} from './record.ts'
import { type SegmentStep, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { type SlotRecord, readSlotCopies, slotsOfLog } from './slots.ts'
import { readTolerantly } from './tolerant-read.ts'
import { StoredTree } from './tree.ts'

/** Records `from` up to, not including, `to` cannot be read. */
export interface HeadDamage {
  readonly from: Seq
  readonly to: Seq
  readonly segment: Seq
  readonly offset: number
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

export interface WalkOptions {
  /** Payloads up to this length, at most 1 MiB, come with their records. */
  readonly payloadsUpTo?: number
}

const OPEN_SEGMENTS = 4

export class LogReader implements Disposable {
  readonly account: AccountId
  readonly #disk: Disk
  readonly #paths: AccountPaths
  readonly #tree: StoredTree
  /** Least recently used first. */
  readonly #segments = new Map<number, DiskFile>()

  /** `directory` is the ledger's. */
  constructor(disk: Disk, directory: string, account: AccountId) {
    this.account = account
    this.#disk = disk
    this.#paths = accountPaths(directory, account)
    this.#tree = new StoredTree(disk, this.#paths.tree)
  }

  [Symbol.dispose](): void {
    this.#tree.close()
    for (const file of this.#segments.values()) file.close()
    this.#segments.clear()
  }

  /**
   * Records from `from.seq` on, in order, up to the last that is whole. `from.location` is that record's, or null to look for it.
   * Throws DiskError.
   */
  *records(
    from: { readonly seq: Seq; readonly location: Location | null },
    options: WalkOptions = {},
  ): Generator<LogRecord, void, void> {
    let place: Place | null = from.location === null ? this.#placeNear(from.seq) : { ...from.location, seq: from.seq }
    while (place !== null) {
      const file = openReadOrNull(this.#disk, segmentPath(this.#paths, place.segment))
      if (file === null) return
      let next: Place | null = null
      try {
        for (const step of this.#scan(file, place, options)) {
          if (step.kind === 'end') next = yield* this.#nextPlace(file, place.segment, step)
          else if (reaches(step, from.seq)) yield toLogRecord(step, place.segment)
        }
      } finally {
        file.close()
      }
      place = next
    }
  }

  /** Where a record is; null if it is not there or cannot be read. Reads at most what lies between two checkpoints. */
  locate(seq: Seq): { readonly header: RecordHeader; readonly location: Location } | null {
    for (const record of this.records({ seq, location: null })) {
      if (record.headDamage === null) return record.header.seq === seq ? record : null
      if (record.headDamage.to > seq) return null
    }
    return null
  }

  /** Number of records, readable or not, that are in segments. */
  size(): number {
    let size = 0
    const checkpoints = new CheckpointFile(this.#disk, this.#paths.checkpoints, this.account)
    const last = checkpoints.at(checkpoints.count - 1)
    checkpoints.close()
    const near = last === null ? null : this.#placeOfEntry(last)
    const place = near ?? this.#lastSegment()
    if (place === null) return 0
    size = place.seq
    for (const record of this.records({ seq: place.seq as Seq, location: place })) {
      size = record.headDamage === null ? record.header.seq + 1 : record.headDamage.to
    }
    return size
  }

  /**
   * The payload, checked against the header's digest. If the record is not at the location any more, it is looked for. Throws
   * DamagedRecordError and DiskError.
   */
  readPayload(location: Location, header: RecordHeader): Buffer {
    const bytes = this.#readAt(location, 0, HEAD_BYTES + header.payloadLength, null)
    const found = decodeHead(bytes.subarray(0, HEAD_BYTES))
    if (!found.ok || !sameHeader(found.value.header, header)) {
      const moved = this.locate(header.seq)
      if (moved === null || !sameHeader(moved.header, header) || sameLocation(moved.location, location)) {
        throw this.#damaged(header, bytes.length === 0 ? 'missing' : 'head')
      }
      return this.readPayload(moved.location, header)
    }
    if (found.value.state !== 'present') throw this.#damaged(header, 'dropped')
    const payload = bytes.subarray(HEAD_BYTES)
    if (payload.length < header.payloadLength) throw this.#damaged(header, 'truncated')
    if (!payloadMatches(header, payload)) {
      const zeroed = zeroedSectors(payload, location.offset + HEAD_BYTES).next().done !== true
      throw this.#damaged(header, zeroed ? 'zeroed' : 'changed')
    }
    return payload
  }

  /** Whether a payload is there or was removed on purpose, by the record's head alone; null if that is not where it was. */
  payloadState(location: Location, header: RecordHeader): PayloadState | null {
    const found = decodeHead(this.#readAt(location, 0, HEAD_BYTES, null))
    return found.ok && sameHeader(found.value.header, header) ? found.value.state : null
  }

  /**
   * The same by the record's encoded head, in less time: null if anything is not as it should be, which `readPayload` then finds out. The record
   * is read into `memory` if that is large enough.
   */
  readWholePayload(location: Location, head: Buffer, memory: Buffer | null): Buffer | null {
    return payloadIfWhole(this.#readAt(location, 0, HEAD_BYTES + payloadLengthOf(head), memory), head)
  }

  /**
   * Bytes `start` to `end` of a payload, **not checked**: for payloads that authenticate their parts, as age files do. Throws
   * DamagedRecordError if they are not there.
   */
  readPayloadRange(location: Location, header: RecordHeader, start: number, end: number): Buffer {
    if (start < 0 || end > header.payloadLength || start > end) throw new RangeError('not a range of the payload')
    const bytes = this.#readAt(location, HEAD_BYTES + start, end - start, null)
    if (bytes.length < end - start) throw this.#damaged(header, 'truncated')
    return bytes
  }

  /** All slot records, in order, checked. From the account's `slots` file if that is good, else from the whole log. */
  readSlots(): SlotRecord[] {
    const copies = readSlotCopies(this.#disk, this.#paths, this.account)
    if (copies?.whole === true) return [...copies.records]
    return [...slotsOfLog(this.#disk, this.#paths, this.account)]
  }

  /** Stored checkpoints in order; null for an entry that is damaged. Signatures are the caller's to verify. */
  *checkpoints(): Generator<StoredCheckpoint | null> {
    const file = new CheckpointFile(this.#disk, this.#paths.checkpoints, this.account)
    try {
      const { count } = file
      for (let index = 0; index < count; index++) yield file.at(index)
    } finally {
      file.close()
    }
  }

  /** Stored hashes of the account's tree, for proofs. Only as good as the signed root that the proof leads to. */
  get tree(): SubtreeHashes {
    return this.#tree
  }

  #scan(file: DiskFile, place: Place, options: WalkOptions): Generator<SegmentStep, void, void> {
    return scanSegment(file, {
      account: this.account,
      seq: place.seq,
      offset: place.offset,
      leaf: (seq) => this.#tree.leaf(seq),
      ...options,
    })
  }

  /** Where to go on after a segment: null at the end of the log. */
  *#nextPlace(
    file: DiskFile,
    segment: Seq,
    end: SegmentStep & { readonly kind: 'end' },
  ): Generator<LogRecord, Place | null, void> {
    const following = listSegments(this.#disk, this.#paths).find((first) => first > segment)
    if (following === undefined) return null
    if (following > end.next) {
      // The ledger may have appended to this segment during the walk, before it began the next one.
      if (file.size() > end.size) return { segment, offset: end.offset, seq: end.next }
      const { offset } = end
      const headDamage = { from: end.next as Seq, to: following, segment, offset, fault: 'missing' as const }
      yield { headDamage, header: null, location: null }
    }
    return { segment: following, offset: SEGMENT_HEAD_BYTES, seq: following }
  }

  /** The nearest place at or before a record. */
  #placeNear(seq: Seq): Place | null {
    const checkpoints = new CheckpointFile(this.#disk, this.#paths.checkpoints, this.account)
    const entry = checkpoints.at(checkpoints.lastUpTo(seq))
    checkpoints.close()
    const segments = listSegments(this.#disk, this.#paths)
    const first = segments.findLast((first) => first <= seq) ?? segments[0]
    if (first === undefined) return null
    const near = entry === null ? null : this.#placeOfEntry(entry)
    if (near !== null && near.segment >= first) return near
    return { segment: first, offset: SEGMENT_HEAD_BYTES, seq: first }
  }

  #lastSegment(): Place | null {
    const first = listSegments(this.#disk, this.#paths).at(-1)
    return first === undefined ? null : { segment: first, offset: SEGMENT_HEAD_BYTES, seq: first }
  }

  /** What a checkpoint says about the end of its tree is believed where a record begins there, or the file ends. */
  #placeOfEntry(entry: StoredCheckpoint): Place | null {
    const place = { segment: entry.segment, offset: entry.end, seq: entry.size }
    const file = this.#segment(entry.segment)
    if (file === null || entry.end < SEGMENT_HEAD_BYTES) return null
    if (file.size() === entry.end) return place
    const head = Buffer.alloc(HEAD_BYTES)
    const found = readTolerantly(file, head, entry.end) === HEAD_BYTES ? decodeHead(head) : null
    const { account, size } = entry
    return found?.ok === true && found.value.header.seq === size && found.value.header.account === account
      ? place
      : null
  }

  /** Fewer bytes than `length` where the file ends. */
  #readAt(location: Location, from: number, length: number, memory: Buffer | null): Buffer {
    const fits = memory !== null && memory.length >= length
    const bytes = fits ? memory.subarray(0, length) : Buffer.allocUnsafe(length)
    const file = this.#segment(location.segment)
    return bytes.subarray(0, file === null ? 0 : readTolerantly(file, bytes, location.offset + from))
  }

  #segment(first: number): DiskFile | null {
    const known = this.#segments.get(first)
    const file = known ?? openReadOrNull(this.#disk, segmentPath(this.#paths, first))
    if (file === null) return null
    this.#segments.delete(first)
    this.#segments.set(first, file)
    for (const [oldest, old] of this.#segments) {
      if (this.#segments.size <= OPEN_SEGMENTS) break
      this.#segments.delete(oldest)
      old.close()
    }
    return file
  }

  #damaged(header: RecordHeader, fault: DamagedRecordError['fault']): DamagedRecordError {
    return new DamagedRecordError(this.account, header.seq, fault)
  }
}

/** A location, and the record that begins there. */
interface Place extends Location {
  readonly seq: number
}

function reaches(step: Exclude<SegmentStep, { readonly kind: 'end' }>, seq: number): boolean {
  return step.kind === 'record' ? step.header.seq >= seq : step.to > seq
}

function toLogRecord(step: Exclude<SegmentStep, { readonly kind: 'end' }>, segment: Seq): LogRecord {
  if (step.kind === 'record') {
    const { header, state, payload, offset } = step
    return { header, state, payload, location: { segment, offset }, headDamage: null }
  }
  const { from, to, offset, fault } = step
  return {
    headDamage: { from: from as Seq, to: to as Seq, segment, offset, fault },
    header: null,
    location: null,
  }
}

function sameLocation(a: Location, b: Location): boolean {
  return a.segment === b.segment && a.offset === b.offset
}
