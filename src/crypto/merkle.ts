// The Merkle tree of RFC 9162 §2.1 over SHA-256, as a log uses it: appended to through its frontier, proven from stored
// hashes of complete subtrees. Tree sizes are up to 2^53 - 1, so halves are taken by division and not by shifts.
//
// Whoever verifies trusts nothing that it is given: proofs of the wrong length or with hashes of the wrong length, and sizes
// that are not whole numbers, do not verify and do not throw.

import { bytesEqual } from '#base/bytes.ts'
import { sha256 } from './hash.ts'

const HASH_LENGTH = 32
/** RFC 9162 §2.1.1: what the hashes of leaves and of nodes begin with. */
const LEAF = 0
const NODE = 1
/** Where a hash's input is put together: one call on one buffer takes a third of the time of one on several. */
const nodeInput = Buffer.alloc(1 + 2 * HASH_LENGTH, NODE)
const leafInput = Buffer.alloc(512, LEAF)

/** Of the tree without leaves. RFC 9162 §2.1.1. */
export const EMPTY_ROOT: Uint8Array = sha256(new Uint8Array(0))

export function leafHash(entry: Uint8Array): Buffer {
  if (entry.length >= leafInput.length) return sha256(Buffer.of(LEAF), entry)
  leafInput.set(entry, 1)
  return sha256(leafInput.subarray(0, 1 + entry.length))
}

export function nodeHash(left: Uint8Array, right: Uint8Array): Buffer {
  nodeInput.set(left, 1)
  nodeInput.set(right, 1 + HASH_LENGTH)
  return sha256(nodeInput)
}

/** What is stored of a tree. */
export interface SubtreeHashes {
  /**
   * The root of the complete subtree over the 2^level leaves from index · 2^level on; level 0 has the leaf hashes. Asked only
   * for subtrees that are complete at the size in question.
   */
  hash(level: number, index: number): Uint8Array
}

/** The roots of the complete subtrees that a tree consists of: enough to append and to tell the root. */
export class MerkleFrontier {
  /** By level; defined where the binary digit of `size` is 1. */
  readonly #peaks: (Uint8Array | undefined)[] = []
  #size = 0

  static fromLeaves(leafHashes: Iterable<Uint8Array>): MerkleFrontier {
    const frontier = new MerkleFrontier()
    for (const hash of leafHashes) frontier.append(hash)
    return frontier
  }

  static fromSubtrees(size: number, subtrees: SubtreeHashes): MerkleFrontier {
    const frontier = new MerkleFrontier()
    for (let level = 0, left = size; left > 0; level++, left = Math.floor(left / 2)) {
      // The last complete subtree of this level, where it is not one half of a complete one above.
      frontier.#peaks[level] = left % 2 === 1 ? Uint8Array.from(subtrees.hash(level, left - 1)) : undefined
    }
    frontier.#size = size
    return frontier
  }

  /** Reads `encode`'s bytes back; null if they are not of a tree of that size. */
  static decode(size: number, bytes: Uint8Array): MerkleFrontier | null {
    const frontier = new MerkleFrontier()
    let at = 0
    for (let level = 0, left = size; left > 0; level++, left = Math.floor(left / 2)) {
      if (left % 2 === 0) continue
      frontier.#peaks[level] = Uint8Array.from(bytes.subarray(at, at + HASH_LENGTH))
      at += HASH_LENGTH
    }
    frontier.#size = size
    return at === bytes.length ? frontier : null
  }

  get size(): number {
    return this.#size
  }

