// What an authenticator says of itself and signs: authenticator data (Web Authentication Level 3 §6.1).
//
//     SHA-256 of the relying party's id (32) · flags (1) · signature counter (4) · attested credential data, if its flag is set · extensions, if theirs is
//
// Rejects: a flag that is reserved, a backup state without eligibility for it, attested credential data where there must be none and none where there must be
// some, credential ids that are empty or over 1,023 bytes, CBOR that is not deterministic, and bytes left over.

import { decodeCborPrefix } from '#keys/cbor.ts'

const AUTHENTICATOR_DATA_BYTES_MAX = 4_096
/** §4, "Credential ID". */
const CREDENTIAL_ID_BYTES_MAX = 1_023

const FLAG = { present: 1, verified: 4, backupEligible: 8, backedUp: 16, attested: 64, extended: 128 } as const
const RESERVED = 2 | 32

const RP_ID_HASH_BYTES = 32
const FIXED_BYTES = 37
const AAGUID_BYTES = 16
const ID_LENGTH_BYTES = 2

export interface AuthenticatorData {
  /** 32 bytes. */
  readonly rpIdHash: Buffer
  readonly isPresent: boolean
  readonly isVerified: boolean
  /** Its provider may copy it to other devices. */
  readonly isBackupEligible: boolean
  /** 0: the authenticator does not count. */
  readonly counter: number
  /** Null: none was asked for. */
  readonly credential: AttestedCredential | null
}

interface AttestedCredential {
  readonly id: Buffer
  /** A COSE_Key, as it came. */
  readonly publicKey: Buffer
}

/** `hasCredential`: there must be attested credential data; otherwise there must be none. Null for what is malformed. */
export function parseAuthenticatorData(given: Uint8Array, hasCredential: boolean): AuthenticatorData | null {
  if (given.length < FIXED_BYTES || given.length > AUTHENTICATOR_DATA_BYTES_MAX) return null
  const bytes = Buffer.from(given)
  const flags = bytes[RP_ID_HASH_BYTES] as number
  const has = (flag: number): boolean => (flags & flag) !== 0
  if (has(RESERVED) || (has(FLAG.backedUp) && !has(FLAG.backupEligible))) return null
  if (has(FLAG.attested) !== hasCredential) return null
  let rest: Uint8Array = bytes.subarray(FIXED_BYTES)
  let credential: AttestedCredential | null = null
  if (hasCredential) {
    const found = parseCredential(rest)
    if (found === null) return null
    credential = found.credential
    rest = found.rest
  }
  if (has(FLAG.extended)) {
    const extensions = decodeCborPrefix(rest)
    if (!(extensions?.value instanceof Map)) return null
    rest = extensions.rest
  }
  if (rest.length > 0) return null
  return {
    rpIdHash: bytes.subarray(0, RP_ID_HASH_BYTES),
    isPresent: has(FLAG.present),
    isVerified: has(FLAG.verified),
    isBackupEligible: has(FLAG.backupEligible),
    counter: bytes.readUInt32BE(RP_ID_HASH_BYTES + 1),
    credential,
  }
}

/** §6.5.1. */
function parseCredential(
  bytes: Uint8Array,
): { readonly credential: AttestedCredential; readonly rest: Uint8Array } | null {
  const idAt = AAGUID_BYTES + ID_LENGTH_BYTES
  if (bytes.length < idAt) return null
  const length = ((bytes[AAGUID_BYTES] as number) << 8) | (bytes[AAGUID_BYTES + 1] as number)
  if (length === 0 || length > CREDENTIAL_ID_BYTES_MAX || bytes.length < idAt + length) return null
  const behind = bytes.subarray(idAt + length)
  const key = decodeCborPrefix(behind)
  if (!(key?.value instanceof Map)) return null
  const publicKey = Buffer.from(behind.subarray(0, behind.length - key.rest.length))
  return { credential: { id: Buffer.from(bytes.subarray(idAt, idAt + length)), publicKey }, rest: key.rest }
}
