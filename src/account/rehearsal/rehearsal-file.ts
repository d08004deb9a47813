// What is known of an account's rehearsals, beside its index (docs/formats/rehearsal.md §2): when the last one was and what came of it, for who may not open the
// account, and how far the present one is. JSON; nothing in it is secret. A file that is not as the format says is as if it were not there.

import { assert } from '#base/assert.ts'
import type { AccountId } from '#base/ids.ts'
import type { NumberRange } from '#base/number-ranges.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import type { SettingValue } from '#account/operation.ts'
import type { RehearsalFinding } from './finding.ts'
import {
  NEVER_REHEARSED,
  type Rehearsed,
  countsOf,
  isCount,
  isMap,
  plainFinding,
  plainRehearsed,
  readFindings,
  readRanges,
  readRehearsed,
} from './result.ts'

/** How far the reading of the log is. */
export interface LogReading {
  /** The next record to be read. */
  next: number
  payloads: number
  bytes: number
  mails: number
  dropped: number
  isDirect: boolean
  /** Records whose payloads or heads could not be read. */
  unreadable: readonly NumberRange[]
}

/** A rehearsal that is under way, or was cut short. */
export interface RehearsalProgress {
  readonly began: number
  readonly tookMs: number
  readonly reading: LogReading
  readonly findingCount: number
  readonly findings: readonly RehearsalFinding[]
}

const HINDRANCES = ['noRoom', 'failed'] as const
type Hindrance = (typeof HINDRANCES)[number]

export interface RehearsalNotes extends Rehearsed {
  /** How often there is to be one, when this was written; null: only when somebody asks. */
  readonly everyMs: number | null
  /** The last attempt came to nothing, and why: there was no room on the disk for the second index, or something failed. */
  readonly hindered: { readonly at: number; readonly why: Hindrance } | null
  readonly progress: RehearsalProgress | null
}

export const NO_NOTES: RehearsalNotes = { ...NEVER_REHEARSED, everyMs: null, hindered: null, progress: null }

const VERSION = 1
const BYTES_MAX = 256 * 1024
const UNREADABLE_RANGES_MAX = 1000

/** Throws DiskError. */
export function readRehearsalNotes(disk: Disk, path: string, account: AccountId): RehearsalNotes {
  if (!disk.exists(path)) return NO_NOTES
  const file = disk.openRead(path)
  try {
    const bytes = Buffer.alloc(BYTES_MAX)
    return parseRehearsalNotes(bytes.toString('utf8', 0, file.read(bytes, 0)), account) ?? NO_NOTES
  } finally {
    file.close()
  }
}

/** The file is there whole, as it was or as it is to be. Resolves when it is durable. Throws DiskError. */
export async function writeRehearsalNotes(
  disk: Disk,
  path: string,
  account: AccountId,
  notes: RehearsalNotes,
): Promise<void> {
  const { everyMs, hindered, progress, last, ...rest } = notes
  const known = last === null ? null : { ...last, findings: last.findings.map(withoutName) }
  const text = `${JSON.stringify({ version: VERSION, account, everyMs, ...plainRehearsed({ ...rest, last: known }), hindered, progress: progress === null ? null : plainProgress(progress) }, null, 1)}\n`
  assert(text.length <= BYTES_MAX, 'what is noted of rehearsals is short')
  const temporary = `${path}.new`
  const file = disk.openWrite(temporary)
  try {
    file.truncate(0)
    writeAll(file, Buffer.from(text), 0)
    await file.datasync()
  } finally {
    file.close()
  }
  disk.rename(temporary, path)
}

function withoutName(finding: RehearsalFinding): RehearsalFinding {
  return { ...finding, name: null }
}

function plainProgress({ findings, reading, ...rest }: RehearsalProgress): { [key: string]: SettingValue } {
  const unreadable = reading.unreadable.slice(0, UNREADABLE_RANGES_MAX).map(([first, last]) => [first, last])
  return {
    ...rest,
    reading: { ...reading, unreadable },
    findings: findings.map((one) => plainFinding(withoutName(one))),
  }
}

export function parseRehearsalNotes(text: string, account: AccountId): RehearsalNotes | null {
  try {
    const value: unknown = JSON.parse(text)
    if (!isMap(value) || value['version'] !== VERSION || value['account'] !== account) return null
    const { everyMs, hindered, progress } = value
    const rehearsed = readRehearsed(value)
    const isHindered = hindered === null || isHindrance(hindered)
    const known = progress === null ? null : readProgress(progress)
    if (rehearsed === null || !isHindered || known === undefined || !(everyMs === null || isCount(everyMs))) return null
    return { ...rehearsed, everyMs, hindered, progress: known }
  } catch {
    return null
  }
}

function isHindrance(value: unknown): value is NonNullable<RehearsalNotes['hindered']> {
  return isMap(value) && isCount(value['at']) && HINDRANCES.some((why) => why === value['why'])
}

const READING_COUNTS = ['next', 'payloads', 'bytes', 'mails', 'dropped'] as const

function readProgress(value: unknown): RehearsalProgress | undefined {
  if (!isMap(value) || !isMap(value['reading'])) return undefined
  const counts = countsOf(value, ['began', 'tookMs', 'findingCount'] as const)
  const reading = countsOf(value['reading'], READING_COUNTS)
  const { isDirect, unreadable } = value['reading']
  const ranges = readRanges(unreadable, UNREADABLE_RANGES_MAX)
  const findings = readFindings(value['findings'])
  if (counts === null || reading === null || ranges === null || findings === null || typeof isDirect !== 'boolean') {
    return undefined
  }
  return { ...counts, reading: { ...reading, isDirect, unreadable: ranges }, findings }
}

const DAY_MS = 86_400_000

/** One is to be made: it is time, or nobody knows how long ago the last one was. */
export function isRehearsalDue({ last }: RehearsalNotes, everyMs: number | null, now: number): boolean {
  return everyMs !== null && (last === null || last.ended > now || now - last.ended >= everyMs)
}

/** It should have been made by now, and was not, as of an account that nobody opens. `begun`: when the account's log was; null if nobody knows. */
export function isRehearsalOverdue(
  notes: RehearsalNotes,
  everyMs: number | null,
  begun: number | null,
  now: number,
): boolean {
  if (everyMs === null) return false
  const since = notes.last?.ended ?? begun
  return since === null || since > now || now - since >= everyMs + DAY_MS
}
