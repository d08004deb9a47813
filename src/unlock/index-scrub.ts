// Reading the indexes of a vault again. Each file is compared, piece by piece, as the device has it and as the page cache does; what differs, or cannot be read, is written again from the page cache. That is all that can be done for an
// account that is locked. The index of one that is open is then read to its last page by SQLite, whose cipher checks the seal of each: what is damaged there makes the account fail, and its index is made again, as
// always. An index that could only be read is checked as soon as its account is open.

import { removeIndex } from '#account/index-file.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { type AccountId, parseAccountId } from '#base/ids.ts'
import { deviceDisk } from '#ledger/device-disk.ts'
import type { ScrubStatus } from '#ledger/scrub-status.ts'
import { type SmallReading, SmallScrub, type SmallScrubParts, type SmallSubject } from '#ledger/small-scrub.ts'
import { type Clock, type Timer, sleep } from '#platform/clock.ts'
import { type Disk, DiskError, writeAll } from '#platform/disk.ts'

export interface IndexScrubParts {
  readonly disk: Disk
  readonly clock: Clock
  /** Of the vault's indexes. */
  readonly directory: string
  readonly everyMs: number | null
  unlocked(): readonly AccountId[]
  /** Null if it is not open. */
  opened(account: AccountId): Promise<OpenAccount | null>
  failed(error: unknown): void
}

type Turn = Parameters<SmallScrubParts['read']>[1]

const SUFFIX = '.index'
const PIECE_BYTES = 64 * 1024
/** Between two steps of a check, which take a few milliseconds: the process has others to serve. */
const STEP_PAUSE_MS = 20
const AGAIN_MS = 100
/** Who has just come wants something else. */
const CHECK_MS = 60_000

export class IndexScrub {
  readonly #parts: IndexScrubParts
  readonly #scrub: SmallScrub
  #timer: Timer | null = null

  /** Throws DiskError. */
  constructor(parts: IndexScrubParts) {
    this.#parts = parts
    const { disk, directory } = parts
    this.#scrub = new SmallScrub({
      ...parts,
      subjects: () => {
        const sizes = new Map<SmallSubject, number>()
        for (const account of listIndexes(disk, directory)) {
          sizes.set(
            account,
            filesOf(disk, directory, account).reduce((sum, file) => sum + sizeOf(disk, file), 0),
          )
        }
        return sizes
      },
      failed: (error) => parts.failed(error),
      read: (subject, turn) => this.#read(subject, turn),
    })
  }

  start(): void {
    this.#scrub.start()
    this.#checkLater()
  }

  run(): void {
    this.#scrub.run()
  }

  setPaused(isPaused: boolean): void {
    this.#scrub.setPaused(isPaused)
  }

  get status(): ScrubStatus {
    return this.#scrub.status
  }

  async stop(): Promise<void> {
    this.#timer?.cancel()
    await this.#scrub.stop()
  }

  async #read(subject: SmallSubject, turn: Turn): Promise<SmallReading | null> {
    const { disk, directory } = this.#parts
    if (subject === 'own') return { outcome: 'whole', isChecked: true }
    let isRepaired = false
    for (const file of filesOf(disk, directory, subject)) {
      const outcome = await compare(disk, file, turn)
      if (outcome === null) return null
      if (outcome === 'unreadable') return makeAgain(this.#parts, subject)
      isRepaired ||= outcome === 'repaired'
    }
    const account = await this.#parts.opened(subject)
    const isChecked = account !== null && (await check(account, turn))
    return { outcome: isRepaired ? 'repaired' : 'whole', isChecked }
  }

  /** What could not be checked while it was locked. */
  #checkLater(): void {
    if (this.#parts.everyMs === null) return
    this.#timer = this.#parts.clock.after(CHECK_MS, () => {
      this.#checkOpen()
        .catch((error: unknown) => this.#parts.failed(error))
        .finally(() => this.#checkLater())
    })
  }

  async #checkOpen(): Promise<void> {
    for (const id of this.#parts.unlocked()) {
      if (!this.#scrub.isUnchecked(id) || this.#scrub.status.state === 'paused') continue
      const account = await this.#parts.opened(id)
      if (account !== null && (await check(account))) this.#scrub.checked(id)
    }
  }
}

