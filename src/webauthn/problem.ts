// Why a registration or an assertion is refused. Each is an expected outcome: what a browser sends is hostile input.

export type WebAuthnProblem =
  /** Client data that cannot be read, or of another ceremony. */
  | 'clientData'
  | 'challenge'
  /** A page of somebody else's, or of an address that is not this server's. */
  | 'origin'
  /** Asked for by a frame within another page. */
  | 'crossOrigin'
  | 'authenticatorData'
  | 'relyingParty'
  /** Nobody touched it. */
  | 'notPresent'
  /** Neither PIN nor fingerprint nor face. */
  | 'notVerified'
  | 'attestation'
  | 'publicKey'
  | 'signature'

/** One sentence for its owner. */
export function describeWebAuthnProblem(problem: WebAuthnProblem): string {
  switch (problem) {
    case 'origin':
    case 'relyingParty':
      return 'Passkeys are made at the address under which this server is known, and this is another one.'
    case 'crossOrigin':
      return 'Passkeys are not made within another page.'
    case 'challenge':
      return 'That took too long. Begin again.'
    case 'notPresent':
    case 'notVerified':
      return 'The device did not ask for your PIN, fingerprint or face: a passkey that opens your mail has to.'
    case 'publicKey':
      return 'The device makes keys of a kind that is not known here.'
    case 'signature':
      return 'The passkey that was tried is not the one that was made.'
    case 'attestation':
    case 'authenticatorData':
    case 'clientData':
      return 'What the device answered makes no sense.'
  }
}
