// The fold again, in the plainest way: maps and sets, no columns, nothing incremental. It is what docs/formats/journal.md says, read
// aloud; the tests compare every other way to reach an account's state with it.

import type { JournalOperation, MailboxRole, Outcome, RangeSet, SettingValue } from './operation.ts'

interface ModelMembership {
  readonly email: number
  deleted: boolean
  modseq: number
}

interface ModelMailbox {
  parent: number | null
  name: string
  role: MailboxRole | null
  subscribed: boolean
  sortOrder: number
  readonly uidValidity: number
  uidNext: number
  highestModseq: number
  readonly members: Map<number, ModelMembership>
}

interface ModelEmail {
  readonly record: number
  readonly internalDate: number
  readonly thread: number
  keywords: string[]
  modseq: number
}

type Op<K extends JournalOperation['kind']> = Extract<JournalOperation, { kind: K }>
type Reason = Extract<Outcome, { applied: false }>['reason']

export class FoldModel {
  readonly mailboxes = new Map<number, ModelMailbox>()
  readonly emails = new Map<number, ModelEmail>()
  readonly settings = new Map<string, SettingValue>()
  /** `mail` records that no operation has named. */
  readonly unfiled = new Set<number>()
  readonly #mails = new Set<number>()
  #nextMailbox = 1
  #nextEmail = 1
  #uidValidity = 0

  mail(record: number): void {
    this.#mails.add(record)
    this.unfiled.add(record)
  }

  /** Whether each operation applied, or why it did not. */
  journal(seq: number, operations: readonly JournalOperation[]): (Reason | null)[] {
    const filed: (number | null)[] = []
    return operations.map((operation) => {
      const before = this.#nextEmail
      const reason = this.#apply(operation, seq, filed)
      filed.push(operation.kind === 'file' && reason === null ? before : null)
      return reason
    })
  }

  #apply(operation: JournalOperation, seq: number, filed: readonly (number | null)[]): Reason | null {
    const modseq = seq + 1
    switch (operation.kind) {
      case 'createMailbox':
        return this.#create(operation, modseq)
      case 'updateMailbox':
        return this.#update(operation)
      case 'destroyMailbox':
        return this.#destroy(operation, modseq)
      case 'file':
        return this.#file(operation, seq, filed)
      case 'changeKeywords':
        return this.#changeKeywords(operation, modseq)
      case 'markDeleted': {
        const mailbox = this.mailboxes.get(operation.mailbox)
        if (mailbox === undefined) return 'noSuchMailbox'
        for (const uid of chosen(mailbox.members.keys(), operation.set)) {
          const member = mailbox.members.get(uid) as ModelMembership
          if (operation.unchangedSince !== null && member.modseq > operation.unchangedSince) continue
          if (member.deleted === operation.deleted) continue
          member.deleted = operation.deleted
          member.modseq = mailbox.highestModseq = modseq
        }
        return null
      }
      case 'remove': {
        const mailbox = this.mailboxes.get(operation.mailbox)
        if (mailbox === undefined) return 'noSuchMailbox'
        for (const uid of chosen(mailbox.members.keys(), operation.set)) this.#end(operation.mailbox, uid, modseq)
        return null
      }
      case 'addToMailbox': {
        if (!this.mailboxes.has(operation.to)) return 'noSuchMailbox'
        const from = operation.from === null ? null : this.mailboxes.get(operation.from)
        if (from === undefined) return 'noSuchMailbox'
        const emails =
          from === null
            ? chosen(this.emails.keys(), operation.set)
            : chosen(from.members.keys(), operation.set).map((uid) => (from.members.get(uid) as ModelMembership).email)
        for (const email of emails) this.#add(email, operation.to, modseq)
        return null
      }
      case 'move': {
        const from = this.mailboxes.get(operation.from)
        if (from === undefined || !this.mailboxes.has(operation.to)) return 'noSuchMailbox'
        if (operation.from === operation.to) return null
        for (const uid of chosen(from.members.keys(), operation.set)) {
          this.#add((from.members.get(uid) as ModelMembership).email, operation.to, modseq)
          this.#end(operation.from, uid, modseq)
        }
        return null
      }
      case 'set':
        if (operation.value === null) this.settings.delete(operation.key)
        else this.settings.set(operation.key, operation.value)
        return null
      case 'setMailboxes': {
        const wanted = [...new Set(operation.mailboxes)].filter((id) => this.mailboxes.has(id))
        if (wanted.length === 0) return 'noSuchMailbox'
        for (const email of chosen(this.emails.keys(), operation.emails)) {
          for (const id of wanted) if (this.#uidIn(email, id) === null) this.#join(email, id, modseq)
          for (const id of this.mailboxes.keys()) {
            const uid = this.#uidIn(email, id)
            if (uid !== null && !wanted.includes(id as never)) this.#end(id, uid, modseq)
          }
        }
        return null
      }
    }
  }

