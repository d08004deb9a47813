// The state of the account in memory, and what each operation does to it.

import type { EmailId, MailboxId, Modseq } from '#base/ids.ts'
import type { FlagSet, StoredItem } from '#account/account.ts'
import type { Operation, Outcome, SettingValue } from '#account/operation.ts'
import { type ChangeCollector, MemoryMailbox } from './memory-mailbox.test-support.ts'

export interface MemoryEmail {
  readonly id: EmailId
  readonly bytes: Buffer
  readonly internalDate: number
  keywords: readonly string[]
  modseq: number
  readonly items: Map<StoredItem, Buffer>
}

class MemoryFlagSets {
  readonly #sets: FlagSet[] = []
  readonly #ids = new Map<string, number>()

  get(id: number): FlagSet {
    return this.#sets[id] as FlagSet
  }

  idOf(keywords: readonly string[], deleted: boolean): number {
    const key = `${deleted} ${keywords.join(' ')}`
    let id = this.#ids.get(key)
    if (id === undefined) {
      id = this.#sets.length
      this.#sets.push({ id, keywords, deleted })
      this.#ids.set(key, id)
    }
    return id
  }
}

export class MemoryState {
  modseq = 1 as Modseq
  readonly mailboxes = new Map<MailboxId, MemoryMailbox>()
  readonly emails = new Map<number, MemoryEmail>()
  readonly settings = new Map<string, SettingValue>()
  readonly flagSets = new MemoryFlagSets()
  #nextMailbox = 1
  #uidValidity = 0
  #nextEmail = 1

  isMember(email: number): boolean {
    return [...this.mailboxes.values()].some((mailbox) => mailbox.uidOf(email) !== null)
  }

