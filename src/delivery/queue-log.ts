// The queue's log: sealed records in groups, each durable with one fdatasync, in preallocated files that are used one after the other.
// docs/formats/queue.md §2.
//
// Invariants: a file takes groups only when its head and its name are durable. Groups never share a block, so that nothing that is written
// later can tear one that is durable. Files are given up from the oldest on, each durably before the next, so that what a later file
// says about a message in an earlier one is never missing. What a failed write left is overwritten by the next group, or erased.

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import { type Disk, DiskError, type DiskFile, SyncError, writeAll } from '#platform/disk.ts'
import { QueueKeyError, SyncFailedError, orSyncFailed } from './queue-errors.ts'
import { type LogFile, openedFile, readFileHead, readPart, scanGroups } from './queue-file.ts'
import {
  BLOCK_BYTES,
  type FoundRecord,
  type NewQueueRecord,
  type QueueRecordKind,
  SALT_BYTES,
  type SealedPart,
  encodeFileHead,
  encodeGroup,
  groupBytes,
  recordBytes,
} from './queue-format.ts'

export interface QueueLogOptions {
  readonly disk: Disk
  /** Of the queue. */
  readonly directory: string
  readonly key: Uint8Array
  readonly random: (bytes: number) => Buffer
  /** Size of each file. */
  readonly fileBytes: number
}

/** Where an inline content is. */
export interface Place {
  /** The file's number. */
  readonly file: number
  readonly content: SealedPart
}

export interface ReplayedRecord {
  readonly kind: QueueRecordKind
  /** Opened. It is wiped afterwards. */
  readonly header: Buffer
  readonly place: Place
}

/** A file that takes groups, or took them; what it has up to its end does not change any more. */
export interface ExaminedFile {
  readonly path: string
  readonly log: LogFile
}

const ZEROS_BYTES = 1024 * 1024

export class QueueLog {
  readonly #options: QueueLogOptions
  /** By number, in order. The last one takes groups. */
  readonly #files = new Map<number, LogFile>()
  #current: LogFile | null = null
  #spare = false
  #distrusted = 0
  /** What was found damaged when the log was opened, in words. */
  readonly damage: string[] = []

  private constructor(options: QueueLogOptions) {
    this.#options = options
  }

