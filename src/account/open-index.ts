// Finding or making the index of an account. One that is missing, damaged, of another version or of another log is made again beside
// its place, and takes that place when it is complete: until then an old one stays, and what was made so far is gone on with if the
// work is cut short. One that is good can be made again while it is in use.

import path from 'node:path'
import type { AccountId, Seq } from '#base/ids.ts'
import type { RootSecret } from '#keys/root.ts'
import { AccountIndex } from './account-index.ts'
import type { AccountLog } from './account-log.ts'
import { type CatchUpParts, catchUp } from './catch-up.ts'
import { IndexDamagedError, IndexStorageError } from './index-database.ts'
import { removeIndex, replaceIndex } from './index-file.ts'
import { JournalSealer } from './journal.ts'
import { KeptKeys, type KeySource } from './kept-keys.ts'
import type { LogAlarm } from './log-alarm.ts'
import { LogWitness } from './log-witness.ts'
import { MailReader } from './mail-reader.ts'
import { ownerKeyOf } from './owner-key.ts'
import { type DeriveThread, beginDeriving } from './record-deriver.ts'
import { rehearsalIndexPath, rehearsalPath } from './rehearsal/paths.ts'
import { Slices } from './turns.ts'
import { witnessPath } from './witness-file.ts'
import { systemDisk } from '#platform/disk.ts'

export interface IndexParts extends Omit<CatchUpParts, 'index' | 'beginDeriving'> {
  /** That helps; null: there is none. */
  readonly thread?: DeriveThread | null | undefined
  readonly root: RootSecret
  readonly indexDirectory: string
  /** An index was there, and was of no use. */
  readonly discarded?: (() => void) | undefined
  /** The index was made again. */
  readonly rebuilt?: (() => void) | undefined
}

function indexPath({ indexDirectory, reader }: Pick<IndexParts, 'indexDirectory' | 'reader'>): string {
  return path.join(indexDirectory, `${reader.account}.index`)
}

function buildingPath(parts: Pick<IndexParts, 'indexDirectory' | 'reader'>): string {
  return `${indexPath(parts)}.building`
}

/** The account's index, up to date with what can be read of the log. Throws JournalDamagedError, IndexBusyError, IndexStorageError. */
export async function openIndex(parts: IndexParts): Promise<AccountIndex> {
  systemDisk.makeDirectory(parts.indexDirectory)
  const file = indexPath(parts)
  const exists = systemDisk.exists(file)
  const current = exists ? await openCurrent(parts, file) : null
  if (current !== null) return current
  if (exists) parts.discarded?.()
  // If the disk is too full for it, it is read from the log once more, and used from memory.
  using keptKeys = new KeptKeys(file, parts.root)
  await buildIndex({ ...parts, keptKeys }, file, false)
  // Records may have come while it was made.
  return (await openCurrent(parts, file)) ?? fail()
}

function fail(): never {
  throw new IndexDamagedError('an index that was just made is of no use')
}

export interface RebuildOptions extends Omit<
  IndexParts,
  'sealer' | 'mailReader' | 'witness' | 'discarded' | 'keptKeys'
> {
  readonly ledger: AccountLog
  readonly raised?: ((alarm: LogAlarm) => void) | undefined
  /**
   * Of an account that may be open and in use meanwhile: runs what has to be done while it is closed, in the end, and which is short. Without it
   * the account has to be closed all the time.
   */
  readonly whileClosed?: (work: () => Promise<void>) => Promise<void>
  /** The account as it is open, if it is. */
  readonly opened?: () => KeySource | null
}

/** What comes while an index is made is taken in, too; the last of it while the account is closed, if that is not more than so many records. */
const RECORDS_WHILE_CLOSED = 500
const ROUNDS_MAX = 8

/**
 * Makes the index again from the log, from the first record, beside the one that is there, which it replaces in the end. Throws IndexBusyError if the
 * account is open and must not be, the signal's reason if that ends the work, IndexStorageError and DiskError: then the one that was there stays, and the
 * next rebuild goes on with what was made.
 */
export async function rebuildIndex(options: RebuildOptions): Promise<void> {
  const { reader, root, indexDirectory, whileClosed } = options
  systemDisk.makeDirectory(indexDirectory)
  if (whileClosed === undefined) assertNotInUse(indexPath(options), options)
  using sealer = new JournalSealer(root, reader.account)
  using mailReader = new MailReader(reader, root.identities())
  using keptKeys = new KeptKeys(indexPath(options), root, options.opened)
  const common = { ...options, sealer, mailReader, keptKeys }
  const alarms = whileClosed === undefined ? [] : await buildBeside(common)
  await (whileClosed ?? atOnce)(async () => {
    await settle(options)
    using witness = witnessOf(options, false)
    witness.take(alarms)
    await buildIndex({ ...common, witness }, indexPath(options), true)
    await witness.saved()
  })
}

