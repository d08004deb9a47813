// Requests to the vault of an account that take its owner's password, and unlocking it first where it is only looked at.

import { wipe } from '#base/bytes.ts'
import type { VaultAdminRequest, VaultAdminResponse } from '#protocol/vault.ts'
import { vaultFailure } from './failures.ts'
import { readSecret } from './secret-input.ts'
import type { FoundAccount, System } from './system.ts'

type Credentials = FoundAccount & { readonly password: Buffer }

/** `ask` makes the request of what it is given. Throws CommandError. */
export async function asOwner<K extends VaultAdminResponse['kind']>(
  system: System,
  found: FoundAccount,
  fromStdin: boolean,
  wanted: K,
  ask: (owner: Credentials) => VaultAdminRequest,
): Promise<Extract<VaultAdminResponse, { kind: K }>> {
  const password = await readSecret(fromStdin, `Password for ${found.address}`)
  try {
    return await vaultAnswer(system, found, wanted, ask({ ...found, password }))
  } finally {
    wipe(password)
  }
}

/** Throws CommandError. */
export async function vaultAnswer<K extends VaultAdminResponse['kind']>(
  system: System,
  { vault }: FoundAccount,
  wanted: K,
  request: VaultAdminRequest,
): Promise<Extract<VaultAdminResponse, { kind: K }>> {
  const answer = await system.askVault(vault, request)
  if (answer.kind !== wanted) throw vaultFailure(answer)
  return answer as Extract<VaultAdminResponse, { kind: K }>
}
