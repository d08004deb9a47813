// Watches over an account's log for its owner: whether it is still the one that was seen, and the one that the ledger and the owner signed.
// It computes the tree from the heads as the index reads them (`AccountIndex.advance`), and compares its root with what was remembered, with
// the ledger's checkpoints and with the owner's marks, each at its size. The ledger is not trusted; what is stored of the tree is used for proofs
// alone.
//
// A difference is an alarm: remembered durably apart from the index, told to `raised`, and never in the way of reading. It ends when somebody
// acknowledges it. Damage is no alarm: where a head cannot be read the stored leaf takes its place, and the next root says whether it was right.

import { asBuffer, bytesEqual } from '#base/bytes.ts'
import type { AccountId, Seq } from '#base/ids.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
import { type StoredCheckpoint, verifyCheckpoint } from '#ledger/checkpoint.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import { LogProofs } from '#ledger/log-proofs.ts'
import { parseMark } from '#ledger/mark.ts'
import type { LogReader } from '#ledger/reader.ts'
import { type RecordHeader, leafHashOf, sameHeader } from '#ledger/record.ts'
import type { Clock } from '#platform/clock.ts'
import { type Disk, systemDisk } from '#platform/disk.ts'
import type { LogEntry } from './account-log.ts'
import { type AlarmKind, type KnownHead, type LogAlarm, sameFinding } from './log-alarm.ts'
import type { Position } from './position-store.ts'
import { type Remembered, readWitness, withAlarm, witnessPath, writeWitness } from './witness-file.ts'

export interface LogWitnessParts {
  readonly reader: LogReader
  readonly clock: Clock
  readonly indexDirectory: string
  /** The account's own, for marks. */
  readonly ownerKey: Uint8Array
  readonly raised?: ((alarm: LogAlarm) => void) | undefined
  /** Of an index that is made beside the one in use, whose own witness keeps the file: what this one finds is given to another in the end (`take`). */
  readonly isSecond?: boolean
}

interface Head {
  readonly size: number
  readonly root: Uint8Array
}

interface Difference {
  /** What was read at that size; or at the end, if the log has changed since it was read. */
  readonly own: KnownHead
  readonly isChanged: boolean
}

export class LogWitness implements Disposable {
  readonly proofs: LogProofs
  readonly #parts: LogWitnessParts
  readonly #disk: Disk = systemDisk
  readonly #path: string
  readonly #remembered: Remembered
  /** Of the ledger. */
  readonly publicKey: Buffer | null
  #saving: Promise<void> = Promise.resolve()
  /** The next size at which there is something to compare. */
  #nextSize = 0
  #nextCheckpoint: StoredCheckpoint | null = null
  /** The size of the newest checkpoint that was compared. */
  #checked = -1
  #isSigned = true
  /** A live account goes on with what it read, and says so once. */
  #isTold = false
  readonly #watchers = new Set<() => void>()

