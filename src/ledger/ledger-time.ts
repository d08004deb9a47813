// The ledger's own time: how long it has run, in milliseconds, by the monotonic clock. Retention is measured in it, so that nothing which can be set or
// sent makes it pass faster: not the time of day, not a record's time, not a request. It is kept in `ledger/clock` (docs/formats/release.md §3), coarse, and never ahead
// of what has passed: what a crash takes from it makes things wait longer.

import { crc32 } from 'node:zlib'
import type { Clock } from '#platform/clock.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import { readU53, writeU53 } from './integer.ts'
import { openReadOrNull } from './open-files.ts'

export interface StoredTime {
  readonly passedMs: number
  /** How long released payloads were kept when it was written. */
  readonly retentionMs: number
}

/** What is stored is behind by no more while the ledger runs, and something waits. */
export const LEDGER_TIME_LAG_MS = 15 * 60_000

const CLOCK_BYTES = 64
const MAGIC = Buffer.from('4d4b636c6f000001', 'hex')

function clockPath(ledgerDirectory: string): string {
  return `${ledgerDirectory}/clock`
}

/** Null if there is none, or it is damaged. */
export function readLedgerTime(disk: Disk, ledgerDirectory: string): StoredTime | null {
  const file = openReadOrNull(disk, clockPath(ledgerDirectory))
  if (file === null) return null
  try {
    const bytes = Buffer.alloc(CLOCK_BYTES)
    return file.read(bytes, 0) === CLOCK_BYTES ? decode(bytes) : null
  } finally {
    file.close()
  }
}

function decode(bytes: Buffer): StoredTime | null {
  if (!bytes.subarray(0, 8).equals(MAGIC) || bytes.readUInt32BE(60) !== crc32(bytes.subarray(0, 60))) return null
  const [passedMs, retentionMs] = [readU53(bytes, 8), readU53(bytes, 16)]
  return passedMs === null || retentionMs === null ? null : { passedMs, retentionMs }
}

function encode({ passedMs, retentionMs }: StoredTime): Buffer {
  const bytes = Buffer.alloc(CLOCK_BYTES)
  MAGIC.copy(bytes)
  writeU53(bytes, 8, passedMs)
  writeU53(bytes, 16, retentionMs)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, 60)), 60)
  return bytes
}

export class LedgerTime {
  readonly #disk: Disk
  readonly #clock: Clock
  readonly #directory: string
  readonly #retentionMs: number
  readonly #before: number
  readonly #startedAt: number

  /** From where the one before ended, as far as that is known; from 0 if nothing is. */
  constructor(disk: Disk, clock: Clock, directory: string, retentionMs: number) {
    this.#disk = disk
    this.#clock = clock
    this.#directory = directory
    this.#retentionMs = retentionMs
    this.#before = readLedgerTime(disk, directory)?.passedMs ?? 0
    this.#startedAt = clock.monotonic()
  }

  now(): number {
    return this.#before + Math.floor(this.#clock.monotonic() - this.#startedAt)
  }

  /** Throws DiskError: then what was stored before stays. */
  async store(): Promise<void> {
    const path = clockPath(this.#directory)
    const file = this.#disk.openWrite(`${path}.new`)
    try {
      file.truncate(0)
      writeAll(file, encode({ passedMs: this.now(), retentionMs: this.#retentionMs }), 0)
      await file.datasync()
    } finally {
      file.close()
    }
    this.#disk.rename(`${path}.new`, path)
    await this.#disk.syncDirectory(this.#directory)
  }
}