  apply(operation: Operation, messages: readonly Buffer[], changes: ChangeCollector): Outcome {
    const done = { applied: true, modseq: this.modseq } as const
    switch (operation.kind) {
      case 'createMailbox': {
        const taken = [...this.mailboxes.values()].some(
          ({ parent, name }) => parent === operation.parent && name === operation.name,
        )
        if (taken) return { applied: false, reason: 'nameTaken' }
        const id = this.#nextMailbox++ as MailboxId
        this.#uidValidity = Math.max(operation.uidValidity, this.#uidValidity + 1)
        this.mailboxes.set(id, new MemoryMailbox(id, { ...operation, uidValidity: this.#uidValidity }, this.modseq))
        changes.mailboxList = true
        return { ...done, mailbox: id }
      }
      case 'updateMailbox': {
        const mailbox = this.mailboxes.get(operation.mailbox)
        if (mailbox === undefined) return { applied: false, reason: 'noSuchMailbox' }
        Object.assign(mailbox, operation.patch)
        changes.mailboxList = true
        return done
      }
      case 'destroyMailbox': {
        const mailbox = this.mailboxes.get(operation.mailbox)
        if (mailbox === undefined) return { applied: false, reason: 'noSuchMailbox' }
        this.#remove(mailbox, [[1, 0xffff_ffff]], changes)
        this.mailboxes.delete(operation.mailbox)
        changes.mailboxList = true
        return done
      }
      case 'file': {
        const bytes = 'message' in operation.record ? messages[operation.record.message] : undefined
        if (bytes === undefined) return { applied: false, reason: 'noSuchRecord' }
        const id = this.#nextEmail++ as EmailId
        const { keywords, internalDate } = operation
        this.emails.set(id, { id, bytes, internalDate, keywords, modseq: this.modseq, items: new Map() })
        const added = operation.mailboxes.flatMap((mailbox) => this.#add(id, mailbox, changes) ?? [])
        return { ...done, email: id, added: added.map((one) => ({ ...one, fromUid: null })) }
      }
      case 'changeKeywords':
        return { ...done, refused: this.#changeKeywords(operation, changes) }
      case 'markDeleted':
        return { ...done, refused: this.#markDeleted(operation, changes) }
      case 'remove': {
        const mailbox = this.mailboxes.get(operation.mailbox)
        if (mailbox !== undefined) this.#remove(mailbox, operation.set, changes)
        return done
      }
      case 'addToMailbox':
      case 'move':
        return this.#copy(operation, changes)
      case 'set':
        this.settings.set(operation.key, operation.value)
        return done
      case 'setMailboxes':
        throw new TypeError('no test needs it')
    }
  }

  #add(
    email: EmailId,
    mailbox: MailboxId,
    changes: ChangeCollector,
  ): { email: EmailId; mailbox: MailboxId; uid: number } | null {
    const target = this.mailboxes.get(mailbox)
    if (target === undefined) return null
    const { keywords } = this.emails.get(email) as MemoryEmail
    const uid = target.append(email, this.flagSets.idOf(keywords, false), this.modseq)
    changes.of(mailbox).added.push(uid)
    return { email, mailbox, uid }
  }

  #remove(mailbox: MemoryMailbox, set: readonly (readonly [number, number])[], changes: ChangeCollector): void {
    const { removed, emails } = mailbox.remove(set, this.modseq)
    changes.of(mailbox.mailbox).removed.push(...removed)
    for (const email of emails) if (!this.isMember(email)) this.emails.delete(email)
  }

  #copy(operation: Extract<Operation, { kind: 'addToMailbox' | 'move' }>, changes: ChangeCollector): Outcome {
    const from = this.mailboxes.get(operation.from ?? (0 as MailboxId))
    const to = this.mailboxes.get(operation.to)
    if (from === undefined || to === undefined) return { applied: false, reason: 'noSuchMailbox' }
    const added = from.positions(operation.set).map((at) => {
      const source = this.emails.get(from.emails[at] as number) as MemoryEmail
      let email = source.id
      if (to.uidOf(email) !== null) {
        email = this.#nextEmail++ as EmailId
        this.emails.set(email, { ...source, id: email, modseq: this.modseq })
      }
      const fromUid = from.uids[at] as number
      return {
        ...(this.#add(email, to.mailbox, changes) as { email: EmailId; mailbox: MailboxId; uid: number }),
        fromUid,
      }
    })
    if (operation.kind === 'move') this.#remove(from, operation.set, changes)
    return { applied: true, modseq: this.modseq, added }
  }

  #changeKeywords(operation: Extract<Operation, { kind: 'changeKeywords' }>, changes: ChangeCollector): number[] {
    const mailbox = this.mailboxes.get(operation.mailbox as MailboxId)
    const refused: number[] = []
    const given = operation.keywords
    for (const at of mailbox?.positions(operation.set) ?? []) {
      const email = this.emails.get(mailbox?.emails[at] as number) as MemoryEmail
      if (operation.unchangedSince !== null && email.modseq > operation.unchangedSince) {
        refused.push(mailbox?.uids[at] as number)
        continue
      }
      const others = operation.mode === 'replace' ? [] : email.keywords.filter((keyword) => !given.includes(keyword))
      const after = operation.mode === 'remove' ? others : [...others, ...given].sort()
      if (after.join(' ') === email.keywords.join(' ')) continue
      email.keywords = after
      email.modseq = this.modseq
      for (const member of this.mailboxes.values()) {
        const there = member.positionOfEmail(email.id)
        if (there >= 0) this.#setFlags(member, there, this.flagSets.get(member.flags[there] as number).deleted, changes)
      }
    }
    return refused
  }

  #markDeleted(operation: Extract<Operation, { kind: 'markDeleted' }>, changes: ChangeCollector): number[] {
    const mailbox = this.mailboxes.get(operation.mailbox)
    const refused: number[] = []
    for (const at of mailbox?.positions(operation.set) ?? []) {
      if (mailbox === undefined) break
      if (operation.unchangedSince !== null && (mailbox.modseqs[at] as number) > operation.unchangedSince) {
        refused.push(mailbox.uids[at] as number)
      } else if (this.flagSets.get(mailbox.flags[at] as number).deleted !== operation.deleted) {
        this.#setFlags(mailbox, at, operation.deleted, changes)
      }
    }
    return refused
  }

  #setFlags(mailbox: MemoryMailbox, at: number, deleted: boolean, changes: ChangeCollector): void {
    const { keywords } = this.emails.get(mailbox.emails[at] as number) as MemoryEmail
    mailbox.flags[at] = this.flagSets.idOf(keywords, deleted)
    mailbox.modseqs[at] = this.modseq
    mailbox.highestModseq = this.modseq
    changes.of(mailbox.mailbox).changed.push(mailbox.uids[at] as number)
  }
}
