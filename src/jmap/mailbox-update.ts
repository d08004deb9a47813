// Updates of Mailbox/set. Each is made against the mailboxes as they are then; one whose name another update of the same call is about to give up
// waits for it, and two that swap names do so by way of a third (RFC 8620 §5.3: the final state must be valid, not those between).

import type { MailboxId } from '#base/ids.ts'
import { normalized } from '#base/normalization.ts'
import type { Account, Mailbox } from '#account/account.ts'
import type { MailboxPatch } from '#account/operation.ts'
import type { Context } from './context.ts'
import { SetFailure, invalidProperties } from './failure.ts'
import { parseMailboxId } from './ids.ts'
import { type JsonObject, has } from './json-object.ts'
import { MAILBOX_DEFAULTS, readMailboxFields, refusal } from './mailbox-fields.ts'
import { mailboxObject } from './mailbox-object.ts'
import { applyPatch, changedMembers } from './patch.ts'
import type { SetAnswer, SetRequest } from './standard-set.ts'

interface Update {
  readonly reference: string
  readonly id: string
  readonly mailbox: MailboxId
  readonly patch: JsonObject
}

const CHANGEABLE: readonly string[] = ['name', ...Object.keys(MAILBOX_DEFAULTS)]

export class MailboxUpdates {
  readonly #context: Context
  readonly #account: Account
  readonly #request: SetRequest
  readonly #answer: SetAnswer
  /** Names that mailboxes had before they were moved out of the way. */
  readonly #parked = new Map<MailboxId, string>()

  constructor(context: Context, request: SetRequest, answer: SetAnswer) {
    this.#context = context
    this.#account = context.account
    this.#request = request
    this.#answer = answer
  }

  async run(): Promise<void> {
    let waiting = this.#updates()
    while (waiting.length > 0) {
      const left: Update[] = []
      for (const update of waiting) {
        if (this.#isBlocked(update, waiting)) left.push(update)
        else await this.#attempt(update)
      }
      const [first] = left
      // They wait for each other in a ring. What is wrong with the first otherwise is found before it is given another name.
      if (first !== undefined && left.length === waiting.length && !(await this.#park(first))) {
        await this.#attempt(first)
        left.shift()
      }
      waiting = left
    }
  }

  #updates(): Update[] {
    const updates: Update[] = []
    for (const [reference, patch] of this.#request.update) {
      const id = this.#context.resolveId(reference) ?? ''
      const mailbox = parseMailboxId(id)
      if (mailbox === null || this.#account.mailbox(mailbox) === null) {
        this.#answer.notUpdated[reference] = { type: 'notFound' }
      } else if (this.#request.destroy.includes(reference)) {
        this.#answer.notUpdated[reference] = { type: 'willDestroy' }
      } else updates.push({ reference, id, mailbox, patch })
    }
    return updates
  }

  /** Whether the name it wants is that of a mailbox that another update renames or moves. */
  #isBlocked({ mailbox, patch }: Update, waiting: readonly Update[]): boolean {
    if (!has(patch, 'name') && !has(patch, 'parentId')) return false
    const itself = this.#account.mailbox(mailbox)
    const name = typeof patch['name'] === 'string' ? normalized(patch['name'], 'NFC') : itself?.name
    const parentId = has(patch, 'parentId') ? patch['parentId'] : undefined
    const parent =
      parentId === undefined
        ? (itself?.parent ?? null)
        : typeof parentId === 'string'
          ? parseMailboxId(this.#context.resolveId(parentId) ?? '')
          : null
    const holder = this.#account.mailboxes().find((other) => other.parent === parent && other.name === name)
    if (holder === undefined || holder.id === mailbox) return false
    return waiting.some(
      (other) => other.mailbox === holder.id && (has(other.patch, 'name') || has(other.patch, 'parentId')),
    )
  }

  /** Gives it another name, so that others can go on. False if that would not help. */
  async #park(update: Update): Promise<boolean> {
    const { mailbox: id } = update
    const mailbox = this.#account.mailbox(id)
    if (mailbox === null || this.#parked.has(id) || mailbox.role === 'inbox') return false
    try {
      await this.#plan(update)
    } catch (error) {
      if (error instanceof SetFailure) return false
      throw error
    }
    const name = `~${this.#context.host.random(12).toString('hex')}`
    const [outcome] = await this.#account.commit([{ kind: 'updateMailbox', mailbox: id, patch: { name } }])
    if (outcome?.applied === true) this.#parked.set(id, mailbox.name)
    return outcome?.applied === true
  }

  async #attempt(update: Update): Promise<void> {
    const { reference, id, mailbox } = update
    await this.#answer.attempt(this.#answer.notUpdated, reference, async () => {
      try {
        await this.#update(update)
        this.#answer.updated[id] = null
      } catch (error) {
        const name = this.#parked.get(mailbox)
        if (name !== undefined) await this.#account.commit([{ kind: 'updateMailbox', mailbox, patch: { name } }])
        throw error
      }
    })
  }

  async #update(update: Update): Promise<void> {
    const patch = await this.#plan(update)
    if (Object.keys(patch).length === 0) return
    const [outcome] = await this.#account.commit([{ kind: 'updateMailbox', mailbox: update.mailbox, patch }])
    if (outcome?.applied === false) throw refusal(outcome.reason)
  }

  /** What it changes. Throws SetFailure. */
  async #plan({ mailbox: id, patch }: Update): Promise<MailboxPatch> {
    const known = this.#account.mailbox(id)
    if (known === null) throw new SetFailure('notFound')
    const mailbox: Mailbox = { ...known, name: this.#parked.get(id) ?? known.name }
    const before = mailboxObject(this.#account, mailbox, await this.#threads(id), false) as unknown as JsonObject
    const after = applyPatch(before, patch, MAILBOX_DEFAULTS)
    const wrong = changedMembers(before, after, CHANGEABLE)
    if (wrong.length > 0) throw invalidProperties(wrong)
    const fields = readMailboxFields(this.#context, after, mailbox)
    const kept = [...(fields.parent === null ? [] : ['parentId']), ...(fields.role === 'inbox' ? [] : ['role'])]
    if (mailbox.role === 'inbox' && kept.length > 0) throw invalidProperties(kept)
    this.#checkRole(mailbox, fields.role)
    return {
      ...(fields.name === known.name ? {} : { name: fields.name }),
      ...(fields.parent === known.parent ? {} : { parent: fields.parent }),
      ...(fields.role === known.role ? {} : { role: fields.role }),
      ...(fields.sortOrder === known.sortOrder ? {} : { sortOrder: fields.sortOrder }),
      ...(fields.subscribed === known.subscribed ? {} : { subscribed: fields.subscribed }),
    }
  }

  #threads(id: MailboxId): Promise<{ threads: number; unread: number }> {
    return this.#context.index.threadCounts.use(this.#context.slice, (countOf) => ({ ...countOf(id) }))
  }

  /** RFC 8621 §2: no two have one role. It may be taken from one that gives it up in the same call. */
  #checkRole(mailbox: Mailbox, role: Mailbox['role']): void {
    if (role === null || role === mailbox.role) return
    const holder = this.#account.mailboxByRole(role)
    if (holder === null) return
    const isGivenUp = this.#request.update.entries().some(([reference, patch]) => {
      const id = parseMailboxId(this.#context.resolveId(reference) ?? '')
      return id === holder.id && has(patch, 'role') && patch['role'] !== role
    })
    if (!isGivenUp) throw invalidProperties(['role'], 'Another mailbox has that role')
  }
}
