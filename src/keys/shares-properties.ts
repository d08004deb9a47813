// What the slot of a set of shares says of itself to whoever has opened the account (docs/formats/keys.md §2, key 6): how many are needed, and who has them.

import type { AccountId } from '#base/ids.ts'
import type { RootSecret } from './root.ts'
import { openPropertyMap, sealPropertyMap } from './property-map.ts'

const KEY = { label: 1, threshold: 20, contacts: 21 } as const

export interface SharesProperties {
  readonly threshold: number
  /** By the numbers of their shares, from 1. */
  readonly contacts: readonly string[]
}

export function sealSharesProperties(root: RootSecret, account: AccountId, properties: SharesProperties): Buffer {
  const { threshold, contacts } = properties
  const map = new Map<number, unknown>([
    [KEY.label, `${threshold} of ${contacts.length} shares`],
    [KEY.threshold, threshold],
    [KEY.contacts, contacts],
  ])
  return sealPropertyMap(root, account, map)
}

/** Null if they do not verify. */
export function openSharesProperties(
  root: RootSecret,
  account: AccountId,
  sealed: Uint8Array,
): SharesProperties | null {
  const map = openPropertyMap(root, account, sealed)
  const threshold = map?.get(KEY.threshold)
  const contacts = map?.get(KEY.contacts)
  if (typeof threshold !== 'number' || !Array.isArray(contacts)) return null
  return contacts.every((contact) => typeof contact === 'string') ? { threshold, contacts } : null
}