  constructor(parts: LogWitnessParts) {
    this.#parts = parts
    const { account, directory } = parts.reader
    this.proofs = new LogProofs(this.#disk, directory, account)
    this.#path = witnessPath(parts.indexDirectory, account)
    this.#remembered = readWitness(this.#disk, this.#path, account)
    this.publicKey = this.#ledgerKey()
  }

  [Symbol.dispose](): void {
    this.proofs[Symbol.dispose]()
  }

  get ownerKey(): Uint8Array {
    return this.#parts.ownerKey
  }

  get account(): AccountId {
    return this.#parts.reader.account
  }

  /** All there ever were, in the order in which they were found. */
  get alarms(): readonly LogAlarm[] {
    return this.#remembered.alarms
  }

  /** Nobody has acknowledged the last of them. */
  get isAlarmed(): boolean {
    return this.alarms.some(({ acknowledged }) => acknowledged === null)
  }

  watch(raised: () => void): Disposable {
    // One and the same function may watch twice.
    const watcher = (): void => raised()
    this.#watchers.add(watcher)
    return { [Symbol.dispose]: () => void this.#watchers.delete(watcher) }
  }

  /** False if nobody had to. */
  async acknowledge(): Promise<boolean> {
    if (!this.isAlarmed) return false
    const now = this.#parts.clock.now()
    this.#remembered.alarms = this.alarms.map((alarm) =>
      alarm.acknowledged === null ? { ...alarm, acknowledged: now } : alarm,
    )
    this.#save()
    await this.#saving
    return true
  }

  /** What a second witness found. */
  take(alarms: readonly LogAlarm[]): void {
    for (const { kind, known, met } of alarms) this.#raise(kind, known, met)
  }

  /** Resolves when what is remembered is durable. */
  saved(): Promise<void> {
    return this.#saving
  }

  /**
   * Before an index is brought up to date: false if it is of another log than the one that is there. What it saw is then the ground for an
   * alarm, and the index is of no more use.
   */
  continues(position: Position): boolean {
    const { next, frontier } = position
    if (!holdsPosition(this.#parts.reader, position)) {
      const size = this.#parts.reader.size()
      this.#raise(size < next ? 'rollback' : 'fork', headOf(next, frontier), headAt(size, this.proofs.storedRoot(size)))
      this.#remembered.seen = null
      return false
    }
    if (next === 0 || frontier === null) return true
    const signed = this.proofs.lastUpTo(next)
    const { seen } = this.#remembered
    const before = seen !== null && seen.size <= next ? this.#difference(rootOf(seen), frontier) : null
    if (before !== null && seen !== null) {
      this.#raise('fork', seen, before.own)
      this.#remembered.seen = null
    }
    const now = signed !== null && this.#isOurs(signed) ? this.#difference(signed, frontier) : null
    if (now !== null && signed !== null) this.#raise('fork', now.own, headAt(signed.size, signed.root))
    return before?.isChanged !== true && now?.isChanged !== true
  }

  /** The index begins to read at `next`. */
  begin({ next }: Position): void {
    this.#aim(next)
  }

  /** The index has read up to `next`: called for every record, and at most of them there is nothing to do. */
  passed(position: Position): void {
    if (position.next < this.#nextSize) return
    const { next, frontier } = position
    const { seen } = this.#remembered
    const signed = this.#nextCheckpoint
    if (frontier !== null) {
      if (seen?.size === next && seen.root !== digits(frontier.root())) {
        this.#raise('fork', seen, headOf(next, frontier))
        this.#remembered.seen = headOf(next, frontier)
      }
      if (signed?.size === next) this.#compare(signed, frontier)
    }
    this.#aim(next)
  }

  /** The index has read all that there is. `markCount`: how many marks the owner knows of. */
  finish(position: Position, markCount: number): void {
    const { next } = position
    const newest = this.publicKey === null ? null : this.proofs.newest(this.publicKey)
    if (position.frontier === null && newest?.size === next) {
      // Heads that could not be read, and whose leaves are not stored any more: what is signed has to do.
      const stored = this.proofs.storedFrontier(next)
      if (stored?.root().equals(newest.root) === true) position.frontier = stored
    }
    const { seen } = this.#remembered
    if (seen !== null && seen.size > next) {
      this.#raise('rollback', seen, headOf(next, position.frontier))
      this.#remembered.seen = null
    } else if (newest !== null && newest.size > next && this.#parts.reader.size() <= next) {
      // Checkpoints are of what can be read.
      this.#raise('rollback', headAt(newest.size, newest.root), headOf(next, position.frontier))
    }
    if (position.marks !== null && markCount > position.marks) {
      this.#raise('marksMissing', headAt(markCount, null), headAt(position.marks, null))
    }
    this.remember(position)
  }

  /** While the account is open: the newest checkpoint, of what was read so far. */
  check({ next, frontier }: Position): void {
    // What was acknowledged a moment ago may not be where it is read yet.
    if (frontier === null || this.#isTold || this.proofs.storedLeaf(next - 1) === null) return
    const signed = this.proofs.lastUpTo(next)
    if (signed === null || signed.size === this.#checked) return
    const before = this.alarms.length
    this.#compare(signed, frontier)
    this.#isTold = this.alarms.length > before
  }

  /** Keeps the newest tree apart from the index. */
  remember({ next, frontier }: Position): void {
    if (frontier === null || next === 0) return
    const head = headOf(next, frontier)
    const { seen, ledgerKey } = this.#remembered
    const key = this.publicKey === null ? null : digits(this.publicKey)
    if (seen?.size === head.size && seen.root === head.root && ledgerKey === (ledgerKey ?? key)) return
    this.#remembered.seen = head
    this.#remembered.ledgerKey ??= key
    this.#save()
  }

  /** A record of kind `mark` that is the next: `position` is what was read before it. */
  mark(entry: LogEntry, position: Position): void {
    const { seq } = entry.header
    const payload = this.#payload(entry)
    if (payload === null) {
      // Damage: that it was a mark is in its head.
      if (position.marks !== null) position.marks++
      return
    }
    const mark = parseMark(payload)
    const isOwn = mark !== null && mark.account === this.account && bytesEqual(mark.publicKey, this.#parts.ownerKey)
    const isOther = (): boolean =>
      mark !== null && position.frontier !== null && this.#difference(mark, position.frontier) !== null
    if (!isOwn || mark.size > seq || isOther()) {
      this.#raise('mark', headAt(seq, entry.header.digest), headAt(mark?.size ?? 0, mark?.root ?? null))
      return
    }
    const { marks } = position
    // One that lost a race with another after a lost connection: it is right, and counts for nothing.
    if (marks !== null && mark.number < marks) return
    if (marks !== null && mark.number > marks)
      this.#raise('marksMissing', headAt(mark.number, null), headAt(marks, null))
    position.marks = mark.number + 1
    position.lastMark = { seq, size: mark.size }
  }

  /** A record that is in the index could not be read: it is damaged, unless another stands in its place. */
  unreadable({ header, location }: LogEntry): void {
    // It may be where it is not known to be: payloads before it were dropped.
    const { reader } = this.#parts
    const there = reader.locate(header.seq)
    if (there !== null && sameHeader(there.header, header)) return
    const met = there?.header ?? (reader.hasDropped(location.segment) ? null : this.proofs.headAt(location))
    if (met === null || sameHeader(met, header)) return
    this.#raise('record', headAt(header.seq, leafHashOf(header)), headAt(met.seq, leafHashOf(met)))
  }

  #ledgerKey(): Buffer | null {
    const { ledgerKey } = this.#remembered
    const stored = this.proofs.publicKey()
    if (ledgerKey === null) return stored
    const known = Buffer.from(ledgerKey, 'hex')
    if (stored?.equals(known) === true) return known
    const size = this.proofs.lastUpTo(Number.MAX_SAFE_INTEGER)?.size ?? 0
    this.#raise('signature', headAt(size, known), headAt(size, stored))
    return known
  }

  /** Where the next thing to compare is. */
  #aim(next: number): void {
    this.#nextCheckpoint = this.proofs.firstFrom(next + 1)
    const { seen } = this.#remembered
    this.#nextSize = Math.min(
      this.#nextCheckpoint?.size ?? Number.POSITIVE_INFINITY,
      seen !== null && seen.size > next ? seen.size : Number.POSITIVE_INFINITY,
    )
  }

  #compare(signed: StoredCheckpoint, frontier: MerkleFrontier): void {
    this.#checked = signed.size
    const difference = this.#difference(signed, frontier)
    if (difference === null) {
      // A right root is signed by somebody who knows the log; that it is the ledger is looked at for the newest.
      if (this.proofs.firstFrom(signed.size + 1) === null) this.#isOurs(signed)
    } else if (this.#isOurs(signed)) {
      this.#raise('fork', difference.own, headAt(signed.size, signed.root))
    }
  }

  /** Whether this ledger signed it: else an alarm, once. */
  #isOurs(signed: StoredCheckpoint): boolean {
    if (this.publicKey === null) return false
    if (verifyCheckpoint(signed, this.publicKey)) return true
    if (this.#isSigned) this.#raise('signature', headAt(signed.size, null), headAt(signed.size, signed.root))
    this.#isSigned = false
    return false
  }

  /** Null if the log as it was read begins with the tree of that size, which is not greater; or if damage leaves it open. */
  #difference({ size, root }: Head, frontier: MerkleFrontier): Difference | null {
    const newest = { size: frontier.size, root: frontier.root() }
    if (size === frontier.size ? newest.root.equals(root) : this.proofs.proves({ size, root }, newest)) return null
    // The stored tree may be damaged. The heads themselves say.
    const computed = new MerkleFrontier()
    let own: Buffer | null = size === 0 ? computed.root() : null
    for (const record of this.#parts.reader.records({ seq: 0 as Seq, location: null })) {
      if (record.headDamage !== null)
        return size === frontier.size ? { own: headOf(size, frontier), isChanged: false } : null
      computed.append(leafHashOf(record.header))
      if (computed.size === size) own = computed.root()
      if (computed.size === frontier.size) break
    }
    // What is acknowledged and not where it is read yet.
    if (computed.size < frontier.size) return null
    const isChanged = !computed.root().equals(newest.root)
    if (isChanged) return { own: headOf(frontier.size, frontier), isChanged }
    return own?.equals(root) === true ? null : { own: headAt(size, own), isChanged }
  }

  #payload({ header, location }: LogEntry): Buffer | null {
    try {
      return this.#parts.reader.readPayload(location, header)
    } catch (error) {
      if (error instanceof DamagedRecordError) return null
      throw error
    }
  }

