// The account as it was after one of its journal records: the fold's state, in memory, beside that of today. Of messages it has what the journal
// says; their content is read from the log when it is asked for.
//
// What restores have done since belongs to it, too: an e-mail or a mailbox that one of them brought back is the one that had gone.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Mailbox } from '#account/account.ts'
import { applyRecord, modseqOf } from '#account/fold.ts'
import { CHAIN_START, type ChainHead } from '#account/journal.ts'
import { MailboxSnapshots } from '#account/mailbox-snapshot.ts'
import type { JournalOperation, SettingValue } from '#account/operation.ts'
import { AccountState } from '#account/state.ts'
import { PastRecords } from './past-records.ts'
import { readRestoredMailboxes } from './restore-record.ts'

/** A message in a mailbox of then. */
export interface PastRow {
  readonly email: EmailId
  readonly uid: number
  readonly record: number
  readonly keywords: readonly string[]
  readonly deleted: boolean
  readonly receivedAt: number
}

export class PastAccount {
  readonly state = new AccountState()
  /** The journal record after which the account is shown, and its time. */
  record = -1
  time = 0
  chain: ChainHead = CHAIN_START
  readonly restored = new RestoredSince()
  readonly #records = new PastRecords()
  readonly #mailboxes = new MailboxSnapshots(this.state)

  mail(record: number): void {
    this.#records.add(record)
  }

  apply(seq: number, time: number, chain: ChainHead, operations: readonly JournalOperation[]): void {
    applyRecord(this.state, this.#records, seq, operations)
    this.record = seq
    this.time = time
    this.chain = chain
    this.restored.after = { seq: seq + 1, chain }
  }

  mailboxes(): readonly Mailbox[] {
    return this.#mailboxes.all()
  }

  mailbox(id: MailboxId): Mailbox | null {
    return this.#mailboxes.get(id)
  }

  mailboxByPath(path: string): Mailbox | null {
    return this.#mailboxes.byPath(path)
  }

  /** The newest first, from the position on. */
  rows(mailbox: MailboxId, position: number, limit: number): PastRow[] {
    const columns = this.state.mailboxes.get(mailbox)?.columns
    if (columns === undefined) return []
    const rows: PastRow[] = []
    for (let index = columns.count - 1 - position; index >= 0 && rows.length < limit; index--) {
      const email = columns.emails[index] as EmailId
      const row = this.state.emails.get(email)
      const { keywords, deleted } = this.state.flagSets.get(columns.flags[index] as number)
      if (row === null) continue
      const { record, internalDate: receivedAt } = row
      rows.push({ email, uid: columns.uids[index] as number, record, keywords, deleted, receivedAt })
    }
    return rows
  }

  /** In the order of their keys. */
  settings(): readonly (readonly [key: string, value: SettingValue])[] {
    return [...this.state.settings].sort(([a], [b]) => (a < b ? -1 : 1))
  }
}

/** What restores have brought back after some journal record. */
class RestoredSince {
  /** From where on the journal is to be read for more. */
  after: { readonly seq: number; readonly chain: ChainHead } = { seq: 0, chain: CHAIN_START }
  /** By record of the log: modseqs at which an e-mail was made of it. */
  readonly #emails = new Map<number, Set<number>>()
  /** By the mailbox that had gone. */
  readonly #mailboxes = new Map<MailboxId, MailboxId>()

  add(seq: number, chain: ChainHead, operations: readonly JournalOperation[]): void {
    for (const operation of operations) {
      if (operation.kind === 'file' && operation.source === 'restored') {
        const record = 'seq' in operation.record ? operation.record.seq : seq - operation.record.back
        this.#emails.set(record, (this.#emails.get(record) ?? new Set()).add(modseqOf(seq)))
      } else if (operation.kind === 'set') {
        for (const [gone, made] of readRestoredMailboxes(operation)) this.#mailboxes.set(gone, made)
      }
    }
    this.after = { seq: seq + 1, chain }
  }

  /** Whether a restore made this e-mail. */
  isRestored({ record, createdModseq }: { readonly record: number; readonly createdModseq: number }): boolean {
    return this.#emails.get(record)?.has(createdModseq) === true
  }

  /** The mailbox of today that is the one of then; null if there is none. */
  mailboxNow(id: MailboxId, now: AccountState): MailboxId | null {
    const seen = new Set<MailboxId>()
    for (let at: MailboxId | undefined = id; at !== undefined && !seen.has(at); at = this.#mailboxes.get(at)) {
      if (now.mailboxes.has(at)) return at
      seen.add(at)
    }
    return null
  }

  /** Mailboxes that restores have made. */
  madeMailboxes(): Iterable<MailboxId> {
    return this.#mailboxes.values()
  }
}
