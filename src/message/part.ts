// A part of a message: where it lies, and what its MIME header fields say (RFC 2045, RFC 2183, RFC 3282, RFC 2557).
//
// Offsets are bytes of the whole message, so that any part, its header or its body is one slice of the stored bytes:
//
//     start ≤ bodyStart ≤ end, children in order, each within bodyStart and end of its parent, none overlapping.
//
// The line break before a boundary delimiter belongs to the delimiter (RFC 2046 §5.1.1), not to the part before it.

/**
 * Text with one character, U+0000 to U+00FF, for each byte. Header content stays in this form, so that it can be given back
 * as the sender wrote it (IMAP) or be decoded by what its bytes mean (JMAP).
 */
export type Octets = string

/**
 * A parameter of Content-Type or Content-Disposition. Continuations (RFC 2231 §3) are joined. A name that ends in `*` has an
 * extended value: `charset'language'text`, percent-encoded (RFC 2231 §4).
 */
export interface Parameter {
  /** In lower case. */
  readonly name: string
  readonly value: Octets
}

export interface Disposition {
  /** In lower case: `inline`, `attachment`, … */
  readonly type: string
  readonly parameters: readonly Parameter[]
}

export interface Part {
  /** Where its header begins. */
  readonly start: number
  /** Where its body begins: after the empty line. Equal to `end` if there is none. */
  readonly bodyStart: number
  readonly end: number
  /** Media type in lower case; that of RFC 2045 §5.2 or RFC 2046 §5.1.5 where the header names none that is valid. */
  readonly type: string
  readonly subtype: string
  readonly parameters: readonly Parameter[]
  readonly disposition: Disposition | null
  /** Content-ID, with its angle brackets. */
  readonly id: Octets | null
  readonly description: Octets | null
  /** Content-Transfer-Encoding in lower case; `7bit` if there is none. */
  readonly encoding: string
  readonly md5: Octets | null
  readonly language: readonly string[]
  readonly location: Octets | null
  /** Line feeds in the body of a text or message/rfc822 part; 0 for others. */
  readonly lines: number
  /** Of a multipart at least one; of a message/rfc822 the message, unless it is opaque; else none. */
  readonly children: readonly Part[]
}

export function isMultipart(part: Part): boolean {
  return part.type === 'multipart'
}

/** Contains a message, which has been parsed. */
export function isMessage(part: Part): boolean {
  return part.type === 'message' && part.subtype === 'rfc822' && part.children.length > 0
}

export function parameter(parameters: readonly Parameter[], name: string): Octets | null {
  for (const candidate of parameters) if (candidate.name === name) return candidate.value
  return null
}
