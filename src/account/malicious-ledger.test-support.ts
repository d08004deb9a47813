// A ledger that is not honest: it has the ledger's signing key, may write what it likes into its directory, and has no key of any account. For
// tests of who notices what.

import fs from 'node:fs'
import type { AccountId, Seq } from '#base/ids.ts'
import { openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import type { RecordKind } from '#ledger/record.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'

export interface PlainRecord {
  readonly kind: RecordKind
  readonly payload: Buffer
}

/** What is stored of an account's log. Whoever writes it has stopped. */
export function recordsOf(directory: string, account: AccountId): PlainRecord[] {
  using reader = new LogReader(systemDisk, directory, account)
  const records: PlainRecord[] = []
  for (const record of reader.records({ seq: 0 as Seq, location: null })) {
    if (record.headDamage !== null) throw new Error('damaged')
    records.push({ kind: record.header.kind, payload: reader.readPayload(record.location, record.header) })
  }
  return records
}

/** Makes the account's log again with these records, everything signed by the ledger's own key. */
export async function rewriteLog(
  directory: string,
  account: AccountId,
  records: readonly PlainRecord[],
): Promise<void> {
  fs.rmSync(`${directory}/accounts/${account.slice(0, 2)}/${account}`, { recursive: true })
  await appendTo(directory, account, records)
}

/** Appends what nobody asked for. */
export async function appendTo(directory: string, account: AccountId, records: readonly PlainRecord[]): Promise<void> {
  // Who wants to forge a log is not stopped by a ledger that misses one.
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory, acceptDamage: true })
  for (const record of records) await ledger.append(account, [record])
  await ledger.close()
}
