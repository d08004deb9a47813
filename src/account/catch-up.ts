// Bringing an index up to date with the log, from wherever it stands: from a moment ago after a restart, from the first record when it is
// made again. There is no other way to build one.
//
// First the fold: all records in order, of which only the journal's are opened. Then the content of those messages that are still there:
// what was removed later is never read, so that it does not matter whether its payload still exists. Both go on where they were cut short.

import type { Clock } from '#platform/clock.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { LogReader } from '#ledger/reader.ts'
import { parseRelease } from '#ledger/release.ts'
import type { AccountIndex } from './account-index.ts'
import type { LogEntry } from './account-log.ts'
import { deriveMissing } from './derive-missing.ts'
import type { Applied } from './fold.ts'
import { JournalDamagedError, type JournalSealer, chainPosition, nextHead } from './journal.ts'
import type { KeptKeys } from './kept-keys.ts'
import type { LogWitness } from './log-witness.ts'
import type { MailReader } from './mail-reader.ts'
import { MARKS_SETTING, countMarks } from './marks-setting.ts'
import type { RecordDeriver } from './record-deriver.ts'
import { Slices } from './turns.ts'

/** Records between two commits of the index. */
const RECORDS_PER_COMMIT = 5000
/** Contents, where others wait for each. */
export const CONTENTS_PER_COMMIT = 64

/** How far an index is that is brought up to date. */
export interface Progress {
  readonly phase: 'journal' | 'messages'
  /** Of the whole, what earlier attempts did included. */
  readonly done: number
  /** Records of the log, or messages. */
  readonly total: number
}

/** The journal is read much faster than messages are. */
const JOURNAL_PART = 0.05

/** From 0 to 1, over both phases. */
export function fractionOf({ phase, done, total }: Progress): number {
  const part = total === 0 ? 1 : Math.min(1, done / total)
  return phase === 'journal' ? JOURNAL_PART * part : JOURNAL_PART + (1 - JOURNAL_PART) * part
}

export interface CatchUpParts {
  readonly index: AccountIndex
  readonly reader: LogReader
  readonly mailReader: MailReader
  readonly sealer: JournalSealer
  readonly witness: LogWitness
  readonly clock: Clock
  /** For much to do: begins a session of the thread that helps. Null: there is none. */
  readonly beginDeriving?: (() => RecordDeriver | null) | undefined
  /** Of messages whose content is not there yet. */
  readonly keptKeys?: KeptKeys | undefined
  readonly progress?: ((progress: Progress) => void) | undefined
  /** Ends the work at the next slice; what was done is kept. */
  readonly signal?: AbortSignal | undefined
  /** Waited for after each slice, for work that nobody is in a hurry for. Does not throw. */
  readonly rest?: (() => Promise<void>) | undefined
  /** The log is read up to this record, without it; null: to its end. */
  readonly until?: number | null | undefined
  /** A journal record that is not part of the chain was passed over. */
  readonly passedOver?: ((seq: number) => void) | undefined
}

export async function catchUp(parts: CatchUpParts): Promise<void> {
  const slices = new Slices(parts.clock)
  await foldLog(parts, slices)
  await deriveMissing(parts, slices, () => pause(parts, slices))
}

async function foldLog(parts: CatchUpParts, slices: Slices): Promise<void> {
  const { index, reader, witness } = parts
  const until = parts.until ?? Number.POSITIVE_INFINITY
  const { last } = index.position
  witness.begin(index.position)
  const total = parts.progress === undefined ? 0 : reader.size()
  let read = 0
  index.mails.beginHolding()
  // From the last record that was read, whose location is known; it is read again and skipped.
  const from = last === null ? { seq: 0 as never, location: null } : { seq: last.header.seq, location: last.location }
  for (const record of reader.records(from)) {
    if (record.headDamage !== null) {
      skipDamaged(parts, Math.min(record.headDamage.to, until))
      continue
    }
    const { header, location } = record
    if (header.seq < index.position.next) continue
    if (header.seq >= until) break
    readEntry(parts, { header, location })
    witness.passed(index.position)
    if (++read % RECORDS_PER_COMMIT === 0) index.flush()
    if (slices.over) {
      parts.progress?.({ phase: 'journal', done: index.position.next, total })
      await pause(parts, slices)
    }
  }
  witness.finish(index.position, countMarks(index.state.settings.get(MARKS_SETTING)))
  index.mails.endHolding()
  index.flush()
}

/**
 * Records whose heads cannot be read, so that nobody knows of what kind they are. If one was of the journal, the chain will be found
 * broken; if one is named by a `file` operation, it was mail, and a notice stands in its place.
 */
function skipDamaged({ index, witness }: CatchUpParts, to: number): void {
  while (index.position.next < to) {
    index.skip(witness.proofs.storedLeaf(index.position.next))
    witness.passed(index.position)
  }
}

/** Takes the next record of the log into the index; what it changed, if it is a journal record that was applied. */
export function readEntry(
  {
    index,
    reader,
    sealer,
    witness,
    passedOver,
  }: Pick<CatchUpParts, 'index' | 'reader' | 'sealer' | 'witness' | 'passedOver'>,
  entry: LogEntry,
): Applied | null {
  const { header, location } = entry
  let applied: Applied | null = null
  if (header.kind === 'mail') index.mails.add(entry)
  else if (header.kind === 'mark') witness.mark(entry, index.position)
  else if (header.kind === 'release') readRelease(index, reader, entry)
  else if (header.kind === 'journal' && header.seq > index.position.journalSeq) {
    const payload = journalPayload(reader, entry)
    const opened = sealer.open(payload)
    if (opened === null) throw new JournalDamagedError(header.seq, 'payload')
    if (opened === 'unknownOperation') throw new JournalDamagedError(header.seq, opened)
    const { chain } = index.position
    const place = chainPosition(chain, opened)
    if (place === 'broken') throw new JournalDamagedError(header.seq, 'chain')
    if (place === 'next') applied = index.apply(header.seq, header.time, nextHead(chain, payload), opened.operations)
    else passedOver?.(header.seq)
  }
  index.advance({ header, location })
  index.database.settle()
  return applied
}

/** One that cannot be read, or that is none, releases nothing. */
function readRelease(index: AccountIndex, reader: LogReader, { header, location }: LogEntry): void {
  try {
    const release = parseRelease(reader.readPayload(location, header))
    if (release !== null) index.releases.read(header.seq, release)
  } catch (error) {
    if (!(error instanceof DamagedRecordError)) throw error
  }
}

function journalPayload(reader: LogReader, { header, location }: LogEntry): Buffer {
  try {
    return reader.readPayload(location, header)
  } catch (cause) {
    if (cause instanceof DamagedRecordError) throw new JournalDamagedError(header.seq, 'payload', { cause })
    throw cause
  }
}

async function pause(parts: CatchUpParts, slices: Slices): Promise<void> {
  if (parts.signal?.aborted === true) parts.index.flush()
  parts.signal?.throwIfAborted()
  await slices.next()
  await parts.rest?.()
}
