// The first part of a rehearsal: every payload that the log still has is read, compared with its digest, and opened with the account's key, whether an e-mail
// stands for it or not. The ledger may replace a segment meanwhile, when payloads are dropped, and write over the old one: what looks damaged, or like the end, is looked at again
// from there.

import { wipe } from '#base/bytes.ts'
import { NumberRanges } from '#base/number-ranges.ts'
import type { Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { Identity } from '#crypto/age/identity.ts'
import { openAgeHeader } from '#crypto/age/open.ts'
import { openAgePayloadInSteps } from '#crypto/age/stream.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { HeadDamage, LogRecord } from '#ledger/log-record.ts'
import { accountPaths, segmentPath } from '#ledger/paths.ts'
import type { LogReader } from '#ledger/reader.ts'
import { type Location, type RecordHeader, payloadMatches } from '#ledger/record.ts'
import type { JournalSealer } from '#account/journal.ts'
import { type Findings, type RehearsalFindingKind, logFinding, ofRecord } from './finding.ts'
import type { Pace } from './pace.ts'
import type { LogReading } from './rehearsal-file.ts'

export interface ReadLogParts {
  readonly reader: LogReader
  readonly identities: readonly Identity[]
  readonly sealer: JournalSealer
  readonly reading: LogReading
  readonly findings: Findings
  readonly pace: Pace
  /** Said now and then. */
  readonly progress: (done: number) => void
}

type Present = LogRecord & { readonly headDamage: null }

/** Payloads up to this come with their records: one read for both. */
const PAYLOADS_UP_TO = 1024 * 1024

/** Reads on, up to record `until`, without it, or to the end of the log. Throws what `Pace.check` does, and DiskError. */
export async function readLog(parts: ReadLogParts, until: number): Promise<void> {
  const { reading, pace, progress } = parts
  let last: { readonly seq: Seq; readonly location: Location } | null = null
  let suspect = -1
  for (;;) {
    const from: Parameters<LogReader['records']>[0] = last ?? { seq: reading.next as Seq, location: null }
    let isSuspect = false
    for (const record of parts.reader.records(from, { payloadsUpTo: PAYLOADS_UP_TO })) {
      const first: number = record.header?.seq ?? Math.max(record.headDamage?.from ?? 0, reading.next)
      if (first >= until) return
      if (record.headDamage !== null) {
        if (record.headDamage.to <= reading.next) continue
        isSuspect = suspect !== first
        suspect = first
        if (isSuspect) break
        damagedHeads(parts, record.headDamage, until)
        continue
      }
      if (first < reading.next) continue
      await pace.run(readRecord(parts, record))
      reading.next = first + 1
      last = { seq: record.header.seq, location: record.location }
      if (pace.over) {
        progress(reading.next)
        await pace.next()
      }
    }
    const hasEndedEarly = Number.isFinite(until) && reading.next < until && suspect !== reading.next
    if (!isSuspect && !hasEndedEarly) return
    suspect = reading.next
    await pace.next()
  }
}

/** Nothing is there, up to the record. */
export function missingRecords({ reading, findings }: Pick<ReadLogParts, 'reading' | 'findings'>, until: number): void {
  if (reading.next >= until) return
  findings.add(logFinding('missingRecords', { from: reading.next, to: until }))
  addUnreadable(reading, reading.next, until)
  reading.next = until
}

function damagedHeads(parts: ReadLogParts, { to, segment, offset, end, fault }: HeadDamage, until: number): void {
  const { reading, findings } = parts
  const records = { from: reading.next, to: Math.min(to, until) }
  const kind = fault === 'missing' ? 'missingRecords' : 'recordHead'
  findings.add(logFinding(kind, records, fileOf(parts, segment), { start: offset, end }))
  addUnreadable(reading, records.from, records.to)
  reading.next = records.to
}

function addUnreadable(reading: LogReading, from: number, to: number): void {
  const ranges = new NumberRanges(reading.unreadable)
  ranges.add(from, to - 1)
  reading.unreadable = [...ranges]
}

function* readRecord(parts: ReadLogParts, record: Present): Steps<void> {
  const { reading, findings } = parts
  const { header, state } = record
  if (state === 'dropped') {
    reading.dropped++
    return
  }
  let payload: Buffer
  try {
    payload = payloadOf(parts.reader, record)
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) throw error
    if (error.fault === 'dropped') reading.dropped++
    else {
      for (const finding of damageFindings(parts, record.location, error)) findings.add(finding)
      addUnreadable(reading, header.seq, header.seq + 1)
    }
    return
  }
  if (!(yield* opens(parts, header, payload))) {
    findings.add(logFinding('payloadSealed', ofRecord(header.seq), fileOf(parts, record.location.segment)))
    addUnreadable(reading, header.seq, header.seq + 1)
    return
  }
  reading.payloads++
  reading.bytes += header.payloadLength
  if (header.kind === 'mail') reading.mails++
}

function payloadOf(reader: LogReader, { header, location, payload }: Present): Buffer {
  if (payload !== null && payload.length === header.payloadLength && payloadMatches(header, payload)) return payload
  return reader.readPayload(location, header)
}

function* opens({ identities, sealer }: ReadLogParts, header: RecordHeader, payload: Buffer): Steps<boolean> {
  if (header.kind === 'journal') return sealer.open(payload) !== null
  if (header.kind !== 'mail') return true
  const opened = openAgeHeader(payload, identities)
  if (!opened.ok) return false
  const { payloadKey, payloadOffset } = opened.value
  const bytes = yield* openAgePayloadInSteps(payloadKey, payload.subarray(payloadOffset))
  wipe(payloadKey, bytes)
  return bytes !== null
}

const KINDS: Readonly<Record<Exclude<DamagedRecordError['fault'], 'dropped'>, RehearsalFindingKind>> = {
  missing: 'missingRecords',
  head: 'recordHead',
  truncated: 'payloadChanged',
  zeroed: 'payloadZeroed',
  changed: 'payloadChanged',
}

/** What verification says of such a record: of each range of bytes. */
export function* damageFindings(
  parts: Pick<ReadLogParts, 'reader'>,
  { segment }: Location,
  { seq, fault, bytes }: DamagedRecordError,
): Generator<ReturnType<typeof logFinding>> {
  if (fault === 'dropped') {
    yield logFinding('payloadDropped', ofRecord(seq))
    return
  }
  const kind = KINDS[fault]
  const file = fileOf(parts, segment)
  if (bytes.length === 0) yield logFinding(kind, ofRecord(seq), file)
  for (const range of bytes) yield logFinding(kind, ofRecord(seq), file, range)
}

/** Below the account's directory. */
function fileOf({ reader }: Pick<ReadLogParts, 'reader'>, segment: number): string {
  const paths = accountPaths(reader.directory, reader.account)
  return segmentPath(paths, segment).slice(paths.directory.length + 1)
}
