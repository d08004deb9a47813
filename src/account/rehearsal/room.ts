// Whether the disk has room for a second index: whatever happens, something is left for mail, which nobody can make again.

import { fileBytes, fileExists, freeBytesAt } from '#platform/files.ts'
import { NoRoomError } from './pace.ts'

const RESERVE_BYTES = 128 * 1024 * 1024
/** A second index has about as many bytes as the one in use; while it is made, some more. */
const INDEX_PART = 1.25

export class Room {
  readonly #freeBytes: () => number | null

  /** `freeBytes`: left on the disk that holds the indexes; null if that cannot be told. */
  constructor(directory: string, freeBytes: () => number | null = () => freeBytesAt(directory)) {
    this.#freeBytes = freeBytes
  }

  /** Throws NoRoomError. */
  check(neededBytes = 0): void {
    const free = this.#freeBytes()
    if (free !== null && free < RESERVE_BYTES + neededBytes)
      throw new NoRoomError('there is no room for a second index')
  }

  /** For an index like the one in use, where a part of it may be there already. Throws NoRoomError. */
  checkForIndex(used: string, made: string): void {
    this.check(Math.max(0, bytesOf(used) * INDEX_PART - bytesOf(made)))
  }
}

function bytesOf(index: string): number {
  return ['', '-wal'].reduce((sum, suffix) => sum + (fileExists(index + suffix) ? fileBytes(index + suffix) : 0), 0)
}
