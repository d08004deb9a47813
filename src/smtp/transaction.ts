// One mail transaction (RFC 5321 §3.3): the envelope, and who has brought it. A plain record, so that trace fields can be written from it
// elsewhere.

import type { MailAddress } from './mail-address.ts'
import type { BodyType } from './mail-parameters.ts'

export interface TlsState {
  /** As `TLSv1.3`. */
  readonly version: string
  /** The cipher suite's standard name. */
  readonly cipher: string
}

export interface Hello {
  /** What the client calls itself: letters, digits and `.-_:[]%` only. Nothing vouches for it. */
  readonly name: string
  /** It said EHLO, not HELO. */
  readonly isExtended: boolean
}

/** The party at the other end, as far as the session knows it. */
export interface Peer {
  /** IP address, as text. */
  readonly address: string
  readonly hello: Hello
  readonly tls: TlsState | null
  readonly isAuthenticated: boolean
}

/** RFC 3848, and RFC 6531 §4.3: what `with` says in a Received field. */
export type ProtocolWord =
  | 'SMTP'
  | 'ESMTP'
  | 'ESMTPA'
  | 'ESMTPS'
  | 'ESMTPSA'
  | 'UTF8SMTP'
  | 'UTF8SMTPA'
  | 'UTF8SMTPS'
  | 'UTF8SMTPSA'

export interface Recipient<Target> {
  readonly address: MailAddress
  readonly target: Target
}

export interface Transaction<Target> {
  readonly peer: Peer
  readonly protocol: ProtocolWord
  /** Null for `<>`: a report that must not be answered. */
  readonly sender: MailAddress | null
  /** What MAIL said that the message will have; null if it did not say. */
  readonly sizeBytes: number | null
  readonly bodyType: BodyType
  readonly isUtf8: boolean
  /** In the order of their acceptance. One address may be there twice. */
  readonly recipients: readonly Recipient<Target>[]
}

export function protocolWord({ hello, tls, isAuthenticated }: Peer, isUtf8: boolean): ProtocolWord {
  if (!hello.isExtended) return 'SMTP'
  return `${isUtf8 ? 'UTF8SMTP' : 'ESMTP'}${tls === null ? '' : 'S'}${isAuthenticated ? 'A' : ''}`
}
