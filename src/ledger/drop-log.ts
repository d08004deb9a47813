// `ledger/drop.log`: which payloads this copy of the ledger has dropped, and when. One JSON object on each line, only ever appended to: docs/formats/release.md §6. Nothing
// rests on it: that a payload was dropped is in the head of its record.

import type { AccountId } from '#base/ids.ts'
import type { NumberRange } from '#base/number-ranges.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import { openReadOrNull } from './open-files.ts'

export interface DropEntry {
  /** As in ISO 8601, UTC, by the time of day. */
  readonly time: string
  readonly account: AccountId
  /** `released`: the account's log released them; `destroyed`: the operator destroyed the account. */
  readonly why: 'released' | 'destroyed'
  /** First and last of each run. */
  readonly records: readonly NumberRange[]
  readonly bytes: number
}

const LINE_RANGES_MAX = 1_000
const READ_BYTES_MAX = 16 * 1024 * 1024
const NEWLINE = 10

function dropLogPath(ledgerDirectory: string): string {
  return `${ledgerDirectory}/drop.log`
}

/** Throws DiskError. */
export async function appendDrop(disk: Disk, ledgerDirectory: string, entry: DropEntry): Promise<void> {
  const isNew = !disk.exists(dropLogPath(ledgerDirectory))
  const file = disk.openWrite(dropLogPath(ledgerDirectory))
  try {
    const end = file.size()
    const last = Buffer.alloc(1)
    if (end > 0) file.read(last, end - 1)
    const lines = end > 0 && last[0] !== NEWLINE ? '\n' : ''
    writeAll(file, Buffer.from(lines + linesOf(entry)), end)
    await file.datasync()
  } finally {
    file.close()
  }
  if (isNew) await disk.syncDirectory(ledgerDirectory)
}

/** Bytes are told with the first of several lines. */
function linesOf(entry: DropEntry): string {
  let text = ''
  for (let at = 0; at === 0 || at < entry.records.length; at += LINE_RANGES_MAX) {
    const records = entry.records.slice(at, at + LINE_RANGES_MAX)
    text += `${JSON.stringify({ ...entry, records, bytes: at === 0 ? entry.bytes : 0 })}\n`
  }
  return text
}

/** The entries of an account, oldest first; of a very long log the last ones. */
export function readDropLog(disk: Disk, ledgerDirectory: string, account: AccountId): DropEntry[] {
  const file = openReadOrNull(disk, dropLogPath(ledgerDirectory))
  if (file === null) return []
  try {
    const start = Math.max(0, file.size() - READ_BYTES_MAX)
    const bytes = Buffer.alloc(file.size() - start)
    const text = bytes.toString('utf8', 0, file.read(bytes, start))
    return text.split('\n').flatMap((line) => (line.includes(account) ? (decodeLine(line, account) ?? []) : []))
  } finally {
    file.close()
  }
}

function decodeLine(line: string, account: AccountId): DropEntry | null {
  try {
    const entry = JSON.parse(line) as DropEntry | null
    return entry?.account === account && Array.isArray(entry.records) ? entry : null
  } catch {
    return null
  }
}

/** When each payload was dropped. */
export class DropTimes {
  readonly #runs: { readonly first: number; readonly last: number; readonly time: string }[]

  constructor(entries: readonly DropEntry[]) {
    this.#runs = entries
      .flatMap(({ records, time }) => records.map(([first, last]) => ({ first, last, time })))
      .sort((a, b) => a.first - b.first)
  }

  /** Null if the log does not say. */
  timeOf(record: number): string | null {
    let low = 0
    let high = this.#runs.length
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#runs[middle]?.last ?? 0) < record) low = middle + 1
      else high = middle
    }
    const run = this.#runs[low]
    return run !== undefined && run.first <= record ? run.time : null
  }
}
