// What keys and buttons do: each command acts on the selected conversations, or the open one, or the one under the cursor.

import { plainWords } from '#web/jmap/failure.ts'
import type { Email, Id, Mailbox } from '#web/jmap/types.ts'
import { readAllIds } from '#web/mail/bulk.ts'
import { type Deed, destroyed, flagged, moved, read, unflagged, unread } from '#web/mail/deeds.ts'
import type { EmailList } from '#web/mail/email-list.ts'
import { isOwnPage } from './route.ts'
import type { Workspace } from './workspace.ts'

const number = new Intl.NumberFormat()

export class Commands {
  readonly #workspace: Workspace

  constructor(workspace: Workspace) {
    this.#workspace = workspace
  }

  #list(): EmailList | null {
    return this.#workspace.listOf(this.#workspace.router.route)
  }

  #openThread(): Id | null {
    const { route } = this.#workspace.router
    return 'thread' in route ? route.thread : null
  }

  /** The rows that a command acts on, as far as they are known. */
  targets(): readonly Email[] {
    const { view, mail } = this.#workspace
    if (view.selection.size > 0)
      return [...view.selection].map((id) => mail.email(id)).filter((email) => email !== undefined)
    const thread = this.#openThread()
    const open = thread === null ? undefined : mail.emailsOfThread(thread).at(-1)
    const row = open ?? (view.cursor === null ? undefined : mail.email(view.cursor))
    return row === undefined ? [] : [row]
  }

  /** Their messages. */
  #emails(): readonly Email[] {
    const list = this.#list()
    const { actions } = this.#workspace
    return list === null ? [] : this.targets().flatMap((row) => actions.emailsOfRow(list, row))
  }

  /** Whether conversations are selected that this page does not know. */
  #isBulk(): boolean {
    const { view, mail } = this.#workspace
    return [...view.selection].some((id) => mail.email(id) === undefined)
  }

  #run(deed: Deed): void {
    const { actions, view } = this.#workspace
    const list = this.#list()
    if (list !== null && this.#isBulk())
      void actions.runBulk({ deed, rows: [...view.selection], query: list.query }).then(this.#catchUp)
    else actions.run(deed, this.#emails())
  }

  readonly #catchUp = (): void => void this.#workspace.synchroniser.catchUp().catch(() => {})

  /** Runs what takes the conversations out of the list, and goes on to the next one. */
  #leaving(deed: Deed | null): void {
    const list = this.#list()
    const emails = this.#emails()
    const { view, router } = this.#workspace
    if (deed === null || list === null || (emails.length === 0 && !this.#isBulk())) return
    const thread = this.#openThread()
    const isOpenGone = thread !== null && emails.some(({ threadId }) => threadId === thread)
    const position = this.#position(list, isOpenGone ? thread : null)
    this.#run(deed)
    view.clearSelection()
    const next = list.emailAt(Math.min(position, list.length - 1))
    if (isOpenGone && matchMedia('(min-width: 700px)').matches && next !== undefined) this.open(next)
    else {
      if (isOpenGone) router.closeThread()
      view.setCursor(next?.id ?? null, !isOpenGone)
    }
  }

  #position(list: EmailList, thread: Id | null): number {
    const { view } = this.#workspace
    if (thread !== null) return Math.max(0, list.indexOfThread(thread))
    return view.cursor === null ? 0 : Math.max(0, list.indexOf(view.cursor))
  }

  archive(): void {
    this.#leaving(this.#workspace.actions.moveDeed('archive', this.#list()?.query.mailbox ?? null))
  }

  junk(): void {
    const list = this.#list()
    const { mail, actions } = this.#workspace
    const isJunk = list?.query.mailbox !== null && list?.query.mailbox === mail.mailboxOf('junk')?.id
    this.#leaving(
      isJunk
        ? actions.moveDeed('inbox', null, { $junk: null, $notjunk: true })
        : actions.moveDeed('junk', null, { $junk: true, $notjunk: null }),
    )
  }

  moveTo(mailbox: Mailbox): void {
    this.#leaving(moved(mailbox, this.#list()?.query.mailbox ?? null))
  }

  /** To Trash; what is there already, for ever, and after a question. Drafts too. */
  delete(): void {
    const { mail, actions, view } = this.#workspace
    const list = this.#list()
    const emails = this.#emails()
    if (list === null || (emails.length === 0 && !this.#isBulk())) return
    const trash = mail.mailboxOf('trash')?.id
    const isInTrash = this.#isBulk()
      ? list.query.mailbox === trash
      : emails.every(({ mailboxIds }) => trash !== undefined && mailboxIds[trash] === true)
    if (trash === undefined || !isInTrash) {
      this.#leaving(actions.moveDeed('trash', null))
      return
    }
    const what = this.#isBulk()
      ? `These ${number.format(view.selection.size)} conversations`
      : emails.length === 1
        ? 'This message'
        : `These ${number.format(emails.length)} messages`
    this.#askForEver(what, () => this.#leaving(destroyed(trash)))
  }

  /** One message of a conversation. */
  deleteMessage(email: Email): void {
    const { mail, actions } = this.#workspace
    const trash = mail.mailboxOf('trash')?.id
    if (trash !== undefined && email.mailboxIds[trash] === true)
      this.#askForEver('This message', () => actions.run(destroyed(trash), [email]))
    else {
      const deed = actions.moveDeed('trash', null)
      if (deed !== null) actions.run(deed, [email], 'Message')
    }
  }

  #askForEver(what: string, onYes: () => void): void {
    const text = `${what} will be gone from Trash. This cannot be undone here.`
    this.#ask('Delete for ever?', text, 'Delete for ever', onYes)
  }

  #ask(title: string, text: string, action: string, onYes: () => void): void {
    this.#workspace.view.show({ kind: 'question', question: { title, text, action, isDangerous: true, onYes } })
  }

  emptyMailbox({ id, name, totalEmails }: Mailbox): void {
    const what = totalEmails === 1 ? 'The message' : `All ${number.format(totalEmails)} messages`
    this.#ask(`Empty ${name}?`, `${what} in it will be deleted for ever.`, 'Delete all', () => {
      const mailbox = this.#workspace.mail.mailboxes.get(id)
      if (mailbox !== undefined) void this.#workspace.actions.empty(mailbox).then(this.#catchUp)
    })
  }

  /** Unread if all are read. */
  toggleRead(): void {
    const list = this.#list()
    const mailbox = list === null || list.query.mailbox === null ? null : list.query.mailbox
    const hasUnread = mailbox !== null && (this.#workspace.mail.mailboxes.get(mailbox)?.unreadEmails ?? 0) > 0
    const isRead = this.#emails().every(({ keywords }) => keywords['$seen'] === true)
    this.markRead(!isRead || (this.#isBulk() && hasUnread))
  }

  markRead(isRead: boolean): void {
    this.#run(isRead ? read : unread)
    // What is unread again is not looked at.
    if (!isRead && this.#openThread() !== null) this.#workspace.router.closeThread()
    this.#workspace.view.clearSelection()
  }

  toggleFlag(row?: Email): void {
    const list = this.#list()
    const { actions } = this.#workspace
    const emails = row !== undefined && list !== null ? actions.emailsOfRow(list, row) : this.#emails()
    const deed = emails.some(({ keywords }) => keywords['$flagged'] === true) ? unflagged : flagged
    if (row === undefined) this.#run(deed)
    else actions.run(deed, emails)
  }

  open(row: Email): void {
    const { router, view, composing, mail } = this.#workspace
    const { route } = router
    const drafts = mail.mailboxOf('drafts')?.id
    view.setCursor(row.id, false)
    if (row.keywords['$draft'] === true && drafts !== undefined && row.mailboxIds[drafts] === true) {
      const thread = mail.emailsOfThread(row.threadId)
      if (thread.every(({ keywords }) => keywords['$draft'] === true)) {
        void composing.resume(row)
        return
      }
    }
    if (isOwnPage(route)) return
    const next = route.kind === 'mailbox' ? { ...route, mailbox: this.#workspace.mailboxOf(route) } : route
    // Going from one conversation to the next is no step to go back by.
    router.go({ ...next, thread: row.threadId }, route.thread !== null)
  }

  openCursor(): void {
    const { view, mail } = this.#workspace
    const row = view.cursor === null ? undefined : mail.email(view.cursor)
    if (row !== undefined) this.open(row)
  }

  /** Moves the cursor; with a conversation open, opens what it comes to. */
  step(by: number): void {
    const list = this.#list()
    if (list === null || list.length === 0) return
    const { view } = this.#workspace
    const thread = this.#openThread()
    const from = thread === null ? (view.cursor === null ? -1 : list.indexOf(view.cursor)) : list.indexOfThread(thread)
    const to = from < 0 ? 0 : Math.max(0, Math.min(list.length - 1, from + by))
    list.ensure(to - 5, to + 20)
    const row = list.emailAt(to)
    if (row === undefined) return
    if (thread === null) view.setCursor(row.id, true)
    else if (row.threadId !== thread) {
      this.open(row)
      view.setCursor(row.id, false)
    }
  }

  toggleSelected(): void {
    const { view } = this.#workspace
    const thread = this.#openThread()
    const list = this.#list()
    const id = thread === null || list === null ? view.cursor : list.idAt(list.indexOfThread(thread))
    if (id !== null && id !== undefined) view.toggle(id)
  }

  extendSelection(by: number): void {
    const list = this.#list()
    const { view } = this.#workspace
    if (list === null || view.cursor === null) return
    view.select([view.cursor])
    this.step(by)
    view.select([view.cursor])
  }

  /** All that the list has now, seen or not. */
  async selectAll(): Promise<void> {
    const list = this.#list()
    if (list === null) return
    const { view, notices, mail } = this.#workspace
    try {
      const ids = await readAllIds(mail, list.query, true)
      if (this.#list() !== list) return
      view.clearSelection()
      view.select(ids)
    } catch (error) {
      notices.problem(`Not selected. ${plainWords(error)}`)
    }
  }

  goTo(mailbox: Mailbox): void {
    const { router, view } = this.#workspace
    view.clearSelection()
    view.setCursor(null, false)
    view.showSidebar(false)
    router.go({ kind: 'mailbox', mailbox: mailbox.id, thread: null })
  }

  search(text: string): void {
    const { router, view } = this.#workspace
    const trimmed = text.trim()
    view.clearSelection()
    view.setCursor(null, false)
    router.go(
      trimmed === ''
        ? { kind: 'mailbox', mailbox: null, thread: null }
        : { kind: 'search', text: trimmed, thread: null },
    )
  }

  /** The message of the open conversation that is answered: its last that is no draft. */
  #answered(): Email | null {
    const { mail } = this.#workspace
    const [row] = this.targets()
    if (row === undefined) return null
    return mail.emailsOfThread(row.threadId).findLast(({ keywords }) => keywords['$draft'] !== true) ?? row
  }

  reply(isToAll: boolean): void {
    const email = this.#answered()
    if (email !== null) void this.#workspace.composing.reply(email, isToAll)
  }

  forward(): void {
    const email = this.#answered()
    if (email !== null) void this.#workspace.composing.forward(email)
  }

  /** Out of whatever is innermost. */
  escape(): void {
    const { view, router } = this.#workspace
    if (view.selection.size > 0) view.clearSelection()
    else if (this.#openThread() !== null) {
      router.closeThread()
      view.setCursor(view.cursor, true)
    } else if (router.route.kind !== 'mailbox') this.search('')
  }
}
