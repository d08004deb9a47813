// Mailboxes as they were then: those that have gone are made again, the others get their names, places and properties back. All of it is one commit,
// worked out on a copy of the state, so that nobody sees half of it, and the ids of new mailboxes are known before they are given out.
//
// What is to be renamed or moved is first put aside under a name that nobody has, so that names that were exchanged do not stand in each other's
// way. UIDVALIDITY of a mailbox that is made again is new, as always (docs/formats/journal.md §3.1).

import type { MailboxId } from '#base/ids.ts'
import { applyRecord } from '#account/fold.ts'
import { MailboxSnapshots } from '#account/mailbox-snapshot.ts'
import type { JournalOperation, MailboxPatch, Operation, Outcome } from '#account/operation.ts'
import { type AccountState, INBOX, type MailboxState } from '#account/state.ts'
import type { PastAccount } from './past-account.ts'
import { PastRecords } from './past-records.ts'
import { restoredMailboxesOperation } from './restore-record.ts'
import type { ReportBuilder, RestoreRequest } from './restore-request.ts'
import type { RestoreWorld } from './restore-world.ts'

/** From mailboxes of then to those of now. */
export type MailboxMap = ReadonlyMap<MailboxId, MailboxId>

const NAME_BYTES_MAX = 255
const NAMES_TRIED_MAX = 1000

export interface WantedMailboxes {
  /** Those that have to be there, with what they are in. */
  readonly wanted: ReadonlySet<MailboxId>
  /** Those of them that get their properties back. */
  readonly changed: ReadonlySet<MailboxId>
}

export async function restoreMailboxes(
  world: RestoreWorld,
  past: PastAccount,
  request: RestoreRequest,
  mailboxes: WantedMailboxes,
  report: ReportBuilder,
): Promise<MailboxMap> {
  let plan = new MailboxPlan(past, request, mailboxes, world.state)
  plan.make()
  if (plan.operations.length > 0) {
    await world.commit((state) => {
      plan = new MailboxPlan(past, request, mailboxes, state)
      plan.make()
      return plan.operations
    })
  }
  plan.tell(report)
  return plan.map
}

/** Mailboxes of then and all that they are in, from the top down. */
function fromTop(past: AccountState, wanted: ReadonlySet<MailboxId>): MailboxState[] {
  const list: MailboxState[] = []
  const seen = new Set<MailboxId>()
  const add = (id: MailboxId): void => {
    const mailbox = past.mailboxes.get(id)
    if (mailbox === undefined || seen.has(id)) return
    seen.add(id)
    if (mailbox.parent !== null) add(mailbox.parent)
    list.push(mailbox)
  }
  for (const id of [...wanted].sort((a, b) => a - b)) add(id)
  return list
}

class MailboxPlan {
  readonly map = new Map<MailboxId, MailboxId>()
  readonly operations: Operation[] = []
  readonly #past: PastAccount
  readonly #request: RestoreRequest
  readonly #mailboxes: WantedMailboxes
  readonly #before: MailboxSnapshots
  readonly #state: AccountState
  readonly #made: [MailboxId, MailboxId][] = []
  readonly #tellings: ((report: ReportBuilder, after: MailboxSnapshots) => void)[] = []

  constructor(past: PastAccount, request: RestoreRequest, mailboxes: WantedMailboxes, now: AccountState) {
    this.#past = past
    this.#request = request
    this.#mailboxes = mailboxes
    this.#before = new MailboxSnapshots(now)
    this.#state = now.copy('mailboxes')
    // Paths as they are before, also when the state has changed.
    this.#before.all()
  }

