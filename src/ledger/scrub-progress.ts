// How far the scrub is, in the file `scrub` of the ledger's directory: docs/formats/ledger.md §14. A head of one sector, and 64 bytes for each account. Written in place; what is torn, missing or damaged
// costs a new pass, and nothing else. Nobody waits for it to be durable: what a crash takes back makes ages look longer, not shorter.

import { crc32 } from 'node:zlib'
import { type AccountId, type Seq, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import { type Disk, type DiskFile, writeAll } from '#platform/disk.ts'
import { readU53, writeU53 } from './integer.ts'
import { openReadOrNull } from './open-files.ts'
import type { ScrubMoment } from './scrub-clock.ts'

/** Times are in the scrub's time (`ScrubClock`). */
export interface ScrubHead {
  readonly moment: ScrubMoment
  /** 0: nothing is promised. */
  readonly everyMs: number
  readonly isPaused: boolean
  /** What was read came past the page cache. */
  readonly isDirect: boolean
  /** 0: there was none yet. */
  readonly pass: number
  readonly passBegan: number
  /** 0: it goes on. */
  readonly passEnded: number
  readonly bytesDone: number
  readonly bytesLeft: number
  /** What is being read; null between two accounts. */
  readonly place: ScrubPlace | null
  /** No byte of the ledger's own files was read before; 0 if that is not known. */
  readonly ownSince: number
}

export interface ScrubPlace {
  readonly account: AccountId
  readonly began: number
  /** Segments before this one were read; null if not even the tree was. */
  readonly segment: Seq | null
  /** In those segments: the number after the last record, and of slot records. */
  readonly next: number
  readonly slots: number
  /** Something in the account is damaged, and stays so. */
  readonly isDamaged: boolean
}

export interface ScrubbedAccount {
  /** Every byte was read, or written, at this time or later; null if nobody knows. */
  readonly since: number | null
  /** All of it was read at least once. */
  readonly isRead: boolean
  /** When it was read last, there was damage that stayed. */
  readonly isDamaged: boolean
}

export const NEVER_SCRUBBED: ScrubHead = {
  moment: { at: 0, day: 0, uptime: 0 },
  everyMs: 0,
  isPaused: false,
  isDirect: true,
  pass: 0,
  passBegan: 0,
  passEnded: 0,
  bytesDone: 0,
  bytesLeft: 0,
  place: null,
  ownSince: 0,
}

const HEAD_BYTES = 512
const ENTRY_BYTES = 64
/** From offset 8 on. */
const NUMBERS = 14
const PLACE_AT = 120
const FLAGS_AT = 136
const MAGIC = Buffer.from('4d4b736372000001', 'hex')
const FLAGS = { used: 128, read: 1, known: 2, damaged: 4 }
const HEAD_FLAGS = { paused: 1, direct: 2, reading: 4, treeRead: 8, damaged: 16 }

function scrubPath(ledgerDirectory: string): string {
  return `${ledgerDirectory}/scrub`
}

function encodeScrubHead(head: ScrubHead): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES)
  MAGIC.copy(bytes)
  const { moment, place } = head
  const numbers = [
    moment.at,
    moment.day,
    head.everyMs,
    head.pass,
    head.passBegan,
    head.passEnded,
    head.bytesDone,
    head.bytesLeft,
    head.ownSince,
    place?.began ?? 0,
    place?.segment ?? 0,
    place?.next ?? 0,
    place?.slots ?? 0,
    moment.uptime,
  ]
  for (const [index, value] of numbers.entries()) writeU53(bytes, 8 + 8 * index, Math.max(0, Math.floor(value)))
  if (place !== null) bytes.set(accountIdToBytes(place.account), PLACE_AT)
  bytes[FLAGS_AT] =
    (head.isPaused ? HEAD_FLAGS.paused : 0) |
    (head.isDirect ? HEAD_FLAGS.direct : 0) |
    (place === null ? 0 : HEAD_FLAGS.reading) |
    (place === null || place.segment === null ? 0 : HEAD_FLAGS.treeRead) |
    (place?.isDamaged === true ? HEAD_FLAGS.damaged : 0)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, HEAD_BYTES - 4)), HEAD_BYTES - 4)
  return bytes
}

