// What the ledger's scrub says of one account's log (docs/formats/ledger.md §12, §14), for its owner.

import type { AccountId } from '#base/ids.ts'
import { readDamageLog } from '#ledger/damage-log.ts'
import { scrubTimeAt } from '#ledger/scrub-clock.ts'
import { readAccountScrub } from '#ledger/scrub-progress.ts'
import type { Clock } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'

export interface LogScrub {
  /** Every byte is read again within this time; null: nothing is promised. */
  readonly everyMs: number | null
  /** Every byte of the log was read or written at this time, or later: milliseconds since the Unix epoch. Null if nobody knows. */
  readonly since: number | null
  /** All of it was read at least once. */
  readonly isRead: boolean
  /** It was read from the disk, and not through the page cache. */
  readonly isDirect: boolean
  /** How often damage was repaired. */
  readonly repaired: number
  /** Files with damage that could not be repaired when they were looked at last. */
  readonly unrepairable: number
}

/** Null if there is no scrub, or nothing can be known of it. */
export function readLogScrub(disk: Disk, ledgerDirectory: string, account: AccountId, clock: Clock): LogScrub | null {
  try {
    const stored = readAccountScrub(disk, ledgerDirectory, account)
    if (stored === null) return null
    const { head, state } = stored
    const time = scrubTimeAt(head.moment, clock)
    const since = state?.since ?? null
    const damage = readDamageLog(disk, ledgerDirectory).filter((entry) => entry.account === account)
    const latest = new Map(damage.map(({ file, action }) => [file, action]))
    return {
      everyMs: head.everyMs === 0 ? null : head.everyMs,
      since: time === null || since === null ? null : clock.now() - Math.max(0, time - since),
      isRead: state?.isRead === true,
      isDirect: head.isDirect,
      repaired: damage.filter(({ action }) => action === 'repaired' || action === 'rebuilt').length,
      unrepairable: [...latest.values()].filter((action) => action === 'unrepairable').length,
    }
  } catch (error) {
    if (error instanceof DiskError) return null
    throw error
  }
}
