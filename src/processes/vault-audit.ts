// The history of an unlocked account's log, for the administrator's command: what each journal record did, in words without names.

import { describeOperations } from '#account/describe-change.ts'
import { JournalSealer } from '#account/journal.ts'
import type { Seq } from '#base/ids.ts'
import type { RootSecret } from '#keys/root.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { RecordHeader } from '#ledger/record.ts'
import { yieldToEventLoop } from '#platform/clock.ts'
import { HISTORY_MAX, type VaultAdminResponse } from '#protocol/vault.ts'

/** Records that are looked at for one answer. */
const RECORDS_MAX = 20_000
const RECORDS_PER_TURN = 500

export async function historyOf(
  root: RootSecret,
  reader: LogReader,
  from: number,
  end: number,
): Promise<Extract<VaultAdminResponse, { kind: 'history' }>> {
  using sealer = new JournalSealer(root, reader.account)
  const changes: { seq: number; what: string }[] = []
  let next = from
  for (const record of reader.records({ seq: from as Seq, location: null })) {
    if (record.headDamage !== null) {
      next = record.headDamage.to
      continue
    }
    const { header, location } = record
    if (header.seq >= end) break
    if (changes.length >= HISTORY_MAX || header.seq - from >= RECORDS_MAX) return { kind: 'history', changes, next }
    next = header.seq + 1
    if (header.kind === 'journal') changes.push({ seq: header.seq, what: describe(sealer, reader, header, location) })
    if (next % RECORDS_PER_TURN === 0) await yieldToEventLoop()
  }
  return { kind: 'history', changes, next: Math.max(next, end) }
}

function describe(
  sealer: JournalSealer,
  reader: LogReader,
  header: RecordHeader,
  location: Parameters<LogReader['readPayload']>[0],
): string {
  try {
    const entry = sealer.open(reader.readPayload(location, header))
    if (entry === null) return 'not sealed by the owner'
    return entry === 'unknownOperation'
      ? 'something that this version does not know'
      : describeOperations(entry.operations, header.seq)
  } catch (error) {
    if (error instanceof DamagedRecordError) return 'damaged'
    throw error
  }
}
