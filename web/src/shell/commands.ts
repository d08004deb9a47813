// What keys and buttons do: each command acts on the selected conversations, or the open one, or the one under the cursor.

import { plainWords } from '#web/jmap/failure.ts'
import type { Email, Id, Mailbox } from '#web/jmap/types.ts'
import type { EmailList } from '#web/mail/email-list.ts'
import type { Workspace } from './workspace.ts'

/** As many conversations are selected at once. */
const SELECTED_MAX = 1000

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

  /** The rows that a command acts on. */
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

  /** Runs what takes the conversations out of the list, and goes on to the next one. */
  #leaving(act: (emails: readonly Email[], from: Id | null) => void): void {
    const list = this.#list()
    const emails = this.#emails()
    const { view, router } = this.#workspace
    if (list === null || emails.length === 0) return
    const thread = this.#openThread()
    const isOpenGone = thread !== null && emails.some(({ threadId }) => threadId === thread)
    const position = this.#position(list, isOpenGone ? thread : null)
    act(emails, list.query.mailbox)
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
    this.#leaving((emails, from) => this.#workspace.actions.archive(emails, from))
  }

  junk(): void {
    const list = this.#list()
    const { mail, actions } = this.#workspace
    const isJunk = list?.query.mailbox !== null && list?.query.mailbox === mail.mailboxOf('junk')?.id
    this.#leaving((emails) => (isJunk ? actions.notJunk(emails) : actions.junk(emails)))
  }

  moveTo(mailbox: Mailbox): void {
    this.#leaving((emails, from) => this.#workspace.actions.move(emails, mailbox, from))
  }

  /** To Trash; what is there already, for ever, and after a question. Drafts too. */
  delete(): void {
    const { mail, actions, view } = this.#workspace
    const emails = this.#emails()
    if (emails.length === 0) return
    const trash = mail.mailboxOf('trash')?.id
    if (trash === undefined || !emails.every(({ mailboxIds }) => mailboxIds[trash] === true)) {
      this.#leaving((all) => actions.trash(all))
      return
    }
    this.#ask(emails, 'Delete for ever?', () => {
      this.#leaving((all) => void actions.destroy(all))
      view.clearSelection()
    })
  }

  #ask(emails: readonly Email[], title: string, onYes: () => void): void {
    const count = emails.length === 1 ? 'This message' : `These ${emails.length} messages`
    const text = `${count} will be gone from Trash. This cannot be undone here.`
    const question = { title, text, action: 'Delete for ever', isDangerous: true, onYes }
    this.#workspace.view.show({ kind: 'question', question })
  }

  emptyMailbox(mailbox: Mailbox): void {
    const { mail, actions, view } = this.#workspace
    const list = mail.list({ filter: { inMailbox: mailbox.id }, mailbox: mailbox.id, without: [] })
    const empty = async (): Promise<void> => {
      const ids = await list.allIds()
      const known = ids.map((id) => mail.email(id)).filter((email) => email !== undefined)
      const all = known.flatMap((row) => actions.emailsOfRow(list, row))
      await actions.destroy(all)
    }
    view.show({
      kind: 'question',
      question: {
        title: `Empty ${mailbox.name}?`,
        text: `All ${mailbox.totalEmails} messages in it will be deleted for ever.`,
        action: 'Delete all',
        isDangerous: true,
        onYes: () => void empty(),
      },
    })
  }

  /** Unread if all are read. */
  toggleRead(): void {
    const emails = this.#emails()
    const isRead = emails.every(({ keywords }) => keywords['$seen'] === true)
    this.markRead(!isRead)
  }

  markRead(isRead: boolean): void {
    const emails = this.#emails()
    this.#workspace.actions.markRead(isRead ? emails : lastOfThreads(emails), isRead)
    // What is unread again is not looked at.
    if (!isRead && this.#openThread() !== null) this.#workspace.router.closeThread()
    this.#workspace.view.clearSelection()
  }

  toggleFlag(row?: Email): void {
    const list = this.#list()
    const { actions } = this.#workspace
    const emails = row !== undefined && list !== null ? actions.emailsOfRow(list, row) : this.#emails()
    const flagged = emails.filter(({ keywords }) => keywords['$flagged'] === true)
    if (flagged.length > 0) actions.flag(flagged, false)
    else actions.flag(lastOfThreads(emails), true)
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
    if (route.kind === 'settings') return
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

  async selectAll(): Promise<void> {
    const list = this.#list()
    if (list === null) return
    const { view, notices } = this.#workspace
    try {
      await list.loadRows(SELECTED_MAX)
    } catch (error) {
      notices.problem(plainWords(error))
    }
    view.select(list.knownIds().slice(0, SELECTED_MAX))
    if (list.length > SELECTED_MAX) notices.say(`The first ${SELECTED_MAX} are selected.`)
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

function lastOfThreads(emails: readonly Email[]): readonly Email[] {
  return [...new Map(emails.map((email) => [email.threadId, email])).values()]
}
