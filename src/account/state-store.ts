// The fold's state in the index: written behind, in the same transaction as the position in the log that it reflects.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import { ArrivalStore } from './arrival-store.ts'
import { decodeCbor, encodeCbor } from '#keys/cbor.ts'
import { ColumnStore } from './column-store.ts'
import { withDeleted } from './flag-sets.ts'
import type { Applied } from './fold.ts'
import { type IndexDatabase, IndexDamagedError, type Statement } from './index-database.ts'
import { settingFromCbor } from './operation-codec.ts'
import type { MailboxRole } from './operation.ts'
import { AccountState, type MailboxState, newMailbox } from './state.ts'
import { VanishedStore } from './vanished-store.ts'
import { VisibilityStore } from './visibility-store.ts'

/** An index with more flag sets than these, and than its e-mails can use, is made again without the old ones. */
const FLAG_SETS_MIN = 50_000
const ROWS_PER_STEP = 16_384

export class StateStore {
  readonly #columns: ColumnStore
  readonly #visibility: VisibilityStore
  readonly #arrivals: ArrivalStore
  readonly #vanished: VanishedStore
  readonly #putMailbox: Statement
  readonly #deleteMailbox: Statement
  readonly #putFlagSet: Statement
  readonly #putSetting: Statement
  readonly #deleteSetting: Statement
  readonly #putDestroyedMailbox: Statement
  readonly #reads: Readonly<Record<'mailboxes' | 'flagSets' | 'settings', Statement>>
  readonly #settings = new Set<string>()
  /** Mailboxes whose modseqs are not greater are stored as they are. */
  #savedModseq = -1

  constructor(database: IndexDatabase) {
    this.#columns = new ColumnStore(database)
    this.#visibility = new VisibilityStore(database)
    this.#arrivals = new ArrivalStore(database)
    this.#vanished = new VanishedStore(database)
    this.#putMailbox = database.write('INSERT OR REPLACE INTO mailbox VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)')
    this.#deleteMailbox = database.write('DELETE FROM mailbox WHERE id = ?')
    this.#putFlagSet = database.write('INSERT INTO flag_set (id, keywords) VALUES (?, ?)')
    this.#putSetting = database.write('INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)')
    this.#deleteSetting = database.write('DELETE FROM setting WHERE key = ?')
    this.#putDestroyedMailbox = database.write('INSERT OR REPLACE INTO destroyed_mailbox (id, modseq) VALUES (?, ?)')
    this.#reads = {
      mailboxes: database.read('SELECT * FROM mailbox ORDER BY id'),
      flagSets: database.read('SELECT id, keywords FROM flag_set ORDER BY id'),
      settings: database.read('SELECT key, value FROM setting'),
    }
  }

  /** What no column shows is written at once: few rows for each record, which was written at `time`. */
  recordApplied({ changes, visibility }: Applied, modseq: number, time: number): void {
    for (const mailbox of changes.destroyedMailboxes) {
      this.#deleteMailbox.run(mailbox)
      this.#columns.deleteMailbox(mailbox)
      this.#putDestroyedMailbox.run(mailbox, modseq)
    }
    this.#visibility.put(visibility, modseq)
    this.#arrivals.put(changes, time)
    this.#vanished.put(changes, modseq)
    for (const key of changes.settings) this.#settings.add(key)
  }

  /** As `Account.savedAt`. */
  savedAt(mailbox: MailboxId, uids: ArrayLike<number>): Float64Array {
    return this.#arrivals.times(mailbox, uids)
  }

  /** Everything that changed since the last call. */
  save(state: AccountState, modseq: number): void {
    for (const { id, keywords } of state.flagSets.takeUnsaved()) this.#putFlagSet.run(id, keywords.join(' '))
    for (const mailbox of state.mailboxes.values()) {
      if (Math.max(mailbox.modseq, mailbox.highestModseq) > this.#savedModseq) this.#saveMailbox(mailbox)
      this.#columns.saveMailbox(mailbox.columns)
    }
    this.#columns.saveEmails(state.emails)
    for (const key of this.#settings) {
      const value = state.settings.get(key)
      if (value === undefined) this.#deleteSetting.run(key)
      else this.#putSetting.run(key, encodeCbor(value))
    }
    this.#settings.clear()
    this.#savedModseq = modseq
  }

  #saveMailbox(mailbox: MailboxState): void {
    const { id, parent, name, role, subscribed, sortOrder, uidValidity, modseq, highestModseq, columns } = mailbox
    const flag = subscribed ? 1 : 0
    const { uidNext } = columns
    this.#putMailbox.run(id, parent, name, role, flag, sortOrder, uidValidity, uidNext, modseq, highestModseq)
  }

  /** Nobody else uses the database meanwhile. Throws IndexDamagedError if what is stored contradicts itself. */
  *load(modseq: number): Steps<AccountState> {
    const state = new AccountState()
    // The first set is in every new state.
    for (const [id, keywords] of this.#reads.flagSets.all()) {
      state.flagSets.restore(id as number, keywords === '' ? [] : (keywords as string).split(' '))
    }
    yield* this.#columns.loadEmails(state.emails)
    for (const row of this.#reads.mailboxes.all()) yield* this.#loadMailbox(state, row)
    if (!state.emails.complete) throw new IndexDamagedError('an e-mail without a mailbox')
    for (const [key, value] of this.#reads.settings.all()) {
      state.settings.set(key as string, settingFromCbor(decodeCbor(value as Uint8Array)))
    }
    this.#savedModseq = modseq
    if (state.flagSets.size > FLAG_SETS_MIN && state.flagSets.size > 2 * state.emails.live) {
      throw new IndexDamagedError('most of its flag sets are not in use')
    }
    return state
  }

  *#loadMailbox(state: AccountState, row: unknown[]): Steps<void> {
    const [id, parent, name, role, subscribed, sortOrder, uidValidity, uidNext, modseq, highestModseq] = row
    const mailbox = newMailbox({
      id: id as MailboxId,
      parent: parent as MailboxId | null,
      name: name as string,
      role: role as MailboxRole | null,
      subscribed: subscribed === 1,
      sortOrder: sortOrder as number,
      uidValidity: uidValidity as number,
      modseq: modseq as number,
    })
    const { columns } = mailbox
    mailbox.highestModseq = highestModseq as number
    columns.uidNext = uidNext as number
    state.attach(mailbox)
    yield* this.#columns.loadMailbox(state, columns)
    const { emails } = state
    for (let index = 0; index < columns.count; index++) {
      if (index % ROWS_PER_STEP === ROWS_PER_STEP - 1) yield
      const email = columns.emails[index] as EmailId
      const chunk = emails.chunkOf(email)
      if (chunk === null || chunk.flags[emails.row(email)] !== withDeleted(columns.flags[index] as number, false)) {
        throw new IndexDamagedError('a membership without its e-mail')
      }
      mailbox.sizeBytes += chunk.sizes[emails.row(email)] as number
    }
  }
}
