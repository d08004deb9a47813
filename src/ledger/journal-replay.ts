// Reading the commit journal after a stop or a crash: docs/formats/ledger.md §4. Groups come in the order in which they were
// committed; what was damaged, as opposed to torn while it was written, is told.
//
// Memory: one group, and a MiB. Everything is checked before it is used; what is left of earlier generations, and payloads that look like
// groups, do not carry the generation's salt.

import type { AccountId } from '#base/ids.ts'
import { type Disk, type DiskFile, writeAll } from '#platform/disk.ts'
import type { ByteRange } from './damage.ts'
import { orDurabilityError } from './dirty-files.ts'
import {
  BLOCK_BYTES,
  GROUP_HEAD_BYTES,
  type GroupHead,
  type GroupRecord,
  type JournalStamp,
  beginsGroup,
  decodeFileHead,
  decodeGroup,
  decodeGroupHead,
  encodeFileHead,
  groupFileBytes,
} from './journal-format.ts'
import { openReadOrNull } from './open-files.ts'
import { incomingPath, journalPath } from './paths.ts'
import { HEAD_BYTES, type RecordHeader, payloadMatches } from './record.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { readTolerantly } from './tolerant-read.ts'

/** Before a large payload: room for the heads of its segment and of its record. */
const LARGE_HEADS_BYTES = SEGMENT_HEAD_BYTES + HEAD_BYTES

/** Of what no group is expected in. */
const SCANNED_BYTES = 1 << 20

export interface JournalContent {
  readonly index: 0 | 1
  readonly file: DiskFile
  /** Null if nothing in the file is valid. */
  readonly stamp: JournalStamp | null
  readonly headValid: boolean
}

export interface ReplayedGroup {
  /** Head and body. */
  readonly bytes: Buffer
  readonly records: readonly GroupRecord[]
}

/**
 * What the two journal files say about themselves. They are always one generation apart while one of them has groups that are not
 * durable elsewhere. A file with a damaged head and groups of any other generation was being cut: the groups are of long ago.
 */
export function inspectJournals(files: readonly [DiskFile, DiskFile]): readonly [JournalContent, JournalContent] {
  const contents = [inspectJournal(0, files[0]), inspectJournal(1, files[1])] as const
  const [first, second] = contents
  if (first.stamp === null || second.stamp === null) return contents
  if (Math.abs(first.stamp.generation - second.stamp.generation) === 1) return contents
  return [withoutStale(first), withoutStale(second)]
}

function withoutStale(content: JournalContent): JournalContent {
  return content.headValid ? content : { ...content, stamp: null }
}

function inspectJournal(index: 0 | 1, file: DiskFile): JournalContent {
  const block = Buffer.alloc(BLOCK_BYTES)
  const stamp = decodeFileHead(block.subarray(0, readTolerantly(file, block, 0)))
  if (stamp !== null) return { index, file, stamp, headValid: true }
  // A torn cut, or a damaged head: the first group says what the head said.
  const first = groupAt(file, BLOCK_BYTES)
  const valid = first !== null && first.head.number === 0
  return { index, file, stamp: valid ? first.head : null, headValid: false }
}

/** Acknowledged groups that are not valid any more. */
export interface JournalDamage {
  readonly index: 0 | 1
  /** Where they should be. */
  readonly bytes: ByteRange
  /** The first one, and the one after the last. */
  readonly groups: { readonly from: number; readonly to: number }
}

export function describeJournalDamage({ index, bytes, groups }: JournalDamage): string {
  return `journal/${index}: bytes ${bytes.start} to ${bytes.end - 1} should hold groups ${groups.from} to ${groups.to - 1}`
}

/** The groups of one file. Returns what is wrong with it, if acknowledged groups were damaged. */
export function* replayJournal(content: JournalContent): Generator<ReplayedGroup, JournalDamage | null> {
  const { file, stamp, index } = content
  if (stamp === null) return null
  let offset = BLOCK_BYTES
  let number = 0
  for (;;) {
    const group = groupAt(file, offset, stamp)
    if (group === null || group.head.number !== number) break
    yield group
    offset += groupFileBytes(group.head.bodyLength)
    number++
  }
  const later = laterGroup(file, stamp, offset + BLOCK_BYTES, number)
  if (later === null) return null
  return { index, bytes: { start: offset, end: later.offset }, groups: { from: number, to: later.number } }
}

/**
 * Makes the file's head and its last valid group durable by writing them again: they may never have been acknowledged, and be in the page
 * cache alone. What recovery goes by must not be lost again while its results stay.
 */
export async function anchorJournal(content: JournalContent): Promise<void> {
  const { stamp, headValid, file } = content
  if (stamp === null) return
  if (headValid) writeAll(file, encodeFileHead(stamp), 0)
  let offset = BLOCK_BYTES
  let last: Buffer | null = null
  for (const group of replayJournal(content)) {
    if (last !== null) offset += groupFileBytes(last.length - GROUP_HEAD_BYTES)
    last = group.bytes
  }
  if (last !== null) {
    const padded = Buffer.alloc(groupFileBytes(last.length - GROUP_HEAD_BYTES))
    last.copy(padded)
    writeAll(file, padded, offset)
  }
  await orDurabilityError(file.datasync())
}

/** All groups of a damaged file that are still valid. */
export function* salvageJournal(content: JournalContent): Generator<ReplayedGroup> {
  const { file, stamp } = content
  if (stamp === null) return
  const size = file.size()
  for (let offset = BLOCK_BYTES; offset < size;) {
    const group = groupAt(file, offset, stamp)
    if (group !== null) yield group
    offset += group === null ? BLOCK_BYTES : groupFileBytes(group.head.bodyLength)
  }
}

