// Which accounts there are to be scrubbed: those that came since, from when on their bytes can have been damaged, and those that have gone.

import type { AccountId } from '#base/ids.ts'
import { type Clock, yieldToEventLoop } from '#platform/clock.ts'
import type { Disk } from '#platform/disk.ts'
import { listAccounts } from './paths.ts'
import { firstCommitOf } from './scrub-pass.ts'
import type { ScrubRecord } from './scrub-record.ts'

export interface CensusParts {
  readonly disk: Disk
  readonly clock: Clock
  /** The ledger's. */
  readonly directory: string
  readonly record: ScrubRecord
}

const ACCOUNTS_PER_TURN = 64

/** `gone` is told of each whose directory was there before. Throws DiskError. */
export async function findAccounts(parts: CensusParts, gone: (account: AccountId) => Promise<void>): Promise<void> {
  const { disk, directory, record } = parts
  const found = new Set<AccountId>()
  for (const id of listAccounts(disk, directory)) {
    found.add(id)
    if (found.size % ACCOUNTS_PER_TURN === 0) await yieldToEventLoop()
    if (!record.accounts.has(id)) record.keep(id, { since: begunAt(parts, id), isRead: false, isDamaged: false })
  }
  for (const id of record.accounts.keys()) {
    if (found.has(id)) continue
    record.forget(id)
    await gone(id)
  }
}

/** No byte of the account was written before; null if that cannot be told. */
function begunAt({ disk, directory, clock, record }: CensusParts, id: AccountId): number | null {
  const time = firstCommitOf(disk, directory, id)
  const age = time === null ? -1 : clock.now() - time
  return age < 0 ? null : Math.max(0, record.now() - age)
}