  #create(operation: Op<'createMailbox'>, modseq: number): Reason | null {
    const { parent, name, role, uidValidity, subscribed } = operation
    const first = this.#nextMailbox === 1
    if (first !== (role === 'inbox') || (first && (parent !== null || name !== 'INBOX'))) return 'isInbox'
    if (parent !== null && !this.mailboxes.has(parent)) return 'noSuchMailbox'
    if (this.#taken(parent, name, null)) return 'nameTaken'
    if (this.mailboxes.size >= 10_000 || this.#path(parent).length >= 32) return 'limit'
    for (const other of this.mailboxes.values()) if (role !== null && other.role === role) other.role = null
    this.#uidValidity = Math.max(uidValidity, this.#uidValidity + 1)
    this.mailboxes.set(this.#nextMailbox++, {
      parent,
      name,
      role,
      subscribed,
      sortOrder: 0,
      uidValidity: this.#uidValidity,
      uidNext: 1,
      highestModseq: modseq,
      members: new Map(),
    })
    return null
  }

  #update({ mailbox: id, patch }: Op<'updateMailbox'>): Reason | null {
    const mailbox = this.mailboxes.get(id)
    if (mailbox === undefined) return 'noSuchMailbox'
    const after = { ...mailbox, ...patch }
    const moves = after.parent !== mailbox.parent || after.name !== mailbox.name
    if (id === 1 ? moves || after.role !== 'inbox' : after.role === 'inbox') return 'isInbox'
    if (moves) {
      if (after.parent !== null && !this.mailboxes.has(after.parent)) return 'noSuchMailbox'
      if (this.#path(after.parent).includes(id)) return 'cycle'
      if (this.#taken(after.parent, after.name, id)) return 'nameTaken'
      if (this.#path(after.parent).length + this.#height(id) > 32) return 'limit'
    }
    if (after.role !== mailbox.role && after.role !== null) {
      for (const other of this.mailboxes.values()) if (other.role === after.role) other.role = null
    }
    Object.assign(mailbox, patch)
    return null
  }

  #destroy({ mailbox: id, destroyEmails }: Op<'destroyMailbox'>, modseq: number): Reason | null {
    const mailbox = this.mailboxes.get(id)
    if (mailbox === undefined) return 'noSuchMailbox'
    if (id === 1) return 'isInbox'
    if ([...this.mailboxes.values()].some(({ parent }) => parent === id)) return 'hasChildren'
    if (mailbox.members.size > 0 && !destroyEmails) return 'notEmpty'
    for (const uid of [...mailbox.members.keys()]) this.#end(id, uid, modseq)
    this.mailboxes.delete(id)
    return null
  }

  #file(operation: Op<'file'>, seq: number, filed: readonly (number | null)[]): Reason | null {
    const record = 'seq' in operation.record ? operation.record.seq : seq - operation.record.back
    if (record >= seq || !this.#mails.has(record)) return 'noSuchRecord'
    this.unfiled.delete(record)
    let mailboxes: number[] = [...new Set(operation.mailboxes)].filter((id) => this.mailboxes.has(id))
    if (mailboxes.length === 0 && operation.source === 'delivered' && this.mailboxes.has(1)) mailboxes = [1]
    if (mailboxes.length === 0) return 'noSuchMailbox'
    const { thread } = operation
    const named =
      thread !== null && typeof thread === 'object' ? this.#threadOf(filed[filed.length - thread.back]) : thread
    const id = this.#nextEmail++
    this.emails.set(id, {
      record,
      internalDate: operation.internalDate,
      thread: named !== null && named < id ? named : id,
      keywords: [...new Set(operation.keywords)].sort(),
      modseq: seq + 1,
    })
    for (const mailbox of mailboxes) this.#join(id, mailbox, seq + 1)
    return null
  }

  #threadOf(email: number | null | undefined): number | null {
    return this.emails.get(email ?? 0)?.thread ?? null
  }

