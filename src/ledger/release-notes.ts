// What the ledger has seen released of an account, and since when in its own time: `accounts/…/retention`, docs/formats/release.md §4. It is the ledger's alone, and
// derived from the log but for the times: where it is lost or damaged everything counts as seen now.
//
// Invariant: what an account has kept again is not in it, whatever else is.

import { crc32 } from 'node:zlib'
import type { AccountId } from '#base/ids.ts'
import type { NumberRange } from '#base/number-ranges.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import { readU53, writeU53 } from './integer.ts'
import { openReadOrNull } from './open-files.ts'
import type { AccountPaths } from './paths.ts'
import type { Release } from './release.ts'

export interface SeenRange {
  readonly first: number
  readonly last: number
  /** In the ledger's time. */
  readonly seenMs: number
}

const MAGIC = Buffer.from('4d4b726574000001', 'hex')
const HEAD_BYTES = 64
const RANGE_BYTES = 24
/** More are not noted before some of these have gone: 3 MiB. */
const RANGES_MAX = 131_072

export class ReleaseNotes {
  /** Records of the log that were looked at. */
  size = 0
  /** There was more than could be noted: the log is to be looked at again when there is room. */
  isCut = false
  /** Increasing, apart from each other or seen at other times. */
  #ranges: SeenRange[] = []

  get ranges(): readonly SeenRange[] {
    return this.#ranges
  }

  /** The next release record of the log. */
  add({ released, kept }: Release, nowMs: number): void {
    for (const [first, last] of released) this.#release(first, last, nowMs)
    for (const [first, last] of kept) this.remove(first, last)
  }

  /** Kept again, or gone. */
  remove(first: number, last: number): void {
    const from = this.#endingFrom(first)
    const left: SeenRange[] = []
    let to = from
    for (let range = this.#ranges[to]; range !== undefined && range.first <= last; range = this.#ranges[++to]) {
      if (range.first < first) left.push({ ...range, last: first - 1 })
      if (range.last > last) left.push({ ...range, first: last + 1 })
    }
    this.#ranges.splice(from, to - from, ...left)
  }

