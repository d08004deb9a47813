// An account in memory, for tests of the protocol engines: docs/formats/journal.md §3 in the plainest form, with the faults that tests
// ask for. Nothing of the real account is in it, so that the two can be compared by the same tests.

import type { AccountId, EmailId, MailboxId, Modseq, ThreadId, Uid } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { parseMessage } from '#message/parse.ts'
import type { Part } from '#message/part.ts'
import { renderBodyStructure, renderEnvelope } from '#message/structure.ts'
import { summarize } from '#message/summary.ts'
import {
  type Account,
  type Change,
  type ChangesSince,
  type MailboxChangesSince,
  CommitInDoubtError,
  CommitRefusedError,
  DamagedMessageError,
  type Email,
  type FlagSet,
  type Mailbox,
  type NewMessage,
  type OpenedMessage,
  type SortKeyName,
  type SortKeys,
  type StagedMessage,
  type StoredItem,
  type TextCriterion,
  type WordQuery,
} from '#account/account.ts'
import { deriveInSteps } from '#account/derive.ts'
import type { IntegrityReport, LogAlarm, Rehearsed } from '#account/integrity.ts'
import type { MailboxRole, Operation, Outcome, RangeSet, SettingValue } from '#account/operation.ts'
import { rangeSetOf } from '#account/range-set.ts'
import { ChangeCollector, type MemoryMailbox } from './memory-mailbox.test-support.ts'
import { MemoryHistory } from './memory-history.test-support.ts'
import { matchesText, matchesWords } from './memory-search.test-support.ts'
import { type MemoryEmail, MemoryState } from './memory-state.test-support.ts'

export class MemoryAccount implements Account {
  readonly id = 'a'.repeat(32) as AccountId
  readonly address = 'owner@example.org'
  /** When what is committed is written. */
  nowMs = 0
  /** Awaited by every commit before it is applied. */
  beforeCommit: () => Promise<void> = () => Promise.resolve()
  refusal: CommitRefusedError['reason'] | 'inDoubt' | null = null
  readonly damaged = new Set<number>()
  /** Of messages that were opened and not closed. */
  heldBytes = 0
  readonly integrity = {
    alarms: [] as LogAlarm[],
    rehearsed: { last: null, wholeAt: null, isAcknowledged: false } as Rehearsed,
    watchers: new Set<() => void>(),
    watch: (raised: () => void): Disposable => {
      this.integrity.watchers.add(raised)
      return { [Symbol.dispose]: () => void this.integrity.watchers.delete(raised) }
    },
    raise: (alarm: LogAlarm): void => {
      this.integrity.alarms.push(alarm)
      for (const raised of this.integrity.watchers) raised()
    },
    report: (): IntegrityReport => ({
      checkpoint: null,
      ledgerKey: null,
      ownerKey: '',
      consistency: null,
      mark: null,
      alarms: this.integrity.alarms,
      scrub: null,
      rehearsal: null,
    }),
    prove: () => null,
    acknowledge: () => Promise.resolve(this.integrity.alarms.splice(0).length > 0),
  }
  commits = 0
  readonly #state = new MemoryState()
  readonly #history = new MemoryHistory()
  readonly #threadOf = new Map<EmailId, ThreadId>()
  readonly #listeners = new Set<(change: Change) => void>()
  readonly latest = { mailboxes: 0 as Modseq, emails: 0 as Modseq, threads: 0 as Modseq }

