// Verification of one account's log without any key: every byte is read, in bounded memory. Frames, sequence, digests, the stored tree,
// every checkpoint and its place, and the copies of the slot records. What is wrong is told and stepped over.
//
// It can run while the ledger writes: what is not covered by the checkpoints that there were at the beginning may be incomplete.

import { assert } from '#base/assert.ts'
import type { AccountId, Seq } from '#base/ids.ts'
import { yieldToEventLoop } from '#platform/clock.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import type { ByteRange } from './damage.ts'
import { type Finding, type FindingKind, isDerived } from './finding.ts'
import { openReadOrNull } from './open-files.ts'
import type { HashElsewhere } from './second-digests.ts'
import { SegmentFiles } from './segment-files.ts'
import { type AccountPaths, accountPaths, listParity, listSegments, segmentPath } from './paths.ts'
import { HEAD_BYTES, leafHashOfHead, payloadMatches, recordBytes } from './record.ts'
import { MAX_SCANNED_PAYLOAD_BYTES, type SegmentStep, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES, decodeSegmentHead } from './segment.ts'
import { StoredTree } from './tree.ts'
import { verifyBlocks } from './verify-blocks.ts'
import { DigestVerifier } from './verify-digests.ts'
import { type KnownLog, KnownVerifier } from './verify-known.ts'
import { MarkVerifier } from './verify-marks.ts'
import { verifyPayload } from './verify-payload.ts'
import { SlotVerifier } from './verify-slots.ts'
import { firstUnsigned } from './verify-tail.ts'
import { DropVerifier, isDroppedNow } from './verify-drops.ts'
import { type Report, TreeVerifier } from './verify-tree.ts'

export interface VerifyOptions {
  readonly disk: Disk
  /** The ledger's. */
  readonly directory: string
  /** Of the ledger: signs the checkpoints. */
  readonly publicKey: Uint8Array
  found(finding: Finding): void
  /** Computes stronger digests in another thread; null: there is none. */
  readonly sha512?: HashElsewhere | null
  /** What whoever verifies has seen of the account's log before. */
  known?(account: AccountId): KnownLog | null
  /** What was verified of it now. */
  verified?(account: AccountId, log: KnownLog): void
}

export interface AccountReport {
  readonly account: AccountId
  /** Records that were walked, with those whose heads cannot be read. */
  readonly records: number
  readonly payloadBytes: number
  /** Payloads that were dropped on purpose. */
  readonly dropped: number
  /** Payloads that have a stronger digest which was added later, and the one of their header. */
  readonly upgraded: number
  /** Checkpoints whose signature and root are right. */
  readonly checkpoints: number
  readonly findings: number
}

/** Bytes read between two chances for other work. */
const TURN_BYTES = 1024 * 1024

/** A segment that leaves out more records than these is none of this log. */
const MAX_GAP = 2 ** 24

type RecordStep = SegmentStep & { readonly kind: 'record' }
type EndStep = SegmentStep & { readonly kind: 'end' }

/** Throws DiskError only for what concerns more than single blocks. */
export async function verifyAccount(options: VerifyOptions, account: AccountId): Promise<AccountReport> {
  const paths = accountPaths(options.directory, account)
  const tree = new StoredTree(options.disk, paths.tree)
  const checkpoints = new CheckpointFile(options.disk, paths.checkpoints, account)
  try {
    using verifier = new AccountVerifier(options, account, paths, tree, checkpoints)
    return await verifier.run()
  } finally {
    tree.close()
    checkpoints.close()
  }
}

interface OpenSegment {
  readonly first: Seq
  /** Below the account's directory. */
  readonly name: string
  readonly file: DiskFile
}

class AccountVerifier implements Disposable {
  readonly #options: VerifyOptions
  readonly #account: AccountId
  readonly #paths: AccountPaths
  readonly #stored: StoredTree
  readonly #tree: TreeVerifier
  readonly #marks: MarkVerifier
  readonly #known: KnownVerifier
  readonly #slots: SlotVerifier
  readonly #drops: DropVerifier
  readonly #digests: DigestVerifier
  readonly #files: SegmentFiles
  #segment: OpenSegment | null = null
  #findings = 0
  #payloadBytes = 0
  #dropped = 0
  #time = 0
  #unyielded = 0
  readonly #found: Report = (...finding) => this.#report(...finding)
  /** Of the segments before, and of payloads that were dropped from the one that is read: places in checkpoints and heads are those of then. */
  #bytesBefore = 0
  #droppedBytes = 0