  #raise(kind: AlarmKind, known: KnownHead, met: KnownHead): void {
    const alarm = { kind, found: this.#parts.clock.now(), known, met, acknowledged: null }
    if (this.alarms.some((other) => sameFinding(other, alarm))) return
    this.#remembered.alarms = withAlarm(this.alarms, alarm)
    this.#save()
    this.#parts.raised?.(alarm)
    for (const raised of this.#watchers) raised()
  }

  #save(): void {
    if (this.#parts.isSecond === true) return
    const { ledgerKey, seen, alarms } = this.#remembered
    const copy = { ledgerKey, seen, alarms }
    this.#saving = this.#saving
      .then(() => {
        this.#disk.makeDirectory(this.#parts.indexDirectory)
        return writeWitness(this.#disk, this.#path, this.account, copy)
      })
      // A disk that is full: it is tried again with the next.
      .catch(() => undefined)
  }
}

/** Whether the log has, at its place, the last record that an index read. Where the log is damaged at that place, the index is believed. */
function holdsPosition(reader: LogReader, { last, next, journalSeq, chain }: Position): boolean {
  const isLast = (header: RecordHeader): boolean => last === null || sameHeader(header, last.header)
  if (last !== null && !holds(reader, last.header.seq, last.location, isLast)) return false
  // The account's own last journal record may be beyond what was read in order.
  const isChained = (header: RecordHeader): boolean => header.digest.equals(chain.previous)
  return journalSeq < next || holds(reader, journalSeq as Seq, null, isChained)
}

function holds(
  reader: LogReader,
  seq: Seq,
  at: LogEntry['location'] | null,
  matches: (header: RecordHeader) => boolean,
): boolean {
  for (const location of at === null ? [null] : [at, null]) {
    const [record] = reader.records({ seq, location })
    if (record === undefined) continue
    if (record.headDamage !== null) return record.headDamage.from <= seq
    if (record.header.seq === seq && matches(record.header)) return true
  }
  return false
}

function digits(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex')
}

function headAt(size: number, root: Uint8Array | null): KnownHead {
  return { size, root: root === null ? '' : digits(root) }
}

function headOf(size: number, frontier: MerkleFrontier | null): KnownHead {
  return headAt(size, frontier?.root() ?? null)
}

function rootOf({ size, root }: KnownHead): Head {
  return { size, root: Buffer.from(root, 'hex') }
}
