// The segments that a reader has open: as they are stored, and as their parity says that they were.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { openReadOrNull } from './open-files.ts'
import { ParityFile } from './parity-file.ts'
import { type AccountPaths, parityPath, segmentPath } from './paths.ts'
import { RepairedFile } from './repaired-file.ts'

const OPEN_SEGMENTS = 4

export class SegmentFiles implements Disposable {
  readonly #disk: Disk
  readonly #paths: AccountPaths
  readonly #account: AccountId
  /** Least recently used first. */
  readonly #stored = new Map<Seq, DiskFile>()
  /** The one that was asked for last. */
  #repaired: { readonly segment: Seq; readonly file: RepairedFile } | null = null

  constructor(disk: Disk, paths: AccountPaths, account: AccountId) {
    this.#disk = disk
    this.#paths = paths
    this.#account = account
  }

  /** Null if there is no such segment. Stays ours, until others were asked for. */
  stored(segment: Seq): DiskFile | null {
    const known = this.#stored.get(segment)
    const file = known ?? openReadOrNull(this.#disk, segmentPath(this.#paths, segment))
    if (file === null) return null
    this.#stored.delete(segment)
    this.#stored.set(segment, file)
    for (const [oldest, old] of this.#stored) {
      if (this.#stored.size <= OPEN_SEGMENTS) break
      this.#stored.delete(oldest)
      old.close()
    }
    return file
  }

  /** The file that has the segment's name now: a repaired one may have taken it since it was opened. */
  storedAgain(segment: Seq): DiskFile | null {
    this.#stored.get(segment)?.close()
    this.#stored.delete(segment)
    return this.stored(segment)
  }

  /** Null if the segment has no parity. Stays ours, until another is asked for. */
  repaired(segment: Seq): RepairedFile | null {
    if (this.#repaired?.segment === segment) return this.#repaired.file
    const parity = ParityFile.open(this.#disk, parityPath(this.#paths, segment), this.#account, segment)
    if (parity === null) return null
    this.#repaired?.file.close()
    const file = new RepairedFile(openReadOrNull(this.#disk, segmentPath(this.#paths, segment)), parity)
    this.#repaired = { segment, file }
    return file
  }

  [Symbol.dispose](): void {
    for (const file of this.#stored.values()) file.close()
    this.#stored.clear()
    this.#repaired?.file.close()
    this.#repaired = null
  }
}
