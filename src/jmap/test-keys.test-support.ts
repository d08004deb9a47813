// What opens an account, for tests: app passwords are kept in memory.

import type { AppPasswordRequest } from '#account/app-passwords.ts'
import type { InventorySlot } from '#account/slot-inventory.ts'
import type { JmapKeys, MadePasskey, OwnerKeys, PasskeyAnswer, PasskeyRequest } from './host.ts'

export const OWNER_PASSWORD = 'the owner alone knows'

export class TestKeys implements JmapKeys, OwnerKeys {
  readonly all: InventorySlot[] = [slot(1, 'password', 'owner@example.org'), slot(2, 'recoveryCode', null)]
  /** What came. */
  readonly passkeys: MadePasskey[] = []
  password = OWNER_PASSWORD
  tries = 0
  slotsMax = 8

  slots(): readonly InventorySlot[] {
    return this.all
  }

  asOwner(password: Uint8Array): Promise<OwnerKeys | 'wrongPassword' | 'rateLimit'> {
    if (++this.tries > 20) return Promise.resolve('rateLimit')
    return Promise.resolve(Buffer.from(password).toString() === this.password ? this : 'wrongPassword')
  }

  addAppPassword({ label, scope }: AppPasswordRequest): ReturnType<OwnerKeys['addAppPassword']> {
    if (this.all.length >= this.slotsMax) return Promise.resolve('tooMany')
    const made = slot(this.all.length + 1, 'appPassword', label, scope)
    this.all.push(made)
    return Promise.resolve({ id: made.id, password: Buffer.from('abcd-efgh-jkmn-pqrs-tuvw') })
  }

  revokeAppPassword(id: string): Promise<boolean> {
    return this.#revoke(id, 'appPassword')
  }

  beginPasskey(): PasskeyRequest {
    return {
      challenge: Buffer.alloc(32, 1),
      proofChallenge: Buffer.alloc(32, 2),
      userId: Buffer.alloc(16, 3),
      userName: 'owner@example.org',
      known: [Buffer.of(4, 5)],
    }
  }

  /** Made, unless its client data says why it is not. */
  addPasskey(made: MadePasskey): Promise<PasskeyAnswer> {
    this.passkeys.push({ ...made, prf: Buffer.from(made.prf) })
    const why = Buffer.from(made.proof.clientData).toString()
    if (why.endsWith('.')) return Promise.resolve({ kind: 'refused', why })
    if (this.all.length >= this.slotsMax) return Promise.resolve({ kind: 'tooMany' })
    const passkey = slot(this.all.length + 1, 'passkey', made.label)
    this.all.push(passkey)
    return Promise.resolve({ kind: 'made', id: passkey.id })
  }

  revokePasskey(id: string): Promise<boolean> {
    return this.#revoke(id, 'passkey')
  }

  #revoke(id: string, kind: InventorySlot['kind']): Promise<boolean> {
    const at = this.all.findIndex((slot) => slot.id === id && slot.kind === kind)
    if (at >= 0) this.all.splice(at, 1)
    return Promise.resolve(at >= 0)
  }

  changePassword(password: Uint8Array): Promise<void> {
    this.password = Buffer.from(password).toString()
    return Promise.resolve()
  }
}

function slot(
  number: number,
  kind: InventorySlot['kind'],
  label: string | null,
  scope: AppPasswordRequest['scope'] | null = null,
): InventorySlot {
  return {
    id: number.toString(16).padStart(32, '0'),
    kind,
    created: Date.UTC(2026, 10, 20),
    needsServerSecret: kind !== 'recoveryCode',
    opened: {
      label,
      scope,
      passkey: kind === 'passkey' ? { relyingParty: 'mail.example.org', isSynced: true } : null,
      isAuthentic: true,
      use: { used: new Map([['imap', Date.UTC(2026, 10, 26)]]), refused: null, counter: 0 },
    },
  }
}
