// State strings (RFC 8620 §5.1, §5.2). They are the modseq of the latest change to objects of the type, so that they change when something did, and what
// changed since any of them can be told.

import type { EmailId, Modseq } from '#base/ids.ts'
import type { Account } from '#account/account.ts'
import { MethodFailure } from './failure.ts'

const NUMBER = /^(?:0|[1-9]\d{0,15})$/

export function emailState(account: Account): string {
  return String(account.latest.emails)
}

export function threadState(account: Account): string {
  return String(account.latest.threads)
}

/** RFC 8621 §1.5: changes when an e-mail comes, and then only. */
export function emailDeliveryState(account: Account): string {
  return String(account.nextEmail)
}

/** The greatest id tells later which mailboxes are new. */
export function mailboxState(account: Account): string {
  const last = account.mailboxes().reduce((last, { id }) => Math.max(last, id), 0)
  return `${account.latest.mailboxes}-${last}`
}

/** A state, or a place within the changes of one record: e-mails up to `after` are known. */
export interface ChangeCursor {
  readonly modseq: Modseq
  readonly after: number
}

export function formatCursor(modseq: Modseq, after: EmailId): string {
  return `${modseq}-${after}`
}

/** Of Email and Thread. Throws MethodFailure for what was never a state. */
export function parseCursor(account: Account, state: string): ChangeCursor {
  const [modseq = '', after, ...rest] = state.split('-')
  const isNumber = NUMBER.test(modseq) && (after === undefined || NUMBER.test(after)) && rest.length === 0
  if (!isNumber || Number(modseq) > account.modseq) throw unknownState()
  return { modseq: Number(modseq) as Modseq, after: after === undefined ? Infinity : Number(after) }
}

export function parseMailboxState(account: Account, state: string): { readonly modseq: Modseq; readonly last: number } {
  const [modseq = '', last = '', ...rest] = state.split('-')
  if (!NUMBER.test(modseq) || !NUMBER.test(last) || rest.length > 0) throw unknownState()
  if (Number(modseq) > account.modseq) throw unknownState()
  return { modseq: Number(modseq) as Modseq, last: Number(last) }
}

export function unknownState(): MethodFailure {
  return new MethodFailure('cannotCalculateChanges')
}

/** Throws MethodFailure. */
export function checkState(ifInState: string | null, state: string): void {
  if (ifInState !== null && ifInState !== state) throw new MethodFailure('stateMismatch')
}
