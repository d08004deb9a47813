// What the page knows of the account: mailboxes, e-mails, threads, bodies. Changes show at once, and are taken back if the server refuses them.

import type { Connection } from '#web/jmap/connection.ts'
import { JmapFailure } from '#web/jmap/failure.ts'
import {
  EMAIL_PROPERTIES,
  type Email,
  type EmailBody,
  type GetResponse,
  type Id,
  type Identity,
  type Mailbox,
  type MailboxRole,
  type SetError,
  type SetResponse,
  type Thread,
} from '#web/jmap/types.ts'
import { result } from '#web/jmap/connection.ts'
import { BodyCache } from './body-cache.ts'
import { recount } from './counts.ts'
import { EmailList, type Learned, type ListQuery } from './email-list.ts'
import { LocalChanges } from './local-changes.ts'
import { Observable } from './observable.ts'
import { type EmailPatches, applyPatch, invertPatch, patchObject } from './patch.ts'

const LISTS_MAX = 4
const SET_MAX = 500

export interface States {
  email: string
  mailbox: string
  thread: string
}

export class MailStore extends Observable {
  readonly connection: Connection
  readonly #mailboxes = new Map<Id, Mailbox>()
  readonly #emails = new Map<Id, Email>()
  readonly #threads = new Map<Id, readonly Id[]>()
  readonly #bodies: BodyCache
  readonly #lists = new Map<string, EmailList>()
  readonly #changes = new LocalChanges()
  #identities: readonly Identity[] = []
  #states: States | null = null

  constructor(connection: Connection) {
    super()
    this.connection = connection
    this.#bodies = new BodyCache(connection)
  }

  get mailboxes(): ReadonlyMap<Id, Mailbox> {
    return this.#mailboxes
  }

  get identities(): readonly Identity[] {
    return this.#identities
  }

  /** Null until the first answer. */
  get states(): States | null {
    return this.#states
  }

  get lists(): Iterable<EmailList> {
    return this.#lists.values()
  }

  get emails(): Iterable<Email> {
    return this.#emails.values()
  }

