// The tree side of a verification: leaf hashes of the records as they are walked, compared with the stored tree, and with every
// checkpoint at its size. Since each root is computed from the log itself, checkpoints that match are consistent with each other.
//
// Where a record's leaf is not the stored one, both trees are followed until the next checkpoint says which was signed.

import type { Seq } from '#base/ids.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
import type { CheckpointFile } from './checkpoint-file.ts'
import { CHECKPOINT_BYTES, type StoredCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import type { ByteRange } from './damage.ts'
import type { FindingKind } from './finding.ts'
import { HASH_BYTES, type StoredTree, TILE_LEVELS } from './tree.ts'

export type Report = (
  kind: FindingKind,
  file: string,
  bytes: ByteRange,
  records?: { readonly from: number; readonly to: number },
) => void

/** Where a record was walked. */
export interface RecordPlace {
  readonly segment: Seq
  readonly end: number
  readonly time: number
  /** Name of the file, and the record's head in it. */
  readonly file: string
  readonly head: ByteRange
}

const TILE_WIDTH = 2 ** TILE_LEVELS
const BLOCK_HASHES = 256
/** Records between two checkpoints that are named one by one. */
const MAX_SUSPECTS = 1000

export class TreeVerifier {
  readonly #tree: StoredTree
  readonly #checkpoints: CheckpointFile
  readonly #publicKey: Uint8Array
  readonly #report: Report
  readonly #checkpointCount: number
  /** What is stored up to this size is complete; beyond, the ledger may be writing. */
  readonly #storedSize: number
  readonly #blocks: { readonly first: number; readonly hashes: Buffer }[] = []
  #frontier = new MerkleFrontier()
  /** With the stored leaves, where those of the records are others. */
  #storedFrontier: MerkleFrontier | null = null
  #suspects: { readonly seq: number; readonly place: RecordPlace }[] = []
  #next = 0
  #previousSize = 0
  verifiedCheckpoints = 0

  constructor(
    parts: {
      readonly tree: StoredTree
      readonly checkpoints: CheckpointFile
      readonly publicKey: Uint8Array
    },
    report: Report,
  ) {
    this.#tree = parts.tree
    this.#checkpoints = parts.checkpoints
    this.#publicKey = parts.publicKey
    this.#report = report
    // Before any record is read, so that what they cover is there.
    this.#checkpointCount = parts.checkpoints.count
    this.#storedSize = parts.checkpoints.at(this.#checkpointCount - 1)?.size ?? 0
  }

  get size(): number {
    return this.#frontier.size
  }

  get root(): Buffer {
    return this.#frontier.root()
  }

  /** What was signed of the log when the verification began. */
  get signedSize(): number {
    return this.#storedSize
  }

  /** The next record's leaf. */
  add(leaf: Buffer, place: RecordPlace): void {
    const seq = this.size
    const stored = this.#storedHash(0, seq)
    if (stored === null && seq < this.#storedSize) {
      this.#report('treeHash', 'tree/0', hashRange(seq), { from: seq, to: seq + 1 })
    }
    if (stored !== null && !stored.equals(leaf)) {
      this.#storedFrontier ??= this.#frontier.copy()
      if (this.#suspects.length < MAX_SUSPECTS) this.#suspects.push({ seq, place })
    }
    this.#storedFrontier?.append(stored ?? leaf)
    this.#append(leaf)
    this.#checkCheckpoints(place)
  }

  /** A record whose head cannot be read. Returns false if the stored tree does not have its leaf, either. */
  addStored(): boolean {
    const stored = this.#storedHash(0, this.size)
    const leaf = stored ?? Buffer.alloc(HASH_BYTES)
    this.#storedFrontier?.append(leaf)
    this.#append(leaf)
    this.#checkCheckpoints(null)
    return stored !== null
  }

  /** After the last record. */
  finish(): void {
    this.#blameStored()
    let signed = this.size
    for (; this.#next < this.#checkpointCount; this.#next++) {
      signed = Math.max(signed, this.#read(this.#next)?.size ?? 0)
    }
    if (signed > this.size) {
      this.#report('missingRecords', 'segments', { start: 0, end: 0 }, { from: this.size, to: signed })
    }
  }

  #append(leaf: Buffer): void {
    this.#frontier.append(leaf, (level, index, hash) => {
      // Leaves may be right where the stored ones are not, or the other way round: a checkpoint will tell.
      if (level > 0 && level % TILE_LEVELS === 0) this.#compare(level / TILE_LEVELS, index, hash)
    })
  }

  #compare(level: number, index: number, hash: Uint8Array): void {
    if ((index + 1) * TILE_WIDTH ** level > this.#storedSize) return
    if (this.#storedHash(level, index)?.equals(hash) !== true) {
      this.#report('treeHash', `tree/${level}`, hashRange(index))
    }
  }

  #storedHash(level: number, index: number): Buffer | null {
    let block = this.#blocks[level]
    if (block === undefined || index < block.first || (index - block.first) * HASH_BYTES >= block.hashes.length) {
      block = { first: index, hashes: this.#tree.hashes(level, index, BLOCK_HASHES) }
      this.#blocks[level] = block
    }
    const at = (index - block.first) * HASH_BYTES
    return at + HASH_BYTES <= block.hashes.length ? block.hashes.subarray(at, at + HASH_BYTES) : null
  }

  /** Checkpoints of the tree as it is now. */
  #checkCheckpoints(place: RecordPlace | null): void {
    for (; this.#next < this.#checkpointCount; this.#next++) {
      const entry = this.#read(this.#next)
      if (entry === null) continue
      if (entry.size > this.size) return
      this.#checkOne(entry, entryRange(this.#next), place)
      this.#previousSize = entry.size
    }
  }

  /** Null, and told, if the entry is none. An entry is read again until its size is reached. */
  #read(index: number): StoredCheckpoint | null {
    if (this.#current?.index === index) return this.#current.entry
    const entry = this.#checkpoints.at(index)
    const good = entry !== null && verifyCheckpoint(entry, this.#publicKey) ? entry : null
    if (good === null) this.#report('checkpointSignature', 'checkpoints', entryRange(index))
    this.#current = { index, entry: good }
    return good
  }

  #current: { readonly index: number; readonly entry: StoredCheckpoint | null } | null = null

  #checkOne(entry: StoredCheckpoint, bytes: ByteRange, place: RecordPlace | null): void {
    const records = { from: this.#previousSize, to: entry.size }
    const inOrder = entry.size === this.size && entry.size > this.#previousSize
    const placed =
      place === null || (entry.segment === place.segment && entry.end === place.end && entry.time === place.time)
    if (!inOrder || !placed) this.#report('checkpointOrder', 'checkpoints', bytes)
    if (entry.size !== this.size) return
    if (this.#frontier.root().equals(entry.root)) {
      this.verifiedCheckpoints++
      this.#blameStored()
    } else if (this.#storedFrontier?.root().equals(entry.root) === true) {
      this.verifiedCheckpoints++
      for (const { seq, place } of this.#suspects) {
        this.#report('forgedHeader', place.file, place.head, { from: seq, to: seq + 1 })
      }
      // From here on the tree that was signed is the one to follow.
      this.#frontier = this.#storedFrontier
    } else {
      this.#report('checkpointRoot', 'checkpoints', bytes, records)
    }
    this.#storedFrontier = null
    this.#suspects = []
  }

  /** The records are those that were signed: what is stored otherwise is wrong. */
  #blameStored(): void {
    for (const { seq } of this.#suspects) {
      this.#report('treeHash', 'tree/0', hashRange(seq), { from: seq, to: seq + 1 })
    }
    this.#suspects = []
  }
}

function hashRange(index: number): ByteRange {
  return { start: index * HASH_BYTES, end: (index + 1) * HASH_BYTES }
}

function entryRange(index: number): ByteRange {
  return { start: index * CHECKPOINT_BYTES, end: (index + 1) * CHECKPOINT_BYTES }
}