  make(): void {
    for (const id of this.#past.state.mailboxes.keys()) {
      const now = this.#past.restored.mailboxNow(id, this.#state)
      if (now !== null) this.map.set(id, now)
    }
    const wanted = fromTop(this.#past.state, this.#mailboxes.wanted)
    for (const then of wanted) this.#putAside(then)
    if (this.#request.scope.kind === 'everything') {
      const kept = new Set(this.map.values())
      const extra = new Set([...this.#past.restored.madeMailboxes()].filter((id) => !kept.has(id)))
      if (extra.size > 0) for (const then of wanted) this.#freeNameOf(then, extra)
    }
    for (const then of wanted) {
      const id = this.map.get(then.id)
      if (id === undefined) this.#makeAgain(then)
      else if (this.#mailboxes.changed.has(then.id)) this.#change(then, id)
    }
    if (this.#made.length > 0) this.operations.push(restoredMailboxesOperation(this.#made))
  }

  tell(report: ReportBuilder): void {
    const after = new MailboxSnapshots(this.#state)
    for (const telling of this.#tellings) telling(report, after)
  }

  #apply(operation: Operation): Outcome {
    const { outcomes } = applyRecord(this.#state, NO_RECORDS, 0, [operation as JournalOperation])
    const [outcome] = outcomes as [Outcome]
    if (outcome.applied) this.operations.push(operation)
    return outcome
  }

  #parentNow(then: MailboxState): MailboxId | null {
    return then.parent === null ? null : (this.map.get(then.parent) ?? null)
  }

  #putAside(then: MailboxState): void {
    const id = this.#past.restored.mailboxNow(then.id, this.#state)
    const now = id === null ? undefined : this.#state.mailboxes.get(id)
    if (now === undefined || now.id === INBOX || !this.#mailboxes.changed.has(then.id)) return
    const parent = then.parent === null ? null : this.#past.restored.mailboxNow(then.parent, this.#state)
    const isInPlace = then.parent === null ? now.parent === null : parent !== null && now.parent === parent
    // The name is looked at again in its place: what has it there now may go away itself.
    if (isInPlace && now.name === then.name) return
    if (isInPlace && isClearName(now.name, then.name) && this.#holderStays(now.parent, then.name)) return
    const name = freeName(this.#state, null, `restoring ${now.id}`)
    if (name !== null) this.#apply({ kind: 'updateMailbox', mailbox: now.id, patch: { parent: null, name } })
  }

  /** From a mailbox that only an earlier restore made, after then. It goes away itself if nothing is left in it. */
  #freeNameOf(then: MailboxState, extra: ReadonlySet<MailboxId>): void {
    const parent = then.parent === null ? null : (this.map.get(then.parent) ?? null)
    if (then.parent !== null && parent === null) return
    const holder = this.#state.childByName(parent, then.name)
    if (holder === null || !extra.has(holder)) return
    const name = this.#clearName(parent, then.name)
    if (name !== null) this.#apply({ kind: 'updateMailbox', mailbox: holder, patch: { name } })
  }

  /** The name is held by a mailbox that this restore does not rename: the clear other name that an earlier one gave is kept. */
  #holderStays(parent: MailboxId | null, name: string): boolean {
    const holder = this.#state.childByName(parent, name)
    if (holder === null) return false
    for (const changed of this.#mailboxes.changed) {
      if (this.#past.restored.mailboxNow(changed, this.#state) === holder) return false
    }
    return true
  }

  #makeAgain(then: MailboxState): void {
    const parent = this.#parentNow(then)
    const { subscribed, sortOrder } = then
    const holder = this.#state.childByName(parent, then.name)
    if (holder !== null && this.#request.conflict === 'merge') {
      this.map.set(then.id, holder)
      this.#tellings.push((report, after) =>
        report.change({ kind: 'mergeMailbox', path: after.get(holder)?.path ?? '' }),
      )
      return
    }
    const name = holder === null ? then.name : this.#clearName(parent, then.name)
    const isRoleFree = then.role !== null && this.#state.byRole(then.role) === null
    const role = this.#request.scope.kind === 'everything' || isRoleFree ? then.role : null
    const made =
      name === null ? null : this.#apply({ kind: 'createMailbox', parent, name, role, uidValidity: 1, subscribed })
    if (made?.applied !== true || made.mailbox === undefined) {
      this.#refused(then)
      return
    }
    const id = made.mailbox
    if (sortOrder !== 0) this.#apply({ kind: 'updateMailbox', mailbox: id, patch: { sortOrder } })
    this.map.set(then.id, id)
    this.#made.push([then.id, id])
    this.#tellings.push((report, after) => report.change({ kind: 'createMailbox', path: after.get(id)?.path ?? '' }))
  }

  #change(then: MailboxState, id: MailboxId): void {
    const now = this.#state.mailboxes.get(id)
    const before = this.#before.get(id)
    if (now === undefined || before === null) return
    const parent = this.#parentNow(then)
    let { name } = then
    const holder = this.#state.childByName(parent, name)
    if (holder !== null && holder !== id) {
      const isKept = now.parent === parent && isClearName(now.name, name)
      name = isKept ? now.name : (this.#clearName(parent, name) ?? now.name)
    }
    const patch: { -readonly [K in keyof MailboxPatch]: MailboxPatch[K] } = {}
    if (id !== INBOX && now.parent !== parent) patch.parent = parent
    if (id !== INBOX && now.name !== name) patch.name = name
    if (id !== INBOX && now.role !== then.role && this.#mayHaveRole(then)) patch.role = then.role
    if (now.subscribed !== then.subscribed) patch.subscribed = then.subscribed
    if (now.sortOrder !== then.sortOrder) patch.sortOrder = then.sortOrder
    if (Object.keys(patch).length > 0 && !this.#apply({ kind: 'updateMailbox', mailbox: id, patch }).applied) {
      this.#refused(then)
      // It must not stay aside: at the top there is always room for it, under its own name or a clear other one.
      const { parent: was, name: had } = before
      const back = this.#apply({ kind: 'updateMailbox', mailbox: id, patch: { parent: was, name: had } })
      const name = back.applied ? null : this.#clearName(null, had)
      if (name !== null) this.#apply({ kind: 'updateMailbox', mailbox: id, patch: { parent: null, name } })
      return
    }
    this.#tellings.push((report, after) => {
      const what: string[] = []
      const end = after.get(id)
      if (end === null) return
      if (end.name !== before.name) what.push('name')
      if (end.parent !== before.parent) what.push('parent')
      if (end.role !== before.role) what.push('role')
      if (end.subscribed !== before.subscribed) what.push('subscribed')
      if (end.sortOrder !== before.sortOrder) what.push('sortOrder')
      if (what.length > 0) report.change({ kind: 'changeMailbox', path: end.path, was: before.path, what })
    })
  }

  /** Of one mailbox alone, a role that another has now stays with that. */
  #mayHaveRole({ role }: MailboxState): boolean {
    return this.#request.scope.kind === 'everything' || role === null || this.#state.byRole(role) === null
  }

  #refused(then: MailboxState): void {
    const path = this.#past.mailbox(then.id)?.path ?? then.name
    this.#tellings.push((report) => report.problem({ kind: 'mailbox', path }))
  }

  #clearName(parent: MailboxId | null, name: string): string | null {
    // ISO 8601's date and time, to the minute, without what is not legal in a mailbox's name on some systems.
    const time = new Date(this.#past.time).toISOString().slice(0, 16).replace('T', ' ').replace(':', '.')
    return freeName(this.#state, parent, `${cut(name, NAME_BYTES_MAX - 40)}${CLEAR_MARK}${time})`)
  }
}

const CLEAR_MARK = ' (as of '

function isClearName(now: string, then: string): boolean {
  return now.startsWith(`${cut(then, NAME_BYTES_MAX - 40)}${CLEAR_MARK}`)
}

/** At most so many bytes of UTF-8, of whole characters. */
function cut(text: string, bytesMax: number): string {
  if (Buffer.byteLength(text) <= bytesMax) return text
  let kept = ''
  let bytes = 0
  for (const character of text) {
    bytes += Buffer.byteLength(character)
    if (bytes > bytesMax) break
    kept += character
  }
  return kept.trimEnd().normalize('NFC')
}

function freeName(state: AccountState, parent: MailboxId | null, name: string): string | null {
  for (let number = 1; number <= NAMES_TRIED_MAX; number++) {
    const tried = number === 1 ? name : `${name} ${number}`
    if (state.childByName(parent, tried) === null) return tried
  }
  return null
}

const NO_RECORDS = new PastRecords()
