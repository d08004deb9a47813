// What JMAP needs of whoever carries it for `urn:mailkeep:recovery` (docs/formats/jmap-recovery.md): what only the keys of the account and the directory know.

import type { RecoveryReport } from '#account/recovery-report.ts'

export interface RecoveryState extends RecoveryReport {
  /** The recipient to which the operator would have accounts sealed, as age writes it; null: there is no escrow here. */
  readonly offer: { readonly recipient: string; readonly delayMs: number } | null
  /** The operator's last request to open the account. `leftMs` is 0 when it can be used. */
  readonly request: {
    readonly requested: number
    readonly delayMs: number
    readonly leftMs: number
    readonly state: 'waiting' | 'refused' | 'used' | 'expired'
  } | null
}

/** As typed. */
export type TypedMeans =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'shares'; readonly shares: readonly string[] }

export type RecoveryDenial =
  | { readonly kind: 'wrongPassword' }
  /** Too many wrong passwords: none is looked at for a while. */
  | { readonly kind: 'rateLimit' }
  | { readonly kind: 'unavailable' }
  /** Recovery code or shares: a sentence that says what is wrong with them. */
  | { readonly kind: 'meansRefused'; readonly why: string }
  /** A sentence. */
  | { readonly kind: 'cannot'; readonly why: string }

export interface ShareText {
  readonly number: number
  readonly contact: string
  readonly text: string
}

export interface RecoveryHost {
  report(): Promise<RecoveryState | RecoveryDenial>
  newCode(password: Uint8Array): Promise<{ readonly kind: 'code'; readonly code: string } | RecoveryDenial>
  issueShares(
    password: Uint8Array,
    threshold: number,
    contacts: readonly string[],
  ): Promise<{ readonly kind: 'shares'; readonly shares: readonly ShareText[] } | RecoveryDenial>
  revokeShares(password: Uint8Array): Promise<{ readonly kind: 'done' } | RecoveryDenial>
  setSecurity(password: Uint8Array, level: 'high' | 'low'): Promise<{ readonly kind: 'done' } | RecoveryDenial>
  drill(means: TypedMeans): Promise<
    | {
        readonly kind: 'drilled'
        readonly identity: 'hybrid' | 'x25519'
        readonly by: 'recoveryCode' | 'shares'
        readonly created: number
        readonly at: number
        readonly note: string | null
      }
    | RecoveryDenial
  >
  refuseEscrow(): Promise<{ readonly kind: 'done' } | RecoveryDenial>
}
