// The state of the account in memory, and what each operation does to it.

import type { EmailId, MailboxId, Modseq, ThreadId } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { deriveInSteps } from '#account/derive.ts'
import { parseMessage } from '#message/parse.ts'
import type { FlagSet, StoredItem } from '#account/account.ts'
import type { Operation, Outcome, RangeSet, SettingValue } from '#account/operation.ts'
import type { ChangeCollector, MemoryMailbox } from './memory-mailbox.test-support.ts'
import { MemoryTree } from './memory-tree.test-support.ts'

export interface MemoryEmail {
  readonly id: EmailId
  readonly thread: ThreadId
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
  readonly #tree = new MemoryTree()
  readonly mailboxes: ReadonlyMap<MailboxId, MemoryMailbox> = this.#tree.mailboxes
  readonly emails = new Map<number, MemoryEmail>()
  readonly settings = new Map<string, SettingValue>()
  readonly flagSets = new MemoryFlagSets()
  nextEmail = 1
  /** The thread of the first e-mail with that hash: account/derive.ts. */
  readonly #threads = new Map<number, ThreadId>()

  isMember(email: number): boolean {
    return [...this.mailboxes.values()].some((mailbox) => mailbox.uidOf(email) !== null)
  }

  apply(operation: Operation, messages: readonly Buffer[], changes: ChangeCollector): Outcome {
    const done = { applied: true, modseq: this.modseq } as const
    switch (operation.kind) {
      case 'createMailbox': {
        const created = this.#tree.create(operation, this.modseq)
        if (typeof created === 'string') return { applied: false, reason: created }
        changes.mailboxList = true
        return { ...done, mailbox: created }
      }
      case 'updateMailbox': {
        const reason = this.#tree.update(operation, this.modseq)
        if (reason !== null) return { applied: false, reason }
        changes.mailboxList = true
        return done
      }
      case 'destroyMailbox': {
        const reason = this.#tree.whyNotDestroy(operation)
        const mailbox = this.mailboxes.get(operation.mailbox)
        if (reason !== null || mailbox === undefined) return { applied: false, reason: reason ?? 'noSuchMailbox' }
        this.#remove(mailbox, [[1, 0xffff_ffff]], changes)
        this.#tree.mailboxes.delete(operation.mailbox)
        changes.mailboxDestroyed(operation.mailbox)
        return done
      }
      case 'file': {
        const bytes = 'message' in operation.record ? messages[operation.record.message] : undefined
        if (bytes === undefined) return { applied: false, reason: 'noSuchRecord' }
        if (!operation.mailboxes.some((id) => this.mailboxes.has(id)))
          return { applied: false, reason: 'noSuchMailbox' }
        const id = this.nextEmail++ as EmailId
        const { internalDate } = operation
        const keywords = [...new Set(operation.keywords)].sort()
        const thread = operation.thread ?? this.#threadOf(id, bytes)
        this.emails.set(id, { id, thread, bytes, internalDate, keywords, modseq: this.modseq, items: new Map() })
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
        if (operation.value === null) this.settings.delete(operation.key)
        else this.settings.set(operation.key, operation.value)
        changes.settings.add(operation.key)
        return done
      case 'setMailboxes':
        return this.#setMailboxes(operation, changes)
    }
  }

  #threadOf(id: EmailId, bytes: Buffer): ThreadId {
    const hashes = atOnce(deriveInSteps(bytes, parseMessage(bytes))).threadHashes
    const found = hashes.map((hash) => this.#threads.get(hash)).find((thread) => thread !== undefined)
    const thread = found ?? (id as number as ThreadId)
    for (const hash of hashes) if (!this.#threads.has(hash)) this.#threads.set(hash, thread)
    return thread
  }

  #setMailboxes(operation: Extract<Operation, { kind: 'setMailboxes' }>, changes: ChangeCollector): Outcome {
    const wanted = operation.mailboxes.filter((id) => this.mailboxes.has(id))
    if (wanted.length === 0) return { applied: false, reason: 'noSuchMailbox' }
    const added: { email: EmailId; mailbox: MailboxId; uid: number; fromUid: null }[] = []
    for (const email of [...this.emails.values()].filter(({ id }) => contains(operation.emails, id))) {
      for (const id of wanted) {
        if (this.mailboxes.get(id)?.uidOf(email.id) !== null) continue
        const one = this.#add(email.id, id, changes)
        if (one !== null) added.push({ ...one, fromUid: null })
      }
      for (const mailbox of this.mailboxes.values()) {
        const uid = mailbox.uidOf(email.id)
        if (uid !== null && !wanted.includes(mailbox.id)) this.#remove(mailbox, [[uid, uid]], changes)
      }
    }
    return { applied: true, modseq: this.modseq, added }
  }

  #add(
    email: EmailId,
    mailbox: MailboxId,
    changes: ChangeCollector,
  ): { email: EmailId; mailbox: MailboxId; uid: number } | null {
    const target = this.mailboxes.get(mailbox)
    if (target === undefined) return null
    const row = this.emails.get(email) as MemoryEmail
    row.modseq = this.modseq
    const uid = target.append(email, this.flagSets.idOf(row.keywords, false), this.modseq)
    changes.of(mailbox).added.push(uid)
    changes.emails.add(email)
    return { email, mailbox, uid }
  }

