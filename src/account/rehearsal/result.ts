// What came of a rehearsal, and what is known of all of them: kept in the account as a setting, sealed as all of the journal is, and beside the index in a file
// that can be read while the account is locked (docs/formats/rehearsal.md). Both have the same members; the file has no text of the owner's.

import type { NumberRange } from '#base/number-ranges.ts'
import type { Operation, SettingValue } from '#account/operation.ts'
import {
  FINDINGS_LISTED,
  REHEARSAL_FINDING_KINDS,
  type RehearsalFinding,
  type RehearsalFindingKind,
  describeRehearsalFinding,
  sameFinding,
} from './finding.ts'

export const REHEARSAL_SETTING = 'integrity/rehearsal'

/** An account of then, and what restoring all of it would do: planned, and not done. */
export interface RehearsedPoint {
  /** The journal record after which it was so, and its time. */
  readonly record: number
  readonly time: number
  /** E-mails that there were. */
  readonly messages: number
  /** What the restore would change. */
  readonly changes: number
  /** E-mails that cannot come back, because their retention time is over. */
  readonly gone: number
  /** Other things that cannot be as they were. */
  readonly problems: number
}

export interface RehearsalResult {
  /** By the time of day, in milliseconds. */
  readonly began: number
  readonly ended: number
  /** Milliseconds of work. */
  readonly tookMs: number
  /** Records of the log that were read. */
  readonly records: number
  /** Payloads that were read, verified and opened, their bytes, and how many of them are messages. */
  readonly payloads: number
  readonly bytes: number
  readonly mails: number
  /** Payloads that were removed on purpose. */
  readonly dropped: number
  /** All was read past the page cache. */
  readonly isDirect: boolean
  /** In the index that was derived anew: e-mails and mailboxes. Null if none could be made. */
  readonly restored: { readonly messages: number; readonly mailboxes: number } | null
  /** Key slots in force that the owner wrote. */
  readonly keySlots: number
  readonly point: RehearsedPoint | null
  readonly findingCount: number
  /** The first of them. */
  readonly findings: readonly RehearsalFinding[]
}

/** All is there, and is as it is shown. */
export function isWhole({ findingCount }: RehearsalResult): boolean {
  return findingCount === 0
}

export interface Rehearsed {
  /** Null: there was none yet. */
  readonly last: RehearsalResult | null
  /** When one last found everything; null: none did. */
  readonly wholeAt: number | null
  /** The owner knows what the last one found. */
  readonly isAcknowledged: boolean
}

export const NEVER_REHEARSED: Rehearsed = { last: null, wholeAt: null, isAcknowledged: false }

export const REHEARSAL_ADVICE = 'What to do is in docs/operations.md, "When a rehearsal fails"'

/** What is not as it should be, in ASCII, without the end of the sentence; the first of it, if there is much. */
export function describeFailure({ findings, findingCount }: RehearsalResult): string {
  const first = findings.slice(0, DESCRIBED_MAX).map(describeRehearsalFinding).join('; ')
  const more = findingCount - Math.min(findings.length, DESCRIBED_MAX)
  return `${first}${more > 0 ? `; and ${more} more` : ''}`
}

const DESCRIBED_MAX = 3

/** What the owner has to be told. */
export function isAlarming({ last, isAcknowledged }: Rehearsed): boolean {
  return last !== null && !isWhole(last) && !isAcknowledged
}

/** With the one that has just ended. What was acknowledged is not told of again, unless there is more. */
export function withResult(before: Rehearsed, result: RehearsalResult): Rehearsed {
  if (isWhole(result)) return { last: result, wholeAt: result.ended, isAcknowledged: false }
  const known = before.last?.findings ?? []
  const isKnown =
    before.isAcknowledged &&
    result.findingCount <= (before.last?.findingCount ?? 0) &&
    result.findings.every((finding) => known.some((other) => sameFinding(finding, other)))
  return { last: result, wholeAt: before.wholeAt, isAcknowledged: isKnown }
}

/** What two places say of the same account: the later one, with what was acknowledged in either. */
export function laterOf(a: Rehearsed, b: Rehearsed): Rehearsed {
  const [later, other] = (b.last?.ended ?? -1) > (a.last?.ended ?? -1) ? [b, a] : [a, b]
  const isSame = later.last?.ended === other.last?.ended
  return {
    last: later.last,
    wholeAt:
      Math.max(later.wholeAt ?? -1, other.wholeAt ?? -1) < 0
        ? null
        : Math.max(later.wholeAt ?? -1, other.wholeAt ?? -1),
    isAcknowledged: later.isAcknowledged || (isSame && other.isAcknowledged),
  }
}

export function rehearsedSetting(value: SettingValue): Rehearsed {
  return readRehearsed(value) ?? NEVER_REHEARSED
}

