// An account's `slots` file: docs/formats/ledger.md §8. Copies of its slot records, so that a locked account can be opened
// without its whole log. A copy that is missing or damaged is made again from the log.

import type { AccountId } from '#base/ids.ts'
import type { Disk } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import type { OpenContext } from './open-context.ts'
import { openReadOrNull } from './open-files.ts'
import { type AccountPaths, listSegments, segmentPath } from './paths.ts'
import { HEAD_BYTES, type RecordHeader, decodeHead, encodeHead, payloadMatches } from './record.ts'
import { MAX_SCANNED_PAYLOAD_BYTES, scanSegment } from './scan.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'

export interface SlotRecord {
  readonly header: RecordHeader
  readonly payload: Buffer
}

interface SlotCopies {
  readonly records: readonly SlotRecord[]
  /** Where each record ends in the file. */
  readonly ends: readonly number[]
  /** All of the file is good records. */
  readonly whole: boolean
}

/** More is not a slots file that any ledger wrote. */
const MAX_FILE_BYTES = 64 * 1024 * 1024

/** Null if the file does not exist. */
export function readSlotCopies(disk: Disk, paths: AccountPaths, account: AccountId): SlotCopies | null {
  const file = openReadOrNull(disk, paths.slots)
  if (file === null) return null
  try {
    const bytes = Buffer.alloc(Math.min(file.size(), MAX_FILE_BYTES))
    return parseSlots(bytes.subarray(0, file.read(bytes, 0)), account)
  } finally {
    file.close()
  }
}

function parseSlots(bytes: Buffer, account: AccountId): SlotCopies {
  const records: SlotRecord[] = []
  const ends: number[] = []
  let at = 0
  let previous = -1
  while (at < bytes.length) {
    const head = decodeHead(bytes.subarray(at, at + HEAD_BYTES))
    if (!head.ok || head.value.state !== 'present') break
    const { header } = head.value
    const end = at + HEAD_BYTES + header.payloadLength
    const payload = bytes.subarray(at + HEAD_BYTES, end)
    if (header.account !== account || header.kind !== 'slot' || header.seq <= previous) break
    if (end > bytes.length || !payloadMatches(header, payload)) break
    records.push({ header, payload })
    ends.push(end)
    previous = header.seq
    at = end
  }
  return { records, ends, whole: at === bytes.length }
}

/** The slot records among an account's log, by reading all of it. Damaged ones are left out. */
function* slotsOfLog(disk: Disk, paths: AccountPaths, account: AccountId): Generator<SlotRecord> {
  for (const first of listSegments(disk, paths)) {
    const file = openReadOrNull(disk, segmentPath(paths, first))
    if (file === null) continue
    try {
      const offset = SEGMENT_HEAD_BYTES
      const payloadsUpTo = MAX_SCANNED_PAYLOAD_BYTES
      for (const step of scanSegment(file, { account, seq: first, offset, payloadsUpTo })) {
        if (step.kind !== 'record' || step.header.kind !== 'slot' || step.payload === null) continue
        if (payloadMatches(step.header, step.payload)) yield { header: step.header, payload: Buffer.from(step.payload) }
      }
    } finally {
      file.close()
    }
  }
}

/**
 * Where the copy of record `seq`, the account's next slot record, goes in its `slots` file: after those before. Writes the file
 * again if it is missing or damaged.
 */
export function loadSlotsBytes(context: OpenContext, state: AccountState, seq: number): number {
  const { disk, files } = context
  const { paths, id } = state
  const copies = readSlotCopies(disk, paths, id)
  if (copies !== null) {
    const before = copies.records.findLastIndex((copy) => copy.header.seq < seq)
    if (copies.whole) return copies.ends[before] ?? 0
  }
  context.touchedDirectory(paths.directory)
  context.touched(paths.slots)
  files.create(paths.slots)
  let at = 0
  for (const { header, payload } of slotsOfLog(disk, paths, id)) {
    if (header.seq >= seq) break
    const record = Buffer.concat([encodeHead(header), payload])
    files.write(paths.slots, record, at)
    at += record.length
  }
  files.truncate(paths.slots, at)
  return at
}
