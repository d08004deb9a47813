// What the index of an account knows, from a copy of its files: nothing of the index itself is changed. Only of one that nobody has open.

import type { AccountId } from '#base/ids.ts'
import { AccountIndex } from '#account/account-index.ts'
import { IndexDamagedError, IndexStorageError, removeIndex } from '#account/index-database.ts'
import type { RootSecret } from '#keys/root.ts'
import { type Disk, DiskError, writeAll } from '#platform/disk.ts'
import { PRIVATE_FILE } from './export-target.ts'
import type { SalvageIndex } from './salvage.ts'

const COPIED = ['', '-wal'] as const
const PIECE_BYTES = 4 * 1024 * 1024

export interface IndexCopy extends SalvageIndex, Disposable {}

/** `path` is the index's, `copy` where it is copied to, and removed from when this is disposed. Null if it is of no use. */
export function openIndexCopy(
  disk: Disk,
  path: string,
  copy: string,
  account: AccountId,
  root: RootSecret,
): IndexCopy | null {
  try {
    for (const suffix of COPIED) if (disk.exists(path + suffix)) copyFile(disk, path + suffix, copy + suffix)
    const index = AccountIndex.open(copy, root, account)
    const { journalSeq, chain } = index.position
    return {
      known: { state: index.state, journalSeq, chain, isFiled: (record) => !index.mails.isNew(record) },
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
    if (error instanceof IndexDamagedError || error instanceof IndexStorageError || error instanceof DiskError)
      return null
    throw error
  }
}

function copyFile(disk: Disk, from: string, to: string): void {
  const source = disk.openRead(from)
  const target = disk.openWrite(to, PRIVATE_FILE)
  try {
    const block = Buffer.allocUnsafe(PIECE_BYTES)
    for (let position = 0; ;) {
      const read = source.read(block, position)
      if (read === 0) return
      writeAll(target, block.subarray(0, read), position)
      position += read
    }
  } finally {
    source.close()
    target.close()
  }
}