/**
 * A valid group after the end of the sequence: the one in flight was the last that was written, so that it cannot be torn. Nearly all of the file is looked at
 * whenever the ledger opens: it is read in large pieces.
 */
function laterGroup(
  file: DiskFile,
  stamp: JournalStamp,
  from: number,
  number: number,
): { readonly offset: number; readonly number: number } | null {
  const size = file.size()
  const piece = Buffer.allocUnsafe(SCANNED_BYTES)
  for (let start = from; start < size; start += SCANNED_BYTES) {
    const read = piece.subarray(0, readTolerantly(file, piece, start))
    for (let at = 0; at < read.length; at += BLOCK_BYTES) {
      if (!beginsGroup(read, at)) continue
      const group = groupAt(file, start + at, stamp)
      if (group !== null && group.head.number > number) return { offset: start + at, number: group.head.number }
    }
  }
  return null
}

function groupAt(
  file: DiskFile,
  offset: number,
  stamp?: JournalStamp,
): (ReplayedGroup & { readonly head: GroupHead }) | null {
  const headBytes = Buffer.alloc(GROUP_HEAD_BYTES)
  if (readTolerantly(file, headBytes, offset) < GROUP_HEAD_BYTES) return null
  const head = decodeGroupHead(headBytes)
  if (head === null || offset + groupFileBytes(head.bodyLength) > file.size()) return null
  if (stamp !== undefined && (head.generation !== stamp.generation || !head.salt.equals(stamp.salt))) return null
  const bytes = Buffer.allocUnsafe(GROUP_HEAD_BYTES + head.bodyLength)
  readTolerantly(file, bytes, offset)
  const records = decodeGroup(bytes)
  return records === null ? null : { head, bytes, records }
}

/** There is a group in it, of this generation or of an earlier one. */
export function holdsGroups(file: DiskFile): boolean {
  return groupAt(file, BLOCK_BYTES) !== null
}

/** Numbers of the account's records that the commit journal holds now, in a ledger that may be writing. */
export function journalledRecords(disk: Disk, directory: string, account: AccountId): ReadonlySet<number> {
  const found = new Set<number>()
  for (const index of [0, 1] as const) {
    const file = openReadOrNull(disk, journalPath(directory, index))
    if (file === null) continue
    try {
      for (const { records } of replayJournal(inspectJournal(index, file))) {
        for (const { header } of records) if (header.account === account) found.add(header.seq)
      }
    } finally {
      file.close()
    }
  }
  return found
}

const SET_ASIDE_NAME = /^[01]\.damaged-\d+$/

export interface CommittedRecord {
  readonly header: RecordHeader
  /** Valid until the next. */
  readonly payload: Buffer
  /** In a file that was set aside: the log may have gone on without it, and have given its number to another. */
  readonly isSetAside: boolean
}

/**
 * Every record of the account that any file of the commit journal holds and that is whole, those behind damage and in files that were set aside included.
 * What is acknowledged and not in segments yet is among them; most are in segments, too. Of two with one number the first is the later generation's.
 */
export function* committedRecords(disk: Disk, directory: string, account: AccountId): Generator<CommittedRecord> {
  for (const { group, isSetAside } of journalledGroups(disk, directory)) {
    for (const { header, start, end, incoming } of group.records) {
      if (header.account !== account) continue
      const payload =
        incoming === null ? group.bytes.subarray(start + HEAD_BYTES, end) : readIncoming(disk, directory, incoming)
      if (payload !== null && payloadMatches(header, payload)) yield { header, payload, isSetAside }
    }
  }
}

/** Accounts with records in any file of the commit journal: those that were just made have them nowhere else. */
export function committedAccounts(disk: Disk, directory: string): ReadonlySet<AccountId> {
  const found = new Set<AccountId>()
  for (const { group } of journalledGroups(disk, directory)) {
    for (const { header } of group.records) found.add(header.account)
  }
  return found
}

/** Of all files that there may be: those in use first. */
export function journalPaths(disk: Disk, directory: string): string[] {
  const aside = disk.list(`${directory}/journal`).filter((name) => SET_ASIDE_NAME.test(name))
  return [0, 1, ...aside].map((name) => `${directory}/journal/${name}`)
}

/** Of all files: those in use first, of these the newer one. */
function* journalledGroups(
  disk: Disk,
  directory: string,
): Generator<{ readonly group: ReplayedGroup; readonly isSetAside: boolean }> {
  const files = journalPaths(disk, directory).map((path) => openReadOrNull(disk, path))
  try {
    const contents = files.map((file) => (file === null ? null : inspectJournal(0, file)))
    const [first, second, ...aside] = contents
    const isSecondNewer = (second?.stamp?.generation ?? 0) > (first?.stamp?.generation ?? 0)
    const inUse = isSecondNewer ? [second, first] : [first, second]
    for (const content of [...inUse, ...aside.sort(newestFirst)]) {
      if (content === null || content === undefined) continue
      const isSetAside = !inUse.includes(content)
      for (const group of salvageJournal(content)) yield { group, isSetAside }
    }
  } finally {
    for (const file of files) file?.close()
  }
}

function newestFirst(a: JournalContent | null, b: JournalContent | null): number {
  return (b?.stamp?.generation ?? 0) - (a?.stamp?.generation ?? 0)
}

/** Null if it has gone, as into its segment. */
function readIncoming(disk: Disk, directory: string, name: string): Buffer | null {
  const file = openReadOrNull(disk, incomingPath(directory, name))
  if (file === null) return null
  try {
    const payload = Buffer.allocUnsafe(Math.max(0, file.size() - LARGE_HEADS_BYTES))
    return payload.subarray(0, readTolerantly(file, payload, LARGE_HEADS_BYTES))
  } finally {
    file.close()
  }
}
