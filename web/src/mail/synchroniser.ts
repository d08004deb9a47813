// Keeps what the page knows as the server has it. The server tells that something has changed; what has changed is asked for by `/changes` and
// `/queryChanges`, and only what is known or shown is read again. When the connection is lost, it is tried again, less and less often.

import { type Call, result } from '#web/jmap/connection.ts'
import { JmapFailure, RebuildingFailure } from '#web/jmap/failure.ts'
import type {
  ChangesResponse,
  Email,
  GetResponse,
  Id,
  Identity,
  Mailbox,
  QueryChangesResponse,
  Thread,
} from '#web/jmap/types.ts'
import { EMAIL_PROPERTIES } from '#web/jmap/types.ts'
import { listAnswers, listCalls } from './email-list.ts'
import type { MailStore } from './mail-store.ts'
import { Observable } from './observable.ts'

const RETRY_MS = [1000, 2000, 5000, 10_000, 20_000, 30_000]
const GET_MAX = 500

export class Synchroniser extends Observable {
  readonly #mail: MailStore
  readonly #abort = new AbortController()
  #isConnected = true
  #trouble: string | null = null
  #isRunning = false
  #isWanted = false
  #failures = 0
  /** E-mails whose marks were changed here while they were read. */
  #again: readonly Id[] = []
  #wake: (() => void) | null = null
  #stream: AbortController | null = null
  /** Told of messages that came into the inbox. */
  onNewMail: (emails: readonly Email[]) => void = () => {}

  /** Told when the server can be reached again. */
  onConnected: () => void = () => {}

  constructor(mail: MailStore) {
    super()
    this.#mail = mail
  }

  /** What the server says of why it has nothing to say; null if it says nothing. */
  get trouble(): string | null {
    return this.#trouble
  }

  get isConnected(): boolean {
    return this.#isConnected
  }

  /** Runs until it is stopped. */
  start(): void {
    const { signal } = this.#abort
    addEventListener('online', this.retryNow, { signal })
    addEventListener('offline', this.lost, { signal })
    void this.#run()
  }

  stop(): void {
    this.#abort.abort()
    this.#wake?.()
  }

