// The KeySlot object (docs/formats/jmap-keys.md §2), and what is asked for when one is made.

import type { Id } from '#web/jmap/types.ts'

export type Protocol = 'imap' | 'pop3' | 'submission' | 'jmap' | 'managesieve'
export type Access = 'full' | 'readOnly' | 'sendOnly'
export type SlotKind = 'password' | 'appPassword' | 'recoveryCode' | 'shares' | 'escrow' | 'passkey' | 'machine'

export interface KeySlot {
  readonly id: Id
  readonly kind: SlotKind
  readonly label: string | null
  readonly created: string
  readonly needsServerSecret: boolean | null
  readonly isAuthentic: boolean
  readonly protocols: readonly Protocol[] | null
  readonly access: Access | null
  /** Of a passkey: the host name that it is for. */
  readonly host: string | null
  readonly isSynced: boolean | null
  readonly expires: string | null
  readonly isExpired: boolean
  readonly lastUsed: Readonly<Partial<Record<Protocol, string>>>
  readonly lastRefused: {
    readonly at: string
    readonly protocol: Protocol
    readonly why: 'protocol' | 'expired' | 'counter'
  } | null
}

export interface NewAppPassword {
  readonly label: string
  readonly protocols: readonly Protocol[]
  readonly access: Access
  readonly expires: string | null
}
