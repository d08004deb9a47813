// Where sealed messages go: the ledger process, of which who delivers mail can ask no more than this.

import type { StagedRecord } from '#account/account-log.ts'
import type { AccountId } from '#base/ids.ts'

export interface MailStore {
  /**
   * One record of kind mail; resolves when it is durable. Throws LedgerRefusedError if it is not in the log, nor will be; any other error
   * means that nobody knows. Bytes must stay as they are until then; there are at most `INLINE_BYTES_MAX`, more is staged.
   */
  append(account: AccountId, payload: Uint8Array | StagedRecord, quotaBytes: number | null): Promise<unknown>
  /** For an append to the same account. Throws LedgerRefusedError. */
  stage(account: AccountId): StagedRecord
}
