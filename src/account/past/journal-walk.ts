// The account's journal read again, for what it was at some time: record by record, in order, each checked as when it was applied
// (docs/formats/journal.md §4). Memory is that of one record. Nothing of the index is touched.

import type { Seq } from '#base/ids.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { LogReader } from '#ledger/reader.ts'
import {
  type ChainHead,
  type JournalEntry,
  JournalDamagedError,
  type JournalSealer,
  chainPosition,
  nextHead,
} from '#account/journal.ts'
import type { JournalOperation } from '#account/operation.ts'

export interface JournalParts {
  readonly reader: LogReader
  readonly sealer: JournalSealer
}

export type WalkedRecord =
  /** A `mail` record, or one of which nobody knows the kind. */
  | { readonly kind: 'mail'; readonly seq: number }
  | {
      readonly kind: 'journal'
      readonly seq: number
      /** By the vault's clock when it was written. */
      readonly time: number
      readonly operations: readonly JournalOperation[]
      /** After it. */
      readonly chain: ChainHead
    }

/** Records from `from` up to and including `until`, all of which can be read from segments. Throws JournalDamagedError. */
export function* walkJournal(
  { reader, sealer }: JournalParts,
  from: { readonly seq: number; readonly chain: ChainHead },
  until: number,
): Generator<WalkedRecord, void, void> {
  let { chain } = from
  if (from.seq > until) return
  for (const record of reader.records({ seq: from.seq as Seq, location: null })) {
    if (record.headDamage !== null) {
      const end = Math.min(record.headDamage.to, until + 1)
      for (let seq = Math.max(from.seq, record.headDamage.from); seq < end; seq++) yield { kind: 'mail', seq }
      if (end > until) return
      continue
    }
    const { header, location } = record
    const { seq } = header
    if (seq > until) return
    if (header.kind === 'mail') yield { kind: 'mail', seq }
    else if (header.kind === 'journal') {
      const payload = payloadOf(() => reader.readPayload(location, header), seq)
      const entry = openedEntry(sealer, payload, seq)
      const place = chainPosition(chain, entry)
      if (place === 'broken') throw new JournalDamagedError(seq, 'chain')
      // One that is not part of the journal was passed over when the account was opened, too.
      if (place === 'passOver') continue
      chain = nextHead(chain, payload)
      yield { kind: 'journal', seq, time: entry.time, operations: entry.operations, chain }
    }
    if (seq === until) return
  }
}

function payloadOf(read: () => Buffer, seq: number): Buffer {
  try {
    return read()
  } catch (cause) {
    if (cause instanceof DamagedRecordError) throw new JournalDamagedError(seq, 'payload', { cause })
    throw cause
  }
}

function openedEntry(sealer: JournalSealer, payload: Buffer, seq: number): JournalEntry {
  const opened = sealer.open(payload)
  if (opened === null) throw new JournalDamagedError(seq, 'payload')
  if (opened === 'unknownOperation') throw new JournalDamagedError(seq, opened)
  return opened
}