  constructor() {
    this.#apply([
      { kind: 'createMailbox', parent: null, name: 'INBOX', role: 'inbox', uidValidity: 1000, subscribed: true },
    ])
  }

  get timeTravel(): never {
    throw new Error('an account in memory has no log')
  }

  get modseq(): Modseq {
    return this.#state.modseq
  }

  get nextEmail(): EmailId {
    return this.#state.nextEmail as EmailId
  }

  mailboxes(): readonly Mailbox[] {
    return [...this.#state.mailboxes.values()].map((mailbox) => this.#describe(mailbox))
  }

  mailbox(id: MailboxId): Mailbox | null {
    const mailbox = this.#state.mailboxes.get(id)
    return mailbox === undefined ? null : this.#describe(mailbox)
  }

  mailboxByPath(path: string): Mailbox | null {
    const wanted = path.toUpperCase() === 'INBOX' ? 'INBOX' : path
    return this.mailboxes().find((mailbox) => mailbox.path === wanted) ?? null
  }

  mailboxByRole(role: MailboxRole): Mailbox | null {
    return this.mailboxes().find((mailbox) => mailbox.role === role) ?? null
  }

  #describe(mailbox: MemoryMailbox): Mailbox {
    let unseen = 0
    let deleted = 0
    let sizeBytes = 0
    for (let at = 0; at < mailbox.count; at++) {
      const flags = this.flagSet(mailbox.flags[at] as number)
      if (!flags.keywords.includes('$seen')) unseen++
      if (flags.deleted) deleted++
      sizeBytes += this.#state.emails.get(mailbox.emails[at] as number)?.bytes.length ?? 0
    }
    const { id, parent, name, role, subscribed, sortOrder, uidValidity, uidNext, modseq, highestModseq } = mailbox
    const path = this.#path(mailbox)
    const counts = { messages: mailbox.count, unseen, deleted, sizeBytes }
    const numbers = { uidValidity, uidNext, modseq, highestModseq, sortOrder, ...counts }
    return { id, parent, name, path, role, subscribed, ...numbers }
  }

  #path(mailbox: MemoryMailbox): string {
    const parent = mailbox.parent === null ? undefined : this.#state.mailboxes.get(mailbox.parent)
    return parent === undefined ? mailbox.name : `${this.#path(parent)}/${mailbox.name}`
  }

  view(mailbox: MailboxId): MemoryMailbox | null {
    return this.#state.mailboxes.get(mailbox) ?? null
  }

  flagSet(id: number): FlagSet {
    return this.#state.flagSets.get(id)
  }

  keywords(mailbox?: MailboxId): readonly string[] {
    const found = new Set<string>()
    const sets = new Set<number>()
    for (const view of this.#state.mailboxes.values()) {
      if (mailbox !== undefined && mailbox !== view.mailbox) continue
      for (const set of view.flags.subarray(0, view.count)) sets.add(set)
    }
    for (const id of sets) for (const keyword of this.flagSet(id).keywords) found.add(keyword)
    return [...found].sort()
  }

  email(id: EmailId): Email | null {
    const email = this.#state.emails.get(id)
    if (email === undefined) return null
    const mailboxes = this.uidsOf(id).map(({ mailbox }) => mailbox)
    const { thread, internalDate, keywords, modseq } = email
    const shared = { thread, internalDate, modseq: modseq as Modseq, keywords, mailboxes, damaged: false }
    return { id, sizeBytes: email.bytes.length, ...shared }
  }

  summary(id: EmailId): ReturnType<Account['summary']> {
    const email = this.#state.emails.get(id)
    return email === undefined ? null : summarize(email.bytes, parseMessage(email.bytes))
  }

  items(item: StoredItem, ids: ArrayLike<number>): (Buffer | null)[] {
    return Array.from(ids, (id) => {
      const email = this.#state.emails.get(id)
      return email === undefined ? null : this.#item(email, item)
    })
  }

  #item(email: MemoryEmail, item: StoredItem): Buffer {
    let bytes = email.items.get(item)
    if (bytes === undefined) {
      const part = parseMessage(email.bytes)
      if (item === 'envelope') bytes = renderEnvelope(email.bytes, part)
      else if (item === 'header') bytes = email.bytes.subarray(0, part.bodyStart)
      else bytes = renderBodyStructure(email.bytes, part, item === 'bodystructure')
      email.items.set(item, bytes)
    }
    return bytes
  }

  parts(id: EmailId): Part | null {
    const email = this.#state.emails.get(id)
    return email === undefined ? null : parseMessage(email.bytes)
  }

  sortKeys<Name extends SortKeyName>(name: Name, ids: ArrayLike<number>): (SortKeys[Name] | null)[] {
    return Array.from(ids, (id) => {
      const email = this.#state.emails.get(id)
      return email === undefined ? null : atOnce(deriveInSteps(email.bytes, parseMessage(email.bytes))).sortKeys[name]
    })
  }

  async searchText(criterion: TextCriterion, ids: ArrayLike<number>): Promise<EmailId[]> {
    await Promise.resolve()
    return Array.from(ids, (id) => this.#state.emails.get(id))
      .filter((email) => email !== undefined)
      .filter((email) => matchesText(email.bytes, criterion))
      .map(({ id }) => id)
  }

  async searchWords(query: WordQuery): Promise<EmailId[]> {
    await Promise.resolve()
    return [...this.#state.emails.values()].filter(({ bytes }) => matchesWords(bytes, query)).map(({ id }) => id)
  }

  changesSince(modseq: Modseq, after = Infinity): ChangesSince {
    return this.#history.since(modseq, after)
  }

  mailboxChangesSince(modseq: Modseq): MailboxChangesSince {
    const updated = [...this.#state.mailboxes.values()]
      .filter((mailbox) => Math.max(mailbox.modseq, mailbox.highestModseq) > modseq)
      .map(({ id }) => id)
    return { updated, destroyed: this.#history.destroyedMailboxes(modseq) }
  }

  vanishedSince(mailbox: MailboxId, modseq: Modseq): RangeSet {
    const vanished = this.#state.mailboxes.get(mailbox)?.vanished ?? []
    const uids = vanished.filter((one) => one.modseq > modseq).map(({ uid }) => uid)
    return rangeSetOf(uids.sort((left, right) => left - right))
  }

  internalDates(ids: ArrayLike<number>): Float64Array {
    return Float64Array.from(Array.from(ids, (id) => this.#state.emails.get(id)?.internalDate ?? 0))
  }

  sizes(ids: ArrayLike<number>): Float64Array {
    return Float64Array.from(Array.from(ids, (id) => this.#state.emails.get(id)?.bytes.length ?? 0))
  }

  savedAt(mailbox: MailboxId, uids: ArrayLike<number>): Float64Array {
    const saved = this.#state.mailboxes.get(mailbox)?.savedAt
    return Float64Array.from(uids, (uid) => saved?.get(uid) ?? Number.NaN)
  }

  threads(ids: ArrayLike<number>): Uint32Array {
    return Uint32Array.from(ids, (id) => this.#state.emails.get(id)?.thread ?? 0)
  }

  thread(id: ThreadId): readonly EmailId[] {
    return [...this.#state.emails.values()]
      .filter(({ thread }) => thread === id)
      .sort((a, b) => a.internalDate - b.internalDate || a.id - b.id)
      .map(({ id }) => id)
  }

  uidsOf(email: EmailId): readonly { readonly mailbox: MailboxId; readonly uid: Uid }[] {
    return [...this.#state.mailboxes.values()].flatMap((mailbox) => {
      const uid = mailbox.uidOf(email)
      return uid === null ? [] : [{ mailbox: mailbox.mailbox, uid: uid as Uid }]
    })
  }

  open(id: EmailId): Promise<OpenedMessage> {
    return this.openRange(id, 0, Infinity)
  }

  async openRange(id: EmailId, start: number, end: number): Promise<OpenedMessage> {
    await Promise.resolve()
    const email = this.#state.emails.get(id)
    if (email === undefined || this.damaged.has(id)) throw new DamagedMessageError('damaged')
    const bytes = Buffer.from(email.bytes.subarray(start, end))
    this.heldBytes += bytes.length
    const close = (): void => {
      // As the real one does, so that a use after the end is seen.
      bytes.fill(0)
      this.heldBytes -= bytes.length
    }
    return { bytes, [Symbol.dispose]: close }
  }

  setting(key: string): SettingValue {
    return this.#state.settings.get(key) ?? null
  }

  stage(): StagedMessage {
    const chunks: Buffer[] = []
    return {
      async write(chunk) {
        // As a long message is: read after its first bytes have gone.
        await Promise.resolve()
        chunks.push(Buffer.from(chunk))
      },
      get sizeBytes() {
        return chunks.reduce((sum, chunk) => sum + chunk.length, 0)
      },
      bytes: () => Buffer.concat(chunks),
      [Symbol.dispose]() {
        chunks.length = 0
      },
    } as StagedMessage
  }

  async commit(
    operations: readonly Operation[] | (() => readonly Operation[]),
    messages: readonly NewMessage[] = [],
  ): Promise<readonly Outcome[]> {
    await this.beforeCommit()
    if (this.refusal === 'inDoubt') throw new CommitInDoubtError()
    if (this.refusal !== null) throw new CommitRefusedError(this.refusal)
    return this.#apply(
      typeof operations === 'function' ? operations() : operations,
      messages.map(({ staged }) => (staged as StagedMessage & { bytes(): Buffer }).bytes()),
    )
  }

  /** Files a message in INBOX, or another mailbox, as delivery does. Returns its UID. */
  deliver(bytes: Uint8Array, mailbox = 1 as MailboxId, keywords: readonly string[] = [], internalDate = 0): number {
    const file = { kind: 'file', record: { message: 0 }, mailboxes: [mailbox], keywords } as const
    const [outcome] = this.#apply([{ ...file, internalDate, thread: null, source: 'delivered' }], [Buffer.from(bytes)])
    return outcome?.applied === true ? (outcome.added?.[0]?.uid ?? 0) : 0
  }

  subscribe(listener: (change: Change) => void): Disposable {
    this.#listeners.add(listener)
    return { [Symbol.dispose]: () => void this.#listeners.delete(listener) }
  }

  #apply(operations: readonly Operation[], messages: readonly Buffer[] = []): readonly Outcome[] {
    this.commits++
    this.#state.modseq = (this.modseq + 1) as Modseq
    const changes = new ChangeCollector(this.modseq)
    const outcomes = operations.map((operation) => this.#state.apply(operation, messages, changes))
    const change = changes.build()
    for (const [id, { added }] of change.mailboxes) {
      for (const uid of added) this.#state.mailboxes.get(id)?.savedAt.set(uid, this.nowMs)
    }
    for (const id of changes.destroyedMailboxes) this.#history.mailboxDestroyed(id, this.modseq)
    for (const id of change.emails) this.#remember(id)
    for (const id of changes.marked) this.#history.marked(id, this.modseq)
    if (change.emails.length > 0) this.latest.emails = this.latest.threads = this.modseq
    if (change.emails.length > 0 || change.mailboxList) this.latest.mailboxes = this.modseq
    for (const listener of this.#listeners) listener(change)
    return outcomes
  }

  #remember(id: EmailId): void {
    const shown = this.uidsOf(id).filter(({ mailbox, uid }) => {
      const view = this.#state.mailboxes.get(mailbox)
      return view !== undefined && !this.flagSet(view.flags[view.indexOf(uid)] as number).deleted
    })
    const email = this.#state.emails.get(id)
    if (email !== undefined) this.#threadOf.set(id, email.thread)
    const value = JSON.stringify([shown.map(({ mailbox }) => mailbox), email?.keywords])
    this.#history.saw(id, this.#threadOf.get(id) as ThreadId, this.modseq, shown.length === 0 ? null : value)
  }
}
