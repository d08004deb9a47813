// `Account` over its parts: what sessions read comes from the columns in memory or, by prepared statements, from the index.

import { wipe } from '#base/bytes.ts'
import type { AccountId, EmailId, MailboxId, Modseq, Seq, ThreadId, Uid } from '#base/ids.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Part } from '#message/part.ts'
import type { Clock } from '#platform/clock.ts'
import type { AccountCore } from './account-core.ts'
import type { AccountLog } from './account-log.ts'
import type { Attendant } from './attendant.ts'
import {
  type Account,
  type Change,
  type ChangesSince,
  type MailboxChangesSince,
  CommitRefusedError,
  type Email,
  type FlagSet,
  type Mailbox,
  type MailboxView,
  type NewMessage,
  type OpenedMessage,
  type SortKeyName,
  type SortKeys,
  type StagedMessage,
  type StoredItem,
  type Summary,
  type TextCriterion,
  type WordQuery,
} from './account.ts'
import { ChangeHistory } from './changes-since.ts'
import { type PayloadKeys, payloadKeysIn } from './content-store.ts'
import type { EmailChunk } from './email-table.ts'
import { modseqOf } from './fold.ts'
import { MailboxSnapshots } from './mailbox-snapshot.ts'
import type { Integrity } from './integrity.ts'
import type { LogWitness } from './log-witness.ts'
import type { MailReader } from './mail-reader.ts'
import { OpenIntegrity } from './open-integrity.ts'
import { openMessage, openMessageRange } from './opened-message.ts'
import type { TimeTravel } from './past/time-travel.ts'
import type { MailboxRole, Operation, Outcome, RangeSet, SettingValue } from './operation.ts'
import type { RehearsalOutcome, RehearseOptions } from './rehearsal/rehearse-options.ts'
import { RunningRehearsals } from './rehearsal/running-rehearsals.ts'
import { estimateBytes, planOperations } from './plan.ts'
import { PreparedStarts } from './prepared-starts.ts'
import { searchText, searchWords } from './search.ts'
import type { SealedMessage } from './sealed-message.ts'
import { Staging } from './staged-message.ts'
import { ThreadMembers } from './thread-members.ts'

export interface OpenedAccountParts {
  readonly id: AccountId
  readonly address: string
  readonly core: AccountCore
  readonly witness: LogWitness
  readonly reader: LogReader
  readonly log: AccountLog
  readonly mailReader: MailReader
  readonly clock: Clock
  readonly recipient: Recipient
  readonly timeTravel: TimeTravel
  readonly indexDirectory: string
  readonly attendant: Attendant | null
}

export class OpenAccount implements Account {
  readonly id: AccountId
  readonly address: string
  readonly integrity: Integrity
  readonly #parts: OpenedAccountParts
  readonly #core: AccountCore
  readonly #mailboxes: MailboxSnapshots
  readonly #threads: ThreadMembers
  readonly #history: ChangeHistory
  readonly #rehearsals: RunningRehearsals
  readonly #starts: PreparedStarts