  /**
   * Tells of every record, in order. When it resolves, all of that is durable. Throws QueueKeyError, DiskError and SyncFailedError.
   */
  static async open(options: QueueLogOptions, replayed: (record: ReplayedRecord) => void): Promise<QueueLog> {
    const log = new QueueLog(options)
    try {
      const { disk } = options
      disk.makeDirectory(log.#directory)
      await orSyncFailed(disk.syncDirectory(options.directory))
      let expected: number | null = null
      for (const number of log.#numbers()) {
        // Files are given up from the oldest on: there are no gaps.
        if (expected !== null && number !== expected) log.damage.push(`files before ${number} are missing`)
        expected = number + 1
        await log.#replay(number, replayed)
      }
      // A file may have got its name from a process that ended before that was durable.
      await orSyncFailed(disk.syncDirectory(log.#directory))
      if (log.#current === null) await log.#rotate()
      await log.#tryMakeSpare()
      return log
    } catch (error) {
      log.close()
      throw error
    }
  }

  close(): void {
    for (const { file, key } of this.#files.values()) {
      file.close()
      wipe(key)
    }
    this.#files.clear()
    this.#current = null
  }

  get examined(): readonly ExaminedFile[] {
    return [...this.#files.values()].map((log) => ({ path: this.#path(log.number), log }))
  }

  /** The device has lost something of this file: no more groups go there, and nothing is left there or in those before. */
  distrust(number: number): void {
    this.#distrusted = Math.max(this.#distrusted, number)
  }

  /** What the oldest file has is to be written again. */
  get isOldestDistrusted(): boolean {
    return this.oldest !== null && this.oldest <= this.#distrusted
  }

  get fileCount(): number {
    return this.#files.size
  }

  /** Null if there is only the one that takes groups. */
  get oldest(): number | null {
    const [first] = this.#files.keys()
    return first === undefined || first === this.#current?.number ? null : first
  }

  /** There is room for what has to be written even if the disk is full. */
  get hasReserve(): boolean {
    return this.#spare || this.#freeBytes * 2 > this.#options.fileBytes
  }

  get #freeBytes(): number {
    return this.#current === null ? 0 : this.#current.sizeBytes - this.#current.end
  }

  /** The most that the records of one group can take. */
  get groupBytesMax(): number {
    return this.#options.fileBytes - 2 * BLOCK_BYTES
  }

  /**
   * Resolves with each record's place when they are durable. One call at a time. Throws DiskError: they are not; SyncFailedError: nobody
   * knows.
   */
  async append(records: readonly NewQueueRecord[]): Promise<readonly Place[]> {
    const bodyBytes = records.reduce((sum, record) => sum + recordBytes(record), 0)
    assert(bodyBytes <= this.groupBytesMax, 'a group fits into a file')
    const isDistrusted = (this.#current?.number ?? 0) <= this.#distrusted
    if (isDistrusted || groupBytes(bodyBytes) > this.#freeBytes) await this.#rotate()
    const log = this.#current
    assert(log !== null, 'the log is open')
    const group = encodeGroup(log.key, log.salt, log.nextGroup, log.end, records)
    await this.#write(log, group.bytes)
    log.end += group.bytes.length
    log.nextGroup++
    return group.records.map(({ content }) => ({ file: log.number, content }))
  }

  /** The content of a message; the caller wipes it. Null if it is damaged. Throws DiskError. */
  read({ file, content }: Place): Buffer | null {
    const log = this.#files.get(file)
    assert(log !== undefined, 'a message keeps its file')
    if (content.length === 0) return Buffer.alloc(0)
    return readPart(log, 'message', 'content', content)
  }

  /** Groups go to another file from now on, if this one is not to be trusted. Throws DiskError and SyncFailedError. */
  async leaveDistrusted(): Promise<void> {
    if (this.#current !== null && this.#current.number <= this.#distrusted) await this.#rotate()
  }

  /** Nothing in the oldest file is needed any more. Throws DiskError (then it is still there) and SyncFailedError. */
  async retireOldest(): Promise<void> {
    const number = this.oldest
    assert(number !== null, 'the file that takes groups is needed')
    const { disk } = this.#options
    const path = this.#path(number)
    // Somebody may have taken it away.
    if (disk.exists(path)) {
      if (this.#spare) disk.remove(path)
      else disk.rename(path, this.#sparePath)
      this.#spare = true
    }
    const log = this.#files.get(number)
    log?.file.close()
    wipe(log?.key)
    this.#files.delete(number)
    await orSyncFailed(disk.syncDirectory(this.#directory))
  }

  /** Sees to it that there is a file that waits for its number. Throws DiskError. */
  async makeSpare(): Promise<void> {
    if (this.#spare) return
    const { disk, fileBytes } = this.#options
    const file = disk.openWrite(this.#sparePath)
    try {
      // What a crash left of it, or what was a part of the log before, is as good as zeros: no group in it has the salt it will have.
      fillWithZeros(file, fileBytes)
      await file.datasync()
      this.#spare = true
    } catch (error) {
      tryQuietly(() => disk.remove(this.#sparePath))
      throw error
    } finally {
      file.close()
    }
  }

  get #directory(): string {
    return `${this.#options.directory}/log`
  }

  get #sparePath(): string {
    return `${this.#directory}/spare`
  }

  #path(number: number): string {
    return `${this.#directory}/${number.toString(16).padStart(16, '0')}`
  }

  #numbers(): number[] {
    const names = this.#options.disk.list(this.#directory).filter((name) => /^[0-9a-f]{16}$/.test(name))
    return names.map((name) => Number.parseInt(name, 16)).sort((a, b) => a - b)
  }

  async #replay(number: number, replayed: (record: ReplayedRecord) => void): Promise<void> {
    const { disk, key } = this.#options
    const file = disk.openWrite(this.#path(number))
    const head = readFileHead(file, key, number)
    if (head === 'otherKey') {
      file.close()
      throw new QueueKeyError()
    }
    if (head === null || head.number !== number) {
      // There is nothing in it: it was about to be used again, or is damaged throughout.
      if (head === null) this.damage.push(`file ${number}: nothing in it is whole`)
      file.close()
      disk.remove(this.#path(number))
      await orSyncFailed(disk.syncDirectory(this.#directory))
      return
    }
    const log = openedFile(file, head, key)
    this.#files.set(number, log)
    this.#current = log
    let last: { readonly offset: number; readonly bytes: Buffer } | null = null
    for (const group of scanGroups(log)) {
      if (group.afterDamage) this.damage.push(`file ${number}: groups before offset ${group.offset} are damaged`)
      for (const record of group.records) this.#replayRecord(log, record, replayed)
      last = group
    }
    await anchor(log, last, key)
  }

  #replayRecord(log: LogFile, record: FoundRecord, replayed: (record: ReplayedRecord) => void): void {
    const { kind, content } = record
    const header = readPart(log, kind, 'header', record.header)
    if (header === null) this.damage.push(`file ${log.number}: the record at ${record.header.offset} does not open`)
    else replayed({ kind, header, place: { file: log.number, content } })
    wipe(header)
  }

  /** The spare file becomes the one that takes groups. */
  async #rotate(): Promise<void> {
    await this.makeSpare()
    const { disk, key, random } = this.#options
    const head = { number: (this.#current?.number ?? 0) + 1, salt: random(SALT_BYTES) }
    const file = disk.openWrite(this.#sparePath)
    try {
      writeAll(file, encodeFileHead(head, key), 0)
      await file.datasync()
      disk.rename(this.#sparePath, this.#path(head.number))
    } catch (error) {
      file.close()
      throw error
    }
    this.#spare = false
    const log = openedFile(file, head, key)
    this.#files.set(head.number, log)
    this.#current = log
    await orSyncFailed(disk.syncDirectory(this.#directory))
    await this.#tryMakeSpare()
  }

  /** There may be no space for it; then messages are refused, and only what has to be written takes the room that is left. */
  async #tryMakeSpare(): Promise<void> {
    try {
      await this.makeSpare()
    } catch (error) {
      if (!(error instanceof DiskError)) throw error
    }
  }

  async #write(log: LogFile, bytes: Buffer): Promise<void> {
    try {
      await log.file.writeDurably(bytes, log.end)
    } catch (error) {
      if (error instanceof SyncError) throw new SyncFailedError('a sync failed', { cause: error })
      // Lest it is found after a crash although it was refused.
      tryQuietly(() => writeAll(log.file, Buffer.alloc(BLOCK_BYTES), log.end))
      throw error
    }
  }
}

/** What the page cache has of head and last group may be all there is of them. */
async function anchor(
  log: LogFile,
  last: { readonly offset: number; readonly bytes: Buffer } | null,
  queueKey: Uint8Array,
): Promise<void> {
  writeAll(log.file, encodeFileHead(log, queueKey), 0)
  if (last !== null) writeAll(log.file, last.bytes, last.offset)
  await orSyncFailed(log.file.datasync())
}

function fillWithZeros(file: DiskFile, sizeBytes: number): void {
  const zeros = Buffer.alloc(Math.min(ZEROS_BYTES, sizeBytes))
  for (let at = file.size(); at < sizeBytes; at += zeros.length) {
    writeAll(file, zeros.subarray(0, Math.min(zeros.length, sizeBytes - at)), at)
  }
}

function tryQuietly(action: () => void): void {
  try {
    action()
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
  }
}
