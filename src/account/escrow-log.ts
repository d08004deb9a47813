// That the operator opened the account by escrow, in the account's own journal, where its owner finds it (and `mailkeep audit`): written before anything
// is opened.

import type { Operation, SettingValue } from './operation.ts'

export const ESCROW_SETTING = 'unlock/escrow-used'
/** The oldest are left out. The log has all of them. */
const USES_MAX = 100

export interface EscrowUse {
  /** Milliseconds since the Unix epoch. */
  readonly at: number
  /** When the operator asked for it. */
  readonly requested: number
}

/** The oldest first. */
export function readEscrowUses(setting: (key: string) => SettingValue): EscrowUse[] {
  const value = setting(ESCROW_SETTING)
  if (!Array.isArray(value)) return []
  return (value as readonly SettingValue[]).flatMap((entry): EscrowUse[] => {
    if (!Array.isArray(entry)) return []
    const [at, requested] = entry as readonly SettingValue[]
    return typeof at === 'number' && typeof requested === 'number' ? [{ at, requested }] : []
  })
}

export function escrowUseOperation(setting: (key: string) => SettingValue, use: EscrowUse): Operation {
  const uses = [...readEscrowUses(setting), use].slice(-USES_MAX)
  return { kind: 'set', key: ESCROW_SETTING, value: uses.map(({ at, requested }) => [at, requested]) }
}
