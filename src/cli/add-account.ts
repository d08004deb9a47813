// Making an account: its keys in the vault that will have it, its address in the directory.

import { accountIdFromBytes } from '#base/ids.ts'
import { directoryFailure, vaultFailure } from './failures.ts'
import type { System } from './system.ts'
import { welcomeMessage } from './welcome-message.ts'

export interface NewAccountOptions {
  readonly identity: 'hybrid' | 'x25519'
  readonly quotaBytes: number | null
}

/** Throws CommandError. The password is not wiped. */
export async function addAccount(
  system: System,
  address: string,
  password: Uint8Array,
  { identity, quotaBytes }: NewAccountOptions,
): Promise<{ readonly id: string; readonly address: string; readonly recoveryCode: string }> {
  const prepared = await system.ask({ kind: 'prepareAccount', address })
  if (prepared.kind !== 'prepared') throw directoryFailure(prepared, address)
  const { id, salt } = prepared
  const welcome = await welcomeMessage(system, prepared.address)
  const made = await system.askVault(prepared.vault, {
    kind: 'createAccount',
    id,
    address: prepared.address,
    salt,
    password,
    identity,
    welcome,
  })
  if (made.kind !== 'created') throw vaultFailure(made)
  const { recipient, recoveryCode } = made
  const added = await system.ask({ kind: 'addAccount', id, address: prepared.address, recipient, quotaBytes })
  if (added.kind !== 'done') throw directoryFailure(added, address)
  return { id: accountIdFromBytes(id), address: prepared.address, recoveryCode }
}
