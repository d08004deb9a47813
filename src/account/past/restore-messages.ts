// Messages as they were then: what has gone is filed again from its record, the others get their mailboxes and flags back. In commits of bounded size:
// each is whole by itself, and what is as it was is left alone, so that a restore which was cut short is gone on with by the same request.
//
// New memberships have new UIDs, as always.

import type { EmailId, MailboxId, Seq, ThreadId } from '#base/ids.ts'
import type { EmailRow } from '#account/email-table.ts'
import type { Operation } from '#account/operation.ts'
import { EmailMatch } from './email-match.ts'
import {
  KEYWORDS_MAX,
  MAILBOXES_MAX,
  inParts,
  isDeleted,
  keywordOperations,
  markOperations,
  placeOneByOne,
  removals,
  setMailboxes,
} from './message-operations.ts'
import type { PastAccount } from './past-account.ts'
import type { MailboxMap } from './restore-mailboxes.ts'
import type { ReportBuilder, RestoreRequest } from './restore-request.ts'
import type { RestoreWorld } from './restore-world.ts'

/** E-mails looked at for one commit, and how many of them are filed by it. */
const LOOKED_AT_MAX = 1000
const FILED_AT_ONCE = 64

interface Wanted {
  /** Of then. */
  readonly was: EmailId
  readonly row: EmailRow
  /** Of now, in which it was. */
  readonly mailboxes: readonly MailboxId[]
}

export interface MessageParts {
  readonly world: RestoreWorld
  readonly past: PastAccount
  readonly request: RestoreRequest
  readonly map: MailboxMap
  readonly report: ReportBuilder
}

/** E-mails of then that the request is about. */
export function emailsInScope({ state }: PastAccount, { scope }: RestoreRequest): Iterable<EmailId> {
  switch (scope.kind) {
    case 'everything':
      return state.emails.ids() as Iterable<EmailId>
    case 'mailbox': {
      const columns = state.mailboxes.get(scope.mailbox)?.columns
      return columns === undefined ? [] : ([...columns.emails.subarray(0, columns.count)] as EmailId[])
    }
    case 'message':
      return state.emails.has(scope.email) ? [scope.email] : []
  }
}

export class MessageRestore {
  readonly match: EmailMatch
  readonly #parts: MessageParts
  /** By mailbox of now, the path of which the report tells. */
  readonly #pathOf: (mailbox: MailboxId) => string
  #filedLeft: number

  constructor(parts: MessageParts, pathOf: (mailbox: MailboxId) => string) {
    this.#parts = parts
    this.#pathOf = pathOf
    this.#filedLeft = parts.request.messagesMax
    this.match = new EmailMatch(parts.past, parts.world.state)
  }

