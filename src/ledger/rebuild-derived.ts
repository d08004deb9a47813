// Making again, from the segments, what of an account's files is damaged and can be derived: hashes of the stored tree, copies of slot records, entries of the
// `checkpoints` file. While the ledger goes on: only what the log had when this began is looked at, and only bytes that are wrong are written.
//
// Invariants: nothing is written unless the tree over the records has the root that every good checkpoint says, and at the end the one that the ledger
// itself has; and what is signed are trees of durable records that lead to those, so that no history is invented. An entry of which the tree size cannot
// be told any more is made for another size between its neighbours.

import type { Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { SigningKey } from '#crypto/ed25519.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
import type { AccountState } from './account-state.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import {
  CHECKPOINT_BYTES,
  type StoredCheckpoint,
  encodeCheckpoint,
  signCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts'
import { DamagedRecordError } from './damage.ts'
import type { DamagedRange } from './damage-log.ts'
import { readU53 } from './integer.ts'
import type { OpenContext } from './open-context.ts'
import { LogReader } from './reader.ts'
import { type RecordHeader, encodeHead, leafHashOf, recordBytes } from './record.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { readSlotCopies } from './slots.ts'
import { HASH_BYTES, StoredTree, TILE_LEVELS, treePath } from './tree.ts'

interface RebuiltFile {
  /** Below the account's directory. */
  readonly file: string
  readonly bytes: readonly DamagedRange[]
}

/** Null: what there is contradicts itself, and nothing was written. */
export type Rebuilt = readonly RebuiltFile[] | null

const RECORDS_PER_STEP = 64
const SIGNATURES_PER_STEP = 16
const BLOCK_HASHES = 256
/** More wrong hashes are left for the next time. */
const WRONG_HASHES_MAX = 100_000

/** Throws DiskError: then a part was written, which was right. */
export function* rebuildDerived(context: OpenContext, key: SigningKey, state: AccountState): Steps<Rebuilt> {
  const tree = new StoredTree(context.disk, state.paths.tree)
  const reader = new LogReader(context.disk, context.directory, state.id)
  try {
    return yield* new Rebuild(context, key, state, tree, reader).run()
  } finally {
    tree.close()
    reader[Symbol.dispose]()
  }
}

interface WrongHash {
  readonly level: number
  readonly index: number
  readonly hash: Uint8Array
}

class Rebuild {
  readonly #context: OpenContext
  readonly #key: SigningKey
  readonly #state: AccountState
  readonly #tree: StoredTree
  readonly #reader: LogReader
  /** Of the log when this began. */
  readonly #size: number
  readonly #frontier = new MerkleFrontier()
  readonly #blocks: { readonly first: number; readonly hashes: Buffer }[] = []
  readonly #wrong: WrongHash[] = []
  /** Good entries, by tree size, and indexes of those that have to be made for a size. */
  readonly #good = new Map<number, Buffer>()
  readonly #wanted = new Map<number, number>()
  readonly #made: { readonly index: number; readonly entry: StoredCheckpoint }[] = []
  readonly #slots: Buffer[] = []

  constructor(context: OpenContext, key: SigningKey, state: AccountState, tree: StoredTree, reader: LogReader) {
    this.#context = context
    this.#key = key
    this.#state = state
    this.#tree = tree
    this.#reader = reader
    this.#size = state.settled
  }

  *run(): Steps<Rebuilt> {
    const root = this.#state.committed.size === this.#size ? this.#state.frontier.root() : null
    yield* this.#readCheckpoints()
    if (!(yield* this.#walk())) return null
    if (root !== null && !root.equals(this.#frontier.root())) return null
    return this.#write()
  }

  *#readCheckpoints(): Steps<void> {
    const { paths, id, storedCheckpoints } = this.#state
    const file = new CheckpointFile(this.#context.disk, paths.checkpoints, id)
    try {
      const entries: (StoredCheckpoint | null)[] = []
      for (let index = 0; index < storedCheckpoints; index++) {
        if (index % SIGNATURES_PER_STEP === 0) yield
        const entry = file.at(index)
        entries.push(entry !== null && verifyCheckpoint(entry, this.#context.publicKey) ? entry : null)
      }
      let previous = 0
      for (const [index, entry] of entries.entries()) {
        const following = entries.slice(index + 1).find((other) => other !== null)?.size ?? this.#size + 1
        const size = entry?.size ?? this.#sizeFor(file, index, previous, following)
        if (entry === null) this.#wanted.set(size, index)
        else this.#good.set(size, entry.root)
        previous = size
      }
    } finally {
      file.close()
    }
  }

  /** The tree size that a damaged entry still says, if it can be. */
  #sizeFor(file: CheckpointFile, index: number, previous: number, following: number): number {
    const size = readU53(file.bytesAt(index), 0)
    return size !== null && size > previous && size < following ? size : previous + 1
  }

  /** False if the log is not the one that was signed, or cannot be read far enough. */
  *#walk(): Steps<boolean> {
    if (this.#size === 0) return true
    let records = 0
    let segment = 0 as Seq
    let droppedBytes = 0
    const from = { seq: 0 as Seq, location: { segment: 0 as Seq, offset: SEGMENT_HEAD_BYTES } }
    for (const record of this.#reader.records(from)) {
      if (record.headDamage === null) {
        const { header, location, state } = record
        if (header.seq !== this.#frontier.size) return false
        if (header.kind === 'slot' && state === 'present') this.#takeSlot(header, location)
        if (location.segment !== segment) droppedBytes = 0
        segment = location.segment
        if (state === 'dropped') droppedBytes += header.payloadLength
        // Where it ended when it was written.
        const place = { time: header.time, segment, end: location.offset + recordBytes(header, state) + droppedBytes }
        if (!this.#append(leafHashOf(header), place)) return false
      } else {
        for (let seq = record.headDamage.from; seq < record.headDamage.to; seq++) {
          const leaf = this.#tree.leaf(seq)
          if (leaf === null || !this.#append(leaf, null)) return false
        }
      }
      if (this.#frontier.size >= this.#size) return this.#frontier.size === this.#size
      if (++records % RECORDS_PER_STEP === 0) yield
    }
    return false
  }

  #append(leaf: Uint8Array, place: Pick<StoredCheckpoint, 'time' | 'segment' | 'end'> | null): boolean {
    this.#frontier.append(leaf, (level, index, hash) => {
      if (level % TILE_LEVELS === 0) this.#compare(level / TILE_LEVELS, index, hash)
    })
    const { size } = this.#frontier
    const signed = this.#good.get(size)
    if (signed !== undefined && !signed.equals(this.#frontier.root())) return false
    const index = this.#wanted.get(size)
    if (index !== undefined && place !== null) {
      const root = this.#frontier.root()
      const checkpoint = signCheckpoint(this.#key, { account: this.#state.id, size, root, time: place.time })
      this.#made.push({ index, entry: { ...checkpoint, segment: place.segment, end: place.end } })
    }
    return true
  }

  #compare(level: number, index: number, hash: Uint8Array): void {
    let block = this.#blocks[level]
    if (block === undefined || index < block.first || index >= block.first + BLOCK_HASHES) {
      const first = index - (index % BLOCK_HASHES)
      block = { first, hashes: this.#tree.hashes(level, first, BLOCK_HASHES) }
      this.#blocks[level] = block
    }
    const at = (index - block.first) * HASH_BYTES
    const stored = block.hashes.subarray(at, at + HASH_BYTES)
    if (!stored.equals(hash) && this.#wrong.length < WRONG_HASHES_MAX) this.#wrong.push({ level, index, hash })
  }

  /** From the log, or else from its copy. */
  #takeSlot(header: RecordHeader, location: { readonly segment: Seq; readonly offset: number }): void {
    const head = encodeHead(header)
    let payload: Buffer | undefined
    try {
      payload = this.#reader.readPayload(location, header)
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw error
      const copies = readSlotCopies(this.#context.disk, this.#state.paths, this.#state.id)
      payload = copies?.records.find((copy) => encodeHead(copy.header).equals(head))?.payload
    }
    if (payload !== undefined) this.#slots.push(Buffer.concat([head, payload]))
  }

  #write(): RebuiltFile[] {
    return [...this.#writeTree(), ...this.#writeCheckpoints(), ...this.#writeSlots()]
  }

  #writeTree(): RebuiltFile[] {
    const { disk } = this.#context
    const { paths } = this.#state
    if (this.#wrong.length > 0 && !disk.exists(paths.tree)) {
      disk.makeDirectory(paths.tree)
      this.#context.touchedDirectory(paths.directory)
    }
    const byLevel = Map.groupBy(this.#wrong, ({ level }) => level)
    return [...byLevel].map(([level, hashes]) => {
      const path = treePath(paths.tree, level)
      this.#context.touchedDirectory(paths.tree)
      this.#prepare(path)
      for (const run of runsOf(hashes)) this.#context.files.write(path, run.bytes, run.first * HASH_BYTES)
      return {
        file: `tree/${level}`,
        bytes: rangesOf(
          hashes.map(({ index }) => index * HASH_BYTES),
          HASH_BYTES,
        ),
      }
    })
  }

  #writeCheckpoints(): RebuiltFile[] {
    const { paths } = this.#state
    if (this.#made.length === 0) return []
    this.#prepare(paths.checkpoints)
    for (const { index, entry } of this.#made) {
      this.#context.files.write(paths.checkpoints, encodeCheckpoint(entry), index * CHECKPOINT_BYTES)
    }
    const starts = this.#made.map(({ index }) => index * CHECKPOINT_BYTES)
    return [{ file: 'checkpoints', bytes: rangesOf(starts, CHECKPOINT_BYTES) }]
  }

  /** Only while no slot record can have come since. */
  #writeSlots(): RebuiltFile[] {
    const { paths, id } = this.#state
    const { files } = this.#context
    if (this.#state.committed.size !== this.#size) return []
    const expected = Buffer.concat(this.#slots)
    const copies = readSlotCopies(this.#context.disk, paths, id)
    const stored = Buffer.concat(
      copies?.records.map(({ header, payload }) => [encodeHead(header), payload]).flat() ?? [],
    )
    if (copies?.whole === true && stored.equals(expected)) return []
    this.#context.touchedDirectory(paths.directory)
    this.#prepare(paths.slots)
    files.write(paths.slots, expected, 0)
    files.truncate(paths.slots, expected.length)
    this.#state.slotsBytes = expected.length
    return [
      { file: 'slots', bytes: [{ start: 0, end: expected.length, kind: copies === null ? 'missing' : 'changed' }] },
    ]
  }

  /** Before a file is written. One that was removed under the ledger's hands is another than the one it has open. */
  #prepare(path: string): void {
    const { disk, files } = this.#context
    if (!disk.exists(path) && !files.isBusy(path)) {
      files.forget(path)
      this.#context.touchedDirectory(this.#state.paths.directory)
    }
    this.#context.touched(path)
  }
}

/** Hashes that follow each other are written at once: a block that cannot be read can only be written whole. */
function runsOf(hashes: readonly WrongHash[]): { readonly first: number; readonly bytes: Buffer }[] {
  const runs: { readonly first: number; readonly hashes: Uint8Array[] }[] = []
  for (const { index, hash } of hashes.toSorted((a, b) => a.index - b.index)) {
    const last = runs.at(-1)
    if (last !== undefined && last.first + last.hashes.length === index) last.hashes.push(hash)
    else runs.push({ first: index, hashes: [hash] })
  }
  return runs.map((run) => ({ first: run.first, bytes: Buffer.concat(run.hashes) }))
}

function rangesOf(starts: readonly number[], bytes: number): DamagedRange[] {
  const ranges: DamagedRange[] = []
  for (const start of starts.toSorted((a, b) => a - b)) {
    const last = ranges.at(-1)
    if (last?.end === start) ranges[ranges.length - 1] = { ...last, end: start + bytes }
    else ranges.push({ start, end: start + bytes, kind: 'changed' })
  }
  return ranges
}