  /** What was seen at that time or before. */
  *seenUntil(timeMs: number): Generator<NumberRange> {
    for (const { first, last, seenMs } of this.#ranges) if (seenMs <= timeMs) yield [first, last]
  }

  /** Whether all of these were seen at that time or before, and are still released. */
  covers(first: number, last: number, timeMs: number): boolean {
    let next = first
    for (let at = this.#endingFrom(first); next <= last; at++) {
      const range = this.#ranges[at]
      if (range === undefined || range.first > next || range.seenMs > timeMs) return false
      next = range.last + 1
    }
    return true
  }

  get hasRoom(): boolean {
    return this.#ranges.length < RANGES_MAX / 2
  }

  /** The log is read again from its beginning. */
  readAgain(): void {
    this.size = 0
    this.isCut = false
  }

  copy(): ReleaseNotes {
    const copy = new ReleaseNotes()
    copy.become(this)
    return copy
  }

  become(other: ReleaseNotes): void {
    this.size = other.size
    this.isCut = other.isCut
    this.#ranges = other.#ranges.slice()
  }

  /** The range that a record is in; null if it is in none. */
  find(record: number): SeenRange | null {
    const range = this.#ranges[this.#endingFrom(record)]
    return range !== undefined && range.first <= record ? range : null
  }

  /** A time that is yet to come, as after a loss of `clock`, is now. */
  notAfter(nowMs: number): void {
    if (this.#ranges.some(({ seenMs }) => seenMs > nowMs)) {
      this.#ranges = this.#ranges.map((range) => ({ ...range, seenMs: Math.min(range.seenMs, nowMs) }))
    }
  }

  /** What was seen before stays as it was. */
  #release(first: number, last: number, seenMs: number): void {
    let next = first
    const added: SeenRange[] = []
    const from = this.#endingFrom(first)
    let to = from
    for (let range = this.#ranges[to]; range !== undefined && range.first <= last; range = this.#ranges[++to]) {
      if (range.first > next) added.push({ first: next, last: range.first - 1, seenMs })
      added.push(range)
      next = range.last + 1
    }
    if (next <= last) added.push({ first: next, last, seenMs })
    // With those at both sides, which may have been seen at the same time.
    const before = this.#ranges[from - 1]
    const after = this.#ranges[to]
    const joined: SeenRange[] = []
    for (const range of [
      ...(before === undefined ? [] : [before]),
      ...added,
      ...(after === undefined ? [] : [after]),
    ]) {
      const previous = joined.at(-1)
      if (previous !== undefined && previous.last + 1 === range.first && previous.seenMs === range.seenMs) {
        joined[joined.length - 1] = { ...previous, last: range.last }
      } else joined.push(range)
    }
    const start = before === undefined ? from : from - 1
    const count = (after === undefined ? to : to + 1) - start
    if (this.#ranges.length - count + joined.length > RANGES_MAX) this.isCut = true
    else this.#ranges.splice(start, count, ...joined)
  }

  /** The first range that ends at `number` or after it. */
  #endingFrom(number: number): number {
    let low = 0
    let high = this.#ranges.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#ranges[middle] as SeenRange).last < number) low = middle + 1
      else high = middle
    }
    return low
  }

  encode(account: AccountId): Buffer {
    const bytes = Buffer.alloc(HEAD_BYTES + this.#ranges.length * RANGE_BYTES)
    MAGIC.copy(bytes)
    bytes.write(account, 8, 16, 'hex')
    writeU53(bytes, 24, this.size)
    bytes.writeUInt32BE(this.#ranges.length, 32)
    bytes[36] = this.isCut ? 1 : 0
    for (const [index, { first, last, seenMs }] of this.#ranges.entries()) {
      const at = HEAD_BYTES + index * RANGE_BYTES
      writeU53(bytes, at, first)
      writeU53(bytes, at + 8, last)
      writeU53(bytes, at + 16, seenMs)
    }
    bytes.writeUInt32BE(checksum(bytes), 60)
    return bytes
  }

  /** Null for bytes that are no notes of this account. */
  static decode(bytes: Buffer, account: AccountId): ReleaseNotes | null {
    if (bytes.length < HEAD_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return null
    if (bytes.toString('hex', 8, 24) !== account || bytes.readUInt32BE(60) !== checksum(bytes)) return null
    if (bytes.length !== HEAD_BYTES + bytes.readUInt32BE(32) * RANGE_BYTES) return null
    const notes = new ReleaseNotes()
    const size = readU53(bytes, 24)
    if (size === null) return null
    notes.size = size
    notes.isCut = bytes[36] === 1
    let after = -1
    for (let at = HEAD_BYTES; at < bytes.length; at += RANGE_BYTES) {
      const [first, last, seenMs] = [readU53(bytes, at), readU53(bytes, at + 8), readU53(bytes, at + 16)]
      if (first === null || last === null || seenMs === null || first <= after || first > last) return null
      notes.#ranges.push({ first, last, seenMs })
      after = last
    }
    return notes
  }
}

function checksum(bytes: Buffer): number {
  return crc32(bytes.subarray(HEAD_BYTES), crc32(bytes.subarray(0, 60)))
}

const FILE_BYTES_MAX = HEAD_BYTES + (RANGES_MAX + 65_536) * RANGE_BYTES

/** Null if there are none, or they are damaged. Throws DiskError. */
export function readNotes(disk: Disk, paths: AccountPaths, account: AccountId): ReleaseNotes | null {
  const file = openReadOrNull(disk, paths.retention)
  if (file === null) return null
  try {
    const bytes = Buffer.alloc(Math.min(file.size(), FILE_BYTES_MAX))
    return ReleaseNotes.decode(bytes.subarray(0, file.read(bytes, 0)), account)
  } finally {
    file.close()
  }
}

/** Throws DiskError. */
export async function writeNotes(
  disk: Disk,
  paths: AccountPaths,
  account: AccountId,
  notes: ReleaseNotes,
): Promise<void> {
  const file = disk.openWrite(`${paths.retention}.new`)
  try {
    file.truncate(0)
    writeAll(file, notes.encode(account), 0)
    await file.datasync()
  } finally {
    file.close()
  }
  disk.rename(`${paths.retention}.new`, paths.retention)
  await disk.syncDirectory(paths.directory)
}
