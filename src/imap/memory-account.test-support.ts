// An account in memory, for tests of the protocol engines: docs/formats/journal.md §3 in the plainest form, with the faults that tests
// ask for. Nothing of the real account is in it, so that the two can be compared by the same tests.

import type { AccountId, EmailId, MailboxId, Modseq, ThreadId, Uid } from '#base/ids.ts'
import { parseMessage } from '#message/parse.ts'
import type { Part } from '#message/part.ts'
import { renderBodyStructure, renderEnvelope } from '#message/structure.ts'
import { summarize } from '#message/summary.ts'
import {
  type Account,
  type Change,
  CommitRefusedError,
  DamagedMessageError,
  type Email,
  type FlagSet,
  type Mailbox,
  type NewMessage,
  type OpenedMessage,
  type SortKeys,
  type StagedMessage,
  type StoredItem,
  type TextCriterion,
} from '#account/account.ts'
import { derive } from '#account/derive.ts'
import type { MailboxRole, Operation, Outcome, SettingValue } from '#account/operation.ts'
import { ChangeCollector, MemoryMailbox } from './memory-mailbox.test-support.ts'
import { matchesText } from './memory-search.test-support.ts'

interface MemoryEmail {
  readonly id: EmailId
  readonly bytes: Buffer
  readonly internalDate: number
  keywords: readonly string[]
  modseq: number
  readonly items: Map<StoredItem, Buffer>
}

export class MemoryAccount implements Account {
  readonly id = 'a'.repeat(32) as AccountId
  readonly address = 'owner@example.org'
  modseq = 1 as Modseq
  /** Awaited by every commit before it is applied. */
  beforeCommit: () => Promise<void> = () => Promise.resolve()
  refusal: CommitRefusedError['reason'] | null = null
  readonly damaged = new Set<number>()
  commits = 0
  readonly #mailboxes = new Map<MailboxId, MemoryMailbox>()
  readonly #emails = new Map<number, MemoryEmail>()
  readonly #settings = new Map<string, SettingValue>()
  readonly #flagSets: FlagSet[] = []
  readonly #flagSetIds = new Map<string, number>()
  readonly #listeners = new Set<(change: Change) => void>()
  #nextMailbox = 1
  #nextEmail = 1