export function rehearsalOperation(rehearsed: Rehearsed): Extract<Operation, { kind: 'set' }> {
  return { kind: 'set', key: REHEARSAL_SETTING, value: plainRehearsed(rehearsed) }
}

/** As maps, arrays, numbers and texts. */
export function plainRehearsed({ last, wholeAt, isAcknowledged }: Rehearsed): { [key: string]: SettingValue } {
  return { last: last === null ? null : plainResult(last), wholeAt, isAcknowledged }
}

function plainResult({ restored, point, findings, ...rest }: RehearsalResult): { [key: string]: SettingValue } {
  return {
    ...rest,
    restored: restored === null ? null : { ...restored },
    point: point === null ? null : { ...point },
    findings: findings.map(plainFinding),
  }
}

export function plainFinding({ records, bytes, ...rest }: RehearsalFinding): { [key: string]: SettingValue } {
  return { ...rest, records: records === null ? null : { ...records }, bytes: { ...bytes } }
}

/** Null if it is not what was written. */
export function readRehearsed(value: unknown): Rehearsed | null {
  if (!isMap(value)) return null
  const { last, wholeAt, isAcknowledged } = value
  const result = last === null ? null : readResult(last)
  if (result === undefined || !(wholeAt === null || isCount(wholeAt)) || typeof isAcknowledged !== 'boolean')
    return null
  return { last: result, wholeAt, isAcknowledged }
}

/** Undefined if it is none. */
function readResult(value: unknown): RehearsalResult | undefined {
  if (!isMap(value)) return undefined
  const { isDirect, restored, point, findings: listed } = value
  const numbers = countsOf(value, RESULT_COUNTS)
  const found = readFindings(listed)
  const account = readOrNull(restored, RESTORED_COUNTS)
  const past = readOrNull(point, POINT_COUNTS)
  const isRight = numbers !== null && found !== null && account !== undefined && past !== undefined
  if (!isRight || typeof isDirect !== 'boolean') return undefined
  return { ...numbers, isDirect, restored: account, point: past, findings: found }
}

/** Undefined: it is neither. */
function readOrNull<Name extends string>(
  value: unknown,
  names: readonly Name[],
): Record<Name, number> | null | undefined {
  if (value === null) return null
  return (isMap(value) ? countsOf(value, names) : null) ?? undefined
}

const RESULT_COUNTS = [
  'began',
  'ended',
  'tookMs',
  'records',
  'payloads',
  'bytes',
  'mails',
  'dropped',
  'keySlots',
  'findingCount',
] as const
const RESTORED_COUNTS = ['messages', 'mailboxes'] as const
const POINT_COUNTS = ['record', 'time', 'messages', 'changes', 'gone', 'problems'] as const

const KINDS: ReadonlySet<unknown> = new Set(REHEARSAL_FINDING_KINDS)
const WHAT_LENGTH_MAX = 200

export function readFindings(value: unknown): RehearsalFinding[] | null {
  if (!Array.isArray(value) || value.length > FINDINGS_LISTED) return null
  const findings = value.map(readFinding)
  return findings.every((finding) => finding !== null) ? findings : null
}

function readFinding(value: unknown): RehearsalFinding | null {
  if (!isMap(value)) return null
  const { kind, records, file, bytes, id, name, what } = value
  if (!KINDS.has(kind) || typeof file !== 'string' || typeof what !== 'string' || what.length > WHAT_LENGTH_MAX)
    return null
  if (!(id === null || isCount(id)) || !(name === null || typeof name === 'string')) return null
  const range = records === null ? null : isMap(records) ? countsOf(records, ['from', 'to'] as const) : undefined
  const place = isMap(bytes) ? countsOf(bytes, ['start', 'end'] as const) : null
  if (range === undefined || (range === null && records !== null) || place === null) return null
  return { kind: kind as RehearsalFindingKind, records: range, file, bytes: place, id, name, what }
}

type Fields = Readonly<Record<string, unknown>>

export function countsOf<Name extends string>(fields: Fields, names: readonly Name[]): Record<Name, number> | null {
  const found: Partial<Record<Name, number>> = {}
  for (const name of names) {
    const value = fields[name]
    if (!isCount(value)) return null
    found[name] = value
  }
  return found as Record<Name, number>
}

export function readRanges(value: unknown, countMax: number): NumberRange[] | null {
  if (!Array.isArray(value) || value.length > countMax) return null
  return value.every(isRange) ? value : null
}

function isRange(pair: unknown): pair is NumberRange {
  return Array.isArray(pair) && pair.length === 2 && isCount(pair[0]) && isCount(pair[1])
}

/** Any time that a date can show, and more than anything there is to count. */
const COUNT_MAX = 8_000_000_000_000_000

export function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 && value <= COUNT_MAX
}

export function isMap(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
}
