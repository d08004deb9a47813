// What changed after some modseq, for JMAP's `/changes`. The columns tell what is there, the visibility events what has gone from sight or come
// back; however old the state is that a client comes with, the answer is exact.
//
// A client that takes the changes in portions, in the order of their modseqs and ids, stands between two e-mails of one record: `after` says which
// of its e-mails it knows. What was to come is then told against a later moment than the one the client knew. So an e-mail is `created` when it
// first came into sight, for what happens to it later is told later; and it is `destroyed` if it went at all, for nobody knows who had seen it.

import type { EmailId, MailboxId, Modseq, ThreadId } from '#base/ids.ts'
import type { AccountIndex } from './account-index.ts'
import type { ChangesSince, EmailChange, MailboxChangesSince } from './account.ts'
import type { Statement } from './index-database.ts'
import type { MailboxColumns } from './mailbox-columns.ts'
import type { RangeSet } from './operation.ts'
import { isVisible } from './visibility.ts'
import { VanishedStore } from './vanished-store.ts'
import { type StoredVisibilityEvent, VisibilityStore } from './visibility-store.ts'

/** What happened to the visibility of one e-mail. */
interface Events {
  readonly first: StoredVisibilityEvent
  last: StoredVisibilityEvent
  /** When it came back first, and when it went last. */
  shown: Modseq | null
  gone: Modseq | null
}

export class ChangeHistory {
  readonly #index: AccountIndex
  readonly #visibility: VisibilityStore
  readonly #vanished: VanishedStore
  readonly #destroyedMailboxes: Statement

  constructor(index: AccountIndex, vanishedRangesMax?: number) {
    this.#index = index
    this.#visibility = new VisibilityStore(index.database)
    this.#vanished = new VanishedStore(index.database, vanishedRangesMax)
    this.#destroyedMailboxes = index.database.read('SELECT id FROM destroyed_mailbox WHERE modseq > ? ORDER BY id')
  }

  mailboxes(modseq: Modseq): MailboxChangesSince {
    const { state } = this.#index
    const updated: MailboxId[] = []
    for (const mailbox of state.mailboxes.values()) {
      if (Math.max(mailbox.modseq, mailbox.highestModseq) > modseq) updated.push(mailbox.id)
    }
    return {
      updated: updated.sort((a, b) => a - b),
      destroyed: this.#destroyedMailboxes.all(modseq).map(([id]) => id as MailboxId),
    }
  }

  vanished(mailbox: MailboxId, modseq: Modseq): RangeSet {
    const columns = this.#index.state.mailboxes.get(mailbox)?.columns
    if (columns === undefined) return []
    return this.#vanished.since(mailbox, modseq) ?? gaps(columns)
  }

  emails(modseq: Modseq, after: number): ChangesSince {
    const { state } = this.#index
    const isAfter = (changed: number, email: number): boolean =>
      changed > modseq || (changed === modseq && email > after)
    const events = new Map<EmailId, Events>()
    for (const event of this.#visibility.since(modseq)) {
      if (!isAfter(event.modseq, event.email)) continue
      const known = events.get(event.email) ?? { first: event, last: event, shown: null, gone: null }
      known.last = event
      if (event.kind === 'shown') known.shown ??= event.modseq
      if (event.kind === 'gone') known.gone = event.modseq
      events.set(event.email, known)
    }
    const hidesSome = state.hidesSome()
    const created: EmailChange[] = []
    const updated: EmailChange[] = []
    const destroyed: EmailChange[] = []
    const classify = (email: EmailId, thread: ThreadId, changed: number, begun: number): void => {
      const event = events.get(email)
      const isMarked = event !== undefined
      const isNow = !hidesSome || isVisible(state, email)
      const was = !isAfter(begun, email) && (event === undefined ? isNow : event.first.kind !== 'shown')
      if (!isNow) {
        if (event?.gone != null) destroyed.push({ email, thread, modseq: event.gone, isMarked })
      } else if (!was) {
        const isHiddenFirst = event?.first.kind === 'gone' && event.first.modseq === begun
        const seen = isAfter(begun, email) && !isHiddenFirst ? begun : (event?.shown ?? begun)
        created.push({ email, thread, modseq: seen as Modseq, isMarked })
      } else {
        const modseq = Math.max(changed, event?.last.modseq ?? 0) as Modseq
        updated.push({ email, thread, modseq, isMarked })
      }
    }
    state.emails.forEachChanged(modseq - 1, (id, thread, changed, begun) => {
      if (!isAfter(changed, id)) return
      classify(id as EmailId, thread as ThreadId, changed, begun)
      events.delete(id as EmailId)
    })
    for (const [email, { last, gone }] of events) {
      const row = state.emails.get(email)
      if (row !== null) classify(email, row.thread as ThreadId, row.modseq, row.createdModseq)
      else if (gone !== null) destroyed.push({ email, thread: last.thread, modseq: gone, isMarked: true })
    }
    return { created: inOrder(created), updated: inOrder(updated), destroyed: inOrder(destroyed) }
  }
}

/** The UIDs that were given out and are not there now. */
function gaps({ uids, count, uidNext }: MailboxColumns): RangeSet {
  const ranges: [number, number][] = []
  let next = 1
  for (let at = 0; at <= count; at++) {
    const uid = at < count ? (uids[at] as number) : uidNext
    if (uid > next) ranges.push([next, uid - 1])
    next = uid + 1
  }
  return ranges
}

/** What the events alone tell comes behind the rest. */
function inOrder(changes: EmailChange[]): EmailChange[] {
  const isInOrder = changes.every(({ email }, at) => at === 0 || (changes[at - 1] as EmailChange).email < email)
  return isInOrder ? changes : changes.sort((a, b) => a.email - b.email)
}
