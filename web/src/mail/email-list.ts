// One list of conversations: a mailbox, or what a search found. It knows those stretches of the list that were looked at, and follows the
// server's changes without asking for the whole again (RFC 8620 §5.6).

import { type Answers, type Call, result } from '#web/jmap/connection.ts'
import { JmapFailure } from '#web/jmap/failure.ts'
import {
  EMAIL_PROPERTIES,
  type Email,
  type Filter,
  type GetResponse,
  type Id,
  type QueryChangesResponse,
  type QueryResponse,
  type Thread,
} from '#web/jmap/types.ts'
import type { MailStore } from './mail-store.ts'
import { Observable } from './observable.ts'
import { SparseList } from './sparse-list.ts'

const PAGE = 40

export interface ListQuery {
  readonly filter: Filter
  /** The mailbox that is listed; null for a search. */
  readonly mailbox: Id | null
  /** Mailboxes whose messages do not belong in the list. */
  readonly without: readonly Id[]
}

/** Whether a message belongs in a list, as far as mailboxes decide. */
export function belongs({ mailboxIds }: Pick<Email, 'mailboxIds'>, { mailbox, without }: ListQuery): boolean {
  if (mailbox !== null) return mailboxIds[mailbox] === true
  return Object.keys(mailboxIds).some((id) => !without.includes(id))
}

/** Of Email/query: newest first. */
export function listArguments({ filter }: ListQuery): Record<string, unknown> {
  return {
    filter,
    sort: [{ property: 'receivedAt', isAscending: false }],
    collapseThreads: true,
    calculateTotal: true,
  }
}

export type ListStatus = 'loading' | 'ready' | 'failed'

export class EmailList extends Observable {
  readonly query: ListQuery
  readonly #mail: MailStore
  readonly #ids = new SparseList()
  readonly #asked = new Set<number>()
  #queryState: string | null = null
  #status: ListStatus = 'loading'
  #failure: unknown = null

  constructor(mail: MailStore, query: ListQuery) {
    super()
    this.#mail = mail
    this.query = query
  }

  get status(): ListStatus {
    return this.#status
  }

  get failure(): unknown {
    return this.#failure
  }

  get length(): number {
    return this.#ids.length
  }

  idAt(position: number): Id | undefined {
    return this.#ids.at(position)
  }

  emailAt(position: number): Email | undefined {
    const id = this.#ids.at(position)
    return id === undefined ? undefined : this.#mail.email(id)
  }

  indexOf(id: Id): number {
    return this.#ids.indexOf(id)
  }

  /** Of the row of a thread, or -1. */
  indexOfThread(thread: Id): number {
    for (const email of this.#mail.emailsOfThread(thread)) {
      const at = this.#ids.indexOf(email.id)
      if (at >= 0) return at
    }
    return -1
  }

