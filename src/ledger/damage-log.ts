// `ledger/damage.log`: what was found damaged, and what was done about it. One JSON object on each line, only ever appended to; docs/formats/ledger.md §12.
// Nothing of any record's content is in it. A line that a crash left unfinished is passed over by readers and ended by the next.

import type { AccountId } from '#base/ids.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import { openReadOrNull } from './open-files.ts'

/** `missing`: the file ends before; `unreadable`: the disk gave an error; `zeroed`: a lost block; `changed`: other bytes. */
export type DamageKind = 'missing' | 'unreadable' | 'zeroed' | 'changed'

export interface DamagedRange {
  readonly start: number
  readonly end: number
  readonly kind: DamageKind
}

/**
 * `repairing`: a repaired file is about to take its place; `repaired`: it has, and was verified there; `rebuilt`: what can be derived was made again;
 * `unrepairable`: these bytes cannot be had from here.
 */
export type DamageAction = 'repairing' | 'repaired' | 'rebuilt' | 'unrepairable'

export interface DamageEntry {
  /** As in ISO 8601, UTC. */
  readonly time: string
  /** Empty for the ledger's own files. */
  readonly account: AccountId | ''
  /** Below the account's directory, or the ledger's. */
  readonly file: string
  readonly action: DamageAction
  readonly bytes: readonly DamagedRange[]
  /** The first record concerned, and the one after the last. */
  readonly records: readonly (readonly [from: number, to: number])[]
}

/** Ranges, and runs of records, that one line names; the last of more reaches to the end of all. */
const LIST_MAX = 64
const READ_BYTES_MAX = 4 * 1024 * 1024
const NEWLINE = 10

function damageLogPath(ledgerDirectory: string): string {
  return `${ledgerDirectory}/damage.log`
}

/** Durable when it resolves. Throws DiskError. */
export async function appendDamage(disk: Disk, ledgerDirectory: string, entry: DamageEntry): Promise<void> {
  const isNew = !disk.exists(damageLogPath(ledgerDirectory))
  const file = disk.openWrite(damageLogPath(ledgerDirectory))
  try {
    const end = file.size()
    const last = Buffer.alloc(1)
    if (end > 0) file.read(last, end - 1)
    const line = `${JSON.stringify({ ...entry, bytes: bounded(entry.bytes), records: boundedRecords(entry.records) })}\n`
    writeAll(file, Buffer.from(end > 0 && last[0] !== NEWLINE ? `\n${line}` : line), end)
    await file.datasync()
  } finally {
    file.close()
  }
  if (isNew) await disk.syncDirectory(ledgerDirectory)
}

function bounded(ranges: readonly DamagedRange[]): readonly DamagedRange[] {
  const last = ranges.at(-1)
  if (ranges.length <= LIST_MAX || last === undefined) return ranges
  const { start, kind } = ranges[LIST_MAX - 1] as DamagedRange
  return [...ranges.slice(0, LIST_MAX - 1), { start, end: last.end, kind }]
}

function boundedRecords(records: DamageEntry['records']): DamageEntry['records'] {
  const last = records.at(-1)
  if (records.length <= LIST_MAX || last === undefined) return records
  return [...records.slice(0, LIST_MAX - 1), [(records[LIST_MAX - 1] as readonly [number, number])[0], last[1]]]
}

/** The entries, oldest first; of a very long log the last ones. */
export function readDamageLog(disk: Disk, ledgerDirectory: string): DamageEntry[] {
  const file = openReadOrNull(disk, damageLogPath(ledgerDirectory))
  if (file === null) return []
  try {
    const start = Math.max(0, file.size() - READ_BYTES_MAX)
    const bytes = Buffer.alloc(file.size() - start)
    const text = bytes.toString('utf8', 0, file.read(bytes, start))
    return text.split('\n').flatMap((line) => decodeLine(line) ?? [])
  } finally {
    file.close()
  }
}

function decodeLine(line: string): DamageEntry | null {
  try {
    const entry = JSON.parse(line) as DamageEntry | null
    return typeof entry?.account === 'string' && Array.isArray(entry.bytes) ? entry : null
  } catch {
    return null
  }
}
