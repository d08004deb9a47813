// Does deeds: to conversations that are known at once, and can be undone where that is possible; to any number of others in portions, with a sight
// of how far it has come. Each says what it did, or what it did not.

import { plainWords } from '#web/jmap/failure.ts'
import type { Email, Id, Mailbox, MailboxRole } from '#web/jmap/types.ts'
import type { Notices } from '#web/shell/notices.ts'
import { type Bulk, readAllIds, runBulk } from './bulk.ts'
import { type Deed, destroyed, moved, undone } from './deeds.ts'
import { type EmailList, belongs } from './email-list.ts'
import type { Jobs } from './jobs.ts'
import type { MailStore } from './mail-store.ts'
import type { EmailPatch, EmailPatches } from './patch.ts'

const number = new Intl.NumberFormat()

export class Actions {
  readonly #mail: MailStore
  readonly #notices: Notices
  readonly #jobs: Jobs

  constructor(mail: MailStore, notices: Notices, jobs: Jobs) {
    this.#mail = mail
    this.#notices = notices
    this.#jobs = jobs
  }

  /** What a row stands for: the conversation's messages in the mailbox that is listed, or those that a search does not leave out. */
  emailsOfRow({ query }: EmailList, row: Email): readonly Email[] {
    const emails = this.#mail.emailsOfThread(row.threadId)
    return (emails.length > 0 ? emails : [row]).filter((email) => belongs(email, query))
  }

  /** Null, and said so, if there is no such mailbox. */
  moveDeed(role: MailboxRole, from: Id | null, keywords: EmailPatch['keywords'] = {}): Deed | null {
    const target = this.#mail.mailboxOf(role)
    if (target !== undefined) return moved(target, from, keywords)
    this.#notices.problem(`There is no mailbox for that (${role}).`)
    return null
  }

  /** At once, to messages that are known. */
  run(deed: Deed, emails: readonly Email[], what = countOf(emails)): void {
    const patches = new Map<Id, EmailPatch>()
    const gone: Id[] = []
    for (const conversation of Map.groupBy(emails, ({ threadId }) => threadId).values()) {
      for (const [id, change] of deed.changes(conversation)) {
        if (change === 'destroy') gone.push(id)
        else patches.set(id, change)
      }
    }
    const text = `${what} ${deed.done}.`
    if (gone.length > 0) void this.#destroy(gone, patches, text)
    else this.#patch(patches, deed.isPlain ? null : text)
  }

  #patch(patches: EmailPatches, text: string | null): void {
    if (patches.size === 0) return
    const { inverse, done } = this.#mail.update(patches)
    if (text !== null) this.#notices.say(text, { label: 'Undo', run: () => this.#patch(inverse, null) })
    done.catch((error: unknown) => this.#notices.problem(`Not done, and put back. ${plainWords(error)}`))
  }

  async #destroy(ids: readonly Id[], patches: EmailPatches, text: string): Promise<void> {
    try {
      if (patches.size > 0) await this.#mail.update(patches).done
      await this.#mail.destroy(ids)
      this.#notices.say(text)
    } catch (error) {
      this.#notices.problem(`Not deleted. ${plainWords(error)}`)
    }
  }

  /** To conversations of a list, known or not. */
  async runBulk(bulk: Bulk, before: EmailPatches = new Map()): Promise<void> {
    const { deed, rows, query } = bulk
    const what = query === null ? 'messages' : 'conversations'
    const { rest, inverse, failure } = await this.#jobs.run(deed.doing, ({ signal, at }) => {
      at(0, rows.length)
      return runBulk(this.#mail, bulk, signal, (done) => at(done, rows.length))
    })
    const all = new Map([...before, ...inverse])
    const canUndo = deed.done !== undone(all).done && all.size > 0
    const undo = {
      label: 'Undo',
      run: () => void this.runBulk({ deed: undone(all), rows: [...all.keys()], query: null }),
    }
    if (failure === null) {
      this.#notices.say(`${number.format(rows.length)} ${what} ${deed.done}.`, canUndo ? undo : null)
      return
    }
    const done = rows.length - rest.length
    const came = `${number.format(done)} of ${number.format(rows.length)} ${what} ${deed.done}, ${number.format(rest.length)} left.`
    if (failure === undefined) this.#notices.say(`Stopped: ${came}`, canUndo ? undo : null)
    else
      this.#notices.problem(`Not finished: ${came} ${plainWords(failure)}`, {
        label: 'Go on',
        run: () => void this.runBulk({ deed, rows: rest, query }, all),
      })
  }

  /** Deletes for ever all that is in the mailbox now. */
  async empty(mailbox: Mailbox): Promise<void> {
    const query = { filter: { inMailbox: mailbox.id }, mailbox: mailbox.id, without: [] }
    try {
      const rows = await readAllIds(this.#mail, query, false)
      if (rows.length > 0) await this.runBulk({ deed: destroyed(mailbox.id), rows, query: null })
    } catch (error) {
      this.#notices.problem(`Nothing was deleted. ${plainWords(error)}`)
    }
  }
}

function countOf(emails: readonly Email[]): string {
  const threads = new Set(emails.map(({ threadId }) => threadId)).size
  return threads === 1 ? 'Conversation' : `${number.format(threads)} conversations`
}