  constructor(
    options: VerifyOptions,
    account: AccountId,
    paths: AccountPaths,
    tree: StoredTree,
    checkpoints: CheckpointFile,
  ) {
    this.#options = options
    this.#account = account
    this.#paths = paths
    this.#stored = tree
    this.#files = new SegmentFiles(options.disk, paths, account)
    const { publicKey } = options
    this.#tree = new TreeVerifier({ tree, checkpoints, publicKey }, this.#found)
    this.#slots = new SlotVerifier(this.#tree.signedSize)
    this.#marks = new MarkVerifier(options.disk, options.directory, account, (kind, seq) =>
      this.#report(kind, 'segments', { start: 0, end: 0 }, { from: seq, to: seq + 1 }),
    )
    this.#drops = new DropVerifier(options.disk, paths)
    this.#digests = new DigestVerifier(options, account, (seq) =>
      this.#report('digests', 'segments', { start: 0, end: 0 }, { from: seq, to: seq + 1 }),
    )
    this.#known = new KnownVerifier(options.known?.(account) ?? null, this.#tree, this.#found)
  }

  [Symbol.dispose](): void {
    this.#marks[Symbol.dispose]()
    this.#digests[Symbol.dispose]()
  }

  async run(): Promise<AccountReport> {
    const { disk } = this.#options
    for (const steps = this.#digests.read(); steps.next().done !== true;) await yieldToEventLoop()
    const segments = listSegments(disk, this.#paths)
    const parity = listParity(disk, this.#paths)
    // A segment that has gone may be small enough to be computed from its parity alone.
    for (const first of [...new Set([...segments, ...parity])].sort((a, b) => a - b)) {
      const path = segmentPath(this.#paths, first)
      const stored = openReadOrNull(disk, path)
      const name = path.slice(this.#paths.directory.length + 1)
      try {
        const parts = { disk, paths: this.#paths, account: this.#account, files: this.#files }
        const view = parity.includes(first) ? await verifyBlocks(parts, first, name, stored, this.#found) : null
        const file = view ?? stored
        if (file === null) continue
        this.#segment = { first, file, name }
        this.#droppedBytes = 0
        await this.#verifySegment(first === segments.at(-1))
        this.#bytesBefore += file.size() + this.#droppedBytes
      } finally {
        stored?.close()
      }
    }
    await this.#digests.settled()
    this.#tree.finish()
    const unsigned = firstUnsigned(this.#options, this.#account, this.#tree)
    if (unsigned !== null) {
      this.#report('unsigned', 'checkpoints', { start: 0, end: 0 }, { from: unsigned, to: this.#tree.size })
    }
    this.#marks.finish()
    for (const [first, last] of this.#drops.unreleased()) {
      this.#report('payloadDropped', 'segments', { start: 0, end: 0 }, { from: first, to: last + 1 })
    }
    // They go while it is destroyed, here and in the log, one after the other.
    if (!this.#drops.isDestroyed) this.#slots.finish(disk, this.#paths, this.#account, this.#found)
    const log = this.#known.finish(this.#marks)
    this.#options.verified?.(this.#account, log)
    this.#files[Symbol.dispose]()
    return {
      account: this.#account,
      records: this.#tree.size,
      payloadBytes: this.#payloadBytes,
      dropped: this.#dropped,
      upgraded: this.#digests.verified,
      checkpoints: this.#tree.verifiedCheckpoints,
      findings: this.#findings,
    }
  }

  async #verifySegment(last: boolean): Promise<void> {
    const { first, file, name } = this.#current
    if (first - this.#tree.size > MAX_GAP) {
      this.#report('strayBytes', name, { start: 0, end: file.size() })
      return
    }
    if (first > this.#tree.size) this.#missing(first, { start: 0, end: 0 })
    this.#verifySegmentHead()
    const steps = scanSegment(file, {
      account: this.#account,
      seq: first,
      offset: SEGMENT_HEAD_BYTES,
      payloadsUpTo: MAX_SCANNED_PAYLOAD_BYTES,
      leaf: (seq) => this.#stored.leaf(seq),
    })
    for (const step of steps) {
      if (step.kind === 'record') this.#verifyRecord(step)
      else if (step.kind === 'end') this.#verifyEnd(step, last)
      else this.#damage(step.from, step.to, { start: step.offset, end: step.end }, name)
      if (this.#unyielded < TURN_BYTES) continue
      this.#unyielded = 0
      await yieldToEventLoop()
      await this.#digests.room()
    }
  }

  #verifySegmentHead(): void {
    const { first, file, name } = this.#current
    const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES)
    const head = file.read(bytes, 0) === SEGMENT_HEAD_BYTES ? decodeSegmentHead(bytes) : null
    const good = head?.account === this.#account && head.first === first && head.bytesBefore === this.#bytesBefore
    // The ledger may just have begun it.
    const begun = file.size() > SEGMENT_HEAD_BYTES || first < this.#tree.signedSize
    if (!good && begun) this.#report('segmentHead', name, { start: 0, end: SEGMENT_HEAD_BYTES })
  }

  #verifyRecord(step: RecordStep): void {
    const { name, first, file } = this.#current
    const { header, state, offset } = step
    const records = { from: header.seq, to: header.seq + 1 }
    const bodyAt = offset + HEAD_BYTES
    const head = { start: offset, end: bodyAt }
    if (header.seq < this.#tree.size) {
      this.#report('strayBytes', name, { start: offset, end: offset + recordBytes(header, state) }, records)
      return
    }
    this.#unyielded += recordBytes(header, state)
    if (header.time < this.#time) this.#report('time', name, head, records)
    this.#time = header.time
    this.#digests.record(header.seq, header, step.head)
    if (state === 'dropped') {
      this.#dropped++
      this.#droppedBytes += header.payloadLength
      this.#drops.dropped(header)
    } else {
      const fault = verifyPayload(file, header, bodyAt, step.payload)
      const isGone = fault !== null && isDroppedNow(this.#options.disk, this.#paths, first, header)
      if (isGone) {
        // The ledger has replaced the segment since, and overwritten the file that is being read.
        this.#dropped++
        this.#drops.dropped(header)
      } else this.#payloadBytes += header.payloadLength
      for (const range of isGone ? [] : (fault?.ranges ?? []))
        this.#report(fault?.kind ?? 'payloadChanged', name, range, records)
      if (fault === null) {
        this.#digests.check(file, header, bodyAt, step.payload, () =>
          this.#report('addedDigest', name, { start: bodyAt, end: bodyAt + header.payloadLength }, records),
        )
      }
    }
    if (header.kind === 'slot' && state === 'present') this.#slots.record(header)
    if (header.kind === 'release') {
      this.#drops.release(step.payload !== null && payloadMatches(header, step.payload) ? step.payload : null)
    }
    if (header.kind === 'mark') {
      const isWhole = step.payload !== null && payloadMatches(header, step.payload)
      if (isWhole) this.#marks.add(header, step.payload, this.#tree.root)
      else this.#marks.unreadable()
    }
    const end = offset + recordBytes(header, state) + this.#droppedBytes
    this.#tree.add(leafHashOfHead(step.head), { segment: first, end, time: header.time, file: name, head })
    this.#known.added()
  }

  #verifyEnd(step: EndStep, last: boolean): void {
    // What the ledger is writing at the end of the last segment.
    if (last || step.offset >= step.size) return
    this.#report('strayBytes', this.#current.name, { start: step.offset, end: step.size })
  }

  #damage(from: number, to: number, bytes: ByteRange, name: string): void {
    if (to === from) this.#report('strayBytes', name, bytes)
    else this.#report('recordHead', name, bytes, { from, to })
    for (let seq = from; seq < to; seq++) this.#addStored()
  }

  #missing(first: number, bytes: ByteRange): void {
    this.#report('missingRecords', this.#current.name, bytes, { from: this.#tree.size, to: first })
    while (this.#tree.size < first) this.#addStored()
  }

  #addStored(): void {
    this.#digests.record(this.#tree.size, null, null)
    this.#tree.addStored()
    this.#marks.unreadable()
    this.#drops.release(null)
    this.#known.added()
  }

  get #current(): OpenSegment {
    assert(this.#segment !== null, 'a segment is being verified')
    return this.#segment
  }

  #report(
    kind: FindingKind,
    file: string,
    bytes: ByteRange,
    records: { readonly from: number; readonly to: number } | null = null,
  ): void {
    this.#findings++
    this.#options.found({ account: this.#account, kind, records, file, bytes, derived: isDerived(kind) })
  }
}
