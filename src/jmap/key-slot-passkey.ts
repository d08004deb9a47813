// Passkeys in KeySlot/set and KeySlot/beginPasskey (docs/formats/jmap-keys.md §3 and §5): what browser and authenticator said, as bytes in base64url. What it is
// worth, the host finds out.

import * as v from 'valibot'
import { decodeBase64url, encodeBase64url } from '#base/base64url.ts'
import { wipe } from '#base/bytes.ts'
import { isSlotLabel } from '#account/slot-label.ts'
import { SetFailure, invalidProperties } from './failure.ts'
import type { MadePasskey, OwnerKeys, PasskeyRequest } from './host.ts'
import type { JsonObject } from './json-object.ts'

/** The longest of them is an attestation with an RSA key and the longest id. */
const ANSWER_BYTES_MAX = 4_200

/** Base 64 for URLs, without padding. */
const base64url = (bytesMax: number) =>
  v.pipe(
    v.string(),
    v.rawTransform(({ dataset, addIssue, NEVER }) => {
      const decoded = decodeBase64url(dataset.value, bytesMax)
      if (decoded !== null) return decoded
      addIssue({ message: 'not base64url' })
      return NEVER
    }),
  )

const answer = base64url(ANSWER_BYTES_MAX)

const passkeySchema = v.strictObject({
  kind: v.literal('passkey'),
  label: v.pipe(v.string(), v.check(isSlotLabel, 'a label')),
  challenge: base64url(32),
  proofChallenge: base64url(32),
  attestation: v.strictObject({ clientDataJSON: answer, attestationObject: answer }),
  proof: v.strictObject({ clientDataJSON: answer, authenticatorData: answer, signature: answer }),
  prf: base64url(32),
})

/** The id of its slot. Throws SetFailure. */
export async function createPasskey(owner: OwnerKeys, object: JsonObject): Promise<string> {
  const read = v.safeParse(passkeySchema, object)
  if (!read.success) throw invalidProperties(read.issues.map((issue) => v.getDotPath(issue)?.split('.')[0] ?? 'kind'))
  const { label, challenge, proofChallenge, attestation, proof, prf } = read.output
  const made: MadePasskey = {
    label,
    challenge,
    proofChallenge,
    attestation: { clientData: attestation.clientDataJSON, attestationObject: attestation.attestationObject },
    proof: { clientData: proof.clientDataJSON, authenticatorData: proof.authenticatorData, signature: proof.signature },
    prf,
  }
  try {
    const outcome = await owner.addPasskey(made)
    if (outcome.kind === 'made') return outcome.id
    if (outcome.kind === 'tooMany') throw new SetFailure('overQuota', { description: 'There are too many passkeys' })
    throw new SetFailure('forbidden', { description: outcome.why })
  } finally {
    wipe(prf)
  }
}

export function passkeyRequestObject(request: PasskeyRequest): Readonly<Record<string, unknown>> {
  const { challenge, proofChallenge, userId, userName, known } = request
  return {
    challenge: encodeBase64url(challenge),
    proofChallenge: encodeBase64url(proofChallenge),
    userId: encodeBase64url(userId),
    userName,
    excludeCredentials: known.map(encodeBase64url),
  }
}