  constructor(parts: OpenedAccountParts) {
    this.id = parts.id
    this.address = parts.address
    this.#parts = parts
    this.#core = parts.core
    this.integrity = new OpenIntegrity(parts)
    this.#rehearsals = new RunningRehearsals(parts)
    this.#starts = new PreparedStarts(parts.clock)
    const { state } = parts.core.index
    this.#mailboxes = new MailboxSnapshots(state)
    this.#threads = new ThreadMembers(state.emails)
    this.#history = new ChangeHistory(parts.core.index)
    // The first to hear of a change: those after it already see it.
    parts.core.subscribe(() => this.#mailboxes.invalidate())
  }

  /** Resolves, with the cause, when the account cannot go on: close it, and open it again. */
  get failed(): Promise<unknown> {
    return this.#core.failed
  }

  /** Resolves when all mail that has been heard of, which can be read in the log, at the time of the call is filed. */
  filed(): Promise<void> {
    return this.#core.filer.wake()
  }

  /** Reads the index to its last page, in steps; `pause` resolves when to go on, with false if that is not wanted. False if it was left, or the account cannot go on. */
  checkIndex(pause: () => Promise<boolean>): Promise<boolean> {
    return this.#core.checkIndex(pause)
  }

  /** As `KeySource`. */
  payloadKeys(first: number, last: number): PayloadKeys {
    try {
      return payloadKeysIn(this.#core.index.database, first, last)
    } catch {
      return new Map()
    }
  }

  /** Proves, as far as that can be, that the account could be restored from what is on the disk now. Throws as `rehearse`, and AccountClosingError. */
  rehearse(options: RehearseOptions): Promise<RehearsalOutcome> {
    return this.#rehearsals.run(options)
  }

  /** Stores the index and wipes what the account holds. The root secret stays the caller's. */
  async close(): Promise<void> {
    await this.#parts.attendant?.closing()
    await this.#rehearsals.stop()
    await this.timeTravel.stop()
    await this.#core.close()
    this.#starts[Symbol.dispose]()
  }

  get timeTravel(): TimeTravel {
    return this.#parts.timeTravel
  }

  get modseq(): Modseq {
    return modseqOf(this.#core.index.position.journalSeq)
  }

  get latest(): Account['latest'] {
    return this.#core.index.state.latest as Account['latest']
  }

  get nextEmail(): EmailId {
    return this.#core.index.state.emails.next as EmailId
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

  mailboxByRole(role: MailboxRole): Mailbox | null {
    const mailbox = this.#core.index.state.byRole(role)
    return mailbox === null ? null : this.mailbox(mailbox.id)
  }

  view(mailbox: MailboxId): MailboxView | null {
    return this.#core.index.state.mailboxes.get(mailbox)?.columns ?? null
  }

  flagSet(id: number): FlagSet {
    return this.#core.index.state.flagSets.get(id)
  }

  keywords(mailbox?: MailboxId): readonly string[] {
    const { mailboxes, flagSets } = this.#core.index.state
    const states = mailbox === undefined ? mailboxes.values() : [mailboxes.get(mailbox)]
    const found = new Set<string>()
    for (const state of states) {
      for (const id of state?.columns.flagCounts.keys() ?? []) {
        for (const keyword of flagSets.get(id).keywords) found.add(keyword)
      }
    }
    return [...found].sort()
  }

  email(id: EmailId): Email | null {
    const { index } = this.#core
    const row = index.state.emails.get(id)
    if (row === null) return null
    return {
      id,
      thread: row.thread as ThreadId,
      sizeBytes: row.sizeBytes,
      internalDate: row.internalDate,
      modseq: row.modseq as Modseq,
      keywords: index.state.flagSets.get(row.flags).keywords,
      mailboxes: index.state.membershipsOf(id).map(({ mailbox }) => mailbox),
      damaged: index.damaged.has(row.record),
    }
  }

  summary(id: EmailId): Summary | null {
    return this.#core.use(({ content, state }) => content.summary(state.emails.recordOf(id)))
  }

  parts(id: EmailId): Part | null {
    return this.#core.use(({ content, state }) => content.parts(state.emails.recordOf(id)))
  }

  items(item: StoredItem, ids: ArrayLike<number>): (Buffer | null)[] {
    return this.#core.use(({ content, state }) =>
      Array.from(ids, (id) => content.item(item, state.emails.recordOf(id))),
    )
  }

  sortKeys<Name extends SortKeyName>(name: Name, ids: ArrayLike<number>): (SortKeys[Name] | null)[] {
    return this.#core.use(({ content, state }) => {
      const records: number[] = []
      for (let at = 0; at < ids.length; at++) records.push(state.emails.recordOf(ids[at] as number))
      return content.sortKeys(name, records)
    })
  }

  internalDates(ids: ArrayLike<number>): Float64Array {
    return this.#column(new Float64Array(ids.length), ids, (chunk) => chunk.dates)
  }

  sizes(ids: ArrayLike<number>): Float64Array {
    return this.#column(new Float64Array(ids.length), ids, (chunk) => chunk.sizes)
  }

  savedAt(mailbox: MailboxId, uids: ArrayLike<number>): Float64Array {
    return this.#core.use((index) => index.savedAt(mailbox, uids))
  }

  threads(ids: ArrayLike<number>): Uint32Array {
    return this.#column(new Uint32Array(ids.length), ids, (chunk) => chunk.threads)
  }

  thread(id: ThreadId): readonly EmailId[] {
    return this.#threads.of(id)
  }

  uidsOf(email: EmailId): readonly { readonly mailbox: MailboxId; readonly uid: Uid }[] {
    return this.#core.index.state.membershipsOf(email) as { mailbox: MailboxId; uid: Uid }[]
  }

  open(id: EmailId): Promise<OpenedMessage> {
    return openMessage(this.#parts, id)
  }

  openRange(id: EmailId, start: number, end: number): Promise<OpenedMessage> {
    return openMessageRange(this.#parts, id, start, end)
  }

  searchText(criterion: TextCriterion, ids: ArrayLike<number>, progress?: (done: number) => void): Promise<EmailId[]> {
    return this.#core.useAsync(async (index) => {
      await this.#core.texts.complete()
      return searchText(index, this.#parts.clock, criterion, ids, progress)
    })
  }

  searchWords(query: WordQuery): Promise<EmailId[]> {
    return this.#core.useAsync(async (index) => {
      await this.#core.texts.complete()
      return searchWords(index, this.#parts.clock, query)
    })
  }

  changesSince(modseq: Modseq, after = Infinity): ChangesSince {
    return this.#core.use(() => this.#history.emails(modseq, after))
  }

  mailboxChangesSince(modseq: Modseq): MailboxChangesSince {
    return this.#core.use(() => this.#history.mailboxes(modseq))
  }

  vanishedSince(mailbox: MailboxId, modseq: Modseq): RangeSet {
    return this.#core.use(() => this.#history.vanished(mailbox, modseq))
  }

  setting(key: string): SettingValue {
    return this.#core.index.state.settings.get(key) ?? null
  }

  /** Keys of settings that begin so. */
  settingKeys(prefix: string): string[] {
    return [...this.#core.index.state.settings.keys()].filter((key) => key.startsWith(prefix)).sort()
  }

  /** E-mails that stand for a record of the log. */
  emailsOfRecord(record: Seq): readonly EmailId[] {
    return this.#core.use(({ mails }) => mails.emailsOf(record))
  }

  /** The message of a record, whether an e-mail stands for it or not; null if it cannot be read. */
  async openRecord(record: Seq): Promise<OpenedMessage | null> {
    if (record >= this.#core.follower.readable) await this.#parts.log.settled(record)
    const entry = this.#core.use(({ mails }) => mails.entry(record))
    const opened = entry === null ? null : this.#parts.mailReader.openByIdentity(entry)
    if (opened === null) return null
    wipe(opened.payload.key)
    return { bytes: opened.bytes, [Symbol.dispose]: () => wipe(opened.bytes) }
  }

  stage(sizeBytes: number | null): StagedMessage {
    return new Staging({ ...this.#parts, starts: this.#starts }, sizeBytes)
  }

  async commit(
    operations: readonly Operation[] | (() => readonly Operation[]),
    messages: readonly NewMessage[] = [],
  ): Promise<readonly Outcome[]> {
    const sealed: SealedMessage[] = []
    try {
      for (const { staged } of messages) {
        if (!(staged instanceof Staging)) throw new TypeError('a staged message is made by `stage`')
        sealed.push(await staged.seal())
      }
    } catch (error) {
      for (const message of sealed) message.discard()
      for (const { staged } of messages) staged[Symbol.dispose]()
      if (error instanceof LedgerRefusedError) throw new CommitRefusedError(error.reason, { cause: error })
      throw error
    }
    const plan = typeof operations === 'function' ? operations : () => operations
    return this.#core.writer.commit({
      messages: sealed,
      operationBytes: typeof operations === 'function' ? 0 : estimateBytes(operations),
      isAlone: typeof operations === 'function',
      plan: (backOfMessage) => planOperations(this.#core.index, plan(), sealed, backOfMessage),
    })
  }

  subscribe(listener: (change: Change) => void): Disposable {
    return this.#core.subscribe(listener)
  }

  #column<T extends Float64Array | Uint32Array>(
    values: T,
    ids: ArrayLike<number>,
    columnOf: (chunk: EmailChunk) => ArrayLike<number>,
  ): T {
    const { emails } = this.#core.index.state
    for (let at = 0; at < ids.length; at++) {
      const id = ids[at] as number
      const chunk = emails.chunkOf(id)
      if (chunk !== null) values[at] = columnOf(chunk)[emails.row(id)] as number
    }
    return values
  }
}
