// What is whole of an account's log, whatever happened to its files: records are looked for in every segment, then in what the parity makes of those that
// are damaged, then in the commit journal. Nothing is written. The tree, the checkpoints, the copies of slots and the index are not needed; where they are
// there, they say how many records there were.
//
// Memory: some bytes for each record, and the payloads that are in the commit journal alone.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import { CheckpointFile } from '#ledger/checkpoint-file.ts'
import { type ByteRange, type RecordFault, zeroedSectors } from '#ledger/damage.ts'
import { committedRecords } from '#ledger/journal-replay.ts'
import { openReadOrNull } from '#ledger/open-files.ts'
import { type AccountPaths, accountPaths, listParity, listSegments, segmentPath } from '#ledger/paths.ts'
import { readRecord } from '#ledger/read-record.ts'
import { HEAD_BYTES, type RecordHeader, decodeHead, leafHashOf, recordBytes, sameHeader } from '#ledger/record.ts'
import { SegmentFiles } from '#ledger/segment-files.ts'
import { SEGMENT_HEAD_BYTES } from '#ledger/segment.ts'
import { readSlotCopies } from '#ledger/slots.ts'
import { readTolerantly } from '#ledger/tolerant-read.ts'
import { StoredTree } from '#ledger/tree.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { type Carved, carve } from './carve.ts'
import { looseRecords } from './loose-records.ts'
import { RecordTable } from './record-table.ts'

export interface WholeRecord {
  readonly header: RecordHeader
  readonly payload: Buffer
}

/** A record that is not whole, as far as anybody can tell. */
export interface LostRecord {
  readonly seq: number
  /** Null: its head cannot be read. */
  readonly header: RecordHeader | null
  readonly fault: RecordFault
  /** Below the account's directory. */
  readonly file: string
  /** Of the file, as near as can be told; none if the file has gone. */
  readonly bytes: readonly ByteRange[]
}

const RECORDS_PER_STEP = 64
/** Of a place without heads, looked at for zeros. */
const EXAMINED_BYTES_MAX = 64 * 1024 * 1024

export class SalvagedLog implements Disposable {
  readonly account: AccountId
  readonly table = new RecordTable()
  readonly #disk: Disk
  readonly #directory: string
  readonly #paths: AccountPaths
  readonly #files: SegmentFiles
  readonly #tree: StoredTree
  /** Heads of records whose payloads are not whole, by number. */
  readonly #heads = new Map<number, { readonly header: RecordHeader; readonly segment: Seq; readonly offset: number }>()
  readonly #committed = new Map<number, WholeRecord>()
  #size = 0

  /** `directory` is the ledger's. */
  constructor(disk: Disk, directory: string, account: AccountId) {
    this.account = account
    this.#disk = disk
    this.#directory = directory
    this.#paths = accountPaths(directory, account)
    this.#files = new SegmentFiles(disk, this.#paths, account)
    this.#tree = new StoredTree(disk, this.#paths.tree)
  }

  [Symbol.dispose](): void {
    this.#files[Symbol.dispose]()
    this.#tree.close()
  }

  /** How many records there were at least: those that were found, those between them, and those that a checkpoint is of or a leaf of the tree. */
  get size(): number {
    return this.#size
  }

  /** Bytes of all segments. */
  get bytes(): number {
    return this.#segments().reduce((sum, first) => sum + (this.#files.stored(first)?.size() ?? 0), 0)
  }

  /** Looks for records: to be done first. `read` is told how many bytes have been looked through. Throws DiskError. */
  *find(read: (bytes: number) => void): Steps<void> {
    let before = 0
    for (const first of this.#segments()) {
      const done = before
      const isComplete = yield* this.#carveStored(first, (at) => read(done + at))
      if (!isComplete) {
        const repaired = this.#files.repaired(first)
        if (repaired !== null) yield* this.#carveInto(repaired, first, 'parity', () => undefined)
      }
      before += this.#files.stored(first)?.size() ?? 0
      read(before)
    }
    yield* this.#findCommitted()
    this.#size = Math.max(this.table.size, this.#signedSize(), this.#tree.size)
  }

  /** Null: nothing of its head is left. */
  kindOf(seq: number): RecordHeader['kind'] | null {
    return this.table.get(seq)?.kind ?? this.#heads.get(seq)?.header.kind ?? null
  }

