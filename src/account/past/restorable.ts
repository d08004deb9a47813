// Until when what has gone can be brought back: as the ledger has noted it (docs/formats/release.md §3 and §4), read from its files. It counts while it runs, so that
// these are times before which nothing goes.

import type { AccountId } from '#base/ids.ts'
import { LEDGER_TIME_LAG_MS, readLedgerTime } from '#ledger/ledger-time.ts'
import { accountPaths } from '#ledger/paths.ts'
import { readNotes } from '#ledger/release-notes.ts'
import type { Clock } from '#platform/clock.ts'
import { type Disk, systemDisk } from '#platform/disk.ts'
import type { Releases } from '#account/releases.ts'

export interface RestorableParts {
  readonly releases: Releases
  /** The ledger's. */
  readonly directory: string
  readonly account: AccountId
  readonly clock: Clock
  readonly disk?: Disk
}

/** For each record: a time of day; null if nothing limits it, because it has not gone, or nobody knows. */
export function restorableUntil(parts: RestorableParts, records: readonly number[]): (number | null)[] {
  const { releases, directory, account, clock, disk = systemDisk } = parts
  const time = readLedgerTime(disk, directory)
  const notes = readNotes(disk, accountPaths(directory, account), account)
  return records.map((record) => {
    if (time === null || !releases.isReleased(record)) return null
    const noted = notes?.find(record) ?? null
    // What is not noted yet has all of the time before it.
    const passed = noted === null ? 0 : Math.max(0, time.passedMs - noted.seenMs) + LEDGER_TIME_LAG_MS
    return clock.now() + Math.max(0, time.retentionMs - passed)
  })
}
