// What happens to an account's mailboxes themselves, for sessions that want to be told of it (RFC 5465 §5.4 to §5.7): names, subscriptions and
// annotations.
//
// A change of the account says only that its list of mailboxes changed. What changed is found by comparing the list with the one before: once for
// all sessions, and only while one of them watches.

import type { MailboxId } from '#base/ids.ts'
import type { Account, Change, Mailbox } from '#account/account.ts'
import type { SettingValue } from '#account/operation.ts'
import { METADATA_SETTING, changedEntries } from './metadata-store.ts'
import { SUBSCRIPTIONS_SETTING, danglingSubscriptions } from './subscriptions.ts'

interface Named {
  /** Null for a name that is subscribed to without a mailbox, and for the server. */
  readonly id: MailboxId | null
  readonly path: string
  readonly subscribed: boolean
}

/** `moved`: it has another path because one above it was renamed. */
export type MailboxEvent =
  | (Named & { readonly kind: 'created' | 'deleted' | 'moved' | 'subscription' })
  | (Named & { readonly kind: 'renamed'; readonly oldPath: string })
  | (Named & { readonly kind: 'metadata'; readonly names: readonly string[] })

type Listener = (events: readonly MailboxEvent[]) => void

interface Snapshot {
  readonly mailboxes: ReadonlyMap<MailboxId, Mailbox>
  readonly dangling: ReadonlySet<string>
  readonly metadata: SettingValue
}

export class MailboxEvents {
  readonly #account: Account
  readonly #listeners = new Set<Listener>()
  #subscription: Disposable | null = null
  #before: Snapshot | null = null

  constructor(account: Account) {
    this.#account = account
  }

  watch(listener: Listener): Disposable {
    this.#listeners.add(listener)
    this.#before ??= snapshot(this.#account)
    this.#subscription ??= this.#account.subscribe((change) => this.#changed(change))
    return { [Symbol.dispose]: () => this.#leave(listener) }
  }

  #leave(listener: Listener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    this.#subscription?.[Symbol.dispose]()
    this.#subscription = null
    this.#before = null
  }

  #changed({ mailboxList, settings }: Change): void {
    const before = this.#before
    if (before === null) return
    if (!mailboxList && !settings.includes(SUBSCRIPTIONS_SETTING) && !settings.includes(METADATA_SETTING)) return
    const after = snapshot(this.#account)
    this.#before = after
    const events = [
      ...nameEvents(before, after),
      ...subscriptionEvents(before, after),
      ...metadataEvents(before, after),
    ]
    if (events.length > 0) for (const listener of this.#listeners) listener(events)
  }
}

function snapshot(account: Account): Snapshot {
  return {
    mailboxes: new Map(account.mailboxes().map((mailbox) => [mailbox.id, mailbox])),
    dangling: new Set(danglingSubscriptions(account)),
    metadata: account.setting(METADATA_SETTING),
  }
}

function* nameEvents(before: Snapshot, after: Snapshot): Generator<MailboxEvent> {
  for (const { id, path, subscribed } of before.mailboxes.values()) {
    if (!after.mailboxes.has(id)) yield { kind: 'deleted', id, path, subscribed }
  }
  for (const { id, parent, name, path, subscribed } of after.mailboxes.values()) {
    const old = before.mailboxes.get(id)
    const named = { id, path, subscribed }
    if (old === undefined) yield { kind: 'created', ...named }
    // RFC 5465 §5.4: mailboxes below the one that was renamed are not named.
    else if (old.parent !== parent || old.name !== name) yield { kind: 'renamed', ...named, oldPath: old.path }
    else if (old.path !== path) yield { kind: 'moved', ...named }
  }
}

function* subscriptionEvents(before: Snapshot, after: Snapshot): Generator<MailboxEvent> {
  const gone = new Set<string>()
  const came = new Set<string>()
  for (const { id, path, subscribed } of before.mailboxes.values()) {
    if (subscribed && !after.mailboxes.has(id)) gone.add(path)
  }
  for (const { id, path, subscribed } of after.mailboxes.values()) {
    const old = before.mailboxes.get(id)
    if (old === undefined && subscribed) came.add(path)
    if (old !== undefined && old.subscribed !== subscribed) yield { kind: 'subscription', id, path, subscribed }
  }
  // A subscription outlives its mailbox, and awaits the next of that name.
  const named = { kind: 'subscription', id: null } as const
  for (const path of after.dangling) {
    if (!before.dangling.has(path) && !gone.has(path)) yield { ...named, path, subscribed: true }
  }
  for (const path of before.dangling) {
    if (!after.dangling.has(path) && !came.has(path)) yield { ...named, path, subscribed: false }
  }
}

function* metadataEvents(before: Snapshot, after: Snapshot): Generator<MailboxEvent> {
  if (before.metadata === after.metadata) return
  for (const [owner, names] of changedEntries(before.metadata, after.metadata)) {
    const mailbox = after.mailboxes.get(owner as MailboxId)
    if (owner === 0) yield { kind: 'metadata', id: null, path: '', subscribed: false, names }
    // Annotations of a mailbox that is gone went with it.
    else if (mailbox !== undefined) {
      yield { kind: 'metadata', id: mailbox.id, path: mailbox.path, subscribed: mailbox.subscribed, names }
    }
  }
}
