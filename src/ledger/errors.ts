// What callers of the ledger have to expect. None of these says anything about the content of records.

import type { AccountId } from '#base/ids.ts'
import { DiskError } from '#platform/disk.ts'

export type RefusalReason = 'noSpace' | 'overQuota' | 'tooLarge' | 'unavailable'

/** The ledger did not take an append: nothing of it is in the log, nor will be. */
export class LedgerRefusedError extends Error {
  override name = 'LedgerRefusedError'
  readonly reason: RefusalReason

  constructor(reason: RefusalReason, options?: ErrorOptions) {
    super(`the ledger refused: ${reason}`, options)
    this.reason = reason
  }
}

/**
 * The ledger has taken an append and cannot tell whether it is durable: after recovery all of it is there, or nothing. No refusal, because whoever
 * is refused offers the same again.
 */
export class AppendInDoubtError extends Error {
  override name = 'AppendInDoubtError'

  constructor(options?: ErrorOptions) {
    super('nobody knows whether the append is durable', options)
  }
}

/** What the disk holds of an account contradicts itself, so that nothing can be appended to it. It can still be read. */
export class AccountDamagedError extends Error {
  override name = 'AccountDamagedError'
  readonly account: AccountId

  constructor(account: AccountId, detail: string) {
    super(`account ${account} is damaged: ${detail}`)
    this.account = account
  }
}

/** Acknowledged records are missing from the commit journal or from segments: docs/formats/ledger.md §4, "Damage". */
export class LedgerDamagedError extends Error {
  override name = 'LedgerDamagedError'
  readonly details: readonly string[]

  constructor(details: readonly string[]) {
    super(`the ledger is damaged: ${details.join('; ')}`)
    this.details = details
  }
}

/** How a fault of the disk is told to callers. */
export function refusalOf(error: unknown): LedgerRefusedError {
  if (error instanceof LedgerRefusedError) return error
  return new LedgerRefusedError(isNoSpace(error) ? 'noSpace' : 'unavailable', { cause: error })
}

function isNoSpace(error: unknown): boolean {
  if (error instanceof DiskError) return ['ENOSPC', 'EDQUOT', 'EFBIG'].includes(error.code)
  return error instanceof Error && error.cause instanceof DiskError && isNoSpace(error.cause)
}
