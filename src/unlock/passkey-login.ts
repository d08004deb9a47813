// A login by a passkey, as far as it needs no waiting: the challenge, the origin, the authenticator's word, and its signature under the key that the slot has; then
// the slot is opened with what the authenticator's PRF gave, and says for which host name it was made. Only what passes all of that is let in.

import { bytesEqual } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import { type PasskeyPlace, findPasskey, openPasskeySlot } from '#keys/passkey-slot.ts'
import { openPasskeyProperties } from '#keys/passkey-properties.ts'
import type { Slot } from '#keys/slot.ts'
import type { OpenedSlot } from '#keys/stretched-slot.ts'
import { type Asserted, type Assertion, verifyAssertion } from '#webauthn/assertion.ts'
import type { Expected } from '#webauthn/client-data.ts'
import type { WebAuthnProblem } from '#webauthn/problem.ts'

export interface GivenPasskey extends Assertion {
  readonly credentialId: Uint8Array
  /** 32 bytes; they stay the caller's. */
  readonly prf: Uint8Array
}

export type VerifiedPasskey =
  | { readonly kind: 'opened'; readonly opened: OpenedSlot; readonly counter: number }
  | { readonly kind: 'refused'; readonly why: WebAuthnProblem | 'noSlot' | 'prf' | 'otherCredential' }

/** `serverSalt`: the directory's for the account's login name. The opened root is the caller's to dispose. */
export function openByPasskey(
  slots: readonly Slot[],
  account: AccountId,
  { credentialId, prf, ...assertion }: GivenPasskey,
  serverSalt: Uint8Array,
  expected: Expected,
): VerifiedPasskey {
  const place: PasskeyPlace = { account, credentialId, serverSalt }
  const found = findPasskey(slots, place)
  if (found === null) return { kind: 'refused', why: 'noSlot' }
  const asserted = verifyAssertion(assertion, expected, found.publicKey)
  if (!asserted.ok) return { kind: 'refused', why: asserted.error }
  const opened = openPasskeySlot(found.slot, place, prf)
  if (opened === null) return { kind: 'refused', why: 'prf' }
  if (isOfSlot(opened, place, asserted.value)) return { kind: 'opened', opened, counter: asserted.value.counter }
  opened.root[Symbol.dispose]()
  return { kind: 'refused', why: 'otherCredential' }
}

/** Web Authentication Level 3 §7.2: eligibility for backup never changes. */
function isOfSlot(
  { root, slot }: OpenedSlot,
  { account, credentialId }: PasskeyPlace,
  { relyingParty, isBackupEligible }: Asserted,
): boolean {
  const known = slot.properties === null ? null : openPasskeyProperties(root, account, slot.properties)
  return (
    known !== null &&
    bytesEqual(known.credentialId, credentialId) &&
    known.relyingParty === relyingParty &&
    known.isBackupEligible === isBackupEligible
  )
}
