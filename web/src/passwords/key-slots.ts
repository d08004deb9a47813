// What opens the account, as the server offers it (docs/formats/jmap-keys.md).

import type { Connection } from '#web/jmap/connection.ts'
import { JmapFailure } from '#web/jmap/failure.ts'
import type { GetResponse, Id, SetError } from '#web/jmap/types.ts'
import type { Attestation, PasskeyRequest, Proof } from '#web/passkeys/authenticator.ts'
import type { KeySlot, NewAppPassword } from './key-slot.ts'

/** Shown once. */
export interface MadeAppPassword {
  readonly password: string
  readonly login: string
}

export interface MadePasskey {
  readonly label: string
  readonly request: PasskeyRequest
  readonly attestation: Attestation
  readonly proof: Proof
}

interface SetAnswer {
  readonly created?: Readonly<Record<string, MadeAppPassword>> | null
  readonly notCreated?: Readonly<Record<string, SetError>> | null
  readonly notDestroyed?: Readonly<Record<Id, SetError>> | null
}

const WORDS: Readonly<Record<string, string>> = {
  wrongPassword: 'That is not your password.',
  rateLimit: 'Too many tries. Wait a moment, and try again.',
  serverUnavailable: 'That is not possible at the moment. Try again soon.',
}

export class KeySlots {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Rejects with JmapFailure, as all of these. */
  async all(): Promise<readonly KeySlot[]> {
    const { list } = await this.#call<GetResponse<KeySlot>>('KeySlot/get', { ids: null })
    return list
  }

  async make(ownerPassword: string, wanted: NewAppPassword): Promise<MadeAppPassword> {
    const create = { new: { kind: 'appPassword', ...wanted } }
    const { created, notCreated } = await this.#call<SetAnswer>('KeySlot/set', { ownerPassword, create })
    const made = created?.['new']
    if (made !== undefined) return made
    throw refusalOf(notCreated?.['new'])
  }

  /** What an authenticator is asked for. */
  async beginPasskey(ownerPassword: string): Promise<PasskeyRequest> {
    return this.#call<PasskeyRequest>('KeySlot/beginPasskey', { ownerPassword })
  }

  /** What came of it; it opens the mail when this resolves. */
  async addPasskey(ownerPassword: string, made: MadePasskey): Promise<void> {
    const { label, request, attestation, proof } = made
    const { clientDataJSON, attestationObject } = attestation
    const { prf, ...signed } = proof
    const { challenge, proofChallenge } = request
    const passkey = { kind: 'passkey', label, challenge, proofChallenge, proof: signed, prf }
    const create = { new: { ...passkey, attestation: { clientDataJSON, attestationObject } } }
    const { created, notCreated } = await this.#call<SetAnswer>('KeySlot/set', { ownerPassword, create })
    if (created?.['new'] === undefined) throw refusalOf(notCreated?.['new'])
  }

  async revoke(ownerPassword: string, id: Id): Promise<void> {
    const { notDestroyed } = await this.#call<SetAnswer>('KeySlot/set', { ownerPassword, destroy: [id] })
    // One that has gone already is what was wanted.
    const { type = 'notFound' } = notDestroyed?.[id] ?? {}
    if (type !== 'notFound') throw new JmapFailure('refused', 'The server could not revoke it.')
  }

  async changePassword(ownerPassword: string, newPassword: string): Promise<void> {
    await this.#call('KeySlot/changePassword', { ownerPassword, newPassword })
  }

  async #call<T>(method: string, args: Record<string, unknown>): Promise<T> {
    try {
      return (await this.#connection.call([[method, args]])).of(0) as T
    } catch (error) {
      const words = error instanceof JmapFailure ? WORDS[error.type ?? ''] : undefined
      if (words === undefined) throw error
      throw new JmapFailure('refused', words)
    }
  }
}

function refusalOf(error: SetError | undefined): JmapFailure {
  const { type, properties, description } = error ?? { type: '' }
  if (type === 'overQuota') return new JmapFailure('refused', 'There are too many. Revoke one first.')
  const [wrong] = properties ?? []
  return new JmapFailure('refused', (wrong === undefined ? description : WRONG[wrong]) ?? 'The server refuses that.')
}

const WRONG: Readonly<Record<string, string>> = {
  label: 'Give it a short name, in one line.',
  protocols: 'Choose what it is for.',
  expires: 'That time is over.',
}