  /** False if there is more to do. */
  async run(): Promise<boolean> {
    const { past, request, world } = this.#parts
    let chunk: Wanted[] = []
    for (const was of emailsInScope(past, request)) {
      const row = past.state.emails.get(was)
      if (row !== null) chunk.push({ was, row, mailboxes: this.#mailboxesOf(was) })
      if (chunk.length < LOOKED_AT_MAX) continue
      if (!(await this.#restore(chunk))) return false
      chunk = []
      await world.pause()
    }
    return this.#restore(chunk)
  }

  /** E-mails that a restore brought back after then, and that were not there then, go again. */
  async removeOthers(): Promise<void> {
    const { world, request, report } = this.#parts
    const { scope } = request
    if (scope.kind === 'message') return
    const only = scope.kind === 'mailbox' ? (this.#parts.map.get(scope.mailbox) ?? null) : null
    let going: EmailId[] = []
    const remove = async (): Promise<void> => {
      const emails = going
      going = []
      if (emails.length === 0) return
      await world.commit((state) => removals(state, emails, only))
    }
    for (const email of this.match.others()) {
      const isHere =
        scope.kind === 'everything' || world.state.membershipsOf(email).some(({ mailbox }) => mailbox === only)
      if (!isHere) continue
      if (!this.match.isRestored(email) || !request.kinds.has('messages')) report.staying++
      else {
        report.change({ kind: 'removeMessage', email, record: world.state.emails.recordOf(email) })
        going.push(email)
      }
      if (going.length >= LOOKED_AT_MAX) {
        await remove()
        await world.pause()
      }
    }
    await remove()
  }

  #mailboxesOf(was: EmailId): MailboxId[] {
    const { past, map, request } = this.#parts
    const { scope } = request
    const mapped = new Set<MailboxId>()
    for (const { mailbox } of past.state.membershipsOf(was)) {
      if (scope.kind === 'mailbox' && mailbox !== scope.mailbox) continue
      const now = map.get(mailbox)
      if (now !== undefined) mapped.add(now)
    }
    return [...mapped]
  }

  async #restore(chunk: readonly Wanted[]): Promise<boolean> {
    const { request } = this.#parts
    const { kinds } = request
    let isFinished = true
    const filed = new Set<EmailId>()
    if (kinds.has('messages')) {
      const gone = chunk.filter(({ was, row, mailboxes }) => this.match.find(was, row, mailboxes) === null)
      for (let at = 0; at < gone.length; at += FILED_AT_ONCE) {
        const some = gone.slice(at, at + Math.min(FILED_AT_ONCE, this.#filedLeft))
        if (some.length === 0) {
          isFinished = false
          break
        }
        for (const email of await this.#file(some)) filed.add(email)
        await this.#parts.world.pause()
        if (some.length < Math.min(FILED_AT_ONCE, gone.length - at)) {
          isFinished = false
          break
        }
      }
    }
    if (kinds.has('places')) await this.#place(chunk)
    if (kinds.has('flags')) await this.#flag(chunk, filed)
    else
      await this.#flag(
        chunk.filter(({ was }) => filed.has(was)),
        filed,
      )
    return isFinished
  }

  /** Returns those e-mails of then that are there again. */
  async #file(gone: readonly Wanted[]): Promise<EmailId[]> {
    const { world, report } = this.#parts
    const unreadable = await world.prepare(gone.map(({ row }) => row.record))
    const files = gone.filter(({ was, row: { record }, mailboxes }) => {
      const reason = unreadable.get(record) ?? (mailboxes.length === 0 ? ('noMailbox' as const) : null)
      if (reason !== null) report.problem({ kind: 'message', email: was, record, reason })
      return reason === null
    })
    this.#filedLeft -= files.length
    if (files.length === 0) return []
    const outcomes = await world.commit(() => files.map((wanted) => this.#fileOperation(wanted)))
    const filed: EmailId[] = []
    for (const [at, { was, row, mailboxes }] of files.entries()) {
      const outcome = outcomes[at]
      if (outcome?.applied !== true || outcome.email === undefined) {
        report.problem({ kind: 'message', email: was, record: row.record, reason: 'noMailbox' })
        continue
      }
      this.match.began(row.record, outcome.email)
      this.match.bind(was, outcome.email)
      filed.push(was)
      const paths = mailboxes.map(this.#pathOf)
      report.change({ kind: 'restoreMessage', email: was, record: row.record, mailboxes: paths })
    }
    return filed
  }

  #fileOperation({ row, mailboxes }: Wanted): Operation {
    return {
      kind: 'file',
      record: { seq: row.record as Seq },
      mailboxes: mailboxes.slice(0, MAILBOXES_MAX),
      keywords: this.#keywordsOf(row).slice(0, KEYWORDS_MAX),
      internalDate: row.internalDate,
      thread: row.thread as ThreadId,
      source: 'restored',
    }
  }

  #keywordsOf({ flags }: EmailRow): readonly string[] {
    return this.#parts.past.state.flagSets.get(flags).keywords
  }

  async #place(chunk: readonly Wanted[]): Promise<void> {
    const { world, report } = this.#parts
    /** Of now, by the mailboxes that they are to be in. */
    const moving = new Map<string, { readonly mailboxes: readonly MailboxId[]; readonly emails: EmailId[] }>()
    for (const wanted of chunk) {
      const now = this.match.find(wanted.was, wanted.row, wanted.mailboxes)
      const mailboxes = now === null ? [] : this.#placesOf(wanted, now)
      if (now === null || mailboxes.length === 0) continue
      const key = mailboxes.join()
      const group = moving.get(key)
      if (group === undefined) moving.set(key, { mailboxes, emails: [now] })
      else group.emails.push(now)
      const paths = mailboxes.map(this.#pathOf)
      report.change({ kind: 'moveMessage', email: wanted.was, record: wanted.row.record, mailboxes: paths })
    }
    const few = [...moving.values()].filter(({ mailboxes }) => mailboxes.length <= MAILBOXES_MAX)
    for (const some of inParts(few.map(({ mailboxes, emails }) => setMailboxes(mailboxes, emails)))) {
      await world.commit(() => some)
    }
    for (const { mailboxes, emails } of moving.values()) {
      if (mailboxes.length <= MAILBOXES_MAX) continue
      for (const email of emails) await world.commit((state) => placeOneByOne(state, mailboxes, email))
    }
  }

  /** Where it is to be; none if it is there. */
  #placesOf({ was, mailboxes }: Wanted, now: EmailId): MailboxId[] {
    const { world, request, past, map } = this.#parts
    const here = world.state.membershipsOf(now).map(({ mailbox }) => mailbox)
    if (mailboxes.every((mailbox) => here.includes(mailbox))) {
      const isExact = request.scope.kind === 'mailbox' || here.length === mailboxes.length
      if (isExact) return []
    }
    if (request.scope.kind !== 'mailbox') return mailboxes.slice()
    // Back into that mailbox; of those where it was not then, it was moved from there.
    const then = new Set(past.state.membershipsOf(was).map(({ mailbox }) => map.get(mailbox) ?? mailbox))
    return [...new Set([...here.filter((mailbox) => then.has(mailbox)), ...mailboxes])].sort((a, b) => a - b)
  }

  async #flag(chunk: readonly Wanted[], filed: ReadonlySet<EmailId>): Promise<void> {
    const { world, report } = this.#parts
    const found = chunk.flatMap((wanted) => {
      const now = this.match.find(wanted.was, wanted.row, wanted.mailboxes)
      return now === null ? [] : [{ ...wanted, now }]
    })
    const changed = new Set<EmailId>()
    const note = ({ was, row }: Wanted): void => {
      if (changed.has(was) || filed.has(was)) return
      changed.add(was)
      report.change({ kind: 'flagMessage', email: was, record: row.record, keywords: this.#keywordsOf(row) })
    }
    const keywords = new Map<number, EmailId[]>()
    const marks = new Map<MailboxId, Record<'set' | 'clear', number[]>>()
    for (const wanted of found) {
      const { now, row } = wanted
      if (this.#hasOtherKeywords(now, row)) {
        const group = keywords.get(row.flags) ?? []
        group.push(now)
        keywords.set(row.flags, group)
        note(wanted)
      }
      for (const { mailbox, uid, deleted } of this.#marksOf(wanted, now)) {
        const group = marks.get(mailbox) ?? { set: [], clear: [] }
        group[deleted ? 'set' : 'clear'].push(uid)
        marks.set(mailbox, group)
        note(wanted)
      }
    }
    if (keywords.size === 0 && marks.size === 0) return
    const operations: Operation[] = [...keywords].flatMap(([flags, emails]) =>
      keywordOperations(this.#parts.past.state.flagSets.get(flags).keywords, emails),
    )
    for (const [mailbox, { set, clear }] of marks) {
      operations.push(...markOperations(mailbox, set, true), ...markOperations(mailbox, clear, false))
    }
    for (const some of inParts(operations)) await world.commit(() => some)
  }

  #hasOtherKeywords(now: EmailId, row: EmailRow): boolean {
    const { state } = this.#parts.world
    const keywords = state.flagSets.get(state.emails.get(now)?.flags ?? 0).keywords
    return keywords.join(' ') !== this.#keywordsOf(row).join(' ')
  }

  /** Memberships of now whose \Deleted is another than it was then. */
  *#marksOf({ was }: Wanted, now: EmailId): Generator<{ mailbox: MailboxId; uid: number; deleted: boolean }> {
    const { past, map, world, request } = this.#parts
    const { scope } = request
    for (const { mailbox: id, uid } of past.state.membershipsOf(was)) {
      if (scope.kind === 'mailbox' && id !== scope.mailbox) continue
      const mailbox = map.get(id)
      const membership = world.state.membershipsOf(now).find((one) => one.mailbox === mailbox)
      if (membership === undefined) continue
      const deleted = isDeleted(past.state, id, uid)
      if (isDeleted(world.state, membership.mailbox, membership.uid) !== deleted) yield { ...membership, deleted }
    }
  }
}
