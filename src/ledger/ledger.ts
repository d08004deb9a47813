// Opening a ledger directory for writing: recovers what the commit journal holds, cuts it, and starts the ledger. At most one
// process may have it open.

import path from 'node:path'
import { randomBytes } from '#crypto/random.ts'
import type { Clock } from '#platform/clock.ts'
import { type Disk, DiskError, type DiskFile } from '#platform/disk.ts'
import { CheckpointWriter } from './checkpoint-writer.ts'
import type { DigestOptions } from './digest-upgrade.ts'
import { DirtyTracker, orDurabilityError, syncDirtyFiles } from './dirty-files.ts'
import { LedgerDamagedError } from './errors.ts'
import { anchorJournal, inspectJournals } from './journal-replay.ts'
import { BLOCK_BYTES, groupFileBytes } from './journal-format.ts'
import { preallocate, setAside } from './journal-files.ts'
import { CommitJournal } from './journal.ts'
import { Ledger } from './running-ledger.ts'
import { DEFAULT_LIMITS, type LedgerLimits } from './limits.ts'
import type { OpenContext } from './open-context.ts'
import { OpenFiles } from './open-files.ts'
import { incomingPath, journalPath, listAccounts } from './paths.ts'
import { type Recovered, replay } from './recovery.ts'
import type { ScrubOptions } from './scrubber.ts'
import type { RetentionOptions } from './retention.ts'
import { loadSigningKey } from './signing-key.ts'
import type { ParityOptions, UpkeepParts } from './upkeep.ts'
import { hadAccounts } from './verify-own.ts'

export type { Ledger } from './running-ledger.ts'

export interface LedgerOptions {
  readonly disk: Disk
  readonly clock: Clock
  /** Made if it is not there. */
  readonly directory: string
  readonly limits?: Partial<LedgerLimits>
  /** For names and salts. */
  readonly random?: (bytes: number) => Buffer
  /** Null: closed segments get no parity. */
  readonly parity?: ParityOptions | null
  /** Null: what nobody reads is not looked at. */
  readonly scrub?: ScrubOptions | null
  /** Null: nothing is ever dropped. */
  readonly retention?: RetentionOptions | null
  /** Of new records, and how digests are upgraded. */
  readonly digests?: DigestOptions
  /** A segment that was said to be damaged was looked at. */
  readonly examined?: UpkeepParts['examined']
  /** Start although acknowledged records are missing; damaged journal files are set aside. */
  readonly acceptDamage?: boolean
}

/** Throws LedgerDamagedError, DiskError and DurabilityError. */
export async function openLedger(options: LedgerOptions): Promise<Ledger> {
  const { disk, clock, directory, random = randomBytes } = options
  const limits = { ...DEFAULT_LIMITS, ...options.limits }
  if (groupFileBytes(Math.max(limits.appendBytes, limits.groupBytes)) > limits.journalBytes - BLOCK_BYTES) {
    throw new RangeError('a group must fit into the journal')
  }
  for (const child of ['journal', 'incoming', 'accounts']) disk.makeDirectory(`${directory}/${child}`)
  if (!disk.exists(`${directory}/key`)) await syncParent(disk, directory)
  await orDurabilityError(disk.syncDirectory(directory))
  const key = await loadSigningKey(disk, directory, random)
  const dirty = new DirtyTracker()
  const files = new OpenFiles(disk, limits.openFiles)
  const context: OpenContext = {
    disk,
    files,
    directory,
    publicKey: key.publicKey,
    touched: (path) => dirty.touched(path),
    touchedDirectory: (path) => dirty.touchedDirectory(path),
  }
  const checkpoints = new CheckpointWriter(context, key)
  const journalFiles: DiskFile[] = []
  try {
    journalFiles.push(disk.openWrite(journalPath(directory, 0)))
    journalFiles.push(disk.openWrite(journalPath(directory, 1)))
    const contents = inspectJournals(journalFiles as [DiskFile, DiskFile])
    for (const content of contents) await anchorJournal(content)
    const isEmpty = listAccounts(disk, directory).next().done === true
    const recovered = replay(context, limits, contents, options.acceptDamage === true)
    if (isEmpty && recovered.states.length === 0 && options.acceptDamage !== true && hadAccounts(disk, directory)) {
      throw new LedgerDamagedError(['its accounts have gone: accounts/ is empty, and there were some'])
    }
    if (recovered.damage.length > 0 && options.acceptDamage !== true) throw new LedgerDamagedError(recovered.damage)
    await makeDurable(context, dirty, checkpoints, recovered)
    for (const content of recovered.damagedFiles) journalFiles[content.index] = setAside(disk, directory, content)
    const generations = contents.map(({ stamp }) => stamp?.generation ?? 0) as [number, number]
    const journal = await startJournal(options, journalFiles as [DiskFile, DiskFile], generations, limits)
    // What a lost account's groups named may be the only copy.
    if (recovered.damage.length === 0) await sweepIncoming(disk, directory)
    const { parity = null, scrub = null, retention = null, examined = () => undefined } = options
    const { digests = { algorithm: 'sha256' } } = options
    const upkeep = { parity, scrub, retention, digests, examined }
    return new Ledger({ clock, limits, context, key, dirty, checkpoints, journal, recovered, random, ...upkeep })
  } catch (error) {
    for (const file of journalFiles) file.close()
    files.close()
    throw error
  }
}

/** A new ledger's own name. */
async function syncParent(disk: Disk, directory: string): Promise<void> {
  try {
    await disk.syncDirectory(path.dirname(directory))
  } catch (error) {
    // A process that may not open what is around its directory did not make it: whoever did has made it durable.
    const denied = ['EACCES', 'EPERM', 'EROFS', 'ERR_ACCESS_DENIED']
    if (!(error instanceof DiskError) || !denied.includes(error.code)) throw error
  }
}

async function makeDurable(
  context: OpenContext,
  dirty: DirtyTracker,
  checkpoints: CheckpointWriter,
  recovered: Recovered,
): Promise<void> {
  for (const state of recovered.states) {
    if (state.storedSize >= state.committed.size) continue
    checkpoints.add(state)
    checkpoints.store(state)
  }
  dirty.retire()
  await syncDirtyFiles(context.disk, context.files, dirty.closeRetiring(), false)
}

async function startJournal(
  { disk, directory, random = randomBytes }: LedgerOptions,
  files: readonly [DiskFile, DiskFile],
  generations: readonly [number, number],
  limits: LedgerLimits,
): Promise<CommitJournal> {
  for (const file of files) await preallocate(file, limits.journalBytes)
  await orDurabilityError(disk.syncDirectory(`${directory}/journal`))
  const journal = new CommitJournal(files, generations, random)
  await journal.cutAll((write) => Promise.resolve(write()))
  return journal
}

/** Payloads that no group names will never be named. */
async function sweepIncoming(disk: Disk, directory: string): Promise<void> {
  try {
    for (const name of disk.list(`${directory}/incoming`)) disk.remove(incomingPath(directory, name))
    await disk.syncDirectory(`${directory}/incoming`)
  } catch (error) {
    // They do no harm but take space.
    if (!(error instanceof DiskError)) throw error
  }
}
