// Annotations of mailboxes and of the whole account (RFC 5464 §3), read: one setting, as docs/formats/imap-settings.md has it. IMAP writes it.

import type { SettingValue } from './operation.ts'

export const ANNOTATIONS_SETTING = 'imap/metadata'

/** By entry name in lower case. `owner`: a mailbox's id, or 0 for the account. */
export function annotationsOf(setting: SettingValue, owner: number): Map<string, Buffer> {
  const entries = new Map<string, Buffer>()
  for (const [name, value] of Object.entries(mapOf(mapOf(setting)[String(owner)] ?? null))) {
    if (value instanceof Uint8Array) entries.set(name, Buffer.from(value))
  }
  return entries
}

/** Mailboxes' ids, and 0 for the account, that have any. */
export function annotationOwners(setting: SettingValue): number[] {
  return Object.keys(mapOf(setting)).map(Number)
}

function mapOf(value: SettingValue): Readonly<Record<string, SettingValue>> {
  const isMap = typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array)
  return isMap ? (value as Record<string, SettingValue>) : {}
}
