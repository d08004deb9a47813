// What the ledger has signed of an account's log, and proofs about it (RFC 9162 §2.1) from the stored tree. Read by anybody with permission,
// while the ledger writes.
//
// Nothing that comes from here is believed for coming from here: checkpoints have a signature, proofs lead to a root that one knows.

import type { AccountId } from '#base/ids.ts'
import {
  MerkleFrontier,
  type SubtreeHashes,
  consistencyProof,
  inclusionProof,
  verifyConsistency,
} from '#crypto/merkle.ts'
import type { Disk } from '#platform/disk.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import { type StoredCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { openReadOrNull } from './open-files.ts'
import { type AccountPaths, accountPaths, segmentPath } from './paths.ts'
import { HEAD_BYTES, type Location, type RecordHeader, decodeHead } from './record.ts'
import { readVerifier } from './signing-key.ts'
import { readTolerantly } from './tolerant-read.ts'
import { MissingHashError, StoredTree } from './tree.ts'

export class LogProofs implements Disposable {
  readonly account: AccountId
  readonly #disk: Disk
  readonly #directory: string
  readonly #paths: AccountPaths
  readonly #tree: StoredTree

  /** `directory` is the ledger's. */
  constructor(disk: Disk, directory: string, account: AccountId) {
    this.account = account
    this.#disk = disk
    this.#directory = directory
    this.#paths = accountPaths(directory, account)
    this.#tree = new StoredTree(disk, this.#paths.tree)
  }

  [Symbol.dispose](): void {
    this.#tree.close()
  }

  /** The ledger's public key as its `verifier` file says; null if there is none. */
  publicKey(): Buffer | null {
    return readVerifier(this.#disk, this.#directory)
  }

  /** The last whole checkpoint of a tree of at most `size` records; its signature is the caller's to verify. */
  lastUpTo(size: number): StoredCheckpoint | null {
    return this.#withFile((file) => {
      for (let index = file.lastUpTo(size); index >= 0; index--) {
        const entry = file.at(index)
        if (entry !== null) return entry
      }
      return null
    })
  }

  /** The first whole checkpoint of a tree of at least `size` records. */
  firstFrom(size: number): StoredCheckpoint | null {
    return this.#withFile((file) => {
      for (let index = file.lastUpTo(size - 1) + 1; index < file.count; index++) {
        const entry = file.at(index)
        if (entry !== null && entry.size >= size) return entry
      }
      return null
    })
  }

  /** The newest checkpoint that this key has signed. */
  newest(publicKey: Uint8Array): StoredCheckpoint | null {
    return this.#withFile((file) => {
      for (let index = file.count - 1; index >= 0; index--) {
        const entry = file.at(index)
        if (entry !== null && verifyCheckpoint(entry, publicKey)) return entry
      }
      return null
    })
  }

  /** The root of the tree of `size` records as it is stored; null if it is not. */
  storedRoot(size: number): Buffer | null {
    return this.storedFrontier(size)?.root() ?? null
  }

  storedFrontier(size: number): MerkleFrontier | null {
    return this.#orNull((tree) => MerkleFrontier.fromSubtrees(size, tree))
  }

  storedLeaf(seq: number): Buffer | null {
    return this.#tree.leaf(seq)
  }

  /** That the tree of `newSize` records begins with that of `oldSize`; null if the stored tree has not what it takes. */
  consistency(oldSize: number, newSize: number): Uint8Array[] | null {
    if (oldSize > newSize) return null
    return this.#orNull((tree) => consistencyProof(oldSize, newSize, tree))
  }

  /** That record `seq` is in the tree of `size` records. */
  inclusion(seq: number, size: number): Uint8Array[] | null {
    if (seq >= size) return null
    return this.#orNull((tree) => inclusionProof(seq, size, tree))
  }

  /** Whether the stored tree proves that the one with the later head begins with the earlier. */
  proves(older: { readonly size: number; readonly root: Uint8Array }, newer: typeof older): boolean {
    const proof = this.consistency(older.size, newer.size)
    return proof !== null && verifyConsistency(older.size, newer.size, older.root, newer.root, proof)
  }

  /** The head of a record at a place, whichever record is there; null if none is. */
  headAt({ segment, offset }: Location): RecordHeader | null {
    const file = openReadOrNull(this.#disk, segmentPath(this.#paths, segment))
    if (file === null) return null
    try {
      const bytes = Buffer.alloc(HEAD_BYTES)
      const head = readTolerantly(file, bytes, offset) === HEAD_BYTES ? decodeHead(bytes) : null
      return head?.ok === true && head.value.header.account === this.account ? head.value.header : null
    } finally {
      file.close()
    }
  }

  #orNull<T>(read: (tree: SubtreeHashes) => T): T | null {
    try {
      return read(this.#tree)
    } catch (error) {
      if (error instanceof MissingHashError) return null
      throw error
    }
  }

  #withFile<T>(read: (file: CheckpointFile) => T): T {
    const file = new CheckpointFile(this.#disk, this.#paths.checkpoints, this.account)
    try {
      return read(file)
    } finally {
      file.close()
    }
  }
}
