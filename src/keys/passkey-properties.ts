// What the slot of a passkey says of itself to whoever has opened the account (docs/formats/keys.md §2.1).

import type { AccountId } from '#base/ids.ts'
import { openPropertyMap, sealPropertyMap } from './property-map.ts'
import type { RootSecret } from './root.ts'

const KEY = { label: 1, credentialId: 30, relyingParty: 31, isBackupEligible: 32 } as const

export interface PasskeyProperties {
  /** What its owner calls it. */
  readonly label: string
  readonly credentialId: Uint8Array
  /** The host name that it is for. */
  readonly relyingParty: string
  /** Its provider may copy it to other devices. */
  readonly isBackupEligible: boolean
}

export function sealPasskeyProperties(root: RootSecret, account: AccountId, properties: PasskeyProperties): Buffer {
  const { label, credentialId, relyingParty, isBackupEligible } = properties
  const map = new Map<number, unknown>([
    [KEY.label, label],
    [KEY.credentialId, credentialId],
    [KEY.relyingParty, relyingParty],
    [KEY.isBackupEligible, isBackupEligible],
  ])
  return sealPropertyMap(root, account, map)
}

/** Null if they do not verify, or are of another form. */
export function openPasskeyProperties(
  root: RootSecret,
  account: AccountId,
  sealed: Uint8Array,
): PasskeyProperties | null {
  const map = openPropertyMap(root, account, sealed)
  const [label, credentialId] = [map?.get(KEY.label), map?.get(KEY.credentialId)]
  const [relyingParty, isBackupEligible] = [map?.get(KEY.relyingParty), map?.get(KEY.isBackupEligible)]
  if (typeof label !== 'string' || typeof relyingParty !== 'string') return null
  if (!(credentialId instanceof Uint8Array) || typeof isBackupEligible !== 'boolean') return null
  return { label, credentialId, relyingParty, isBackupEligible }
}
