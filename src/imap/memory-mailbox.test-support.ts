// One mailbox of the account in memory, and what a commit changed.

import type { EmailId, MailboxId, Modseq } from '#base/ids.ts'
import type { Change, MailboxView } from '#account/account.ts'
import type { MailboxRole, Operation } from '#account/operation.ts'

export class MemoryMailbox implements MailboxView {
  readonly mailbox: MailboxId
  parent: MailboxId | null
  name: string
  role: MailboxRole | null
  subscribed: boolean
  sortOrder = 0
  modseq: Modseq
  readonly uidValidity: number
  uidNext = 1
  highestModseq: Modseq
  count = 0
  uids = new Uint32Array(4)
  emails = new Uint32Array(4)
  flags = new Uint32Array(4)
  modseqs = new Float64Array(4)
  generation = 0
  readonly vanished: { readonly uid: number; readonly modseq: Modseq }[] = []
  readonly #uidByEmail = new Map<number, number>()

  constructor(id: MailboxId, from: Extract<Operation, { kind: 'createMailbox' }>, modseq: Modseq) {
    this.mailbox = id
    this.parent = from.parent
    this.name = from.name
    this.role = from.role
    this.subscribed = from.subscribed
    this.uidValidity = from.uidValidity
    this.modseq = modseq
    this.highestModseq = modseq
  }

  get flagCounts(): ReadonlyMap<number, number> {
    const counts = new Map<number, number>()
    for (const flags of this.flags.subarray(0, this.count)) counts.set(flags, (counts.get(flags) ?? 0) + 1)
    return counts
  }

  get id(): MailboxId {
    return this.mailbox
  }

  indexOf(uid: number): number {
    let low = 0
    let high = this.count
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.uids[middle] as number) < uid) low = middle + 1
      else high = middle
    }
    return low < this.count && this.uids[low] === uid ? low : -1
  }

  uidOf(email: number): number | null {
    return this.#uidByEmail.get(email) ?? null
  }

  positionOfEmail(email: number): number {
    const uid = this.uidOf(email)
    return uid === null ? -1 : this.indexOf(uid)
  }

  positions(set: readonly (readonly [number, number])[]): number[] {
    const found: number[] = []
    for (let at = 0; at < this.count; at++) {
      const uid = this.uids[at] as number
      if (set.some(([first, last]) => uid >= first && uid <= last)) found.push(at)
    }
    return found
  }

  append(email: number, flags: number, modseq: Modseq): number {
    if (this.count === this.uids.length) this.#resize(this.count * 2, () => true)
    const uid = this.uidNext++
    this.uids[this.count] = uid
    this.emails[this.count] = email
    this.flags[this.count] = flags
    this.modseqs[this.count] = modseq
    this.highestModseq = modseq
    this.count++
    this.#uidByEmail.set(email, uid)
    return uid
  }

  remove(set: readonly (readonly [number, number])[], modseq: Modseq): { removed: number[]; emails: number[] } {
    const gone = new Set(this.positions(set))
    const removed = [...gone].map((at) => this.uids[at] as number)
    const emails = [...gone].map((at) => this.emails[at] as number)
    if (gone.size === 0) return { removed, emails }
    for (const email of emails) this.#uidByEmail.delete(email)
    this.#resize(this.count, (at) => !gone.has(at))
    this.generation++
    for (const uid of removed) this.vanished.push({ uid, modseq })
    this.highestModseq = modseq
    return { removed, emails }
  }

  /** New arrays with the memberships that stay. */
  #resize(capacity: number, stays: (at: number) => boolean): void {
    const kept = Array.from({ length: this.count }, (_, at) => at).filter(stays)
    const copy = <T extends Uint32Array | Float64Array>(to: T, from: T): T => {
      for (const [index, at] of kept.entries()) to[index] = from[at] as number
      return to
    }
    this.uids = copy(new Uint32Array(capacity), this.uids)
    this.emails = copy(new Uint32Array(capacity), this.emails)
    this.flags = copy(new Uint32Array(capacity), this.flags)
    this.modseqs = copy(new Float64Array(capacity), this.modseqs)
    this.count = kept.length
  }
}

interface Collected {
  readonly added: number[]
  readonly removed: number[]
  readonly changed: number[]
}

function sorted(uids: readonly number[]): number[] {
  return [...new Set(uids)].sort((left, right) => left - right)
}

export class ChangeCollector {
  mailboxList = false
  readonly emails = new Set<EmailId>()
  readonly marked = new Set<EmailId>()
  readonly settings = new Set<string>()
  readonly destroyedMailboxes: MailboxId[] = []
  readonly #modseq: Modseq
  readonly #mailboxes = new Map<MailboxId, Collected>()

  constructor(modseq: Modseq) {
    this.#modseq = modseq
  }

  mailboxDestroyed(mailbox: MailboxId): void {
    this.#mailboxes.delete(mailbox)
    this.mailboxList = true
    this.destroyedMailboxes.push(mailbox)
  }

  of(mailbox: MailboxId): Collected {
    const known = this.#mailboxes.get(mailbox)
    if (known !== undefined) return known
    const fresh = { added: [], removed: [], changed: [] }
    this.#mailboxes.set(mailbox, fresh)
    return fresh
  }

  build(): Change {
    const mailboxes = new Map(
      [...this.#mailboxes].map(([id, change]) => [
        id,
        { added: sorted(change.added), removed: sorted(change.removed), changed: sorted(change.changed) },
      ]),
    )
    const emails = sorted([...this.emails]) as EmailId[]
    const settings = [...this.settings]
    return { modseq: this.#modseq, mailboxes, emails, mailboxList: this.mailboxList, settings }
  }
}
