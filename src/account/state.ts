// The state that the fold changes: all that is visible of an account but the content of its messages.

import type { EmailId, MailboxId } from '#base/ids.ts'
import { EmailTable } from './email-table.ts'
import { FlagSets } from './flag-sets.ts'
import { MailboxColumns } from './mailbox-columns.ts'
import type { MailboxRole, SettingValue } from './operation.ts'

export const INBOX = 1 as MailboxId
export const INBOX_NAME = 'INBOX'

/** In any case of ASCII letters (RFC 9051 §5.1). */
export function isInboxName(name: string): boolean {
  return /^inbox$/i.test(name)
}

export interface MailboxState {
  readonly id: MailboxId
  parent: MailboxId | null
  name: string
  role: MailboxRole | null
  subscribed: boolean
  sortOrder: number
  readonly uidValidity: number
  /** Of the last change to its own properties. */
  modseq: number
  /** Of the last change to its memberships or to their flags. */
  highestModseq: number
  sizeBytes: number
  readonly columns: MailboxColumns
}

export interface Membership {
  readonly mailbox: MailboxId
  readonly uid: number
}

export class AccountState {
  readonly mailboxes = new Map<MailboxId, MailboxState>()
  nextMailbox = 1
  /** The greatest that was given out. */
  uidValidity = 0
  readonly emails: EmailTable
  /** Memberships beyond the first of e-mails that have several. */
  readonly extras = new Map<EmailId, Membership[]>()
  readonly flagSets: FlagSets
  readonly settings = new Map<string, SettingValue>()
  /** Modseqs of the latest changes to mailboxes or their counts, to e-mails, and to which e-mails threads have. */
  readonly latest = { mailboxes: 0, emails: 0, threads: 0 }
  readonly #children = new Map<MailboxId | 0, Map<string, MailboxId>>()

  constructor(emails = new EmailTable(), flagSets = new FlagSets()) {
    this.emails = emails
    this.flagSets = flagSets
  }

  /**
   * The same state, on its own: what is applied to one does not change the other. A copy for operations on mailboxes alone shares everything
   * of the messages.
   */
  copy(what: 'all' | 'mailboxes' = 'all'): AccountState {
    const all = what === 'all'
    const copy = all
      ? new AccountState(this.emails.copy(), this.flagSets.copy())
      : new AccountState(this.emails, this.flagSets)
    for (const mailbox of this.mailboxes.values()) {
      copy.attach({ ...mailbox, columns: all ? mailbox.columns.copy() : mailbox.columns })
    }
    copy.nextMailbox = this.nextMailbox
    copy.uidValidity = this.uidValidity
    for (const [email, others] of this.extras) copy.extras.set(email, others.slice())
    for (const [key, value] of this.settings) copy.settings.set(key, value)
    Object.assign(copy.latest, this.latest)
    return copy
  }

  /** The child of that name; at the top, INBOX in any case. */
  childByName(parent: MailboxId | null, name: string): MailboxId | null {
    return this.#children.get(parent ?? 0)?.get(childKey(parent, name)) ?? null
  }

  childrenOf(parent: MailboxId | null): Iterable<MailboxId> {
    return this.#children.get(parent ?? 0)?.values() ?? []
  }

  hasChildren(mailbox: MailboxId): boolean {
    return (this.#children.get(mailbox)?.size ?? 0) > 0
  }

  attach(mailbox: MailboxState): void {
    this.mailboxes.set(mailbox.id, mailbox)
    const siblings = this.#children.get(mailbox.parent ?? 0) ?? new Map<string, MailboxId>()
    siblings.set(childKey(mailbox.parent, mailbox.name), mailbox.id)
    this.#children.set(mailbox.parent ?? 0, siblings)
  }

  detach(mailbox: MailboxState): void {
    this.mailboxes.delete(mailbox.id)
    this.#children.get(mailbox.parent ?? 0)?.delete(childKey(mailbox.parent, mailbox.name))
  }

  /** A membership beyond the e-mail's first. */
  addExtra(email: EmailId, membership: Membership): void {
    const others = this.extras.get(email)
    if (others === undefined) this.extras.set(email, [membership])
    else others.push(membership)
  }

  /** Whether any membership is marked \Deleted. */
  hidesSome(): boolean {
    for (const { columns } of this.mailboxes.values()) {
      for (const flags of columns.flagCounts.keys()) if ((flags & 1) === 1) return true
    }
    return false
  }

  byRole(role: MailboxRole): MailboxState | null {
    for (const mailbox of this.mailboxes.values()) if (mailbox.role === role) return mailbox
    return null
  }

  /** Memberships of a live e-mail, by mailbox. */
  membershipsOf(email: EmailId): Membership[] {
    const row = this.emails.get(email)
    if (row === null) return []
    const home = { mailbox: row.home as MailboxId, uid: row.homeUid }
    const extras = this.extras.get(email)
    return extras === undefined ? [home] : [home, ...extras].sort((a, b) => a.mailbox - b.mailbox)
  }
}

function childKey(parent: MailboxId | null, name: string): string {
  return parent === null && isInboxName(name) ? INBOX_NAME : name
}

export function newMailbox(fields: Omit<MailboxState, 'columns' | 'sizeBytes' | 'highestModseq'>): MailboxState {
  return { ...fields, highestModseq: fields.modseq, sizeBytes: 0, columns: new MailboxColumns(fields.id) }
}
