import type { AccountId } from '#base/ids.ts'

/** An account's vault never changes while the number of vaults is the same: its index is there. */
export function vaultNumberOf(id: AccountId, vaults: number): number {
  return Number.parseInt(id.slice(0, 8), 16) % vaults
}
