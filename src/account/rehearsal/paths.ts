// Where a vault keeps what belongs to rehearsals of an account, beside the account's index.

import type { AccountId } from '#base/ids.ts'

/** What is known of them: rehearsal-file.ts. */
export function rehearsalPath(indexDirectory: string, account: AccountId): string {
  return `${indexDirectory}/${account}.rehearsal`
}

/** The index that is derived anew. It is there while a rehearsal is under way. */
export function rehearsalIndexPath(indexDirectory: string, account: AccountId): string {
  return `${indexDirectory}/${account}.index.rehearsed`
}
