// An authenticator in software, with a browser around it, for tests: what it answers can be wrong in every way that the tests want.

import { type KeyObject, createHash, generateKeyPairSync, randomBytes, sign } from 'node:crypto'
import { encodeCbor } from '#keys/cbor.ts'
import type { Assertion } from './assertion.ts'
import type { Registration } from './registration.ts'

export const ORIGIN = 'https://mail.example.org'
export const RELYING_PARTY = 'mail.example.org'

export type Algorithm = 'ES256' | 'EdDSA' | 'RS256'

export const PRESENT = 1
export const VERIFIED = 4
export const BACKUP_ELIGIBLE = 8
export const ATTESTED = 64
export const EXTENDED = 128

/** What is other than it should be. */
export interface Wrong {
  readonly type?: string
  readonly origin?: string
  readonly relyingParty?: string
  /** Of the client data, beside what belongs there. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly flags?: number
  /** Behind the credential, or the counter. */
  readonly tail?: Uint8Array
  readonly format?: string
  readonly statement?: ReadonlyMap<string, unknown>
  readonly publicKey?: Uint8Array
  readonly credentialId?: Uint8Array
}

export class SoftAuthenticator {
  readonly id = randomBytes(32)
  readonly publicKey: Buffer
  counter = 0
  readonly #algorithm: Algorithm
  readonly #privateKey: KeyObject

  constructor(algorithm: Algorithm = 'ES256') {
    this.#algorithm = algorithm
    const { publicKey, privateKey } = makeKeys(algorithm)
    this.#privateKey = privateKey
    this.publicKey = coseKey(algorithm, publicKey)
  }

  create(challenge: Uint8Array, wrong: Wrong = {}): Registration {
    const id = wrong.credentialId ?? this.id
    const length = Buffer.alloc(2)
    length.writeUInt16BE(id.length)
    const credential = [Buffer.alloc(16), length, id, wrong.publicKey ?? this.publicKey]
    const data = this.#data(wrong, PRESENT | VERIFIED | ATTESTED, credential)
    const attestation = new Map<string, unknown>([
      ['fmt', wrong.format ?? 'none'],
      ['attStmt', wrong.statement ?? new Map()],
      ['authData', data],
    ])
    const clientData = clientDataOf('webauthn.create', challenge, wrong)
    return { clientData, attestationObject: encodeCbor(attestation) }
  }

  get(challenge: Uint8Array, wrong: Wrong = {}): Assertion {
    const clientData = clientDataOf('webauthn.get', challenge, wrong)
    const authenticatorData = this.#data(wrong, PRESENT | VERIFIED, [])
    return { clientData, authenticatorData, signature: this.sign(authenticatorData, clientData) }
  }

  sign(authenticatorData: Uint8Array, clientData: Uint8Array): Buffer {
    const message = Buffer.concat([authenticatorData, digest(clientData)])
    return sign(this.#algorithm === 'EdDSA' ? null : 'sha256', message, this.#privateKey)
  }

  #data(
    { relyingParty = RELYING_PARTY, flags, tail }: Wrong,
    usual: number,
    credential: readonly Uint8Array[],
  ): Buffer {
    const counter = Buffer.alloc(4)
    counter.writeUInt32BE(this.counter)
    const fixed = [digest(Buffer.from(relyingParty)), Buffer.of(flags ?? usual), counter]
    return Buffer.concat([...fixed, ...credential, tail ?? Buffer.alloc(0)])
  }
}

function clientDataOf(type: string, challenge: Uint8Array, wrong: Wrong): Buffer {
  const data = {
    type: wrong.type ?? type,
    challenge: Buffer.from(challenge).toString('base64url'),
    origin: wrong.origin ?? ORIGIN,
    crossOrigin: false,
    ...wrong.members,
  }
  return Buffer.from(JSON.stringify(data))
}

function digest(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

function makeKeys(algorithm: Algorithm): { readonly publicKey: KeyObject; readonly privateKey: KeyObject } {
  if (algorithm === 'ES256') return generateKeyPairSync('ec', { namedCurve: 'P-256' })
  if (algorithm === 'EdDSA') return generateKeyPairSync('ed25519')
  return generateKeyPairSync('rsa', { modulusLength: 2048 })
}

function coseKey(algorithm: Algorithm, key: KeyObject): Buffer {
  const jwk = key.export({ format: 'jwk' })
  const field = (text: string | undefined): Buffer => Buffer.from(text ?? '', 'base64url')
  const entries: Readonly<Record<Algorithm, readonly (readonly [number, unknown])[]>> = {
    ES256: [
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, field(jwk.x)],
      [-3, field(jwk.y)],
    ],
    EdDSA: [
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, field(jwk.x)],
    ],
    RS256: [
      [1, 3],
      [3, -257],
      [-1, field(jwk.n)],
      [-2, field(jwk.e)],
    ],
  }
  return encodeCbor(new Map(entries[algorithm]))
}
