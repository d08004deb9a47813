// What the index of an account knows, from a copy of its files: nothing of the index itself is changed. Only of one that nobody has open.

import type { AccountId } from '#base/ids.ts'
import { AccountIndex } from '#account/account-index.ts'
import { IndexDamagedError } from '#account/index-database.ts'
import { removeIndex } from '#account/index-file.ts'
import type { RootSecret } from '#keys/root.ts'
import { type Disk, DiskError, writeAll } from '#platform/disk.ts'
import { PRIVATE_FILE } from './export-target.ts'
import type { SalvageIndex } from './salvage.ts'

const COPIED = ['', '-wal'] as const
const PIECE_BYTES = 4 * 1024 * 1024

export interface IndexCopy extends SalvageIndex, Disposable {}

/**
 * `path` is the index's, `copy` where it is copied to, and removed from when this is disposed. Null if it is of no use. Throws DiskError and
 * IndexStorageError if the copy cannot be written: what an index knows is not left out because a disk is full.
 */
export function openIndexCopy(
  disk: Disk,
  path: string,
  copy: string,
  account: AccountId,
  root: RootSecret,
): IndexCopy | null {
  // What a run that was killed left of another one: SQLite would take its journal for this one's.
  removeIndex(copy, disk)
  try {
    for (const suffix of COPIED) {
      if (!disk.exists(path + suffix) || copyFile(disk, path + suffix, copy + suffix)) continue
      removeIndex(copy, disk)
      return null
    }
    const index = AccountIndex.open(copy, root, account)
    const { journalSeq, chain } = index.position
    return {
      known: {
        state: index.state,
        journalSeq,
        chain,
        isFiled: (record) => index.mails.isMail(record) && !index.mails.isNew(record),
      },
      summary(record) {
        const summary = index.content.summary(record)
        if (summary === null || index.damaged.has(record)) return null
        const [from] = summary.from
        return { subject: summary.subject, from: from?.email ?? '', size: index.mails.sizeOf(record) }
      },
      [Symbol.dispose]() {
        index[Symbol.dispose]()
        removeIndex(copy, disk)
      },
    }
  } catch (error) {
    removeIndex(copy, disk)
    if (error instanceof IndexDamagedError) return null
    throw error
  }
}

/** False if it cannot be read. Throws DiskError if it cannot be written. */
function copyFile(disk: Disk, from: string, to: string): boolean {
  const source = orNull(() => disk.openRead(from))
  if (source === null) return false
  try {
    const target = disk.openWrite(to, PRIVATE_FILE)
    try {
      const block = Buffer.allocUnsafe(PIECE_BYTES)
      for (let position = 0; ;) {
        const read = orNull(() => source.read(block, position))
        if (read === null) return false
        if (read === 0) return true
        writeAll(target, block.subarray(0, read), position)
        position += read
      }
    } finally {
      target.close()
    }
  } finally {
    source.close()
  }
}

function orNull<T>(read: () => T): T | null {
  try {
    return read()
  } catch (error) {
    if (error instanceof DiskError) return null
    throw error
  }
}
