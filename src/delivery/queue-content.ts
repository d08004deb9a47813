// The content of queued messages. A short one is within the log; a large one is a file of its own, sealed in chunks as it comes under
// a key that only the message's record has: docs/formats/queue.md §4. Either way memory is bounded by a chunk and a short content.

import { assert } from '#base/assert.ts'
import { wipe } from '#base/bytes.ts'
import { TAG_LENGTH } from '#crypto/age/chacha.ts'
import {
  CHUNK_LENGTH,
  SEALED_CHUNK_LENGTH,
  agePlaintextLength,
  openAgeRange,
  sealChunkInto,
} from '#crypto/age/stream.ts'
import { type Disk, DiskError, type DiskFile, writeAll } from '#platform/disk.ts'
import { CONTENT_KEY_BYTES, type ContentPlace } from './queue-codec.ts'
import { ContentDamagedError } from './queue-errors.ts'
import type { QueueId } from './queue-message.ts'

const SYNC_EVERY_BYTES = 8 * 1024 * 1024

export function largeDirectory(directory: string): string {
  return `${directory}/large`
}

export function largePath(directory: string, id: QueueId): string {
  return `${largeDirectory(directory)}/${id}`
}

/** A large content on its way in. */
export class LargeContent {
  readonly #disk: Disk
  readonly #directory: string
  readonly #path: string
  readonly #file: DiskFile
  readonly #key: Buffer
  readonly #pending = Buffer.allocUnsafeSlow(CHUNK_LENGTH)
  #pendingLength = 0
  #chunks = 0
  #written = 0
  #unsynced = 0
  #state: 'open' | 'finished' | 'gone' = 'open'

  /** Throws DiskError. */
  constructor(disk: Disk, directory: string, id: QueueId, random: (bytes: number) => Buffer) {
    this.#disk = disk
    this.#directory = largeDirectory(directory)
    this.#path = largePath(directory, id)
    this.#key = random(CONTENT_KEY_BYTES)
    this.#file = disk.openWrite(this.#path)
  }

  /** The chunk may be wiped afterwards. One call at a time. Throws DiskError; then it is of no use. */
  async write(plaintext: Uint8Array): Promise<void> {
    assert(this.#state === 'open', 'a content is written before it is finished')
    for (let at = 0; at < plaintext.length;) {
      // A full chunk waits until more follows, for it may be the last.
      if (this.#pendingLength === CHUNK_LENGTH) this.#seal(false)
      const taken = Math.min(plaintext.length - at, CHUNK_LENGTH - this.#pendingLength)
      this.#pending.set(plaintext.subarray(at, at + taken), this.#pendingLength)
      this.#pendingLength += taken
      at += taken
    }
    if (this.#unsynced >= SYNC_EVERY_BYTES) {
      this.#unsynced = 0
      await this.#file.datasync()
    }
  }

  /** When it resolves, file and name are durable. Throws DiskError; then it is of no use. */
  async finish(): Promise<ContentPlace> {
    assert(this.#state === 'open', 'a content is finished once')
    this.#seal(true)
    await this.#file.datasync()
    await this.#disk.syncDirectory(this.#directory)
    this.#state = 'finished'
    this.#file.close()
    return { kind: 'large', key: Buffer.from(this.#key), sealedBytes: this.#written }
  }

  /** Of no use any more; at any time, but not when a record names it. */
  discard(): void {
    if (this.#state === 'gone') return
    if (this.#state === 'open') this.#file.close()
    this.#state = 'gone'
    wipe(this.#pending, this.#key)
    removeQuietly(this.#disk, this.#path)
  }

  [Symbol.dispose](): void {
    wipe(this.#pending, this.#key)
  }

  #seal(last: boolean): void {
    const sealed = Buffer.allocUnsafe(this.#pendingLength + TAG_LENGTH)
    sealChunkInto(sealed, 0, this.#key, this.#chunks++, last, this.#pending.subarray(0, this.#pendingLength))
    this.#pending.fill(0, 0, this.#pendingLength)
    this.#pendingLength = 0
    writeAll(this.#file, sealed, this.#written)
    this.#written += sealed.length
    this.#unsynced += sealed.length
  }
}

/** The chunks of a large content, in order. Each belongs to the caller, who wipes it. Throws DiskError and ContentDamagedError. */
export function* readLarge(disk: Disk, path: string, key: Uint8Array, sealedBytes: number): Generator<Buffer> {
  const file = openLarge(disk, path)
  try {
    const length = agePlaintextLength(sealedBytes)
    const read = (offset: number, size: number): Buffer => {
      const sealed = Buffer.allocUnsafe(Math.min(size, SEALED_CHUNK_LENGTH))
      return sealed.subarray(0, file.read(sealed, offset))
    }
    for (let start = 0; start < length; start += CHUNK_LENGTH) {
      const chunk = openAgeRange(key, sealedBytes, read, start, Math.min(start + CHUNK_LENGTH, length))
      if (chunk === null) throw new ContentDamagedError()
      yield chunk
    }
  } finally {
    file.close()
  }
}

function openLarge(disk: Disk, path: string): DiskFile {
  try {
    return disk.openRead(path)
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') throw new ContentDamagedError()
    throw error
  }
}

export function removeQuietly(disk: Disk, path: string): void {
  try {
    disk.remove(path)
  } catch {
    // What stays is removed at the next start.
  }
}