  constructor() {
    this.#apply([
      { kind: 'createMailbox', parent: null, name: 'INBOX', role: 'inbox', uidValidity: 1000, subscribed: true },
    ])
  }

  mailboxes(): readonly Mailbox[] {
    return [...this.#mailboxes.values()].map((mailbox) => this.#describe(mailbox))
  }

  mailbox(id: MailboxId): Mailbox | null {
    const mailbox = this.#mailboxes.get(id)
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
      sizeBytes += this.#emails.get(mailbox.emails[at] as number)?.bytes.length ?? 0
    }
    const { id, parent, name, role, subscribed, uidValidity, uidNext, highestModseq, count: messages } = mailbox
    const path = this.#path(mailbox)
    const numbers = { uidValidity, uidNext, highestModseq, messages, unseen, deleted, sizeBytes, sortOrder: 0 }
    return { id, parent, name, path, role, subscribed, ...numbers }
  }

  #path(mailbox: MemoryMailbox): string {
    const parent = mailbox.parent === null ? undefined : this.#mailboxes.get(mailbox.parent)
    return parent === undefined ? mailbox.name : `${this.#path(parent)}/${mailbox.name}`
  }

  view(mailbox: MailboxId): MemoryMailbox | null {
    return this.#mailboxes.get(mailbox) ?? null
  }

  flagSet(id: number): FlagSet {
    return this.#flagSets[id] as FlagSet
  }

  #flagSetId(keywords: readonly string[], deleted: boolean): number {
    const key = `${deleted} ${keywords.join(' ')}`
    let id = this.#flagSetIds.get(key)
    if (id === undefined) {
      id = this.#flagSets.length
      this.#flagSets.push({ id, keywords, deleted })
      this.#flagSetIds.set(key, id)
    }
    return id
  }

  keywords(mailbox?: MailboxId): readonly string[] {
    const found = new Set<string>()
    const sets = new Set<number>()
    for (const view of this.#mailboxes.values()) {
      if (mailbox !== undefined && mailbox !== view.mailbox) continue
      for (const set of view.flags.subarray(0, view.count)) sets.add(set)
    }
    for (const id of sets) for (const keyword of this.flagSet(id).keywords) found.add(keyword)
    return [...found].sort()
  }

  email(id: EmailId): Email | null {
    const email = this.#emails.get(id)
    if (email === undefined) return null
    const mailboxes = this.uidsOf(id).map(({ mailbox }) => mailbox)
    const { internalDate, keywords, modseq } = email
    const thread = id as number as ThreadId
    const shared = { thread, internalDate, modseq: modseq as Modseq, keywords, mailboxes, damaged: false }
    return { id, sizeBytes: email.bytes.length, ...shared }
  }

  summary(id: EmailId): ReturnType<Account['summary']> {
    const email = this.#emails.get(id)
    return email === undefined ? null : summarize(email.bytes, parseMessage(email.bytes))
  }

  items(item: StoredItem, ids: ArrayLike<number>): (Buffer | null)[] {
    return Array.from(ids, (id) => {
      const email = this.#emails.get(id)
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
    const email = this.#emails.get(id)
    return email === undefined ? null : parseMessage(email.bytes)
  }

  sortKeys(ids: ArrayLike<number>): (SortKeys | null)[] {
    return Array.from(ids, (id) => {
      const email = this.#emails.get(id)
      return email === undefined ? null : derive(email.bytes).sortKeys
    })
  }

  async searchText(criterion: TextCriterion, ids: ArrayLike<number>): Promise<EmailId[]> {
    await Promise.resolve()
    return Array.from(ids, (id) => this.#emails.get(id))
      .filter((email) => email !== undefined)
      .filter((email) => matchesText(email.bytes, criterion))
      .map(({ id }) => id)
  }

  searchWords(): EmailId[] {
    throw new TypeError('IMAP does not ask for it')
  }

  changesSince(): never {
    throw new TypeError('IMAP does not ask for it')
  }

  internalDates(ids: ArrayLike<number>): Float64Array {
    return Float64Array.from(Array.from(ids, (id) => this.#emails.get(id)?.internalDate ?? 0))
  }

  sizes(ids: ArrayLike<number>): Float64Array {
    return Float64Array.from(Array.from(ids, (id) => this.#emails.get(id)?.bytes.length ?? 0))
  }

  thread(id: ThreadId): readonly EmailId[] {
    return [id as number as EmailId]
  }

  uidsOf(email: EmailId): readonly { readonly mailbox: MailboxId; readonly uid: Uid }[] {
    return [...this.#mailboxes.values()].flatMap((mailbox) => {
      const uid = mailbox.uidOf(email)
      return uid === null ? [] : [{ mailbox: mailbox.mailbox, uid: uid as Uid }]
    })
  }

  open(id: EmailId): Promise<OpenedMessage> {
    return this.openRange(id, 0, Infinity)
  }

  async openRange(id: EmailId, start: number, end: number): Promise<OpenedMessage> {
    await Promise.resolve()
    const email = this.#emails.get(id)
    if (email === undefined || this.damaged.has(id)) throw new DamagedMessageError('damaged')
    const bytes = Buffer.from(email.bytes.subarray(start, end))
    // As the real one does, so that a use after the end is seen.
    return { bytes, [Symbol.dispose]: () => void bytes.fill(0) }
  }

  setting(key: string): SettingValue {
    return this.#settings.get(key) ?? null
  }

  stage(): StagedMessage {
    const chunks: Buffer[] = []
    return {
      async write(chunk) {
        chunks.push(Buffer.from(chunk))
        await Promise.resolve()
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

  async commit(operations: readonly Operation[], messages: readonly NewMessage[] = []): Promise<readonly Outcome[]> {
    await this.beforeCommit()
    if (this.refusal !== null) throw new CommitRefusedError(this.refusal)
    return this.#apply(
      operations,
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
    this.modseq = (this.modseq + 1) as Modseq
    const changes = new ChangeCollector(this.modseq)
    const outcomes = operations.map((operation) => this.#applyOne(operation, messages, changes))
    const change = changes.build()
    for (const listener of this.#listeners) listener(change)
    return outcomes
  }

  #applyOne(operation: Operation, messages: readonly Buffer[], changes: ChangeCollector): Outcome {
    const done = { applied: true, modseq: this.modseq } as const
    switch (operation.kind) {
      case 'createMailbox': {
        const taken = [...this.#mailboxes.values()].some(
          ({ parent, name }) => parent === operation.parent && name === operation.name,
        )
        if (taken) return { applied: false, reason: 'nameTaken' }
        const id = this.#nextMailbox++ as MailboxId
        this.#mailboxes.set(id, new MemoryMailbox(id, operation, this.modseq))
        changes.mailboxList = true
        return { ...done, mailbox: id }
      }
      case 'updateMailbox': {
        const mailbox = this.#mailboxes.get(operation.mailbox)
        if (mailbox === undefined) return { applied: false, reason: 'noSuchMailbox' }
        Object.assign(mailbox, operation.patch)
        changes.mailboxList = true
        return done
      }
      case 'destroyMailbox': {
        const mailbox = this.#mailboxes.get(operation.mailbox)
        if (mailbox === undefined) return { applied: false, reason: 'noSuchMailbox' }
        this.#remove(mailbox, [[1, 0xffff_ffff]], changes)
        this.#mailboxes.delete(operation.mailbox)
        changes.mailboxList = true
        return done
      }
      case 'file': {
        const bytes = 'message' in operation.record ? messages[operation.record.message] : undefined
        if (bytes === undefined) return { applied: false, reason: 'noSuchRecord' }
        const id = this.#nextEmail++ as EmailId
        const { keywords, internalDate } = operation
        this.#emails.set(id, { id, bytes, internalDate, keywords, modseq: this.modseq, items: new Map() })
        const added = operation.mailboxes.flatMap((mailbox) => this.#add(id, mailbox, changes) ?? [])
        return { ...done, email: id, added: added.map((one) => ({ ...one, fromUid: null })) }
      }
      case 'changeKeywords':
        return { ...done, refused: this.#changeKeywords(operation, changes) }
      case 'markDeleted':
        return { ...done, refused: this.#markDeleted(operation, changes) }
      case 'remove': {
        const mailbox = this.#mailboxes.get(operation.mailbox)
        if (mailbox !== undefined) this.#remove(mailbox, operation.set, changes)
        return done
      }
      case 'addToMailbox':
      case 'move':
        return this.#copy(operation, changes)
      case 'set':
        this.#settings.set(operation.key, operation.value)
        return done
      case 'setMailboxes':
        throw new TypeError('no test needs it')
    }
  }

  #add(
    email: EmailId,
    mailbox: MailboxId,
    changes: ChangeCollector,
  ): { email: EmailId; mailbox: MailboxId; uid: number } | null {
    const target = this.#mailboxes.get(mailbox)
    if (target === undefined) return null
    const { keywords } = this.#emails.get(email) as MemoryEmail
    const uid = target.append(email, this.#flagSetId(keywords, false), this.modseq)
    changes.of(mailbox).added.push(uid)
    return { email, mailbox, uid }
  }

  #remove(mailbox: MemoryMailbox, set: readonly (readonly [number, number])[], changes: ChangeCollector): void {
    const { removed, emails } = mailbox.remove(set, this.modseq)
    changes.of(mailbox.mailbox).removed.push(...removed)
    for (const email of emails) if (this.uidsOf(email as EmailId).length === 0) this.#emails.delete(email)
  }

  #copy(operation: Extract<Operation, { kind: 'addToMailbox' | 'move' }>, changes: ChangeCollector): Outcome {
    const from = this.#mailboxes.get(operation.from ?? (0 as MailboxId))
    const to = this.#mailboxes.get(operation.to)
    if (from === undefined || to === undefined) return { applied: false, reason: 'noSuchMailbox' }
    const added = from.positions(operation.set).map((at) => {
      const source = this.#emails.get(from.emails[at] as number) as MemoryEmail
      let email = source.id
      if (to.uidOf(email) !== null) {
        email = this.#nextEmail++ as EmailId
        this.#emails.set(email, { ...source, id: email, modseq: this.modseq })
      }
      const fromUid = from.uids[at] as number
      return {
        ...(this.#add(email, to.mailbox, changes) as { email: EmailId; mailbox: MailboxId; uid: number }),
        fromUid,
      }
    })
    if (operation.kind === 'move') this.#remove(from, operation.set, changes)
    return { applied: true, modseq: this.modseq, added }
  }

  #changeKeywords(operation: Extract<Operation, { kind: 'changeKeywords' }>, changes: ChangeCollector): number[] {
    const mailbox = this.#mailboxes.get(operation.mailbox as MailboxId)
    const refused: number[] = []
    const given = operation.keywords
    for (const at of mailbox?.positions(operation.set) ?? []) {
      const email = this.#emails.get(mailbox?.emails[at] as number) as MemoryEmail
      if (operation.unchangedSince !== null && email.modseq > operation.unchangedSince) {
        refused.push(mailbox?.uids[at] as number)
        continue
      }
      const others = operation.mode === 'replace' ? [] : email.keywords.filter((keyword) => !given.includes(keyword))
      const after = operation.mode === 'remove' ? others : [...others, ...given].sort()
      if (after.join(' ') === email.keywords.join(' ')) continue
      email.keywords = after
      email.modseq = this.modseq
      for (const member of this.#mailboxes.values()) {
        const there = member.positionOfEmail(email.id)
        if (there >= 0) this.#setFlags(member, there, this.flagSet(member.flags[there] as number).deleted, changes)
      }
    }
    return refused
  }

  #markDeleted(operation: Extract<Operation, { kind: 'markDeleted' }>, changes: ChangeCollector): number[] {
    const mailbox = this.#mailboxes.get(operation.mailbox)
    const refused: number[] = []
    for (const at of mailbox?.positions(operation.set) ?? []) {
      if (mailbox === undefined) break
      if (operation.unchangedSince !== null && (mailbox.modseqs[at] as number) > operation.unchangedSince) {
        refused.push(mailbox.uids[at] as number)
      } else if (this.flagSet(mailbox.flags[at] as number).deleted !== operation.deleted) {
        this.#setFlags(mailbox, at, operation.deleted, changes)
      }
    }
    return refused
  }

  #setFlags(mailbox: MemoryMailbox, at: number, deleted: boolean, changes: ChangeCollector): void {
    const { keywords } = this.#emails.get(mailbox.emails[at] as number) as MemoryEmail
    mailbox.flags[at] = this.#flagSetId(keywords, deleted)
    mailbox.modseqs[at] = this.modseq
    mailbox.highestModseq = this.modseq
    changes.of(mailbox.mailbox).changed.push(mailbox.uids[at] as number)
  }
}