  /** The record, from wherever it is whole; null if it is not, or its payload was dropped. */
  read(seq: number): WholeRecord | null {
    const found = this.table.get(seq)
    if (found === null || found.isDropped) return null
    if (found.source === 'journal') return this.#committed.get(seq) ?? null
    const { segment, offset } = found
    const file = found.source === 'segment' ? this.#files.stored(segment) : this.#files.repaired(segment)
    const header = file === null ? null : headerAt(file, offset)
    if (file === null || header === null) return null
    const payload = readRecord(file, { segment, offset }, header)
    return Buffer.isBuffer(payload) ? { header, payload } : null
  }

  /** All slot records that are whole anywhere, in order. */
  slots(): Buffer[] {
    const slots = new Map<number, Buffer>()
    for (const { header, payload } of readSlotCopies(this.#disk, this.#paths, this.account)?.records ?? []) {
      slots.set(header.seq, payload)
    }
    for (let seq = 0; seq < this.table.size; seq++) {
      if (slots.has(seq) || this.table.get(seq)?.kind !== 'slot') continue
      const record = this.read(seq)
      if (record !== null) slots.set(seq, record.payload)
    }
    return [...slots].sort(([a], [b]) => a - b).map(([, payload]) => payload)
  }

  /** What is known of a record that is not whole. */
  lost(seq: number): LostRecord {
    const known = this.#heads.get(seq)
    if (known !== undefined) {
      const { header, segment, offset } = known
      const view = this.#files.repaired(segment)
      const found = readRecord(view ?? this.#files.stored(segment), { segment, offset }, header)
      const { fault, bytes } = Buffer.isBuffer(found) ? { fault: 'changed' as const, bytes: [] } : found
      return { seq, header, fault, file: this.#nameOf(segment), bytes: view?.lostBytes(bytes) ?? bytes }
    }
    return { seq, header: null, ...this.#lostPlace(seq) }
  }

  #segments(): Seq[] {
    const all = new Set<Seq>([...listSegments(this.#disk, this.#paths), ...listParity(this.#disk, this.#paths)])
    return [...all].sort((a, b) => a - b)
  }

  *#carveStored(segment: Seq, read: (bytes: number) => void): Steps<boolean> {
    // Not one of those that are closed as others are opened.
    const file = openReadOrNull(this.#disk, segmentPath(this.#paths, segment))
    if (file === null) return false
    try {
      return yield* this.#carveInto(file, segment, 'segment', read)
    } finally {
      file.close()
    }
  }

  /** Whether the records that were found are all of the file. */
  *#carveInto(
    file: DiskFile,
    segment: Seq,
    source: 'segment' | 'parity',
    read: (bytes: number) => void,
  ): Steps<boolean> {
    let end = SEGMENT_HEAD_BYTES
    let next: number = segment
    let isComplete = true
    let count = 0
    for (const carved of carve(file, this.account)) {
      const { header, offset, state } = carved
      isComplete &&= carved.isWhole && offset === end && header.seq === next
      if (carved.isWhole) this.#take(carved, segment, source)
      else if (!this.#heads.has(header.seq)) this.#heads.set(header.seq, { header, segment, offset })
      end = offset + recordBytes(header, state)
      next = header.seq + 1
      if (++count % RECORDS_PER_STEP !== 0) continue
      read(Math.min(end, file.size()))
      yield
    }
    return isComplete && end === file.size()
  }

  #take({ header, state, offset }: Carved, segment: Seq, source: 'segment' | 'parity'): void {
    const { seq, kind, payloadLength } = header
    if (this.table.has(seq) && !this.#replaces(header)) return
    this.table.put({ seq, kind, isDropped: state === 'dropped', source, segment, offset, payloadLength })
  }

  /** Of two whole records of one number, which is no log's doing, the one that the tree has is right. */
  #replaces(header: RecordHeader): boolean {
    const leaf = this.#tree.leaf(header.seq)
    if (leaf === null || !leafHashOf(header).equals(leaf)) return false
    const known = this.read(header.seq)
    return known !== null && !leafHashOf(known.header).equals(leaf)
  }

  /** Of the commit journal: what is of the log for certain, and then what fits. */
  *#findCommitted(): Steps<void> {
    for (const record of committedRecords(this.#disk, this.#directory, this.account)) {
      yield
      if (!record.isSetAside && !this.table.has(record.header.seq)) this.#takeCommitted(record)
    }
    const end = yield* this.#findBranch()
    let count = 0
    for (const { header, payload } of looseRecords(this.#disk, this.#directory, this.account)) {
      if (++count % RECORDS_PER_STEP === 0) yield
      if (header.seq < end && !this.table.has(header.seq)) this.#takeCommitted({ header, payload: payload() })
    }
  }

  /** From where on what is loose is of a log that went on otherwise: another record has a number of theirs. */
  *#findBranch(): Steps<number> {
    let end = Number.POSITIVE_INFINITY
    let count = 0
    for (const { header } of looseRecords(this.#disk, this.#directory, this.account)) {
      if (++count % RECORDS_PER_STEP === 0) yield
      if (header.seq < end && this.#isOthers(header)) end = header.seq
    }
    return end
  }

  /** Whether another record has its number. */
  #isOthers(header: RecordHeader): boolean {
    const { seq } = header
    const known = this.#headerOf(seq)
    if (known !== null) return !sameHeader(known, header)
    const leaf = this.#tree.leaf(seq)
    return leaf !== null && !leafHashOf(header).equals(leaf)
  }

  #headerOf(seq: number): RecordHeader | null {
    const found = this.table.get(seq)
    if (found === null) return this.#heads.get(seq)?.header ?? null
    if (found.source === 'journal') return this.#committed.get(seq)?.header ?? null
    const { source, segment, offset } = found
    const file = source === 'segment' ? this.#files.stored(segment) : this.#files.repaired(segment)
    return file === null ? null : headerAt(file, offset)
  }

  #takeCommitted(record: WholeRecord): void {
    const { seq, kind, payloadLength } = record.header
    const place = { segment: 0 as Seq, offset: 0 }
    if (!this.table.put({ seq, kind, isDropped: false, source: 'journal', ...place, payloadLength })) return
    this.#committed.set(seq, { header: record.header, payload: Buffer.from(record.payload) })
  }

  /** Of the largest tree that a whole checkpoint is of. */
  #signedSize(): number {
    const file = new CheckpointFile(this.#disk, this.#paths.checkpoints, this.account)
    try {
      for (let index = file.count - 1; index >= 0; index--) {
        const entry = file.at(index)
        if (entry !== null) return entry.size
      }
      return 0
    } finally {
      file.close()
    }
  }

  /** Where a record without a head must have been. */
  #lostPlace(seq: number): Pick<LostRecord, 'fault' | 'file' | 'bytes'> {
    const before = this.table.before(seq)
    const after = this.table.from(seq)
    const segment = this.#segments().findLast((first) => first <= seq)
    if (segment === undefined) return { fault: 'missing', file: this.#nameOf(seq as Seq), bytes: [] }
    const file = this.#files.stored(segment)
    const name = this.#nameOf(segment)
    if (file === null) return { fault: 'missing', file: name, bytes: [] }
    const start =
      before?.segment === segment
        ? before.offset + HEAD_BYTES + (before.isDropped ? 0 : before.payloadLength)
        : SEGMENT_HEAD_BYTES
    const end = after?.segment === segment ? after.offset : file.size()
    if (start >= end) return { fault: 'missing', file: name, bytes: [] }
    return { file: name, ...placeOf(file, start, end) }
  }

  #nameOf(segment: Seq): string {
    return segmentPath(this.#paths, segment).slice(this.#paths.directory.length + 1)
  }
}

function headerAt(file: DiskFile, offset: number): RecordHeader | null {
  const head = Buffer.alloc(HEAD_BYTES)
  if (readTolerantly(file, head, offset) < HEAD_BYTES) return null
  const decoded = decodeHead(head)
  return decoded.ok ? decoded.value.header : null
}

/** Zeros among the bytes are a lost block; without any, they are others than were written. */
function placeOf(file: DiskFile, start: number, end: number): { fault: RecordFault; bytes: ByteRange[] } {
  const bytes = Buffer.alloc(Math.min(end - start, EXAMINED_BYTES_MAX))
  const read = bytes.subarray(0, readTolerantly(file, bytes, start))
  const zeroed = [...zeroedSectors(read, start)]
  return zeroed.length > 0 ? { fault: 'zeroed', bytes: zeroed } : { fault: 'head', bytes: [{ start, end }] }
}