/** Null for anything else. */
function decodeScrubHead(bytes: Buffer): ScrubHead | null {
  if (bytes.length < HEAD_BYTES || !bytes.subarray(0, 8).equals(MAGIC)) return null
  if (bytes.readUInt32BE(HEAD_BYTES - 4) !== crc32(bytes.subarray(0, HEAD_BYTES - 4))) return null
  const numbers: number[] = []
  for (let index = 0; index < NUMBERS; index++) {
    const value = readU53(bytes, 8 + 8 * index)
    if (value === null) return null
    numbers.push(value)
  }
  const [at = 0, day = 0, everyMs = 0, pass = 0, passBegan = 0, passEnded = 0, bytesDone = 0, bytesLeft = 0] = numbers
  const [ownSince = 0, began = 0, segment = 0, next = 0, slots = 0, uptime = 0] = numbers.slice(8)
  const flags = bytes[FLAGS_AT] as number
  const isReading = (flags & HEAD_FLAGS.reading) !== 0
  return {
    moment: { at, day, uptime },
    everyMs,
    isPaused: (flags & HEAD_FLAGS.paused) !== 0,
    isDirect: (flags & HEAD_FLAGS.direct) !== 0,
    pass,
    passBegan,
    passEnded,
    bytesDone,
    bytesLeft,
    ownSince,
    place: isReading
      ? {
          account: accountIdFromBytes(bytes.subarray(PLACE_AT, PLACE_AT + 16)),
          began,
          segment: (flags & HEAD_FLAGS.treeRead) === 0 ? null : (segment as Seq),
          next,
          slots,
          isDamaged: (flags & HEAD_FLAGS.damaged) !== 0,
        }
      : null,
  }
}

function encodeEntry(account: AccountId, { since, isRead, isDamaged }: ScrubbedAccount): Buffer {
  const bytes = Buffer.alloc(ENTRY_BYTES)
  bytes.set(accountIdToBytes(account))
  writeU53(bytes, 16, Math.max(0, Math.floor(since ?? 0)))
  bytes[24] =
    FLAGS.used | (isRead ? FLAGS.read : 0) | (since === null ? 0 : FLAGS.known) | (isDamaged ? FLAGS.damaged : 0)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, ENTRY_BYTES - 4)), ENTRY_BYTES - 4)
  return bytes
}

/** Null for a place that is free, and for what is damaged. */
function decodeEntry(bytes: Buffer): { readonly account: AccountId; readonly state: ScrubbedAccount } | null {
  if (bytes.readUInt32BE(ENTRY_BYTES - 4) !== crc32(bytes.subarray(0, ENTRY_BYTES - 4))) return null
  const flags = bytes[24] as number
  const since = readU53(bytes, 16)
  if ((flags & FLAGS.used) === 0 || since === null) return null
  return {
    account: accountIdFromBytes(bytes.subarray(0, 16)),
    state: {
      since: (flags & FLAGS.known) === 0 ? null : since,
      isRead: (flags & FLAGS.read) !== 0,
      isDamaged: (flags & FLAGS.damaged) !== 0,
    },
  }
}

export interface StoredScrub {
  readonly head: ScrubHead
  readonly accounts: ReadonlyMap<AccountId, ScrubbedAccount>
  readonly places: ReadonlyMap<AccountId, number>
}

/** Null if there is none that is any good. Throws DiskError. */
export function readScrub(disk: Disk, ledgerDirectory: string): StoredScrub | null {
  const read = readFile(disk, ledgerDirectory)
  if (read === null) return null
  const accounts = new Map<AccountId, ScrubbedAccount>()
  const places = new Map<AccountId, number>()
  for (const [place, bytes] of read.entries.entries()) {
    const entry = decodeEntry(bytes)
    if (entry === null || accounts.has(entry.account)) continue
    accounts.set(entry.account, entry.state)
    places.set(entry.account, place)
  }
  return { head: read.head, accounts, places }
}

