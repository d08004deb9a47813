// Logging in as an account's owner for one request of the administrator's command: with the owner's own password, since app passwords are for programs.

import { accountIdFromBytes } from '#base/ids.ts'
import type { UnlockedAccount } from '#unlock/unlocked-account.ts'
import type { UnlockedAccounts } from '#unlock/unlocked-accounts.ts'

interface OwnerCredentials {
  readonly id: Uint8Array
  readonly address: string
  readonly salt: Uint8Array
  readonly password: Uint8Array
}

/** Null: the password is wrong. Throws BusyError. */
export async function loginAsOwner(
  { accounts }: { readonly accounts: UnlockedAccounts },
  { id, address, salt, password }: OwnerCredentials,
): Promise<UnlockedAccount | null> {
  const login = await accounts.login({ account: accountIdFromBytes(id), address, salt }, password, 'owner')
  return login?.unlocked ?? null
}
