// Files kept open, at most a given number. A file that was closed while it had unsynced writes is opened again to be
// synced: Linux reports a write-back error that nobody has seen to the first who asks, whichever descriptor that is.

import { type Disk, DiskError, type DiskFile, writeAll } from '#platform/disk.ts'

interface Entry {
  readonly file: DiskFile
  /** Syncs under way: the file must not be closed. */
  busy: number
  /** It is closed when these are over. */
  isForgotten: boolean
}

export class OpenFiles {
  readonly #disk: Disk
  readonly #capacity: number
  /** Least recently used first. */
  readonly #entries = new Map<string, Entry>()

  constructor(disk: Disk, capacity: number) {
    this.#disk = disk
    this.#capacity = capacity
  }

  /** Creates the file if need be. Throws DiskError, and may then have written a part. */
  write(path: string, bytes: Uint8Array, position: number): void {
    writeAll(this.#open(path).file, bytes, position)
  }

  /** Bytes read; 0 if the file does not exist. */
  read(path: string, buffer: Uint8Array, position: number): number {
    if (!this.#entries.has(path) && !this.#disk.exists(path)) return 0
    return this.#open(path).file.read(buffer, position)
  }

  /** 0 if the file does not exist. */
  size(path: string): number {
    if (!this.#entries.has(path) && !this.#disk.exists(path)) return 0
    return this.#open(path).file.size()
  }

  truncate(path: string, sizeBytes: number): void {
    this.#open(path).file.truncate(sizeBytes)
  }

  create(path: string): void {
    this.#open(path)
  }

  /** It is being made durable. */
  isBusy(path: string): boolean {
    return (this.#entries.get(path)?.busy ?? 0) > 0
  }

  /** To be called before the name is given to another file. */
  forget(path: string): void {
    const entry = this.#entries.get(path)
    if (entry === undefined) return
    this.#entries.delete(path)
    if (entry.busy > 0) entry.isForgotten = true
    else entry.file.close()
  }

  async datasync(path: string): Promise<void> {
    const entry = this.#open(path)
    entry.busy++
    try {
      await entry.file.datasync()
    } finally {
      entry.busy--
      if (entry.isForgotten && entry.busy === 0) entry.file.close()
    }
  }

  close(): void {
    for (const { file } of this.#entries.values()) file.close()
    this.#entries.clear()
  }

  #open(path: string): Entry {
    const known = this.#entries.get(path)
    if (known !== undefined) {
      this.#entries.delete(path)
      this.#entries.set(path, known)
      return known
    }
    this.#evict()
    const entry = { file: this.#disk.openWrite(path), busy: 0, isForgotten: false }
    this.#entries.set(path, entry)
    return entry
  }

  #evict(): void {
    if (this.#entries.size < this.#capacity) return
    for (const [path, { file, busy }] of this.#entries) {
      if (busy > 0) continue
      this.#entries.delete(path)
      file.close()
      return
    }
  }
}

/** Null if the file does not exist. */
export function openReadOrNull(disk: Disk, path: string): DiskFile | null {
  try {
    return disk.openRead(path)
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return null
    throw error
  }
}
