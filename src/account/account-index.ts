// The index of one account: the fold's state in memory, and what is stored of it. One database connection, used by one account opening, in
// one thread: what is written is seen at once by what is read, and committed a moment later with the position in the log.

import { wipe } from '#base/bytes.ts'
import type { AccountId, MailboxId } from '#base/ids.ts'
import { type Steps, atOnce } from '#base/steps.ts'
import type { RootSecret } from '#keys/root.ts'
import { leafHashOf } from '#ledger/record.ts'
import type { LogEntry } from './account-log.ts'
import { ContentStore, type PayloadKey } from './content-store.ts'
import { type Derived, type StorableContent, type StorableTexts, threadHashesOf } from './derive.ts'
import { type Applied, applyRecord, modseqOf } from './fold.ts'
import { IndexDamagedError, IndexDatabase } from './index-database.ts'
import { assertEncrypted } from './index-file.ts'
import { prepareSchema } from './index-schema.ts'
import type { ChainHead } from './journal.ts'
import { MailStore } from './mail-store.ts'
import { MissingContent } from './missing-content.ts'
import { Releases } from './releases.ts'
import type { JournalOperation } from './operation.ts'
import { type Position, PositionStore, startOfLog } from './position-store.ts'
import { StateStore } from './state-store.ts'
import type { AccountState } from './state.ts'
import { StoredMessages } from './stored-message.ts'
import { SubstringIndex } from './substring-index.ts'
import { TextBacklog } from './text-backlog.ts'
import { ThreadStore } from './threads.ts'
import { WORDS_PENDING_BULK_BYTES, WORDS_PENDING_BYTES, WordIndex } from './word-index.ts'

/** What a file had. */
interface Loaded {
  readonly database: IndexDatabase
  readonly states: StateStore
  readonly positions: PositionStore
  readonly stored: ReturnType<PositionStore['load']>
  readonly state: AccountState
}

export class AccountIndex implements Disposable {
  readonly database: IndexDatabase
  readonly state: AccountState
  readonly position: Position
  readonly mails: MailStore
  readonly releases: Releases
  readonly content: ContentStore
  readonly missing: MissingContent
  readonly stored: StoredMessages
  readonly threads: ThreadStore
  readonly words: WordIndex
  readonly substrings: SubstringIndex
  /** Contents whose text is not in `words` and `substrings` yet: see text-indexer.ts. */
  readonly backlog: TextBacklog
  /** Records that could not be read when they were looked at last: a notice stands for each. */
  readonly damaged: Set<number>
  readonly #states: StateStore
  readonly #positions: PositionStore
  /** Contents written since the last commit. */
  #uncommitted = 0

  /** Opens the file, or makes an empty index. Throws IndexDamagedError, IndexBusyError, IndexStorageError. */
  static open(path: string, root: RootSecret, account: AccountId, isBuilt = false): AccountIndex {
    return atOnce(AccountIndex.opening(path, root, account, isBuilt))
  }

  /** The same in steps: what a large account has in memory takes a second to be read. Nobody else opens it meanwhile. */
  static *opening(path: string, root: RootSecret, account: AccountId, isBuilt = false): Steps<AccountIndex> {
    const key = root.derive('index')
    let database: IndexDatabase
    try {
      database = IndexDatabase.open(path, key, isBuilt)
    } finally {
      wipe(key)
    }
    let index: AccountIndex | null = null
    try {
      prepareSchema(database, account)
      assertEncrypted(path)
      const states = new StateStore(database)
      const positions = new PositionStore(database)
      const stored = positions.load()
      const state = yield* states.load(modseqOf((stored?.position ?? startOfLog()).journalSeq))
      index = new AccountIndex({ database, states, positions, stored, state })
      return index
    } finally {
      // Also of one that is not waited for to its end.
      if (index === null) database[Symbol.dispose]()
    }
  }

  private constructor({ database, states, positions, stored, state }: Loaded) {
    this.database = database
    this.#states = states
    this.#positions = positions
    this.position = stored?.position ?? startOfLog()
    this.state = state
    if (stored !== null) {
      this.state.emails.next = stored.counters.nextEmail
      this.state.nextMailbox = stored.counters.nextMailbox
      this.state.uidValidity = stored.counters.uidValidity
      Object.assign(this.state.latest, stored.counters.latest)
      if (this.state.emails.live !== stored.counters.emails) throw new IndexDamagedError('e-mails are missing')
    }
    this.mails = new MailStore(database, this.state.emails)
    this.releases = new Releases(database, this.mails)
    this.content = new ContentStore(database)
    this.missing = new MissingContent(database)
    this.stored = new StoredMessages(database)
    this.threads = new ThreadStore(database, this.state.emails, this.mails)
    this.words = new WordIndex(database)
    this.substrings = new SubstringIndex(database)
    this.backlog = new TextBacklog(database)
    this.damaged = new Set(this.content.damagedRecords())
  }

