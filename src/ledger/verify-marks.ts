// The owner's marks (docs/formats/marks.md) as a verification meets them: signed by one key, numbered without gaps, and each about the tree that
// the log has. Their roots are proven from the stored tree; those that it does not prove are computed from the heads at the end.

import { bytesEqual } from '#base/bytes.ts'
import type { AccountId, Seq } from '#base/ids.ts'
import { MerkleFrontier, verifyConsistency } from '#crypto/merkle.ts'
import type { Disk } from '#platform/disk.ts'
import { LogProofs } from './log-proofs.ts'
import { type Mark, parseMark } from './mark.ts'
import { LogReader } from './reader.ts'
import { type RecordHeader, leafHashOf } from './record.ts'

export type MarkFinding = (kind: 'mark' | 'marksMissing', seq: number) => void

interface Unproven {
  readonly seq: Seq
  readonly mark: Mark
}

const UNPROVEN_MAX = 10_000

export class MarkVerifier implements Disposable {
  readonly #disk: Disk
  readonly #directory: string
  readonly #account: AccountId
  readonly #proofs: LogProofs
  readonly #found: MarkFinding
  readonly #unproven: Unproven[] = []
  /** Of the first mark. */
  ownerKey: Buffer | null = null
  /** Damage may have taken marks: what is missing then is no sign of anything else. */
  isIncomplete = false
  #next = 0

  constructor(disk: Disk, directory: string, account: AccountId, found: MarkFinding) {
    this.#disk = disk
    this.#directory = directory
    this.#account = account
    this.#proofs = new LogProofs(disk, directory, account)
    this.#found = found
  }

  [Symbol.dispose](): void {
    this.#proofs[Symbol.dispose]()
  }

  /** A mark whose payload is the one that was committed; `root` is that of the tree of the records before it. */
  add({ seq }: RecordHeader, payload: Uint8Array, root: Uint8Array): void {
    const mark = parseMark(payload)
    this.ownerKey ??= mark?.publicKey ?? null
    const isGood = mark !== null && mark.account === this.#account && mark.size <= seq
    if (!isGood || this.ownerKey === null || !bytesEqual(mark.publicKey, this.ownerKey)) return this.#found('mark', seq)
    const proof = this.#proofs.consistency(mark.size, seq)
    if (proof === null || !verifyConsistency(mark.size, seq, mark.root, root, proof)) {
      if (this.#unproven.length < UNPROVEN_MAX) this.#unproven.push({ seq, mark })
    }
    // A lower number lost a race with another mark: it is right, and counts for nothing.
    if (mark.number > this.#next && !this.isIncomplete) this.#found('marksMissing', seq)
    this.#next = Math.max(this.#next, mark.number + 1)
  }

  /** A record that is or may be a mark, and cannot be read. */
  unreadable(): void {
    this.isIncomplete = true
  }

  /** After the last record. */
  finish(): void {
    if (this.#unproven.length === 0) return
    const waiting = [...this.#unproven].sort((a, b) => a.mark.size - b.mark.size)
    const frontier = new MerkleFrontier()
    using reader = new LogReader(this.#disk, this.#directory, this.#account)
    for (const record of reader.records({ seq: 0 as Seq, location: null })) {
      this.#settle(waiting, frontier)
      // The damage is told already, and what the mark says cannot be told from it.
      if (record.headDamage !== null || waiting.length === 0) return
      frontier.append(leafHashOf(record.header))
    }
    this.#settle(waiting, frontier)
  }

  #settle(waiting: Unproven[], frontier: MerkleFrontier): void {
    while (waiting[0]?.mark.size === frontier.size) {
      const { seq, mark } = waiting[0]
      if (!frontier.root().equals(mark.root)) this.#found('mark', seq)
      waiting.shift()
    }
  }
}
