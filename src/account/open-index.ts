// Finding or making the index of an account. One that is missing, damaged, of another version or of another log is made again beside
// its place, and takes that place when it is complete: until then an old one stays, and what was made so far is gone on with if the
// work is cut short.

import path from 'node:path'
import type { AccountId, Seq } from '#base/ids.ts'
import type { RootSecret } from '#keys/root.ts'
import { AccountIndex } from './account-index.ts'
import type { AccountLog } from './account-log.ts'
import { type CatchUpParts, catchUp } from './catch-up.ts'
import { IndexDamagedError, removeIndex, renameIndex } from './index-database.ts'
import { JournalSealer } from './journal.ts'
import type { LogAlarm } from './log-alarm.ts'
import { LogWitness } from './log-witness.ts'
import { MailReader } from './mail-reader.ts'
import { ownerKeyOf } from './owner-key.ts'
import { witnessPath } from './witness-file.ts'
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

/**
 * Makes the index again from the log, from the first record. Throws IndexBusyError if the account is open, and the signal's reason if
 * that ends the work; the next rebuild then goes on with it.
 */
export async function rebuildIndex(options: RebuildOptions): Promise<void> {
  const { reader, root, ledger, indexDirectory } = options
  systemDisk.makeDirectory(indexDirectory)
  // What was acknowledged a moment ago must not look as if it had gone.
  const watch = await ledger.watch(() => undefined)
  watch[Symbol.dispose]()
  if (watch.size > 0) await ledger.settled((watch.size - 1) as Seq)
  using sealer = new JournalSealer(root, reader.account)
  using mailReader = new MailReader(reader, root.identities())
  const { clock, raised } = options
  using witness = new LogWitness({ reader, clock, indexDirectory, ownerKey: ownerKeyOf(root), raised })
  const parts = { ...options, sealer, mailReader, witness }
  const file = indexPath(parts)
  assertNotInUse(file, parts)
  await buildIndex(parts, file)
  await witness.saved()
}

export interface RebuildOptions extends Omit<IndexParts, 'sealer' | 'mailReader' | 'witness'> {
  readonly ledger: AccountLog
  readonly raised?: ((alarm: LogAlarm) => void) | undefined
}

/** Removes all that is kept of the account beside its log. It is not open. */
export function forgetIndex(indexDirectory: string, account: AccountId): void {
  const file = path.join(indexDirectory, `${account}.index`)
  for (const name of [file, `${file}.building`]) removeIndex(name)
  const witness = witnessPath(indexDirectory, account)
  if (systemDisk.exists(witness)) systemDisk.remove(witness)
}

function assertNotInUse(file: string, { root, reader }: IndexParts): void {
  if (!systemDisk.exists(file)) return
  try {
    AccountIndex.open(file, root, reader.account)[Symbol.dispose]()
  } catch (error) {
    if (!(error instanceof IndexDamagedError)) throw error
  }
}

/** Null if what is there is of no use. */
async function openCurrent(parts: IndexParts, file: string): Promise<AccountIndex | null> {
  let index: AccountIndex | null = null
  try {
    index = AccountIndex.open(file, parts.root, parts.reader.account)
    if (!parts.witness.continues(index.position)) throw new IndexDamagedError('the index is of another log')
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
