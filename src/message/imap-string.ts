// Strings of IMAP replies (RFC 3501 §9, RFC 9051 §9). Replies are built as octets: one character for each byte.

import type { Octets } from './part.ts'

// eslint-disable-next-line no-control-regex -- TEXT-CHAR: any byte of ASCII but NUL, CR and LF
const NEEDS_LITERAL = /[^\x01-\x09\x0b\x0c\x0e-\x7f]/
const NEEDS_ESCAPE = /["\\]/

/** U+FFFD in UTF-8. */
const REPLACEMENT = '\xef\xbf\xbd'

/** A quoted string, or a literal for what a quoted string cannot hold. NUL, which no literal can hold either, becomes U+FFFD. */
export function imapString(value: Octets): Octets {
  if (NEEDS_LITERAL.test(value)) {
    const octets = value.replaceAll('\0', REPLACEMENT)
    return `{${octets.length}}\r\n${octets}`
  }
  return NEEDS_ESCAPE.test(value) ? `"${value.replace(/["\\]/g, '\\$&')}"` : `"${value}"`
}

export function imapNstring(value: Octets | null): Octets {
  return value === null ? 'NIL' : imapString(value)
}