  /** Its roots, from the narrowest subtree to the widest, one after the other: with the size, all that there is to it. */
  encode(): Buffer {
    return Buffer.concat(this.#peaks.filter((peak) => peak !== undefined))
  }

  /** `completed` hears of every subtree that this leaf completes, from the leaf (level 0) upwards. */
  append(leafHash: Uint8Array, completed?: (level: number, index: number, hash: Uint8Array) => void): void {
    let hash: Uint8Array = Uint8Array.from(leafHash)
    let index = this.#size
    let level = 0
    completed?.(level, index, hash)
    for (; index % 2 === 1; level++) {
      hash = nodeHash(this.#peaks[level] as Uint8Array, hash)
      this.#peaks[level] = undefined
      index = (index - 1) / 2
      completed?.(level + 1, index, hash)
    }
    this.#peaks[level] = hash
    this.#size++
  }

  root(): Buffer {
    let root: Uint8Array | undefined
    for (const peak of this.#peaks) {
      if (peak !== undefined) root = root === undefined ? peak : nodeHash(peak, root)
    }
    return Buffer.from(root ?? EMPTY_ROOT)
  }

  /** Another one of the same tree, so that leaves can be tried before they are certain. */
  copy(): MerkleFrontier {
    const frontier = new MerkleFrontier()
    frontier.#peaks.push(...this.#peaks)
    frontier.#size = this.#size
    return frontier
  }
}

/** That leaf `index` is in the tree of `size` leaves: hashes from the leaf's sibling to the root's child. RFC 9162 §2.1.3.1. */
export function inclusionProof(index: number, size: number, subtrees: SubtreeHashes): Uint8Array[] {
  if (!isSize(size) || !isSize(index) || index >= size) throw new RangeError('no such leaf')
  const fromTheTop: Uint8Array[] = []
  for (let start = 0, end = size; end - start > 1;) {
    const middle = start + largestPowerBelow(end - start)
    if (index < middle) {
      fromTheTop.push(rangeRoot(middle, end, subtrees))
      end = middle
    } else {
      fromTheTop.push(rangeRoot(start, middle, subtrees))
      start = middle
    }
  }
  return fromTheTop.reverse()
}

/** RFC 9162 §2.1.3.2. */
export function verifyInclusion(
  index: number,
  size: number,
  leafHash: Uint8Array,
  proof: readonly Uint8Array[],
  root: Uint8Array,
): boolean {
  if (!isSize(size) || !isSize(index) || index >= size || leafHash.length !== HASH_LENGTH) return false
  let hash = leafHash
  let position = index
  let last = size - 1
  for (const sibling of proof) {
    if (last === 0 || sibling.length !== HASH_LENGTH) return false
    if (position % 2 === 1 || position === last) {
      hash = nodeHash(sibling, hash)
      // At the right edge, levels without a sibling are passed over.
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      hash = nodeHash(hash, sibling)
    }
    position = half(position)
    last = half(last)
  }
  return last === 0 && bytesEqual(hash, root)
}

/** That the tree of `newSize` leaves begins with the tree of `oldSize`; empty if that is 0 or the same. RFC 9162 §2.1.4.1. */
export function consistencyProof(oldSize: number, newSize: number, subtrees: SubtreeHashes): Uint8Array[] {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize) throw new RangeError('no such trees')
  if (oldSize === 0) return []
  const fromTheTop: Uint8Array[] = []
  let start = 0
  let end = newSize
  while (end !== oldSize) {
    const middle = start + largestPowerBelow(end - start)
    if (oldSize <= middle) {
      fromTheTop.push(rangeRoot(middle, end, subtrees))
      end = middle
    } else {
      fromTheTop.push(rangeRoot(start, middle, subtrees))
      start = middle
    }
  }
  // The verifier has the root of the old tree; of another subtree in common it has to be told.
  if (start > 0) fromTheTop.push(rangeRoot(start, end, subtrees))
  return fromTheTop.reverse()
}

/** RFC 9162 §2.1.4.2. Every tree continues the empty one. */
export function verifyConsistency(
  oldSize: number,
  newSize: number,
  oldRoot: Uint8Array,
  newRoot: Uint8Array,
  proof: readonly Uint8Array[],
): boolean {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize > newSize || newRoot.length !== HASH_LENGTH) return false
  if (oldSize === 0) return proof.length === 0 && bytesEqual(oldRoot, EMPTY_ROOT)
  if (oldSize === newSize) return proof.length === 0 && bytesEqual(oldRoot, newRoot)
  let position = oldSize - 1
  let last = newSize - 1
  while (position % 2 === 1) [position, last] = [half(position), half(last)]
  // A tree of 2^k leaves is itself the first subtree in common.
  const hashes = position === 0 ? [oldRoot, ...proof] : proof
  const [first, ...rest] = hashes
  if (first === undefined || hashes.some((hash) => hash.length !== HASH_LENGTH)) return false
  let oldHash = first
  let newHash = first
  for (const hash of rest) {
    if (last === 0) return false
    if (position % 2 === 1 || position === last) {
      oldHash = nodeHash(hash, oldHash)
      newHash = nodeHash(hash, newHash)
      while (position % 2 === 0 && position !== 0) [position, last] = [half(position), half(last)]
    } else {
      newHash = nodeHash(newHash, hash)
    }
    position = half(position)
    last = half(last)
  }
  return last === 0 && bytesEqual(oldHash, oldRoot) && bytesEqual(newHash, newRoot)
}

function isSize(value: number): boolean {
  return Number.isSafeInteger(value) && value >= 0
}

function half(value: number): number {
  return Math.floor(value / 2)
}

/** The largest power of two less than `value`, which is at least 2. */
function largestPowerBelow(value: number): number {
  let power = 1
  while (power * 2 < value) power *= 2
  return power
}

/** The root over leaves `start` to `end`, where `start` is a multiple of a power of two that is not less than their number. */
function rangeRoot(start: number, end: number, subtrees: SubtreeHashes): Uint8Array {
  const roots: Uint8Array[] = []
  let at = start
  while (at < end) {
    let width = 1
    let level = 0
    for (; width * 2 <= end - at; level++) width *= 2
    roots.push(subtrees.hash(level, at / width))
    at += width
  }
  return roots.reduceRight((right, left) => nodeHash(left, right))
}
