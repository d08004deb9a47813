// Settings that the account itself reads. Others belong to whoever keeps them: their keys begin with the name of that part.

import type { IdentityKind } from '#keys/root.ts'
import type { SettingValue } from './operation.ts'

/** Which identity mail is sealed to. Written at creation. */
export const IDENTITY_SETTING = 'account/identity'

export function identityKindOf(value: SettingValue | undefined): IdentityKind {
  return value === 'x25519' ? 'x25519' : 'hybrid'
}
