// The commit journal's two files: docs/formats/ledger.md §4. One is active and takes groups; the other is cut, and ready, or about
// to be: that takes the time until everything in its groups is durable elsewhere.
//
// A group whose write failed is not durable and is overwritten by the next one. Before the other file becomes active instead, or
// anybody is told that it is not there, its head is erased, because the failed write may have left a valid group.

import { yieldToEventLoop } from '#platform/clock.ts'
import { type DiskFile, SyncError, writeAll } from '#platform/disk.ts'
import { DurabilityError, orDurabilityError } from './dirty-files.ts'
import {
  BLOCK_BYTES,
  type GroupRecord,
  type JournalStamp,
  SALT_BYTES,
  encodeFileHead,
  groupFileBytes,
  sealGroup,
} from './journal-format.ts'

interface JournalFile {
  readonly file: DiskFile
  readonly sizeBytes: number
  stamp: JournalStamp
  /** Where the next group goes, and its number. */
  offset: number
  groups: number
  /** A failed write left something at `offset`. */
  torn: boolean
  /** Up to here groups of now or of earlier may be in it. */
  usedBytes: number
}

export class CommitJournal {
  readonly #files: readonly [JournalFile, JournalFile]
  readonly #salt: (bytes: number) => Buffer
  #generation: number
  #active: 0 | 1 = 0
  /** Resolves when the file that is not active can be. */
  #ready: Promise<void> = Promise.resolve()

  /** `generations`: those of the files, 0 for one without. Both files have to be cut before the first group. */
  constructor(
    files: readonly [DiskFile, DiskFile],
    generations: readonly [number, number],
    salt: (bytes: number) => Buffer,
  ) {
    this.#files = [uncut(files[0], generations[0]), uncut(files[1], generations[1])]
    this.#generation = Math.max(...generations)
    this.#salt = salt
  }

  get #current(): JournalFile {
    return this.#files[this.#active]
  }

  /** Bytes left in the active file. */
  get room(): number {
    return this.#current.sizeBytes - this.#current.offset
  }

  /** Whether a group of this body length can be written at once. */
  fits(bodyLength: number): boolean {
    return groupFileBytes(bodyLength) <= this.room
  }

  /**
   * Writes the group whose body is in `bytes` up to `end`; it is durable when this resolves, and until then its bytes must stay as they are. Throws
   * DiskError: then the group may be valid until it is overwritten or erased; and DurabilityError: then nothing is known about it.
   */
  async write(bytes: Buffer, end: number, records: readonly GroupRecord[]): Promise<void> {
    const current = this.#current
    const group = sealGroup(bytes, end, current.stamp, current.groups, records)
    current.torn = true
    try {
      await current.file.writeDurably(group, current.offset)
    } catch (error) {
      throw error instanceof SyncError ? new DurabilityError('a sync failed', { cause: error }) : error
    }
    current.torn = false
    current.usedBytes = Math.max(current.usedBytes, current.offset + group.length)
    current.offset += group.length
    current.groups++
  }

  /** Resolves when what a failed write left can never be taken for a group. Throws DiskError and DurabilityError. */
  async erase(): Promise<void> {
    const current = this.#current
    writeAll(current.file, Buffer.alloc(BLOCK_BYTES), current.offset)
    await orDurabilityError(current.file.datasync())
    current.torn = false
  }

  /**
   * Makes the other file active, as soon as it is cut. `retire` is called then: when it resolves, everything in the file that
   * was active is durable elsewhere, and that file is cut. Throws DiskError if the end of the active file cannot be erased, and
   * DurabilityError. With `wipe` what was in that file is overwritten then: payloads that are dropped elsewhere must not stay here.
   */
  async rotate(retire: () => Promise<void>, cut: (action: () => void) => Promise<void>, wipe = false): Promise<void> {
    await this.#ready
    const full = this.#current
    if (full.torn && this.room >= BLOCK_BYTES) await this.erase()
    this.#active = this.#active === 0 ? 1 : 0
    this.#ready = retire()
      .then(() => this.#cut(full, cut))
      .then(() => (wipe ? this.#wipe(full, cut) : undefined))
    // Whoever needs the file meets the error; until then it is not an unhandled one.
    this.#ready.catch(() => {})
  }

  /**
   * Cuts both files: everything in them has to be durable elsewhere. The older one first, so that what a crash leaves in the
   * journal always is the end of the logs.
   */
  async cutAll(cut: (action: () => void) => Promise<void>): Promise<void> {
    await this.#ready
    const [older, newer] = this.#files.toSorted((a, b) => a.stamp.generation - b.stamp.generation)
    for (const file of [older, newer]) if (file !== undefined) await this.#cut(file, cut)
    // The one that was cut first has the lower generation.
    this.#active = this.#files[0] === older ? 0 : 1
  }

  /** Resolves when no file is being cut. */
  async idle(): Promise<void> {
    await this.#ready
  }

  close(): void {
    for (const { file } of this.#files) file.close()
  }

  async #cut(target: JournalFile, write: (action: () => void) => Promise<void>): Promise<void> {
    const stamp = { generation: ++this.#generation, salt: this.#salt(SALT_BYTES) }
    const head = encodeFileHead(stamp)
    await write(() => writeAll(target.file, head, 0))
    await orDurabilityError(target.file.datasync())
    Object.assign(target, { stamp, offset: BLOCK_BYTES, groups: 0, torn: false })
  }

  /** Overwrites the groups of a file that was cut: they are not valid any more, and still there. */
  async #wipe(target: JournalFile, write: (action: () => void) => Promise<void>): Promise<void> {
    const zeros = Buffer.alloc(WIPED_BYTES)
    for (let at = BLOCK_BYTES; at < target.usedBytes; at += zeros.length) {
      const bytes = zeros.subarray(0, Math.min(zeros.length, target.usedBytes - at))
      await write(() => writeAll(target.file, bytes, at))
      await yieldToEventLoop()
    }
    await orDurabilityError(target.file.datasync())
    target.usedBytes = BLOCK_BYTES
  }
}

/** Of zeros at a time. */
const WIPED_BYTES = 256 * 1024

function uncut(file: DiskFile, generation: number): JournalFile {
  const stamp = { generation, salt: Buffer.alloc(SALT_BYTES) }
  return { file, sizeBytes: file.size(), stamp, offset: BLOCK_BYTES, groups: 0, torn: false, usedBytes: file.size() }
}
