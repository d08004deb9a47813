// The stored Merkle tree of an account: docs/formats/ledger.md §6. `tree/0` has the leaf hashes, `tree/k` the roots of
// complete subtrees of 256^k leaves, so that any subtree's hash takes at most 255 hashes of one 8 KiB read.
//
// What is read here is believed only as far as a signed checkpoint has the same root.

import { type MerkleFrontier, type SubtreeHashes, nodeHash } from '#crypto/merkle.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import type { OpenContext } from './open-context.ts'
import { openReadOrNull } from './open-files.ts'

export const HASH_BYTES = 32
/** A file of the tree has every eighth level: the roots of subtrees 256 times as wide as the file before. */
export const TILE_LEVELS = 8

export function treePath(treeDirectory: string, level: number): string {
  return `${treeDirectory}/${level}`
}

/** The root of a complete subtree whose 2^n hashes are in `hashes`, which is overwritten. */
function foldHashes(hashes: Buffer): Buffer {
  let length = hashes.length
  while (length > HASH_BYTES) {
    let to = 0
    for (let from = 0; from < length; from += 2 * HASH_BYTES) {
      const left = hashes.subarray(from, from + HASH_BYTES)
      const right = hashes.subarray(from + HASH_BYTES, from + 2 * HASH_BYTES)
      nodeHash(left, right).copy(hashes, to)
      to += HASH_BYTES
    }
    length = to
  }
  return Buffer.from(hashes.subarray(0, HASH_BYTES))
}

/** Hashes that appended leaves complete, by level of the files: each level's are consecutive. */
export class TreeGrowth {
  readonly #levels: { readonly first: number; readonly hashes: Uint8Array[] }[] = []

  /** Appends a leaf to the frontier and keeps what is to be stored for it. */
  append(frontier: MerkleFrontier, leaf: Uint8Array): void {
    frontier.append(leaf, this.#completed)
  }

  readonly #completed = (level: number, index: number, hash: Uint8Array): void => {
    if (level % TILE_LEVELS !== 0) return
    const fileLevel = level / TILE_LEVELS
    const stored = (this.#levels[fileLevel] ??= { first: index, hashes: [] })
    stored.hashes.push(hash)
  }

  /** Writes them to their places. Can be repeated. */
  write(context: OpenContext, treeDirectory: string): void {
    for (const [level, { first, hashes }] of this.#levels.entries()) {
      if (first === 0) {
        context.disk.makeDirectory(treeDirectory)
        context.touchedDirectory(treeDirectory)
      }
      const path = treePath(treeDirectory, level)
      const only = hashes.length === 1 ? hashes[0] : undefined
      context.touched(path)
      context.files.write(path, only ?? Buffer.concat(hashes), first * HASH_BYTES)
    }
  }
}

/** The tree as it is on disk, for reading. A hash that is not there is null. */
export class StoredTree implements SubtreeHashes {
  readonly #disk: Disk
  readonly #directory: string
  readonly #levels: (DiskFile | null)[] = []

  constructor(disk: Disk, treeDirectory: string) {
    this.#disk = disk
    this.#directory = treeDirectory
  }

  /** Number of leaf hashes. */
  get size(): number {
    return Math.floor((this.#level(0)?.size() ?? 0) / HASH_BYTES)
  }

  leaf(seq: number): Buffer | null {
    return this.#read(0, seq, 1)
  }

  /** Hashes `first` to `first + count - 1` of a level: as many as there are. */
  hashes(level: number, first: number, count: number): Buffer {
    const buffer = Buffer.alloc(count * HASH_BYTES)
    const read = this.#level(level)?.read(buffer, first * HASH_BYTES) ?? 0
    return buffer.subarray(0, Math.floor(read / HASH_BYTES) * HASH_BYTES)
  }

  /** Throws MissingHashError where the files end too early. */
  hash(level: number, index: number): Buffer {
    const tileLevel = Math.floor(level / TILE_LEVELS)
    const count = 2 ** (level % TILE_LEVELS)
    const hashes = this.#read(tileLevel, index * count, count)
    if (hashes === null) throw new MissingHashError(`tree/${tileLevel} has no hash ${index * count + count - 1}`)
    return foldHashes(hashes)
  }

  close(): void {
    for (const file of this.#levels) file?.close()
    this.#levels.length = 0
  }

  #read(level: number, first: number, count: number): Buffer | null {
    const hashes = this.hashes(level, first, count)
    return hashes.length === count * HASH_BYTES ? hashes : null
  }

  #level(level: number): DiskFile | null {
    // Looked for again while it is missing: it may have been created since.
    return (this.#levels[level] ??= openReadOrNull(this.#disk, treePath(this.#directory, level)))
  }
}

export class MissingHashError extends Error {
  override name = 'MissingHashError'
}
