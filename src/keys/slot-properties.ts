// What a slot says of itself to whoever has opened the account (docs/formats/keys.md §2, key 6): sealed under the journal key, so
// that the log does not tell to whom a slot belongs.

import type { AccountId } from '#base/ids.ts'
import { openPropertyMap, sealPropertyMap } from './property-map.ts'
import type { RootSecret } from './root.ts'

const KEY_LABEL = 1

export interface SlotProperties {
  /** For the slots a person chose a name for, that name; for a password slot, the login name. */
  readonly label: string
}

export function sealSlotProperties(root: RootSecret, account: AccountId, properties: SlotProperties): Buffer {
  return sealPropertyMap(root, account, new Map([[KEY_LABEL, properties.label]]))
}

/** Returns null if they do not verify. */
export function openSlotProperties(root: RootSecret, account: AccountId, sealed: Uint8Array): SlotProperties | null {
  const label = openPropertyMap(root, account, sealed)?.get(KEY_LABEL)
  return typeof label === 'string' ? { label } : null
}