  mailboxOf(role: MailboxRole): Mailbox | undefined {
    for (const mailbox of this.#mailboxes.values()) if (mailbox.role === role) return mailbox
    return undefined
  }

  email(id: Id): Email | undefined {
    return this.#emails.get(id)
  }

  /** To be noted when something is asked for, and given with its answer. */
  get sequence(): number {
    return this.#changes.sequence
  }

  /** Those that are known, oldest first. */
  emailsOfThread(thread: Id): readonly Email[] {
    return (this.#threads.get(thread) ?? []).map((id) => this.#emails.get(id)).filter((email) => email !== undefined)
  }

  knowsThread(thread: Id): boolean {
    return this.#threads.has(thread)
  }

  /** Reads what every view needs. Rejects with JmapFailure. */
  async start(): Promise<void> {
    const answers = await this.connection.call([
      ['Mailbox/get', { ids: null }],
      ['Email/get', { ids: [] }],
      ['Thread/get', { ids: [] }],
      ['Identity/get', { ids: null }],
    ])
    const mailboxes = answers.of(0) as GetResponse<Mailbox>
    this.#states = {
      mailbox: mailboxes.state,
      email: (answers.of(1) as GetResponse<Email>).state,
      thread: (answers.of(2) as GetResponse<Thread>).state,
    }
    this.#mailboxes.clear()
    for (const mailbox of mailboxes.list) this.#mailboxes.set(mailbox.id, mailbox)
    this.#identities = (answers.tryOf(3) as GetResponse<Identity> | null)?.list ?? []
    this.changed()
  }

  /** `asked`: the sequence when it was asked for. */
  learn({ emails, threads }: Learned, asked = Infinity): void {
    for (const email of emails) {
      const known = this.#changes.isNewer(email.id, asked) ? this.#emails.get(email.id) : undefined
      const marks = known === undefined ? {} : { keywords: known.keywords, mailboxIds: known.mailboxIds }
      this.#emails.set(email.id, { ...email, ...marks })
    }
    for (const { id, emailIds } of threads) this.#threads.set(id, emailIds)
    this.changed()
  }

  learnMailboxes(changed: readonly Mailbox[], destroyed: readonly Id[]): void {
    for (const mailbox of changed) this.#mailboxes.set(mailbox.id, { ...this.#mailboxes.get(mailbox.id), ...mailbox })
    for (const id of destroyed) this.#mailboxes.delete(id)
    this.changed()
  }

  learnIdentities(identities: readonly Identity[]): void {
    this.#identities = identities
    this.changed()
  }

  /** Keywords and mailboxes of e-mails that are known. Returns those that were changed here since it was asked: they have to be asked for again. */
  learnMarks(marks: readonly Pick<Email, 'id' | 'keywords' | 'mailboxIds'>[], asked: number): readonly Id[] {
    const again: Id[] = []
    for (const mark of marks) {
      const email = this.#emails.get(mark.id)
      if (email === undefined) continue
      if (this.#changes.isNewer(mark.id, asked)) again.push(mark.id)
      else this.#emails.set(mark.id, { ...email, ...mark })
    }
    this.changed()
    return again
  }

  /** Lists show what was changed here since they were asked for. */
  settleSince(asked: number): void {
    const ids = this.#changes.newerThan(asked)
    const threads = new Set(ids.map((id) => this.#emails.get(id)?.threadId).filter((thread) => thread !== undefined))
    if (threads.size > 0) this.#settle(threads)
  }

  #settle(threads: ReadonlySet<Id>): void {
    for (const list of this.#lists.values()) list.settle(threads)
  }

  forget(ids: readonly Id[]): void {
    for (const id of ids) {
      const thread = this.#emails.get(id)?.threadId
      const members = thread === undefined ? undefined : this.#threads.get(thread)
      if (thread !== undefined && members !== undefined)
        this.#threads.set(
          thread,
          members.filter((member) => member !== id),
        )
      this.#emails.delete(id)
      this.#bodies.delete(id)
    }
    this.changed()
  }

  /** A list for the query: the same as long as it is among the last that were asked for. */
  list(query: ListQuery): EmailList {
    const key = JSON.stringify(query)
    const list = this.#lists.get(key) ?? new EmailList(this, query)
    this.#lists.delete(key)
    this.#lists.set(key, list)
    for (const old of this.#lists.keys()) {
      if (this.#lists.size <= LISTS_MAX) break
      this.#lists.delete(old)
    }
    return list
  }

  /** Rejects with JmapFailure. */
  async loadThread(id: Id): Promise<void> {
    const answers = await this.connection.call([
      ['Thread/get', { ids: [id] }],
      ['Email/get', { '#ids': result(0, 'Thread/get', '/list/*/emailIds'), properties: EMAIL_PROPERTIES }],
    ])
    const threads = (answers.of(0) as GetResponse<Thread>).list
    if (threads.length === 0) throw new JmapFailure('refused', 'This conversation is no longer there.', 'notFound')
    this.learn({ threads, emails: (answers.of(1) as GetResponse<Email>).list })
  }

  /** Rejects with JmapFailure. The same promise as long as the body is kept. */
  body(id: Id): Promise<EmailBody> {
    return this.#bodies.get(id)
  }

  #apply(patches: EmailPatches): void {
    const threads = new Set<Id>()
    for (const id of patches.keys()) {
      const email = this.#emails.get(id)
      if (email !== undefined) threads.add(email.threadId)
    }
    for (const thread of threads) {
      const before = this.emailsOfThread(thread)
      const after = before.map((email) => applyPatch(email, patches.get(email.id) ?? {}))
      for (const mailbox of recount(this.#mailboxes, before, after)) this.#mailboxes.set(mailbox.id, mailbox)
      for (const email of after) this.#emails.set(email.id, email)
    }
    this.#settle(threads)
    this.changed()
  }

  /**
   * Shows the changes and asks the server for them. Returns what undoes them at once; `done` rejects with JmapFailure when the server refused
   * any, which are then taken back.
   */
  update(patches: EmailPatches): { readonly inverse: EmailPatches; readonly done: Promise<void> } {
    const inverse = new Map(
      [...patches].flatMap(([id, patch]) => {
        const email = this.#emails.get(id)
        return email === undefined ? [] : [[id, invertPatch(email, patch)] as const]
      }),
    )
    this.#changes.begin(patches.keys())
    this.#apply(patches)
    return { inverse, done: this.#send(patches, inverse) }
  }

  async #send(patches: EmailPatches, inverse: EmailPatches): Promise<void> {
    const entries = [...patches]
    for (let at = 0; at < entries.length; at += SET_MAX) {
      const some = entries.slice(at, at + SET_MAX)
      let refused: Readonly<Record<Id, SetError>>
      try {
        const update = Object.fromEntries(some.map(([id, patch]) => [id, patchObject(patch)]))
        const answers = await this.connection.call([['Email/set', { update }]])
        refused = (answers.of(0) as SetResponse).notUpdated ?? {}
        this.#changes.end(some.map(([id]) => id))
      } catch (error) {
        const left = entries.slice(at).map(([id]) => id)
        this.#takeBack(left, inverse)
        this.#changes.end(left)
        throw error
      }
      // What is no longer there needs no change.
      const failed = Object.keys(refused).filter((id) => refused[id]?.type !== 'notFound')
      if (failed.length > 0) {
        const unsent = entries.slice(at + SET_MAX).map(([id]) => id)
        this.#takeBack([...failed, ...unsent], inverse)
        this.#changes.end(unsent)
        throw new JmapFailure(
          'refused',
          refused[failed[0] as Id]?.description ?? 'The server did not accept the change.',
        )
      }
    }
  }

  #takeBack(ids: readonly Id[], inverse: EmailPatches): void {
    this.#apply(new Map(ids.flatMap((id) => (inverse.has(id) ? [[id, inverse.get(id) ?? {}] as const] : []))))
  }

  /** For ever. Rejects with JmapFailure, and then nothing has gone. */
  async destroy(ids: readonly Id[]): Promise<void> {
    for (let at = 0; at < ids.length; at += SET_MAX) {
      const some = ids.slice(at, at + SET_MAX)
      const answers = await this.connection.call([['Email/set', { destroy: some }]])
      const kept = (answers.of(0) as SetResponse).notDestroyed ?? {}
      const gone = some.filter((id) => kept[id] === undefined || kept[id].type === 'notFound')
      for (const list of this.#lists.values()) list.forget(new Set(gone))
      this.forget(gone)
      if (gone.length < some.length) throw new JmapFailure('refused', 'Some messages could not be deleted.')
    }
  }
}
