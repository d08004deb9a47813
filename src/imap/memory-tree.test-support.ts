// The list of mailboxes of the account in memory: docs/formats/journal.md §3.1, said plainly.

import type { MailboxId, Modseq } from '#base/ids.ts'
import type { MailboxRole, Operation, Outcome } from '#account/operation.ts'
import { MemoryMailbox } from './memory-mailbox.test-support.ts'

type Planned<K extends Operation['kind']> = Extract<Operation, { kind: K }>
type Reason = Extract<Outcome, { applied: false }>['reason']

const INBOX = 1

export class MemoryTree {
  readonly mailboxes = new Map<MailboxId, MemoryMailbox>()
  #next = 1
  #uidValidity = 0

  create(operation: Planned<'createMailbox'>, modseq: Modseq): MailboxId | Reason {
    const { parent, name, role } = operation
    if ((this.#next === INBOX) !== (role === 'inbox')) return 'isInbox'
    if (parent !== null && !this.mailboxes.has(parent)) return 'noSuchMailbox'
    if (this.#taken(parent, name, null)) return 'nameTaken'
    if (this.pathOf(parent).length >= 32) return 'limit'
    this.#takeRole(role, modseq)
    const id = this.#next++ as MailboxId
    this.#uidValidity = Math.max(operation.uidValidity, this.#uidValidity + 1)
    this.mailboxes.set(id, new MemoryMailbox(id, { ...operation, uidValidity: this.#uidValidity }, modseq))
    return id
  }

  update({ mailbox: id, patch }: Planned<'updateMailbox'>, modseq: Modseq): Reason | null {
    const mailbox = this.mailboxes.get(id)
    if (mailbox === undefined) return 'noSuchMailbox'
    const { parent = mailbox.parent, name = mailbox.name, role = mailbox.role } = patch
    const moves = parent !== mailbox.parent || name !== mailbox.name
    if (id === INBOX ? moves || role !== 'inbox' : role === 'inbox') return 'isInbox'
    if (moves) {
      if (parent !== null && !this.mailboxes.has(parent)) return 'noSuchMailbox'
      if (this.pathOf(parent).includes(id)) return 'cycle'
      if (this.#taken(parent, name, id)) return 'nameTaken'
      if (this.pathOf(parent).length + this.#heightOf(id) > 32) return 'limit'
    }
    if (role !== mailbox.role) this.#takeRole(role, modseq)
    Object.assign(mailbox, patch, { modseq })
    return null
  }

  whyNotDestroy({ mailbox: id, destroyEmails }: Planned<'destroyMailbox'>): Reason | null {
    const mailbox = this.mailboxes.get(id)
    if (mailbox === undefined) return 'noSuchMailbox'
    if (id === INBOX) return 'isInbox'
    if (this.#childrenOf(id).length > 0) return 'hasChildren'
    return mailbox.count > 0 && !destroyEmails ? 'notEmpty' : null
  }

  /** It and those above it. */
  pathOf(id: MailboxId | null): MailboxId[] {
    return id === null ? [] : [...this.pathOf(this.mailboxes.get(id)?.parent ?? null), id]
  }

  #childrenOf(id: MailboxId): MemoryMailbox[] {
    return [...this.mailboxes.values()].filter(({ parent }) => parent === id)
  }

  #heightOf(id: MailboxId): number {
    return 1 + Math.max(0, ...this.#childrenOf(id).map(({ id }) => this.#heightOf(id)))
  }

  #taken(parent: MailboxId | null, name: string, except: MailboxId | null): boolean {
    const key = (text: string): string => (parent === null && /^inbox$/i.test(text) ? 'INBOX' : text)
    return [...this.mailboxes.values()].some(
      (other) => other.id !== except && other.parent === parent && key(other.name) === key(name),
    )
  }

  #takeRole(role: MailboxRole | null, modseq: Modseq): void {
    for (const other of this.mailboxes.values()) {
      if (role !== null && other.role === role) Object.assign(other, { role: null, modseq })
    }
  }
}
