// Sending one message over one SMTP connection (RFC 5321): what a client of it has to expect. `nodemailer-client.ts` does it.
//
// Invariants: the message is sent with CRLF line ends only, whatever it has, and dots are doubled, so that nothing in it can end it for
// some receiver (SMTP smuggling). What the peer must understand to take the message unchanged is asked for, or the message is not sent.
// Credentials go over verified TLS only, unless TLS is `never`. When sending fails half-way the connection is cut, so that a part is not
// taken for the whole. Everything ends in bounded time, and the peer's replies are bounded.
//
// Name resolution is the caller's: a peer is an address.

/** `opportunistic`: if the peer offers it, whatever its certificate (RFC 7435); in clear if it fails. The last two demand a valid certificate. */
export type SmtpTls = 'never' | 'opportunistic' | 'starttls' | 'implicit'

export interface SmtpPeer {
  /** An IP address. */
  readonly address: string
  readonly port: number
  /** What its certificate is for. */
  readonly name: string
  readonly tls: SmtpTls
  readonly credentials: { readonly user: string; readonly password: string } | null
}

export interface SmtpMessage {
  /** Empty for a bounce. */
  readonly sender: string
  /** At most 100 (RFC 5321 §4.5.3.1.8). */
  readonly recipients: readonly string[]
  readonly sizeBytes: number
  /** It has bytes over 127. */
  readonly eightBit: boolean
  /** Its header is in UTF-8. */
  readonly smtpUtf8: boolean
  /** Its bytes. What this throws, `deliver` throws. */
  content(): Iterable<Uint8Array>
}

export interface SmtpReply {
  readonly code: number
  /** Without codes; lines are joined by spaces. */
  readonly text: string
}

export interface TlsReport {
  readonly used: boolean
  /** Protocol and cipher, and whether the certificate was for that name; or why it was not used. */
  readonly detail: string
}

export type SmtpRecipientResult =
  | { readonly kind: 'accepted'; readonly reply: SmtpReply }
  | { readonly kind: 'refused'; readonly reply: SmtpReply }
  /** The connection ended before there was a reply: it may have been taken, or not. */
  | { readonly kind: 'unknown'; readonly reason: string }
  /** The peer cannot take it unchanged; it was not sent. */
  | { readonly kind: 'unsupported'; readonly extension: 'SMTPUTF8' | '8BITMIME' | 'SIZE' }

export type SmtpResult =
  /** It did not come to sending: another address may do better. */
  | { readonly kind: 'noSession'; readonly reason: string; readonly reply: SmtpReply | null }
  /** In the order of the recipients. */
  | { readonly kind: 'session'; readonly recipients: readonly SmtpRecipientResult[]; readonly tls: TlsReport }

export interface SmtpClient {
  /** `signal` cuts the connection. Throws what the message's content throws, and nothing else. */
  deliver(peer: SmtpPeer, message: SmtpMessage, signal: AbortSignal): Promise<SmtpResult>
}
