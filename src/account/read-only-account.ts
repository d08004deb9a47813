// An account for sessions that may read and no more: whatever they ask for, nothing of it is changed. Protocol engines refuse in their own words
// before it comes to this; here is the wall behind them.

import {
  type Account,
  type Change,
  CommitRefusedError,
  type NewMessage,
  type SortKeyName,
  type SortKeys,
  type StagedMessage,
  type StoredItem,
  type TextCriterion,
  type WordQuery,
} from './account.ts'
import type { EmailId, MailboxId, Modseq, ThreadId } from '#base/ids.ts'
import type { MailboxRole, Operation, Outcome } from './operation.ts'

class ReadOnlyAccount implements Account {
  readonly #account: Account

  constructor(account: Account) {
    this.#account = account
  }

  get id(): Account['id'] {
    return this.#account.id
  }

  get address(): string {
    return this.#account.address
  }

  get modseq(): Modseq {
    return this.#account.modseq
  }

  get latest(): Account['latest'] {
    return this.#account.latest
  }

  get nextEmail(): EmailId {
    return this.#account.nextEmail
  }

  get integrity(): Account['integrity'] {
    return this.#account.integrity
  }

  /** The past has what was removed since: it is for the owner. Throws CommitRefusedError. */
  get timeTravel(): never {
    throw new CommitRefusedError('readOnly')
  }

  mailboxes(): ReturnType<Account['mailboxes']> {
    return this.#account.mailboxes()
  }

  mailbox(id: MailboxId): ReturnType<Account['mailbox']> {
    return this.#account.mailbox(id)
  }

  mailboxByPath(path: string): ReturnType<Account['mailboxByPath']> {
    return this.#account.mailboxByPath(path)
  }

  mailboxByRole(role: MailboxRole): ReturnType<Account['mailboxByRole']> {
    return this.#account.mailboxByRole(role)
  }

  view(mailbox: MailboxId): ReturnType<Account['view']> {
    return this.#account.view(mailbox)
  }

  flagSet(id: number): ReturnType<Account['flagSet']> {
    return this.#account.flagSet(id)
  }

  keywords(mailbox?: MailboxId): readonly string[] {
    return this.#account.keywords(mailbox)
  }

  email(id: EmailId): ReturnType<Account['email']> {
    return this.#account.email(id)
  }

  summary(id: EmailId): ReturnType<Account['summary']> {
    return this.#account.summary(id)
  }

  items(item: StoredItem, ids: ArrayLike<number>): (Buffer | null)[] {
    return this.#account.items(item, ids)
  }

  parts(id: EmailId): ReturnType<Account['parts']> {
    return this.#account.parts(id)
  }

  sortKeys<Name extends SortKeyName>(name: Name, ids: ArrayLike<number>): (SortKeys[Name] | null)[] {
    return this.#account.sortKeys(name, ids)
  }

  internalDates(ids: ArrayLike<number>): Float64Array {
    return this.#account.internalDates(ids)
  }

  sizes(ids: ArrayLike<number>): Float64Array {
    return this.#account.sizes(ids)
  }

  threads(ids: ArrayLike<number>): Uint32Array {
    return this.#account.threads(ids)
  }

  thread(id: ThreadId): readonly EmailId[] {
    return this.#account.thread(id)
  }

  uidsOf(email: EmailId): ReturnType<Account['uidsOf']> {
    return this.#account.uidsOf(email)
  }

  open(id: EmailId): ReturnType<Account['open']> {
    return this.#account.open(id)
  }

  openRange(id: EmailId, start: number, end: number): ReturnType<Account['openRange']> {
    return this.#account.openRange(id, start, end)
  }

  searchText(criterion: TextCriterion, ids: ArrayLike<number>): Promise<EmailId[]> {
    return this.#account.searchText(criterion, ids)
  }

  searchWords(query: WordQuery): Promise<EmailId[]> {
    return this.#account.searchWords(query)
  }

  changesSince(modseq: Modseq, after?: number): ReturnType<Account['changesSince']> {
    return this.#account.changesSince(modseq, after)
  }

  mailboxChangesSince(modseq: Modseq): ReturnType<Account['mailboxChangesSince']> {
    return this.#account.mailboxChangesSince(modseq)
  }

  vanishedSince(mailbox: MailboxId, modseq: Modseq): ReturnType<Account['vanishedSince']> {
    return this.#account.vanishedSince(mailbox, modseq)
  }

  setting(key: string): ReturnType<Account['setting']> {
    return this.#account.setting(key)
  }

  /** Throws CommitRefusedError. */
  stage(): StagedMessage {
    throw new CommitRefusedError('readOnly')
  }

  /** Throws CommitRefusedError. */
  commit(_operations: readonly Operation[], _messages?: readonly NewMessage[]): Promise<readonly Outcome[]> {
    return Promise.reject(new CommitRefusedError('readOnly'))
  }

  subscribe(listener: (change: Change) => void): Disposable {
    return this.#account.subscribe(listener)
  }
}

export function readOnlyAccount(account: Account): Account {
  return new ReadOnlyAccount(account)
}
