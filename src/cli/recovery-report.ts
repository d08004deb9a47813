// What a vault says of the ways back into an unlocked account.

import type { VaultAdminResponse } from '#protocol/vault.ts'
import { asOwner, vaultAnswer } from './owner-request.ts'
import type { FoundAccount, System } from './system.ts'

export type RecoveryFacts = Extract<VaultAdminResponse, { kind: 'recoveryReport' }>

/** Unlocks the account first if `fromStdin`, with the password from standard input. Throws CommandError. */
export async function readRecovery(system: System, found: FoundAccount, fromStdin: boolean): Promise<RecoveryFacts> {
  if (fromStdin) await asOwner(system, found, true, 'done', (owner) => ({ kind: 'unlock', ...owner }))
  const { id, address } = found
  return vaultAnswer(system, found, 'recoveryReport', { kind: 'recoveryReport', id, address })
}
