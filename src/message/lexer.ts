// Pieces that structured header fields share (RFC 5322 §3.2): white space, comments, quoted strings. Each function takes a
// position and returns the one after what it read, which is never before it; text that ends too early ends the piece.

import type { Octets } from './part.ts'

/** Space, tab, or a stray line break. Not U+00A0, which in octets is a byte of some character. */
function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

export function skipBlank(text: Octets, at: number): number {
  let i = at
  while (i < text.length && isBlank(text.charCodeAt(i))) i++
  return i
}

/** Without white space at both ends. `String.trim` would cut bytes of UTF-8. */
export function trimBlank(text: Octets): Octets {
  const start = skipBlank(text, 0)
  let end = text.length
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return start === 0 && end === text.length ? text : text.slice(start, end)
}

/** After the comment whose `(` is at `at`. Comments nest (RFC 5322 §3.2.2). */
export function skipComment(text: Octets, at: number): number {
  let depth = 0
  for (let i = at; i < text.length; i++) {
    const char = text[i]
    if (char === '\\') i++
    else if (char === '(') depth++
    else if (char === ')' && --depth === 0) return i + 1
  }
  return text.length
}

/** After white space and comments (CFWS) at `at`. */
export function skipCfws(text: Octets, at: number): number {
  let i = skipBlank(text, at)
  while (text[i] === '(') i = skipBlank(text, skipComment(text, i))
  return i
}

/** A quoted string's content or a comment's, without its delimiters, with quoted pairs resolved. */
export function unquote(inner: Octets): Octets {
  return inner.includes('\\') ? inner.replace(/\\(.?)/gs, '$1') : inner
}

/** Position of the `"` that closes the quoted string whose `"` is at `at`, or the text's length if nothing does. */
export function quoteEnd(text: Octets, at: number): number {
  let i = at + 1
  for (;;) {
    const quote = text.indexOf('"', i)
    if (quote < 0) return text.length
    let backslash = text.indexOf('\\', i)
    if (backslash < 0 || backslash > quote) return quote
    // Quoted pairs are rare: from the first one on, step.
    for (; backslash < text.length; backslash++) {
      const char = text[backslash]
      if (char === '"') return backslash
      if (char === '\\') backslash++
    }
    return text.length
  }
}