/** The same of one account; `state` is null if nothing is known of it. */
export function readAccountScrub(
  disk: Disk,
  ledgerDirectory: string,
  account: AccountId,
): { readonly head: ScrubHead; readonly state: ScrubbedAccount | null } | null {
  const read = readFile(disk, ledgerDirectory)
  if (read === null) return null
  const id = accountIdToBytes(account)
  for (const bytes of read.entries) {
    const entry = bytes.compare(id, 0, id.length, 0, id.length) === 0 ? decodeEntry(bytes) : null
    if (entry !== null) return { head: read.head, state: entry.state }
  }
  return { head: read.head, state: null }
}

function readFile(
  disk: Disk,
  ledgerDirectory: string,
): { readonly head: ScrubHead; readonly entries: Buffer[] } | null {
  const file = openReadOrNull(disk, scrubPath(ledgerDirectory))
  if (file === null) return null
  try {
    const bytes = Buffer.alloc(Math.max(HEAD_BYTES, file.size()))
    const read = bytes.subarray(0, file.read(bytes, 0))
    const head = decodeScrubHead(read.subarray(0, HEAD_BYTES))
    if (head === null) return null
    const entries: Buffer[] = []
    for (let at = HEAD_BYTES; at + ENTRY_BYTES <= read.length; at += ENTRY_BYTES)
      entries.push(read.subarray(at, at + ENTRY_BYTES))
    return { head, entries }
  } finally {
    file.close()
  }
}

/** The file while the scrub goes on. */
export class ScrubFile {
  readonly #file: DiskFile
  readonly #places: Map<AccountId, number>
  readonly #free: number[] = []
  readonly #waiting = new Map<number, Buffer>()
  #isSyncing = false

  /** Made anew if `stored` is null. Throws DiskError. */
  constructor(disk: Disk, ledgerDirectory: string, stored: StoredScrub | null) {
    this.#file = disk.openWrite(scrubPath(ledgerDirectory))
    this.#places = new Map(stored?.places)
    if (stored === null) this.#file.truncate(0)
    const count = Math.max(0, Math.floor((this.#file.size() - HEAD_BYTES) / ENTRY_BYTES))
    const used = new Set(this.#places.values())
    for (let place = count - 1; place >= 0; place--) if (!used.has(place)) this.#free.push(place)
  }

  /** Throws DiskError. */
  saveHead(head: ScrubHead): void {
    this.#put(encodeScrubHead(head), 0)
  }

  /** Throws DiskError. */
  saveAccount(account: AccountId, state: ScrubbedAccount): void {
    const place = this.#places.get(account) ?? this.#free.pop() ?? this.#places.size
    this.#places.set(account, place)
    this.#put(encodeEntry(account, state), HEAD_BYTES + place * ENTRY_BYTES)
  }

  /** Throws DiskError. */
  forget(account: AccountId): void {
    const place = this.#places.get(account)
    if (place === undefined) return
    this.#places.delete(account)
    this.#free.push(place)
    this.#put(Buffer.alloc(ENTRY_BYTES), HEAD_BYTES + place * ENTRY_BYTES)
  }

  /** Throws DiskError. One call at a time does something. */
  async sync(): Promise<void> {
    if (this.#isSyncing) return
    this.#isSyncing = true
    try {
      await this.#file.datasync()
    } finally {
      this.#isSyncing = false
      for (const [at, bytes] of this.#waiting) writeAll(this.#file, bytes, at)
      this.#waiting.clear()
    }
  }

  /** What is being made durable must not be written meanwhile. */
  #put(bytes: Buffer, at: number): void {
    if (this.#isSyncing) this.#waiting.set(at, bytes)
    else writeAll(this.#file, bytes, at)
  }

  close(): void {
    this.#file.close()
  }
}
