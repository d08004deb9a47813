// Annotations of mailboxes and of the server (RFC 5464 §3), as one setting of the account (docs/formats/imap-settings.md). Names and values are
// the clients' own: nothing here reads them.
//
// Bounds: so many entries, so many bytes of a name, of a value, and of all in sum. Entries of mailboxes that are gone go with the next change.

import type { Account } from '#account/account.ts'
import type { SettingValue } from '#account/operation.ts'
import type { SharedAccount } from './shared-account.ts'

export const METADATA_SETTING = 'imap/metadata'

export const METADATA_VALUE_BYTES_MAX = 16_384
const ENTRIES_MAX = 1_000
const SUM_BYTES_MAX = 131_072

/** By the mailbox's id, or 0 for the server; then by entry name in lower case. */
type Entries = ReadonlyMap<string, Buffer>

export interface MetadataChange {
  readonly name: string
  /** Null removes it. */
  readonly value: Buffer | null
}

export function readEntries(account: Account, mailbox: number): Entries {
  return entriesOf(account.setting(METADATA_SETTING), mailbox)
}

function entriesOf(setting: SettingValue, mailbox: number): Map<string, Buffer> {
  const entries = new Map<string, Buffer>()
  for (const [name, value] of Object.entries(mapOf(mapOf(setting)[String(mailbox)] ?? null))) {
    if (value instanceof Uint8Array) entries.set(name, Buffer.from(value))
  }
  return entries
}

function mapOf(value: SettingValue): Readonly<Record<string, SettingValue>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  return isMap ? (value as Record<string, SettingValue>) : {}
}

/** Changes of one account wait for each other, because each begins with what is there. */
const turns = new WeakMap<SharedAccount, Promise<unknown>>()

/** All of the changes, or none: then there would be too many. Throws CommitRefusedError. */
export function changeEntries(
  shared: SharedAccount,
  mailbox: number,
  changes: readonly MetadataChange[],
): Promise<'done' | 'tooMany'> {
  const before = turns.get(shared) ?? Promise.resolve()
  const turn = before.then(() => change(shared.account, mailbox, changes))
  turns.set(
    shared,
    turn.catch(() => undefined),
  )
  return turn
}

async function change(
  account: Account,
  mailbox: number,
  changes: readonly MetadataChange[],
): Promise<'done' | 'tooMany'> {
  const all = new Map<number, Map<string, Buffer>>()
  const setting = account.setting(METADATA_SETTING)
  for (const id of [0, ...account.mailboxes().map(({ id }) => id)]) {
    const entries = entriesOf(setting, id)
    if (entries.size > 0) all.set(id, entries)
  }
  const entries = all.get(mailbox) ?? new Map<string, Buffer>()
  for (const { name, value } of changes) {
    if (value === null) entries.delete(name)
    else entries.set(name, value)
  }
  if (entries.size > 0) all.set(mailbox, entries)
  else all.delete(mailbox)
  let count = 0
  let bytes = 0
  for (const some of all.values()) {
    for (const [name, value] of some) {
      count++
      bytes += name.length + value.length
    }
  }
  if (count > ENTRIES_MAX || bytes > SUM_BYTES_MAX) return 'tooMany'
  const value = Object.fromEntries([...all].map(([id, some]) => [String(id), Object.fromEntries(some)]))
  await account.commit([{ kind: 'set', key: METADATA_SETTING, value: all.size === 0 ? null : value }])
  return 'done'
}

/** Names of entries that differ between two values of the setting, by the id of their mailbox (0: the server). */
export function changedEntries(before: SettingValue, after: SettingValue): ReadonlyMap<number, readonly string[]> {
  const changed = new Map<number, readonly string[]>()
  for (const key of new Set([...Object.keys(mapOf(before)), ...Object.keys(mapOf(after))])) {
    const mailbox = Number(key)
    const [old, now] = [entriesOf(before, mailbox), entriesOf(after, mailbox)]
    const names = [...new Set([...old.keys(), ...now.keys()])].filter((name) => {
      const [was, is] = [old.get(name), now.get(name)]
      return was === undefined || is === undefined || !was.equals(is)
    })
    if (names.length > 0) changed.set(mailbox, names)
  }
  return changed
}
