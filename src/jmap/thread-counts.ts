// How many threads each mailbox has, and how many of them are unread (RFC 8621 §2). What each thread adds to which mailbox is kept, so that a change
// costs the threads it touches.
//
// A thread counts in every mailbox that shows one of its e-mails. It is unread there if one of its e-mails is, in whatever mailbox; but the trash
// is as if it were another thread: e-mails that are only there do not make a thread unread elsewhere, and others do not make it unread there.

import type { EmailId, MailboxId, ThreadId } from '#base/ids.ts'
import type { TimeSlice } from '#base/time-slice.ts'
import type { Account } from '#account/account.ts'
import type { EmailColumns } from './email-columns.ts'

const BATCH = 4096
/** When more e-mails have changed, everything is counted again, in slices of time. */
const PENDING_MAX = 2048
/** Stands for a thread in several mailboxes. */
const SEVERAL = 0xffff_ffff

export interface ThreadCount {
  threads: number
  unread: number
}

export class ThreadCounts {
  readonly #account: Account
  readonly #columns: EmailColumns
  #counts = new Map<MailboxId, ThreadCount>()
  /** By thread: twice the mailbox, plus one if it is unread there. */
  #single = new Uint32Array(0)
  #several = new Map<number, Uint32Array>()
  #trash: MailboxId | null = null
  readonly #pending = new Set<EmailId>()
  #work: Promise<void> | null = null
  #isBuilt = false
  readonly #unread = new Map<number, boolean>()

  constructor(account: Account, columns: EmailColumns) {
    this.#account = account
    this.#columns = columns
  }

  note(emails: readonly EmailId[]): void {
    for (const email of emails) this.#pending.add(email)
    if (this.#work !== null || this.#pending.size <= PENDING_MAX) return
    this.#isBuilt = false
    this.#pending.clear()
  }

  /** Up to date at the moment it is given to the caller, who must not wait before using it. */
  async use<T>(slice: TimeSlice, action: (countOf: (mailbox: MailboxId) => ThreadCount) => T): Promise<T> {
    for (;;) {
      if (this.#work !== null) await this.#work
      else if (!this.#isBuilt || this.#trash !== this.#trashNow()) {
        this.#work = this.#build(slice)
        try {
          await this.#work
        } finally {
          this.#work = null
        }
      } else {
        this.#settle()
        return action((mailbox) => this.#counts.get(mailbox) ?? { threads: 0, unread: 0 })
      }
    }
  }

  #trashNow(): MailboxId | null {
    return this.#account.mailboxByRole('trash')?.id ?? null
  }

  /** Whether an e-mail with these flags makes its thread unread. */
  #isUnread(flags: number): boolean {
    let isUnread = this.#unread.get(flags)
    if (isUnread === undefined) {
      const { keywords } = this.#account.flagSet(flags)
      isUnread = !keywords.includes('$seen') && !keywords.includes('$draft')
      this.#unread.set(flags, isUnread)
    }
    return isUnread
  }

  async #build(slice: TimeSlice): Promise<void> {
    this.#pending.clear()
    this.#counts = new Map()
    this.#several = new Map()
    this.#single = new Uint32Array(this.#account.nextEmail)
    const trash = this.#trashNow()
    this.#trash = trash
    const unreadElsewhere = new Uint8Array(this.#account.nextEmail)
    const unreadInTrash = new Uint8Array(this.#account.nextEmail)
    await this.#eachShown(slice, (mailbox, thread, flags) => {
      if (this.#isUnread(flags)) (mailbox === trash ? unreadInTrash : unreadElsewhere)[thread] = 1
    })
    await this.#eachShown(slice, (mailbox, thread) => {
      const isUnread = (mailbox === trash ? unreadInTrash : unreadElsewhere)[thread] === 1
      if (!this.#adds(thread, mailbox)) this.#add(thread, mailbox, isUnread)
    })
    this.#isBuilt = true
  }

  async #eachShown(
    slice: TimeSlice,
    action: (mailbox: MailboxId, thread: number, flags: number) => void,
  ): Promise<void> {
    const limit = this.#single.length
    for (const { id } of this.#account.mailboxes()) {
      for (let start = 0; ; start += BATCH) {
        // What changes between two batches is pending, wherever it moved to.
        const view = this.#account.view(id)
        if (view === null || start >= view.count) break
        const end = Math.min(start + BATCH, view.count)
        this.#columns.learn(view.emails.subarray(start, end))
        for (let at = start; at < end; at++) {
          const flags = view.flags[at] as number
          const thread = this.#columns.thread(view.emails[at] as number)
          if (thread !== 0 && thread < limit && !this.#account.flagSet(flags).deleted) action(id, thread, flags)
        }
        if (slice.isOver) await slice.next()
      }
    }
  }

  #adds(thread: number, mailbox: MailboxId): boolean {
    const single = this.#single[thread] as number
    if (single !== SEVERAL) return single >>> 1 === mailbox
    return this.#several.get(thread)?.some((entry) => entry >>> 1 === mailbox) === true
  }

  #add(thread: number, mailbox: MailboxId, isUnread: boolean): void {
    const entry = mailbox * 2 + (isUnread ? 1 : 0)
    const single = this.#single[thread] as number
    if (single === 0) this.#single[thread] = entry
    else {
      const before = single === SEVERAL ? (this.#several.get(thread) ?? []) : [single]
      this.#several.set(thread, Uint32Array.of(...before, entry))
      this.#single[thread] = SEVERAL
    }
    this.#count(entry, 1)
  }

  #count(entry: number, change: 1 | -1): void {
    const mailbox = (entry >>> 1) as MailboxId
    const count = this.#counts.get(mailbox) ?? { threads: 0, unread: 0 }
    count.threads += change
    if ((entry & 1) === 1) count.unread += change
    this.#counts.set(mailbox, count)
  }

  #settle(): void {
    if (this.#pending.size === 0) return
    const changed = [...this.#pending]
    this.#pending.clear()
    this.#columns.learn(changed)
    const { nextEmail } = this.#account
    if (this.#single.length < nextEmail) {
      const grown = new Uint32Array(nextEmail + (nextEmail >>> 3))
      grown.set(this.#single)
      this.#single = grown
    }
    const threads = new Set(changed.map((email) => this.#columns.thread(email)))
    threads.delete(0)
    for (const thread of threads) this.#countAgain(thread)
  }

  #countAgain(thread: number): void {
    const single = this.#single[thread] as number
    const before = single === SEVERAL ? (this.#several.get(thread) ?? []) : single === 0 ? [] : [single]
    for (const entry of before) this.#count(entry, -1)
    this.#single[thread] = 0
    this.#several.delete(thread)
    const mailboxes = new Set<MailboxId>()
    let unreadElsewhere = false
    let unreadInTrash = false
    for (const email of this.#account.thread(thread as ThreadId)) {
      for (const { mailbox, uid } of this.#account.uidsOf(email)) {
        const view = this.#account.view(mailbox)
        const flags = view?.flags[view.indexOf(uid)]
        if (flags === undefined || this.#account.flagSet(flags).deleted) continue
        mailboxes.add(mailbox)
        if (!this.#isUnread(flags)) continue
        if (mailbox === this.#trash) unreadInTrash = true
        else unreadElsewhere = true
      }
    }
    for (const mailbox of mailboxes) {
      this.#add(thread, mailbox, mailbox === this.#trash ? unreadInTrash : unreadElsewhere)
    }
  }
}
