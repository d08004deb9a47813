// What an owner should know of the ways back into the account: the recovery code, the shares, whether the operator can open it and has done so, and when
// each was proven last.

import type { IdentityKind } from '#keys/root.ts'
import { openSharesProperties } from '#keys/shares-properties.ts'
import { IDENTITY_SETTING, identityKindOf } from './account-settings.ts'
import { drilledAt, isDrillDue, readDrills } from './drill.ts'
import { type EscrowUse, readEscrowUses } from './escrow-log.ts'
import { type EscrowFacts, escrowOf } from './escrow-slots.ts'
import type { SettingValue } from './operation.ts'
import { slotOfKind } from './replace-slots.ts'
import type { SlotChange } from './slots.ts'

/** Times are in milliseconds since the Unix epoch. */
interface Proven {
  readonly created: number
  /** Null: nobody has tried it since it was made. */
  readonly drilled: number | null
  /** It is a year, or longer. */
  readonly isDue: boolean
}

interface SharesFacts extends Proven {
  readonly threshold: number
  readonly contacts: readonly string[]
}

export interface RecoveryReport {
  /** To which of its identities mail is sealed. */
  readonly identity: IdentityKind
  /** Null: there is none. */
  readonly code: Proven | null
  readonly shares: SharesFacts | null
  /** Null: high security. */
  readonly escrow: EscrowFacts | null
  /** When the operator opened the account. */
  readonly uses: readonly EscrowUse[]
}

export function recoveryReport(
  of: Pick<SlotChange, 'reader' | 'root'>,
  setting: (key: string) => SettingValue,
  now: number,
): RecoveryReport {
  const drills = readDrills(setting)
  const proven = (kind: 'recoveryCode' | 'shares'): Proven | null => {
    const slot = slotOfKind(of, kind)
    if (slot === null) return null
    const drilled = drilledAt(slot, drills[kind])
    return { created: slot.created, drilled, isDue: isDrillDue(slot.created, drilled, now) }
  }
  const sharesProven = proven('shares')
  const sealed = slotOfKind(of, 'shares')?.properties ?? null
  const who = sealed === null ? null : openSharesProperties(of.root, of.reader.account, sealed)
  return {
    identity: identityKindOf(setting(IDENTITY_SETTING)),
    code: proven('recoveryCode'),
    shares:
      sharesProven === null ? null : { ...sharesProven, threshold: who?.threshold ?? 0, contacts: who?.contacts ?? [] },
    escrow: escrowOf(of),
    uses: readEscrowUses(setting),
  }
}
