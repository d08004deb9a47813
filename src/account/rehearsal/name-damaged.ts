// Which records have a notice in their place in an index that was made again, and why, as far as that was not found by reading the log: above all payloads that
// have gone, and that e-mails stand for. One that the log had released, and that an e-mail was made of too late, is not missing: its notice says what it is.

import type { Seq } from '#base/ids.ts'
import { NumberRanges } from '#base/number-ranges.ts'
import type { AccountIndex } from '#account/account-index.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Location, RecordHeader } from '#ledger/record.ts'
import { type Release, parseRelease } from '#ledger/release.ts'
import { type Findings, logFinding, ofRecord } from './finding.ts'
import type { Pace } from './pace.ts'
import { damageFindings } from './read-log.ts'
import type { LogReading } from './rehearsal-file.ts'

export interface NameDamagedParts {
  readonly index: AccountIndex
  readonly reader: LogReader
  readonly reading: LogReading
  readonly findings: Findings
  readonly pace: Pace
}

/** Throws what `Pace.check` does. */
export async function nameDamaged({ index, reader, reading, findings, pace }: NameDamagedParts): Promise<void> {
  const known = new NumberRanges(reading.unreadable)
  let released: NumberRanges | null = null
  for (const record of index.damaged) {
    await pace.pause()
    if (known.has(record) || index.mails.emailsOf(record).length === 0) continue
    for (const finding of whatIsWrong(index, reader, record)) {
      if (finding.kind === 'payloadDropped') {
        released ??= await everReleased(reader, pace)
        if (released.has(record)) continue
      }
      findings.add(finding)
    }
  }
}

/** Records that the log has released at some time. */
async function everReleased(reader: LogReader, pace: Pace): Promise<NumberRanges> {
  const released = new NumberRanges()
  for (const { header, location } of reader.records({ seq: 0 as Seq, location: null }, { onlyHeads: true })) {
    await pace.pause()
    if (header?.kind !== 'release' || location === null) continue
    for (const [first, last] of readRelease(reader, location, header)?.released ?? []) released.add(first, last)
  }
  return released
}

function readRelease(reader: LogReader, location: Location, header: RecordHeader): Release | null {
  try {
    return parseRelease(reader.readPayload(location, header))
  } catch (error) {
    if (error instanceof DamagedRecordError) return null
    throw error
  }
}

function* whatIsWrong(
  index: AccountIndex,
  reader: LogReader,
  record: number,
): Generator<ReturnType<typeof logFinding>, void, void> {
  const entry = index.mails.entry(record) ?? reader.locate(record as Seq)
  if (entry === null) {
    yield logFinding('recordHead', ofRecord(record))
    return
  }
  try {
    reader.readPayload(entry.location, entry.header)
    // It was read, and did not open.
    yield logFinding('payloadSealed', ofRecord(record))
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) throw error
    yield* damageFindings({ reader }, entry.location, error)
  }
}
