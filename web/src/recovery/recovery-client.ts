// Ways back into the account, as the server offers them (docs/formats/jmap-recovery.md).

import type { Connection } from '#web/jmap/connection.ts'
import type { Typed } from './typed.ts'

interface Proven {
  readonly created: string
  readonly proven: string | null
  readonly isDue: boolean
}

export interface EscrowRequest {
  readonly requested: string
  /** Seconds. */
  readonly delay: number
  readonly left: number
  readonly state: 'waiting' | 'refused' | 'used' | 'expired'
}

export interface Recovery {
  readonly mailIdentity: 'hybrid' | 'x25519'
  readonly recoveryCode: Proven | null
  readonly shares: (Proven & { readonly threshold: number; readonly contacts: readonly string[] }) | null
  readonly security: 'high' | 'low'
  readonly escrow: { readonly recipient: string | null; readonly created: string } | null
  readonly offer: { readonly recipient: string; readonly delay: number } | null
  readonly request: EscrowRequest | null
  readonly uses: readonly { readonly at: string; readonly requested: string }[]
}

export interface Share {
  readonly number: number
  readonly contact: string
  readonly text: string
}

export interface Drilled {
  readonly by: 'recoveryCode' | 'shares'
  readonly created: string
  readonly at: string
  readonly note: string | null
}

/** Rejects with JmapFailure, as all of these do. */
export class RecoveryClient {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  get(): Promise<Recovery> {
    return this.#call('Recovery/get', {})
  }

  async newCode(password: string): Promise<string> {
    const { recoveryCode } = await this.#call<{ recoveryCode: string }>('Recovery/newCode', { password })
    return recoveryCode
  }

  async issueShares(password: string, threshold: number, contacts: readonly string[]): Promise<readonly Share[]> {
    const args = { password, threshold, contacts }
    const { shares } = await this.#call<{ shares: readonly Share[] }>('Recovery/issueShares', args)
    return shares
  }

  async revokeShares(password: string): Promise<void> {
    await this.#call('Recovery/revokeShares', { password })
  }

  async setSecurity(password: string, security: 'high' | 'low'): Promise<void> {
    await this.#call('Recovery/setSecurity', { password, security })
  }

  drill(typed: Typed): Promise<Drilled> {
    return this.#call('Recovery/drill', { ...typed })
  }

  async refuseEscrow(): Promise<void> {
    await this.#call('Recovery/refuseEscrow', {})
  }

  async #call<T>(method: string, args: Record<string, unknown>): Promise<T> {
    return (await this.#connection.call([[method, args]])).of(0) as T
  }
}
