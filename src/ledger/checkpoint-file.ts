// Reading an account's `checkpoints` file: docs/formats/ledger.md §7. Entries have one size and increasing tree sizes, so that
// the one for a record is found by halving.

import type { AccountId } from '#base/ids.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { CHECKPOINT_BYTES, type StoredCheckpoint, decodeCheckpoint } from './checkpoint.ts'
import { openReadOrNull } from './open-files.ts'

/** What the last entry says that there is of the account's log; 0 if it says nothing. */
export function storedSize(disk: Disk, path: string, account: AccountId): number {
  const checkpoints = new CheckpointFile(disk, path, account)
  try {
    return checkpoints.at(checkpoints.count - 1)?.size ?? 0
  } finally {
    checkpoints.close()
  }
}

export class CheckpointFile {
  readonly #account: AccountId
  readonly #file: DiskFile | null

  /** A missing file is one without entries. */
  constructor(disk: Disk, path: string, account: AccountId) {
    this.#account = account
    this.#file = openReadOrNull(disk, path)
  }

  /** Whole entries, good or bad. */
  get count(): number {
    return Math.floor((this.#file?.size() ?? 0) / CHECKPOINT_BYTES)
  }

  /** Null if the entry is not there or cannot be one. */
  at(index: number): StoredCheckpoint | null {
    const entry = Buffer.alloc(CHECKPOINT_BYTES)
    if (index < 0 || this.#file?.read(entry, index * CHECKPOINT_BYTES) !== CHECKPOINT_BYTES) return null
    return decodeCheckpoint(this.#account, entry)
  }

  /** As they are; zeros where the file ends. */
  bytesAt(index: number): Buffer {
    const entry = Buffer.alloc(CHECKPOINT_BYTES)
    this.#file?.read(entry, index * CHECKPOINT_BYTES)
    return entry
  }

  /** Index of the last entry for a tree of at most `size` records, or -1. Entries that are damaged may hide others. */
  lastUpTo(size: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const entry = this.at(middle)
      if (entry !== null && entry.size <= size) low = middle + 1
      else high = middle
    }
    return low - 1
  }

  close(): void {
    this.#file?.close()
  }
}
