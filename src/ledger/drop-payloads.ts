// Dropping payloads from a closed segment: docs/formats/release.md §5. The segment is written anew beside, with heads that say that their payloads are gone; read
// again and compared with the old one, record by record; made durable; and only then takes its name. Parity goes first, durably: otherwise what was dropped
// would be computed again. A crash leaves one or the other.
//
// Every header, and with it the tree, stays as it was, and so does every byte of every other record. A segment in which anything is damaged is left alone.

import type { AccountId, Seq } from '#base/ids.ts'
import { type NumberRange, NumberRanges } from '#base/number-ranges.ts'
import type { Steps } from '#base/steps.ts'
import { type Disk, DiskError, type DiskFile, writeAll } from '#platform/disk.ts'
import { orDurabilityError } from './dirty-files.ts'
import { type SegmentFault, examineSegment } from './examine-segment.ts'
import { type OpenFiles, openReadOrNull } from './open-files.ts'
import {
  type AccountPaths,
  accountPaths,
  damagedPath,
  droppedPath,
  droppingPath,
  listSegments,
  parityPath,
  repairedPath,
  segmentPath,
} from './paths.ts'
import { HEAD_BYTES, type RecordHeader, recordBytes, withState } from './record.ts'
import { HEADS_WINDOW_BYTES, type SegmentStep, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { readTolerantly } from './tolerant-read.ts'
import { StoredTree } from './tree.ts'
import type { StepRunner } from './write-parity.ts'

export interface DropContext {
  readonly disk: Disk
  /** The ledger's. */
  readonly directory: string
  /** Files that the ledger has open: the old one must not be among them afterwards. */
  readonly files: OpenFiles
  readonly run: StepRunner
}

export interface SegmentDrop {
  readonly account: AccountId
  readonly first: Seq
  mayDrop(header: RecordHeader): boolean
  /** Calls `replace`, which is done at once, if all of these may still be dropped; false, and nothing is done, if not. */
  confirm(records: readonly NumberRange[], replace: () => void): Promise<boolean>
}

export type DropOutcome =
  | { readonly kind: 'dropped'; readonly records: readonly NumberRange[]; readonly bytes: number }
  /** There is nothing in it that may be dropped. */
  | { readonly kind: 'nothing' }
  /** Not now: it is the last segment, or something was kept again meanwhile. */
  | { readonly kind: 'later' }
  /** The file has what is no record as it was written. */
  | { readonly kind: 'damaged'; readonly faults: readonly SegmentFault[] }

interface Dropped {
  readonly numbers: NumberRanges
  /** In the segment as it is. */
  readonly payloads: { readonly start: number; readonly end: number }[]
  bytes: number
}

type RecordStep = SegmentStep & { readonly kind: 'record' }

const PIECE_BYTES = 256 * 1024
const RECORDS_PER_STEP = 16
/** File systems without hard links: what was dropped is not overwritten. */
const NO_LINKS = ['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'EMLINK', 'ENOSYS']

/** Throws DiskError: then the segment is as it was, or without the payloads; and DurabilityError. One at a time for a segment. */
export async function dropPayloads(context: DropContext, drop: SegmentDrop): Promise<DropOutcome> {
  const paths = accountPaths(context.directory, drop.account)
  const tree = new StoredTree(context.disk, paths.tree)
  const source = openReadOrNull(context.disk, segmentPath(paths, drop.first))
  try {
    const next = listSegments(context.disk, paths).find((other) => other > drop.first)
    if (source === null || next === undefined) return { kind: 'later' }
    return await new Dropping(context, drop, paths, source, next, tree).run()
  } finally {
    source?.close()
    tree.close()
  }
}

class Dropping {
  readonly #context: DropContext
  readonly #drop: SegmentDrop
  readonly #paths: AccountPaths
  readonly #source: DiskFile
  readonly #next: number
  readonly #tree: StoredTree

  constructor(
    context: DropContext,
    drop: SegmentDrop,
    paths: AccountPaths,
    source: DiskFile,
    next: number,
    tree: StoredTree,
  ) {
    this.#context = context
    this.#drop = drop
    this.#paths = paths
    this.#source = source
    this.#next = next
    this.#tree = tree
  }

  async run(): Promise<DropOutcome> {
    const { disk, run } = this.#context
    const { account, first } = this.#drop
    const temporary = droppingPath(this.#paths, first)
    try {
      const leaf = (seq: number): Uint8Array | null => this.#tree.leaf(seq)
      const faults = await run(examineSegment(this.#source, { account, first, next: this.#next, leaf }))
      if (faults.length > 0) return { kind: 'damaged', faults }
      const dropped = await this.#write(temporary)
      if (dropped.numbers.count === 0) return { kind: 'nothing' }
      await this.#removeOthers()
      if (!(await this.#replace(temporary, dropped))) return { kind: 'later' }
      await this.#overwrite(dropped)
      return { kind: 'dropped', records: [...dropped.numbers], bytes: dropped.bytes }
    } finally {
      // What an interrupted attempt left, too.
      if (disk.exists(temporary)) disk.remove(temporary)
    }
  }

  /** The new file, durable and compared. */
  async #write(path: string): Promise<Dropped> {
    const { disk, run } = this.#context
    const target = disk.openWrite(path)
    try {
      target.truncate(0)
      const dropped = await run(this.#copy(target))
      if (dropped.numbers.count === 0) return dropped
      await target.datasync()
      if (!(await run(this.#isCopied(target, dropped.numbers)))) throw new DiskError('EIO')
      return dropped
    } finally {
      target.close()
    }
  }

  *#copy(target: DiskFile): Steps<Dropped> {
    const dropped: Dropped = { numbers: new NumberRanges(), payloads: [], bytes: 0 }
    let at = 0
    /** Of the source, up to where it is copied. */
    let copied = 0
    const copyUpTo = function* (this: Dropping, end: number): Steps<void> {
      const piece = Buffer.allocUnsafe(Math.min(PIECE_BYTES, end - copied))
      while (copied < end) {
        const bytes = piece.subarray(0, Math.min(piece.length, end - copied))
        readTolerantly(this.#source, bytes, copied)
        writeAll(target, bytes, at)
        copied += bytes.length
        at += bytes.length
        yield
      }
    }.bind(this)
    for (const { header, state, offset, head } of this.#records(this.#source)) {
      if (state === 'dropped' || !this.#drop.mayDrop(header)) continue
      const gone = withState(head, 'dropped')
      yield* copyUpTo(offset)
      writeAll(target, gone, at)
      at += HEAD_BYTES
      const payload = { start: offset + HEAD_BYTES, end: offset + HEAD_BYTES + header.payloadLength }
      copied = payload.end
      dropped.numbers.add(header.seq, header.seq)
      dropped.payloads.push(payload)
      dropped.bytes += header.payloadLength
    }
    if (dropped.numbers.count > 0) yield* copyUpTo(this.#source.size())
    return dropped
  }

  /** Whether the target is the source without these payloads: every record, in order, and nothing else. */
  *#isCopied(target: DiskFile, dropped: NumberRanges): Steps<boolean> {
    if (!(yield* isSame(this.#source, 0, target, 0, SEGMENT_HEAD_BYTES))) return false
    const others = this.#records(target)
    let end = SEGMENT_HEAD_BYTES
    let count = 0
    for (const { header, state, offset, head } of this.#records(this.#source)) {
      const other = others.next()
      if (other.done === true || other.value.offset !== end) return false
      const expected = dropped.has(header.seq) ? withState(head, 'dropped') : head
      if (!other.value.head.equals(expected)) return false
      end += recordBytes(header, other.value.state)
      if (++count % RECORDS_PER_STEP === 0) yield
      if (dropped.has(header.seq)) continue
      const bytes = recordBytes(header, state)
      if (!(yield* isSame(this.#source, offset, target, other.value.offset, bytes))) return false
    }
    return others.next().done === true && target.size() === end
  }

  *#records(file: DiskFile): Generator<RecordStep> {
    const { account, first } = this.#drop
    const from = { account, seq: first, offset: SEGMENT_HEAD_BYTES, windowBytes: HEADS_WINDOW_BYTES }
    for (const step of scanSegment(file, from)) if (step.kind === 'record') yield step
  }

  /** Whatever else has the payloads, or could give them again. */
  async #removeOthers(): Promise<void> {
    const { disk } = this.#context
    const { first } = this.#drop
    const parity = parityPath(this.#paths, first)
    const names = [parity, `${parity}.new`, repairedPath(this.#paths, first), damagedPath(this.#paths, first)]
    for (const name of names) if (disk.exists(name)) disk.remove(name)
    await orDurabilityError(disk.syncDirectory(this.#paths.segments))
  }

  async #replace(temporary: string, dropped: Dropped): Promise<boolean> {
    const { disk, files } = this.#context
    const { first } = this.#drop
    const path = segmentPath(this.#paths, first)
    const old = droppedPath(this.#paths, first)
    try {
      if (disk.exists(old)) disk.remove(old)
      disk.link(path, old)
    } catch (error) {
      if (!(error instanceof DiskError) || !NO_LINKS.includes(error.code)) throw error
    }
    let isReplaced = false
    const isConfirmed = await this.#drop.confirm([...dropped.numbers], () => {
      if (files.isBusy(path)) return
      files.forget(path)
      disk.rename(temporary, path)
      isReplaced = true
    })
    if (!isConfirmed || !isReplaced) {
      if (disk.exists(old)) disk.remove(old)
      return false
    }
    await orDurabilityError(disk.syncDirectory(this.#paths.segments))
    return true
  }

  /** The blocks of the old file that held the payloads, where the file system writes in place; then that file goes. */
  async #overwrite({ payloads }: Dropped): Promise<void> {
    const { disk } = this.#context
    const path = droppedPath(this.#paths, this.#drop.first)
    if (!disk.exists(path)) return
    const file = disk.openWrite(path)
    try {
      await this.#context.run(overwriteWithZeros(file, payloads))
      await file.datasync()
    } finally {
      file.close()
      disk.remove(path)
    }
    await disk.syncDirectory(this.#paths.segments)
  }
}

function* overwriteWithZeros(
  file: DiskFile,
  ranges: readonly { readonly start: number; readonly end: number }[],
): Steps<void> {
  const zeros = Buffer.alloc(PIECE_BYTES)
  for (const { start, end } of ranges) {
    for (let at = start; at < end; at += zeros.length) {
      writeAll(file, zeros.subarray(0, Math.min(zeros.length, end - at)), at)
      yield
    }
  }
}

function* isSame(a: DiskFile, atA: number, b: DiskFile, atB: number, length: number): Steps<boolean> {
  const size = Math.min(PIECE_BYTES, length)
  const [ofA, ofB] = [Buffer.alloc(size), Buffer.alloc(size)]
  for (let done = 0; done < length; done += size) {
    const count = Math.min(size, length - done)
    const [readA, readB] = [ofA.subarray(0, count), ofB.subarray(0, count)]
    if (readTolerantly(a, readA, atA + done) !== count || readTolerantly(b, readB, atB + done) !== count) return false
    if (!readA.equals(readB)) return false
    yield
  }
  return true
}
