// Walking an account's records forward from a known position, to learn where its log ends and to append their leaves to its
// tree. The stored tree is written again for what was walked.
//
// A damaged head does not stop the walk if the stored tree has its leaf hash. Bytes after the last record are never cut here:
// the segment is taken as closed.

import type { AccountId } from '#base/ids.ts'
import type { MerkleFrontier } from '#crypto/merkle.ts'
import type { StoredCheckpoint } from './checkpoint.ts'
import { AccountDamagedError } from './errors.ts'
import type { OpenContext } from './open-context.ts'
import { openReadOrNull } from './open-files.ts'
import { type AccountPaths, segmentPath } from './paths.ts'
import { leafHashOfHead, recordBytes } from './record.ts'
import { type SegmentStep, scanSegment } from './scan.ts'
import { type Position, SEGMENT_HEAD_BYTES, type SegmentEnd, decodeSegmentHead, usedBytes } from './segment.ts'
import { type StoredTree, TreeGrowth } from './tree.ts'

interface WalkedAccount {
  readonly id: AccountId
  readonly paths: AccountPaths
  readonly segments: readonly number[]
  readonly tree: StoredTree
  readonly position: Position
  readonly frontier: MerkleFrontier
}

export class AccountWalk {
  readonly #context: OpenContext
  readonly #account: WalkedAccount
  readonly frontier: MerkleFrontier
  position: Position
  #growth = new TreeGrowth()
  #signed: StoredCheckpoint | null = null
  /** Of the segment that is walked: positions are those at which it was written. */
  #droppedBytes = 0

  constructor(context: OpenContext, account: WalkedAccount) {
    this.#context = context
    this.#account = account
    this.position = account.position
    this.frontier = account.frontier
  }

  /**
   * To the position before record `target`, or to the end. On the way the tree must have the root of `signed`, and it must come
   * at least as far.
   */
  advance(target: number | null, signed: StoredCheckpoint | null): void {
    this.#signed = signed
    const { id, segments, paths } = this.#account
    const from = this.position.segment?.first ?? 0
    for (const first of segments) {
      if (first < from || this.position.size === target) continue
      this.#enter(first)
      this.#walkSegment(first, target)
      this.#growth.write(this.#context, paths.tree)
      this.#growth = new TreeGrowth()
    }
    if (signed !== null && this.position.size < signed.size) {
      throw new AccountDamagedError(id, `its log has ${this.position.size} records, and ${signed.size} were signed`)
    }
  }

  /** Between segments no record may be missing. */
  #enter(first: number): void {
    const { segment, size } = this.position
    if (segment?.first === first) return
    if (first < size) throw new AccountDamagedError(this.#account.id, `segment ${first} begins before record ${size}`)
    this.#passMissing(size, first)
  }

  #walkSegment(first: number, target: number | null): void {
    const { id, paths, tree } = this.#account
    const file = openReadOrNull(this.#context.disk, segmentPath(paths, first))
    if (file === null) throw new AccountDamagedError(id, `segment ${first} has gone`)
    try {
      const head = Buffer.alloc(SEGMENT_HEAD_BYTES)
      file.read(head, 0)
      const bytesBefore = decodeSegmentHead(head)?.bytesBefore ?? usedBytes(this.position)
      const { segment, size } = this.position
      const offset = segment?.first === first ? segment.end : SEGMENT_HEAD_BYTES
      let end: SegmentEnd = { first: first as SegmentEnd['first'], bytesBefore, end: offset, closed: false }
      this.#droppedBytes = 0
      const steps = scanSegment(file, { account: id, seq: size, offset, leaf: (seq) => tree.leaf(seq) })
      for (const step of steps) {
        if (this.position.size === target) return
        end = this.#take(step, end, target)
      }
    } finally {
      file.close()
    }
  }

  #take(step: SegmentStep, before: SegmentEnd, target: number | null): SegmentEnd {
    switch (step.kind) {
      case 'record': {
        if (step.state === 'dropped') this.#droppedBytes += step.header.payloadLength
        const end = { ...before, end: step.offset + recordBytes(step.header, step.state) + this.#droppedBytes }
        this.#append(leafHashOfHead(step.head))
        this.position = { size: step.header.seq + 1, time: step.header.time, segment: end }
        return end
      }
      case 'damage': {
        this.#passMissing(step.from, step.to)
        const end = { ...before, end: step.end + this.#droppedBytes }
        this.position = { ...this.position, segment: end }
        return end
      }
      case 'end': {
        if (target === null) this.#close(step, before)
        return before
      }
    }
  }

  /** What the journal holds is written over a torn end; without it nothing may be, and the next record begins a segment. */
  #close(step: SegmentStep & { readonly kind: 'end' }, before: SegmentEnd): void {
    if (step.next > before.first) {
      const torn = step.offset < step.size
      this.position = {
        ...this.position,
        segment: torn ? { ...before, end: step.size + this.#droppedBytes, closed: true } : before,
      }
    } else if (this.position.segment !== null) {
      // No record is in it: its file is begun again.
      this.position = { ...this.position, segment: { ...this.position.segment, closed: true } }
    }
  }

  /** Records whose heads cannot be read: the tree goes on only if their leaf hashes are stored. */
  #passMissing(from: number, to: number): void {
    for (let seq = from; seq < to; seq++) {
      const leaf = this.#account.tree.leaf(seq)
      if (leaf === null) throw new AccountDamagedError(this.#account.id, `the head of record ${seq} cannot be read`)
      this.#append(leaf)
    }
    this.position = { ...this.position, size: to }
  }

  #append(leaf: Uint8Array): void {
    this.#growth.append(this.frontier, leaf)
    const signed = this.#signed
    if (signed !== null && this.frontier.size === signed.size && !this.frontier.root().equals(signed.root)) {
      throw new AccountDamagedError(this.#account.id, `its records are not those that were signed at ${signed.size}`)
    }
  }
}