  /** A request did not get through: a stream that seems to be open says nothing of it for a while. */
  readonly lost = (): void => {
    if (!this.#isConnected) return
    this.#setConnected(false)
    this.#stream?.abort()
  }

  readonly retryNow = (): void => {
    this.#failures = 0
    this.#wake?.()
  }

  #setConnected(isConnected: boolean): void {
    if (this.#isConnected === isConnected) return
    this.#isConnected = isConnected
    if (isConnected) this.onConnected()
    this.changed()
  }

  #setTrouble(trouble: string | null): void {
    if (this.#trouble === trouble) return
    this.#trouble = trouble
    this.changed()
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        // What was missed since the last connection.
        await this.catchUp()
        this.#setTrouble(null)
        this.#setConnected(true)
        this.#failures = 0
        this.#stream = new AbortController()
        await this.#mail.connection.events(
          (states) => {
            if ('Identity' in states) void this.#readIdentities().catch(() => {})
            void this.catchUp().catch(() => {})
          },
          AbortSignal.any([signal, this.#stream.signal]),
        )
      } catch (error) {
        if (signal.aborted || (error instanceof JmapFailure && error.kind === 'loggedOut')) return
        this.#failures++
        this.#setTrouble(error instanceof RebuildingFailure ? error.message : null)
        // A stream that ended is nothing to speak of; a server that is not there is.
        if (this.#failures > 1 || this.#trouble !== null || (error instanceof JmapFailure && error.kind === 'offline'))
          this.#setConnected(false)
      }
      await this.#pause(RETRY_MS[Math.min(this.#failures, RETRY_MS.length - 1)] ?? 1000)
    }
  }

  #pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ms)
      this.#wake = () => {
        clearTimeout(timer)
        resolve()
      }
    })
  }

  async #readIdentities(): Promise<void> {
    const answers = await this.#mail.connection.call([['Identity/get', { ids: null }]])
    this.#mail.learnIdentities((answers.of(0) as GetResponse<Identity>).list)
  }

  /** Brings the page up to date. While one run is under way, another is only noted. */
  async catchUp(): Promise<void> {
    this.#isWanted = true
    if (this.#isRunning) return
    this.#isRunning = true
    try {
      while (this.#isWanted) {
        this.#isWanted = false
        await this.#readChanges()
      }
    } finally {
      this.#isRunning = false
    }
  }

  async #readChanges(): Promise<void> {
    const mail = this.#mail
    const { states } = mail
    if (states === null) {
      await mail.start()
      return
    }
    const asked = mail.sequence
    const lists = [...mail.lists].filter((list) => list.changesCall() !== null)
    const calls: Call[] = [
      ['Mailbox/changes', { sinceState: states.mailbox }],
      ['Mailbox/get', { '#ids': result(0, 'Mailbox/changes', '/created') }],
      ['Mailbox/get', { '#ids': result(0, 'Mailbox/changes', '/updated') }],
      ['Email/changes', { sinceState: states.email }],
      ['Thread/changes', { sinceState: states.thread }],
      ...lists.map((list) => list.changesCall()).filter((call) => call !== null),
    ]
    const answers = await mail.connection.call(calls)
    const mailboxes = answers.tryOf(0) as ChangesResponse | null
    const emails = answers.tryOf(3) as ChangesResponse | null
    const threads = answers.tryOf(4) as ChangesResponse | null
    if (mailboxes === null || emails === null || threads === null) {
      // Too long ago: from the start.
      await mail.start()
      for (const list of lists) list.applyChanges(null)
      return
    }
    mail.learnMailboxes(
      [
        ...((answers.tryOf(1) as GetResponse<Mailbox> | null)?.list ?? []),
        ...((answers.tryOf(2) as GetResponse<Mailbox> | null)?.list ?? []),
      ],
      mailboxes.destroyed,
    )
    mail.forget(emails.destroyed)
    const changes = lists.map((_, at) => answers.tryOf(5 + at) as QueryChangesResponse | null)
    const added = new Set(changes.flatMap((change) => change?.added.map(({ id }) => id) ?? []))
    const fresh = [...added].filter((id) => mail.email(id) === undefined)
    // First what is new is known, then it is shown.
    await this.#read(emails, threads, fresh)
    for (const [at, list] of lists.entries()) list.applyChanges(changes[at] ?? null)
    mail.settleSince(asked)
    Object.assign(states, { mailbox: mailboxes.newState, email: emails.newState, thread: threads.newState })
    if (mailboxes.hasMoreChanges || emails.hasMoreChanges || threads.hasMoreChanges) this.#isWanted = true
  }

  async #read(emails: ChangesResponse, threads: ChangesResponse, fresh: readonly Id[]): Promise<void> {
    const mail = this.#mail
    const updated = new Set([...this.#again, ...emails.updated])
    this.#again = []
    const marked = [...updated].filter((id) => mail.email(id) !== undefined).slice(0, GET_MAX)
    const asked = mail.sequence
    const grown = threads.updated.filter((id) => mail.knowsThread(id)).slice(0, GET_MAX)
    const created = new Set(emails.created)
    const inInbox = fresh.filter((id) => created.has(id))
    if (marked.length + grown.length + fresh.length > 0) {
      const answers = await mail.connection.call([
        ['Email/get', { ids: marked, properties: ['id', 'keywords', 'mailboxIds'] }],
        ['Thread/get', { ids: grown }],
        ['Email/get', { '#ids': result(1, 'Thread/get', '/list/*/emailIds'), properties: EMAIL_PROPERTIES }],
        ...listCalls({ ids: fresh.slice(0, GET_MAX) }, 3),
      ])
      this.#again = mail.learnMarks((answers.tryOf(0) as GetResponse<Email> | null)?.list ?? [], asked)
      const grownThreads = {
        threads: (answers.tryOf(1) as GetResponse<Thread> | null)?.list ?? [],
        emails: (answers.tryOf(2) as GetResponse<Email> | null)?.list ?? [],
      }
      mail.learn(grownThreads, asked)
      mail.learn(listAnswers(answers, 3), asked)
    }
    if (this.#again.length > 0) this.#isWanted = true
    const inbox = mail.mailboxOf('inbox')?.id
    const news = inInbox
      .map((id) => mail.email(id))
      .filter((email) => email !== undefined && inbox !== undefined && email.mailboxIds[inbox] === true)
      .filter((email) => email !== undefined && email.keywords['$seen'] !== true)
    if (news.length > 0) this.onNewMail(news as Email[])
  }
}