function atOnce(work: () => Promise<void>): Promise<void> {
  return work()
}

/** What was acknowledged a moment ago must not look as if it had gone. The account is closed: nobody else watches its log. */
async function settle({ ledger }: RebuildOptions): Promise<void> {
  const watch = await ledger.watch(() => undefined)
  watch[Symbol.dispose]()
  if (watch.size > 0) await ledger.settled((watch.size - 1) as Seq)
}

function witnessOf({ reader, clock, indexDirectory, root, raised }: RebuildOptions, isSecond: boolean): LogWitness {
  const told = isSecond ? undefined : raised
  return new LogWitness({ reader, clock, indexDirectory, ownerKey: ownerKeyOf(root), raised: told, isSecond })
}

/** Removes all that is kept of the account beside its log. It is not open. */
export function forgetIndex(indexDirectory: string, account: AccountId): void {
  const file = path.join(indexDirectory, `${account}.index`)
  for (const name of [file, `${file}.building`, rehearsalIndexPath(indexDirectory, account)]) removeIndex(name)
  for (const name of [witnessPath(indexDirectory, account), rehearsalPath(indexDirectory, account)])
    if (systemDisk.exists(name)) systemDisk.remove(name)
}

/** Most of the work, of what can be read by now, while the account is in use. Resolves with what was found wrong with the log. */
async function buildBeside(
  common: RebuildOptions & Pick<IndexParts, 'sealer' | 'mailReader'>,
): Promise<readonly LogAlarm[]> {
  using witness = witnessOf(common, true)
  const parts = { ...common, witness }
  for (let round = 0; round < ROUNDS_MAX; round++) {
    const index = await openBuilding(parts)
    const read = index.position.next
    close(index, true)
    if (common.reader.size() - read <= RECORDS_WHILE_CLOSED) break
  }
  return witness.alarms
}

function assertNotInUse(file: string, { root, reader }: Pick<IndexParts, 'root' | 'reader'>): void {
  if (!systemDisk.exists(file)) return
  try {
    AccountIndex.open(file, root, reader.account)[Symbol.dispose]()
  } catch (error) {
    if (!(error instanceof IndexDamagedError)) throw error
  }
}

/** Null if what is there is of no use. */
async function openCurrent(parts: IndexParts, file: string, isBuilt = false): Promise<AccountIndex | null> {
  let index: AccountIndex | null = null
  try {
    const opening = AccountIndex.opening(file, parts.root, parts.reader.account, isBuilt)
    index = await new Slices(parts.clock).run(opening)
    if (!parts.witness.continues(index.position)) throw new IndexDamagedError('the index is of another log')
    await catchUpWithHelp(parts, index)
    return index
  } catch (error) {
    index?.[Symbol.dispose]()
    if (error instanceof IndexDamagedError) return null
    throw error
  }
}

function catchUpWithHelp(parts: IndexParts, index: AccountIndex): Promise<void> {
  const { thread = null, root, reader } = parts
  return catchUp({ ...parts, index, beginDeriving: () => beginDeriving(thread, root, reader) })
}

async function buildIndex(parts: IndexParts, file: string, isWhole: boolean): Promise<void> {
  close(await openBuilding(parts), isWhole)
  try {
    replaceIndex(buildingPath(parts), file)
  } catch (error) {
    if (isWhole || !(error instanceof IndexStorageError)) throw error
    // The one that is there is of no use in any case.
    removeIndex(file)
  }
  parts.rebuilt?.()
}

/** `isWhole`: all of it must be stored. Throws IndexStorageError. */
function close(index: AccountIndex, isWhole: boolean): void {
  try {
    if (!index.flush() && isWhole) throw new IndexStorageError('noSpace', 'there is no room for the new index')
  } finally {
    index[Symbol.dispose]()
  }
}

/** The index that is being made, up to date. */
function openBuilding(parts: IndexParts): Promise<AccountIndex> {
  return openBeside(parts, buildingPath(parts))
}

/** An index in a place of its own, up to date: what an earlier attempt left there, if it is good for anything, else a new one. */
export async function openBeside(parts: IndexParts, file: string): Promise<AccountIndex> {
  const left = systemDisk.exists(file) ? await openCurrent(parts, file, true) : null
  if (left !== null) return left
  removeIndex(file)
  return (await openCurrent(parts, file, true)) ?? fail()
}