  /** Applies a journal record that was found to be the next one; `chain` is the head after it, `time` when it was written. Rows of it are put off. */
  apply(seq: number, time: number, chain: ChainHead, operations: readonly JournalOperation[]): Applied {
    const applied = applyRecord(this.state, this.mails, seq, operations)
    this.database.later(() => this.#states.recordApplied(applied, modseqOf(seq), time))
    this.releases.changed(this.mails.takeNaming())
    this.position.journalSeq = seq
    this.position.chain = chain
    return applied
  }

  /** As `Account.savedAt`. */
  savedAt(mailbox: MailboxId, uids: ArrayLike<number>): Float64Array {
    if (!this.state.mailboxes.has(mailbox)) return new Float64Array(uids.length)
    return this.#states.savedAt(mailbox, uids)
  }

  /** The next record of the log, of whatever kind, has been read. */
  advance(entry: LogEntry): void {
    this.position.frontier?.append(leafHashOf(entry.header))
    this.position.next = entry.header.seq + 1
    this.position.last = entry
  }

  /** The next record cannot be read, nor what it was; `leaf` is what the stored tree has for it. */
  skip(leaf: Uint8Array | null): void {
    const { position } = this
    this.mails.addDamaged(position.next)
    if (leaf === null) position.frontier = null
    else position.frontier?.append(leaf)
    position.marks = null
    position.next++
  }

  /** Stores what was derived of a record's message; `payload` is null for the notice that stands for a damaged one. */
  putContent(record: number, derived: StorableContent, payload: PayloadKey | null, text: StorableTexts): void {
    if (this.content.has(record)) this.removeContent(record)
    this.content.put(record, derived, payload)
    if (payload === null) this.damaged.add(record)
    this.threads.add(record, derived.threadHashes)
    this.#addText(record, text)
    this.#resize(record, derived.sizeBytes)
    this.#uncommitted++
  }

  /**
   * Of a record that is appended and filed now (`MailStore.addAppended`); its text comes later, by `putText`. The rows are put off: what is given stays as it
   * is until then, but for the key.
   */
  putAppended(record: number, derived: Derived, { key, offset }: PayloadKey): void {
    const own = Buffer.from(key)
    this.backlog.add(record)
    this.database.later(() => {
      this.content.put(record, derived, { key: own, offset })
      wipe(own)
      this.threads.add(record, derived.threadHashes)
    })
    this.#uncommitted++
  }

  /** The text of a record in the backlog. Nothing is done if it is not there any more. */
  putText(record: number, text: StorableTexts): void {
    if (!this.backlog.remove(record)) return
    this.#addText(record, text)
    this.#uncommitted++
  }

  #addText(record: number, text: StorableTexts): void {
    this.words.add(record, text)
    this.substrings.add(record, text)
  }

  removeContent(record: number): void {
    const summary = this.content.summary(record)
    if (summary === null) return
    this.threads.remove(record, threadHashesOf(summary))
    if (!this.backlog.remove(record)) {
      this.words.remove(record)
      this.substrings.remove(record)
    }
    this.content.remove(record)
    this.damaged.delete(record)
    this.#uncommitted++
  }

  /** Tells the e-mails of the record, and their mailboxes, its size. */
  #resize(record: number, sizeBytes: number): void {
    const { emails, mailboxes } = this.state
    for (const email of this.mails.emailsOf(record)) {
      const chunk = emails.chunkOf(email)
      if (chunk === null) continue
      const row = emails.row(email)
      const change = sizeBytes - (chunk.sizes[row] as number)
      chunk.sizes[row] = sizeBytes
      emails.touch(email)
      for (const { mailbox } of this.state.membershipsOf(email)) {
        const state = mailboxes.get(mailbox)
        if (state !== undefined) state.sizeBytes += change
      }
    }
  }

  /** Until it is disposed, much is written: with more memory. `finish` is called before the last commit; work that is cut short is gone on with like this. */
  beginBulk(): Disposable & { finish(): void } {
    const give = this.database.takeMemory()
    this.words.setPending(WORDS_PENDING_BULK_BYTES)
    return {
      finish: () => this.words.setPending(WORDS_PENDING_BYTES),
      [Symbol.dispose]: give,
    }
  }

  /** Contents written since the last commit: how much the next one has to do. */
  get uncommitted(): number {
    return this.#uncommitted
  }

  /**
   * Stores everything and commits it. False if the disk is too full for that: everything goes on as it was, from memory and the log, and is
   * to be flushed later.
   */
  flush(): boolean {
    if (!this.database.hasRoom) return false
    this.database.settle()
    const { state } = this
    this.mails.save()
    this.missing.save()
    this.releases.save(this.position.next)
    this.#states.save(state, modseqOf(this.position.journalSeq))
    const { nextMailbox, uidValidity, emails, latest } = state
    const counters = { nextEmail: emails.next, nextMailbox, uidValidity, emails: emails.live, latest }
    this.#positions.save(this.position, counters)
    this.database.commit()
    this.#uncommitted = 0
    return true
  }

  /** What was not flushed is lost, and read from the log again. */
  [Symbol.dispose](): void {
    this.database[Symbol.dispose]()
  }
}