  #remove(mailbox: MemoryMailbox, set: readonly (readonly [number, number])[], changes: ChangeCollector): void {
    const { removed, emails } = mailbox.remove(set, this.modseq)
    changes.of(mailbox.mailbox).removed.push(...removed)
    for (const id of emails) {
      changes.emails.add(id as EmailId)
      const email = this.emails.get(id)
      if (email !== undefined) email.modseq = this.modseq
      if (!this.isMember(id)) this.emails.delete(id)
    }
  }

  #copy(operation: Extract<Operation, { kind: 'addToMailbox' | 'move' }>, changes: ChangeCollector): Outcome {
    const from = this.mailboxes.get(operation.from ?? (0 as MailboxId))
    const to = this.mailboxes.get(operation.to)
    if (from === undefined || to === undefined) return { applied: false, reason: 'noSuchMailbox' }
    const added = from.positions(operation.set).map((at) => {
      const source = this.emails.get(from.emails[at] as number) as MemoryEmail
      let email = source.id
      if (to.uidOf(email) !== null) {
        email = this.nextEmail++ as EmailId
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
    const refused: number[] = []
    for (const { email, name, modseq } of this.#named(operation)) {
      if (operation.unchangedSince !== null && modseq > operation.unchangedSince) {
        refused.push(name)
        continue
      }
      const given = operation.keywords
      const others = operation.mode === 'replace' ? [] : email.keywords.filter((keyword) => !given.includes(keyword))
      const after = operation.mode === 'remove' ? others : [...new Set([...others, ...given])].sort()
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

  /** The e-mails that the operation means, with the UID or id it calls them by. */
  #named(
    operation: Extract<Operation, { kind: 'changeKeywords' }>,
  ): { email: MemoryEmail; name: number; modseq: number }[] {
    const mailbox = operation.mailbox === null ? null : this.mailboxes.get(operation.mailbox)
    if (mailbox === null) {
      return [...this.emails.values()]
        .filter(({ id }) => contains(operation.set, id))
        .map((email) => ({ email, name: email.id, modseq: email.modseq }))
    }
    return (mailbox?.positions(operation.set) ?? []).map((at) => {
      const email = this.emails.get(mailbox?.emails[at] as number) as MemoryEmail
      return { email, name: mailbox?.uids[at] as number, modseq: mailbox?.modseqs[at] as number }
    })
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
        changes.marked.add(mailbox.emails[at] as EmailId)
      }
    }
    return refused
  }

  #setFlags(mailbox: MemoryMailbox, at: number, deleted: boolean, changes: ChangeCollector): void {
    const { id, keywords } = this.emails.get(mailbox.emails[at] as number) as MemoryEmail
    changes.emails.add(id)
    mailbox.flags[at] = this.flagSets.idOf(keywords, deleted)
    mailbox.modseqs[at] = this.modseq
    mailbox.highestModseq = this.modseq
    changes.of(mailbox.mailbox).changed.push(mailbox.uids[at] as number)
  }
}

function contains(set: RangeSet, id: number): boolean {
  return set.some(([first, last]) => id >= first && id <= last)
}