  forEachKnown(visit: (email: Email, position: number) => void): void {
    this.#ids.forEach((id, at) => {
      const email = this.#mail.email(id)
      if (email !== undefined) visit(email, at)
    })
  }

  knownIds(): Id[] {
    return this.#ids.known()
  }

  /** Sees to it that these rows are known, or will be. */
  ensure(start: number, end: number): void {
    if (this.#queryState === null) {
      this.#load(0)
      return
    }
    for (const [from, to] of this.#ids.gaps(Math.max(0, start), Math.min(end, this.#ids.length))) {
      for (let page = Math.floor(from / PAGE); page * PAGE < to; page++) this.#load(page)
    }
  }

  retry(): void {
    this.#status = this.#queryState === null ? 'loading' : 'ready'
    this.#asked.clear()
    this.ensure(0, PAGE)
    this.changed()
  }

  #load(page: number): void {
    if (this.#asked.has(page)) return
    this.#asked.add(page)
    this.#read(page * PAGE)
      .catch((error: unknown) => {
        this.#failure = error
        if (this.#queryState === null) this.#status = 'failed'
        this.changed()
      })
      .finally(() => this.#asked.delete(page))
  }

  async #read(position: number): Promise<void> {
    const asked = this.#mail.sequence
    const answers = await this.#mail.connection.call([
      ['Email/query', { ...listArguments(this.query), position, limit: PAGE }],
      ...listCalls({ '#ids': result(0, 'Email/query', '/ids') }, 1),
    ])
    const { queryState, ids, total = 0, position: first } = answers.of(0) as QueryResponse
    this.#mail.learn(listAnswers(answers, 1), asked)
    if (this.#queryState !== null && this.#queryState !== queryState) this.#ids.clear()
    this.#queryState = queryState
    this.#ids.resize(total)
    this.#ids.put(first, ids)
    this.#status = 'ready'
    this.#failure = null
    this.changed()
  }

  /** The call that asks what has changed in the list; null while there is nothing yet. */
  changesCall(): Call | null {
    if (this.#queryState === null) return null
    return ['Email/queryChanges', { ...listArguments(this.query), sinceQueryState: this.#queryState, maxChanges: 500 }]
  }

  /** Null: the server cannot say. What has changed is read again then, as far as it is looked at. */
  applyChanges(answer: QueryChangesResponse | null): void {
    if (answer !== null && answer.oldQueryState !== this.#queryState) return
    if (answer === null || !this.#ids.apply(answer)) void this.#read(0).catch(() => {})
    else this.#queryState = answer.newQueryState
    this.changed()
  }

  /** After a change that the server has not confirmed: rows that no longer belong here go, and others come back. */
  settle(threads: ReadonlySet<Id>): void {
    for (const thread of threads) {
      const emails = this.#mail.emailsOfThread(thread)
      const shown = emails.find(({ id }) => this.#ids.indexOf(id) >= 0)
      const fitting = emails.findLast((email) => belongs(email, this.query))
      if (shown === undefined) {
        if (fitting !== undefined && this.query.mailbox !== null) this.#insert(fitting)
      } else if (fitting === undefined) this.#ids.remove(new Set([shown.id]))
      else if (!belongs(shown, this.query)) this.#ids.replace(shown.id, fitting.id)
    }
    this.changed()
  }

  /** What was destroyed. */
  forget(ids: ReadonlySet<Id>): void {
    this.#ids.remove(ids)
    this.changed()
  }

  #insert(email: Email): void {
    if (this.#queryState === null) return
    const prefix = this.#ids.prefix
    for (let at = 0; at <= prefix; at++) {
      const other = this.emailAt(at)
      const isEnd = at === prefix && prefix === this.#ids.length
      if (isEnd || (other !== undefined && other.receivedAt <= email.receivedAt)) {
        this.#ids.insert(at, email.id)
        return
      }
    }
  }

  /** True if the failure is that the server cannot say what has changed. */
  static cannotCalculate(error: unknown): boolean {
    return error instanceof JmapFailure && (error.type === 'cannotCalculateChanges' || error.type === 'tooManyChanges')
  }
}

/** The e-mails, their threads, and what else is in those: three calls, of which the first has number `at`. */
export function listCalls(ids: Record<string, unknown>, at: number): Call[] {
  return [
    ['Email/get', { ...ids, properties: EMAIL_PROPERTIES }],
    ['Thread/get', { '#ids': result(at, 'Email/get', '/list/*/threadId') }],
    ['Email/get', { '#ids': result(at + 1, 'Thread/get', '/list/*/emailIds'), properties: EMAIL_PROPERTIES }],
  ]
}

export interface Learned {
  readonly emails: readonly Email[]
  readonly threads: readonly Thread[]
}

export function listAnswers(answers: Answers, at: number): Learned {
  return {
    emails: [
      ...(answers.of(at) as GetResponse<Email>).list,
      ...((answers.tryOf(at + 2) as GetResponse<Email> | null)?.list ?? []),
    ],
    threads: (answers.tryOf(at + 1) as GetResponse<Thread> | null)?.list ?? [],
  }
}