  #changeKeywords(operation: Op<'changeKeywords'>, modseq: number): Reason | null {
    const { mailbox: id, set, mode, keywords, unchangedSince } = operation
    const mailbox = id === null ? null : this.mailboxes.get(id)
    if (mailbox === undefined) return 'noSuchMailbox'
    for (const chosenId of chosen((mailbox?.members ?? this.emails).keys(), set)) {
      const member = mailbox?.members.get(chosenId)
      const email = this.emails.get(member?.email ?? chosenId) as ModelEmail
      if (unchangedSince !== null && (member ?? email).modseq > unchangedSince) continue
      const before = mode === 'replace' ? [] : email.keywords
      const after =
        mode === 'remove'
          ? before.filter((keyword) => !keywords.includes(keyword))
          : [...new Set([...before, ...keywords])].sort()
      if (after.length > 256 || after.join(' ') === email.keywords.join(' ')) continue
      email.keywords = after
      email.modseq = modseq
      for (const other of this.mailboxes.values()) {
        for (const membership of other.members.values()) {
          if (membership.email !== (member?.email ?? chosenId)) continue
          membership.modseq = other.highestModseq = modseq
        }
      }
    }
    return null
  }

  #uidIn(email: number, mailbox: number): number | null {
    for (const [uid, member] of this.mailboxes.get(mailbox)?.members ?? []) if (member.email === email) return uid
    return null
  }

  #join(email: number, id: number, modseq: number): void {
    const mailbox = this.mailboxes.get(id) as ModelMailbox
    mailbox.members.set(mailbox.uidNext++, { email, deleted: false, modseq })
    mailbox.highestModseq = modseq
    ;(this.emails.get(email) as ModelEmail).modseq = modseq
  }

  #add(email: number, to: number, modseq: number): void {
    let joining = email
    if (this.#uidIn(email, to) !== null) {
      joining = this.#nextEmail++
      const original = this.emails.get(email) as ModelEmail
      this.emails.set(joining, { ...original, modseq })
    }
    this.#join(joining, to, modseq)
  }

  #end(id: number, uid: number, modseq: number): void {
    const mailbox = this.mailboxes.get(id) as ModelMailbox
    const { email } = mailbox.members.get(uid) as ModelMembership
    mailbox.members.delete(uid)
    mailbox.highestModseq = modseq
    if ([...this.mailboxes.keys()].some((other) => this.#uidIn(email, other) !== null)) {
      ;(this.emails.get(email) as ModelEmail).modseq = modseq
    } else {
      this.emails.delete(email)
    }
  }

  /** The mailbox and its ancestors. */
  #path(id: number | null): number[] {
    return id === null ? [] : [...this.#path(this.mailboxes.get(id)?.parent ?? null), id]
  }

  #height(id: number): number {
    const children = [...this.mailboxes].filter(([, { parent }]) => parent === id)
    return 1 + Math.max(0, ...children.map(([child]) => this.#height(child)))
  }

  #taken(parent: number | null, name: string, except: number | null): boolean {
    const key = (text: string): string => (parent === null && /^inbox$/i.test(text) ? 'INBOX' : text)
    return [...this.mailboxes].some(
      ([id, other]) => id !== except && other.parent === parent && key(other.name) === key(name),
    )
  }
}

/** The ids that are in the set, increasing. */
function chosen(ids: Iterable<number>, set: RangeSet): number[] {
  return [...ids].filter((id) => set.some(([first, last]) => id >= first && id <= last)).sort((a, b) => a - b)
}
