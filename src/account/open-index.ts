// Finding or making the index of an account. One that is missing, damaged, of another version or of another log is made again beside
// its place, and takes that place when it is complete: until then an old one stays, and what was made so far is gone on with if the
// work is cut short.

import path from 'node:path'
import type { RootSecret } from '#keys/root.ts'
import { AccountIndex } from './account-index.ts'
import { type CatchUpParts, catchUp, checkContinuity } from './catch-up.ts'
import { IndexDamagedError, removeIndex, renameIndex } from './index-database.ts'
import { systemDisk } from '#platform/disk.ts'

export interface IndexParts extends Omit<CatchUpParts, 'index'> {
  readonly root: RootSecret
  readonly indexDirectory: string
  /** An index was there, and was of no use. */
  readonly discarded?: (() => void) | undefined
}

function indexPath({ indexDirectory, reader }: IndexParts): string {
  return path.join(indexDirectory, `${reader.account}.index`)
}

/** The account's index, up to date with what can be read of the log. Throws JournalDamagedError, IndexBusyError, IndexStorageError. */
export async function openIndex(parts: IndexParts): Promise<AccountIndex> {
  systemDisk.makeDirectory(parts.indexDirectory)
  const file = indexPath(parts)
  const exists = systemDisk.exists(file)
  const current = exists ? await openCurrent(parts, file) : null
  if (current !== null) return current
  if (exists) parts.discarded?.()
  await buildIndex(parts, file)
  // Records may have come while it was made.
  return (await openCurrent(parts, file)) ?? fail()
}

function fail(): never {
  throw new IndexDamagedError('an index that was just made is of no use')
}

/** Makes the index again from the log, from the first record. The account is not open. */
export async function rebuildIndex(parts: IndexParts): Promise<void> {
  systemDisk.makeDirectory(parts.indexDirectory)
  await buildIndex(parts, indexPath(parts))
}

/** Null if what is there is of no use. */
async function openCurrent(parts: IndexParts, file: string): Promise<AccountIndex | null> {
  let index: AccountIndex | null = null
  try {
    index = AccountIndex.open(file, parts.root, parts.reader.account)
    checkContinuity(index, parts.reader)
    await catchUp({ ...parts, index })
    return index
  } catch (error) {
    index?.[Symbol.dispose]()
    if (error instanceof IndexDamagedError) return null
    throw error
  }
}

async function buildIndex(parts: IndexParts, file: string): Promise<void> {
  const building = `${file}.building`
  // What an earlier attempt left, if it is good for anything.
  let index = systemDisk.exists(building) ? await openCurrent(parts, building) : null
  if (index === null) {
    removeIndex(building)
    index = (await openCurrent(parts, building)) ?? fail()
  }
  index[Symbol.dispose]()
  renameIndex(building, file)
}
