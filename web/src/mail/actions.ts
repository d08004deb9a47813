// What one can do with conversations. Each shows at once, says what it did, and can be undone where that is possible.

import { plainWords } from '#web/jmap/failure.ts'
import type { Email, Id, Mailbox } from '#web/jmap/types.ts'
import type { Notices } from '#web/shell/notices.ts'
import type { EmailList } from './email-list.ts'
import type { MailStore } from './mail-store.ts'
import type { EmailPatch, EmailPatches } from './patch.ts'

export class Actions {
  readonly #mail: MailStore
  readonly #notices: Notices

  constructor(mail: MailStore, notices: Notices) {
    this.#mail = mail
    this.#notices = notices
  }

  /** What a row stands for: the conversation's messages in the mailbox that is listed, or those that a search does not leave out. */
  emailsOfRow({ query }: EmailList, row: Email): readonly Email[] {
    const emails = this.#mail.emailsOfThread(row.threadId)
    const all = emails.length > 0 ? emails : [row]
    return all.filter(({ mailboxIds }) =>
      query.mailbox === null
        ? Object.keys(mailboxIds).some((id) => !query.without.includes(id))
        : mailboxIds[query.mailbox] === true,
    )
  }

  #run(patches: EmailPatches, text: string | null): void {
    if (patches.size === 0) return
    const { inverse, done } = this.#mail.update(patches)
    if (text !== null) this.#notices.say(text, () => this.#run(inverse, null))
    done.catch((error: unknown) => this.#notices.problem(`Not done, and put back. ${plainWords(error)}`))
  }

  #keyword(emails: readonly Email[], keyword: string, isSet: boolean): void {
    const changed = emails.filter((email) => (email.keywords[keyword] === true) !== isSet)
    const patch: EmailPatch = { keywords: { [keyword]: isSet ? true : null } }
    this.#run(new Map(changed.map(({ id }) => [id, patch])), null)
  }

  markRead(emails: readonly Email[], isRead: boolean): void {
    this.#keyword(emails, '$seen', isRead)
  }

  flag(emails: readonly Email[], isFlagged: boolean): void {
    this.#keyword(emails, '$flagged', isFlagged)
  }

  /** From one mailbox, or from all that the messages are in. */
  move(emails: readonly Email[], target: Mailbox, from: Id | null, keywords: EmailPatch['keywords'] = {}): void {
    const patches = new Map<Id, EmailPatch>()
    for (const email of emails) {
      const leaves = from === null ? Object.keys(email.mailboxIds) : [from]
      const mailboxes = { ...Object.fromEntries(leaves.map((id) => [id, null])), [target.id]: true as const }
      if (email.mailboxIds[target.id] !== true || leaves.some((id) => id !== target.id)) {
        patches.set(email.id, { mailboxes, keywords })
      }
    }
    const verb = moveVerb(target)
    this.#run(patches, `${count(emails)} ${verb}.`)
  }

  archive(emails: readonly Email[], from: Id | null): void {
    this.#moveTo('archive', emails, from)
  }

  junk(emails: readonly Email[]): void {
    this.#moveTo('junk', emails, null, { $junk: true, $notjunk: null })
  }

  notJunk(emails: readonly Email[]): void {
    this.#moveTo('inbox', emails, null, { $junk: null, $notjunk: true })
  }

  trash(emails: readonly Email[]): void {
    this.#moveTo('trash', emails, null)
  }

  #moveTo(
    role: 'archive' | 'junk' | 'inbox' | 'trash',
    emails: readonly Email[],
    from: Id | null,
    keywords: EmailPatch['keywords'] = {},
  ): void {
    const target = this.#mail.mailboxOf(role)
    if (target === undefined) this.#notices.problem(`There is no mailbox for that (${role}).`)
    else this.move(emails, target, from, keywords)
  }

  /** For ever. */
  async destroy(emails: readonly Email[]): Promise<void> {
    try {
      await this.#mail.destroy(emails.map(({ id }) => id))
      this.#notices.say(`${count(emails)} deleted for ever.`)
    } catch (error) {
      this.#notices.problem(`Not deleted. ${plainWords(error)}`)
    }
  }
}

function count(emails: readonly Email[]): string {
  const threads = new Set(emails.map(({ threadId }) => threadId)).size
  return threads === 1 ? 'Conversation' : `${threads} conversations`
}

function moveVerb({ role, name }: Mailbox): string {
  if (role === 'archive') return 'archived'
  if (role === 'trash') return 'moved to Trash'
  return role === 'junk' ? 'marked as junk' : `moved to ${name}`
}
