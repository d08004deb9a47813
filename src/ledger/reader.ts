// Reading an account's log: by any process with permission, while the ledger writes. Nothing is written here.
//
// Memory is bounded whatever the log's length: records are walked in blocks of 256 KiB, and a payload is one read. Payloads are checked
// against their digests. What the ledger is just writing at the end of the last segment is not there yet: the walk ends before
// it. What is damaged is read through the segment's parity; what that cannot give is told and stepped over. Nothing here mends the file: the
// ledger does, and is told by way of `damaged`.

import type { AccountId, Seq } from '#base/ids.ts'
import type { SubtreeHashes } from '#crypto/merkle.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import type { StoredCheckpoint } from './checkpoint.ts'
import { DamagedRecordError } from './damage.ts'
import { type LogRecord, reaches, toLogRecord } from './log-record.ts'
import { openReadOrNull } from './open-files.ts'
import { type AccountPaths, accountPaths, listSegments, segmentPath } from './paths.ts'
import {
  HEAD_BYTES,
  type Location,
  type PayloadState,
  type RecordHeader,
  payloadIfWhole,
  payloadLengthOf,
  sameHeader,
} from './record.ts'
import { type RecordDamage, readRecord } from './read-record.ts'
import { RecordFinder } from './record-finder.ts'
import { HEADS_WINDOW_BYTES, type SegmentStep, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { SegmentFiles } from './segment-files.ts'
import { type SlotRecord, readSlotCopies } from './slots.ts'
import { readTolerantly } from './tolerant-read.ts'
import { StoredTree } from './tree.ts'

export interface WalkOptions {
  /** Payloads up to this length, at most 1 MiB, come with their records. */
  readonly payloadsUpTo?: number
  /** Little is read of what lies between heads. */
  readonly onlyHeads?: boolean
}

export class LogReader implements Disposable {
  readonly account: AccountId
  /** The ledger's. */
  readonly directory: string
  readonly #disk: Disk
  readonly #paths: AccountPaths
  readonly #tree: StoredTree
  readonly #segments: SegmentFiles
  readonly #finder: RecordFinder
  /** Told where a record is that was not where it was looked for. */
  moved: (header: RecordHeader, location: Location) => void = () => undefined
  readonly #tellDamaged: (segment: Seq | null) => void

  /**
   * `directory` is the ledger's. `damaged` is told each time something of a segment was damaged, repaired here or not; null is for what the
   * ledger can make again from segments.
   */
  constructor(
    disk: Disk,
    directory: string,
    account: AccountId,
    damaged: (segment: Seq | null) => void = () => undefined,
  ) {
    this.account = account
    this.directory = directory
    this.#tellDamaged = damaged
    this.#disk = disk
    this.#paths = accountPaths(directory, account)
    this.#tree = new StoredTree(disk, this.#paths.tree)
    this.#segments = new SegmentFiles(disk, this.#paths, account)
    this.#finder = new RecordFinder(account, this.#segments, (seq) => this.locate(seq))
  }

  [Symbol.dispose](): void {
    this.#tree.close()
    this.#segments[Symbol.dispose]()
  }

  /**
   * Records from `from.seq` on, in order, up to the last that is whole. `from.location` is where that record was, or null to look for it: it moves when
   * payloads before it are dropped. Throws DiskError.
   */
  *records(
    from: { readonly seq: Seq; readonly location: Location | null },
    options: WalkOptions = {},
  ): Generator<LogRecord, void, void> {
    let place: Place | null =
      from.location !== null && this.#finder.isAt(from.location, from.seq)
        ? { ...from.location, seq: from.seq }
        : this.#placeNear(from.seq)
    while (place !== null) place = yield* this.#walk(place, from.seq, options)
  }

  /** Where a record is; null if it is not there or cannot be read. Reads at most what lies between two checkpoints. */
  locate(
    seq: Seq,
  ): { readonly header: RecordHeader; readonly location: Location; readonly state: PayloadState } | null {
    for (const record of this.records({ seq, location: null })) {
      if (record.headDamage === null) return record.header.seq === seq ? record : null
      if (record.headDamage.to > seq) return null
    }
    return null
  }

  /** Whether payloads were dropped from the segment, so that records are not where they were. */
  hasDropped(segment: Seq): boolean {
    const file = this.#segments.storedAgain(segment)
    if (file === null) return false
    const place = { segment, offset: SEGMENT_HEAD_BYTES, seq: segment }
    for (const step of this.#scan(file, place, {}, HEADS_WINDOW_BYTES)) {
      if (step.kind === 'record' && step.state === 'dropped') return true
    }
    return false
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
    let found = readRecord(this.#segments.stored(location.segment), location, header)
    if (!Buffer.isBuffer(found) && found.fault !== 'dropped') {
      found = readRecord(this.#segments.storedAgain(location.segment), location, header)
    }
    if (Buffer.isBuffer(found)) return found
    if (found.fault === 'dropped') throw this.#damaged(header, found)
    if (found.fault === 'head' || found.fault === 'missing') {
      const moved = this.#finder.moved(location, header)
      if (moved !== null) {
        const payload = this.readPayload(moved, header)
        this.moved(header, moved)
        return payload
      }
    }
    this.#tellDamaged(location.segment)
    const view = this.#segments.repaired(location.segment)
    const repaired = view === null ? found : readRecord(view, location, header)
    if (Buffer.isBuffer(repaired)) return repaired
    throw this.#damaged(header, { fault: found.fault, bytes: view?.lostBytes(repaired.bytes) ?? found.bytes })
  }

  /** Whether a payload is there or was removed on purpose, by the record's head alone; null if that cannot be found. */
  payloadState(location: Location, header: RecordHeader): PayloadState | null {
    return this.#finder.placeOf(location, header)?.state ?? null
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
    const place = this.#finder.placeOf(location, header)
    if (place?.state === 'dropped') throw this.#damaged(header, { fault: 'dropped', bytes: [] })
    const bytes = this.#readAt(place ?? location, HEAD_BYTES + start, end - start, null)
    if (bytes.length < end - start) throw this.#damaged(header, { fault: 'truncated', bytes: [] })
    return bytes
  }

  /** The same of what the parity says the segment was, for who found that the bytes are wrong; null if there is no parity for them. */
  readRepairedRange(location: Location, header: RecordHeader, start: number, end: number): Buffer | null {
    if (start < 0 || end > header.payloadLength || start > end) throw new RangeError('not a range of the payload')
    this.#tellDamaged(location.segment)
    this.#segments.storedAgain(location.segment)
    const { segment, offset } = this.#finder.placeOf(location, header) ?? location
    const bytes = Buffer.alloc(end - start)
    const read = this.#segments.repaired(segment)?.read(bytes, offset + HEAD_BYTES + start)
    return read === bytes.length ? bytes : null
  }

  /** All slot records, in order, checked. From the account's `slots` file if that is good, else from the whole log. */
  readSlots(): SlotRecord[] {
    const copies = readSlotCopies(this.#disk, this.#paths, this.account)
    if (copies?.whole === true) return [...copies.records]
    this.#tellDamaged(null)
    const slots: SlotRecord[] = []
    for (const { header, location } of this.records({ seq: 0 as Seq, location: null })) {
      if (header?.kind !== 'slot' || location === null) continue
      const copy = copies?.records.find((one) => sameHeader(one.header, header))
      const payload = copy?.payload ?? this.#payloadOrNull(location, header)
      if (payload !== null) slots.push({ header, payload })
    }
    return slots
  }

  #payloadOrNull(location: Location, header: RecordHeader): Buffer | null {
    try {
      return this.readPayload(location, header)
    } catch (error) {
      if (error instanceof DamagedRecordError) return null
      throw error
    }
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

  #scan(file: DiskFile, place: Place, options: WalkOptions, windowBytes?: number): Generator<SegmentStep, void, void> {
    return scanSegment(file, {
      ...(windowBytes === undefined ? {} : { windowBytes }),
      account: this.account,
      seq: place.seq,
      offset: place.offset,
      leaf: (seq) => this.#tree.leaf(seq),
      ...options,
    })
  }

  /** One segment, from a place in it on. Returns where to go on: null at the end of the log. */
  *#walk(from: Place, wanted: Seq, options: WalkOptions): Generator<LogRecord, Place | null, void> {
    const { segment } = from
    const stored = openReadOrNull(this.#disk, segmentPath(this.#paths, segment))
    let file = stored ?? this.#segments.repaired(segment)
    let place: Place | null = from
    try {
      while (file !== null && place !== null) {
        let again: Place | null = null
        for (const step of this.#scan(
          file,
          place,
          options,
          options.onlyHeads === true ? HEADS_WINDOW_BYTES : undefined,
        )) {
          if (step.kind === 'record') {
            if (reaches(step, wanted)) yield toLogRecord(step, segment)
            continue
          }
          const next: number = step.kind === 'end' ? step.next : step.from
          const view =
            file === stored && this.#isIncomplete(stored, step, segment) ? this.#segments.repaired(segment) : null
          if (view !== null && (step.kind === 'damage' || view.size() > step.offset)) {
            again = { segment, offset: step.offset, seq: next }
            file = view
            break
          }
          if (step.kind === 'end') return yield* this.#nextPlace(file, segment, step)
          if (reaches(step, wanted)) yield toLogRecord(step, segment)
        }
        place = again
      }
      return null
    } finally {
      stored?.close()
    }
  }

  /** Whether something is missing here. Told to whoever wants to know, except for what the ledger is just writing. */
  #isIncomplete(file: DiskFile, step: Exclude<SegmentStep, { readonly kind: 'record' }>, segment: Seq): boolean {
    const following = this.#following(segment)
    if (step.kind === 'end') {
      if (following === undefined || file.size() > step.size) return false
      if (step.offset === step.size && following <= step.next) return false
    }
    this.#tellDamaged(segment)
    return true
  }

  #following(segment: Seq): Seq | undefined {
    return listSegments(this.#disk, this.#paths).find((first) => first > segment)
  }

  /** Where to go on after a segment: null at the end of the log. */
  *#nextPlace(
    file: DiskFile,
    segment: Seq,
    end: SegmentStep & { readonly kind: 'end' },
  ): Generator<LogRecord, Place | null, void> {
    const following = this.#following(segment)
    if (following === undefined) return null
    if (following > end.next) {
      // The ledger may have appended to this segment during the walk, before it began the next one.
      if (file.size() > end.size) return { segment, offset: end.offset, seq: end.next }
      const gone = end.next as Seq
      if (gone > segment && this.#segments.repaired(gone) !== null) {
        this.#tellDamaged(gone)
        return { segment: gone, offset: SEGMENT_HEAD_BYTES, seq: gone }
      }
      const { offset } = end
      const headDamage = { from: gone, to: following, segment, offset, end: offset, fault: 'missing' as const }
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

  /**
   * What a checkpoint says about the end of its tree is believed where a record begins there, or the segment ends: where payloads before were dropped
   * it is elsewhere by now.
   */
  #placeOfEntry(entry: StoredCheckpoint): Place | null {
    const place = { segment: entry.segment, offset: entry.end, seq: entry.size }
    const file = this.#segments.storedAgain(entry.segment)
    if (file === null || entry.end < SEGMENT_HEAD_BYTES) return null
    const following = this.#following(entry.segment)
    if (file.size() === entry.end) return following === undefined || following === entry.size ? place : null
    return this.#finder.isAt(place, entry.size) ? place : null
  }

  /** Fewer bytes than `length` where the file ends. */
  #readAt(location: Location, from: number, length: number, memory: Buffer | null): Buffer {
    const fits = memory !== null && memory.length >= length
    const bytes = fits ? memory.subarray(0, length) : Buffer.allocUnsafe(length)
    const file = this.#segments.stored(location.segment)
    return bytes.subarray(0, file === null ? 0 : readTolerantly(file, bytes, location.offset + from))
  }

  #damaged(header: RecordHeader, { fault, bytes }: RecordDamage): DamagedRecordError {
    return new DamagedRecordError(this.account, header.seq, fault, bytes)
  }
}

/** A location, and the record that begins there. */
interface Place extends Location {
  readonly seq: number
}