/** An index is made again when it is needed next; one that is open is found out by reading it. */
async function makeAgain(parts: IndexScrubParts, subject: AccountId): Promise<SmallReading> {
  const account = await parts.opened(subject)
  if (account === null) removeIndex(`${parts.directory}/${subject}${SUFFIX}`, parts.disk)
  else await check(account)
  return { outcome: 'repaired', isChecked: false }
}

/** False if it was not read to its end. */
function check(account: OpenAccount, turn?: Turn): Promise<boolean> {
  return account.checkIndex(async () => {
    await sleep(STEP_PAUSE_MS)
    return turn === undefined || turn(0, true)
  })
}

function listIndexes(disk: Disk, directory: string): AccountId[] {
  return disk.list(directory).flatMap((name) => {
    const id = name.endsWith(SUFFIX) ? parseAccountId(name.slice(0, -SUFFIX.length)) : null
    return id === null ? [] : [id]
  })
}

/** The database, and what SQLite has written beside it; what it keeps in `-shm` is made anew whenever it is opened. */
function filesOf(disk: Disk, directory: string, account: AccountId): string[] {
  const index = `${directory}/${account}${SUFFIX}`
  return [index, `${index}-wal`].filter((file) => disk.exists(file))
}

function sizeOf(disk: Disk, path: string): number {
  try {
    const file = disk.openRead(path)
    const size = file.size()
    file.close()
    return size
  } catch (error) {
    if (error instanceof DiskError) return 0
    throw error
  }
}

/** Null if it was left, or the file has gone. `unreadable`: neither device nor page cache has all of it. */
async function compare(disk: Disk, path: string, turn: Turn): Promise<'whole' | 'repaired' | 'unreadable' | null> {
  let isRepaired = false
  const reads = { bytes: 0, isDirect: true }
  const parts = { device: deviceDisk(disk, reads), disk, path }
  const size = sizeOf(disk, path)
  for (let at = 0; at < size; at += PIECE_BYTES) {
    let outcome = comparePiece(parts, at, false)
    // It may have been written between the two.
    if (outcome !== 'same') {
      await sleep(AGAIN_MS)
      outcome = comparePiece(parts, at, true)
    }
    if (outcome === 'gone') return 'whole'
    if (outcome === 'unreadable') return 'unreadable'
    isRepaired ||= outcome === 'rewritten'
    if (!(await turn(Math.min(PIECE_BYTES, size - at), reads.isDirect))) return null
  }
  return isRepaired ? 'repaired' : 'whole'
}

/** All at once, so that nobody of this process, who alone writes the file, comes between. */
function comparePiece(
  { device, disk, path }: { readonly device: Disk; readonly disk: Disk; readonly path: string },
  at: number,
  rewrites: boolean,
): 'same' | 'other' | 'rewritten' | 'unreadable' | 'gone' {
  const onDevice = readPiece(device, path, at)
  const inMemory = readPiece(disk, path, at)
  if (inMemory === 'gone' || onDevice === 'gone') return 'gone'
  if (inMemory === 'unreadable') return 'unreadable'
  if (onDevice !== 'unreadable' && onDevice.equals(inMemory)) return 'same'
  if (!rewrites) return 'other'
  const file = disk.openWrite(path)
  try {
    writeAll(file, inMemory, at)
  } finally {
    file.close()
  }
  return 'rewritten'
}

function readPiece(disk: Disk, path: string, at: number): Buffer | 'unreadable' | 'gone' {
  try {
    const file = disk.openRead(path)
    try {
      const bytes = Buffer.alloc(PIECE_BYTES)
      return bytes.subarray(0, file.read(bytes, at))
    } finally {
      file.close()
    }
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    return error.code === 'ENOENT' ? 'gone' : 'unreadable'
  }
}
