// Encoded words in header fields (RFC 2047, RFC 2231 §5), read as senders write them.
//
// Adjacent words with one character set are joined as bytes before they are decoded, because senders split characters between them.
// White space between adjacent words goes (§6.2). Words within other text, over-long ones, and ones with spaces or question marks in
// them are read too. What is not an encoded word is UTF-8 or windows-1252. Linear in the length of the text.

import { normalized } from '#base/normalization.ts'
import { decodeBase64Text } from './base64.ts'
import { decodeCharset, decodeOctets } from './charset.ts'
import { decodeQ } from './quoted-printable.ts'
import { ENCODED_WORDS_MAX } from './limits.ts'
import type { Octets } from './part.ts'

interface EncodedWord {
  readonly charset: string
  readonly bytes: Buffer
  readonly end: number
}

/** Encoded words that may still be decoded: values of one field share it. */
export interface WordBudget {
  words: number
}

export function newWordBudget(): WordBudget {
  return { words: ENCODED_WORDS_MAX }
}

/** Decodes header text for display. The result has no NUL and is in Normalization Form C (RFC 8621 §4.1.2.2). */
export function decodeHeaderText(value: Octets, budget: WordBudget = newWordBudget()): string {
  let at = value.indexOf('=?')
  if (at < 0) return tidy(decodeOctets(value))
  let result = ''
  let plainStart = 0
  let charset = ''
  let pending: Buffer[] = []
  const flush = (): void => {
    if (pending.length === 0) return
    result += decodeCharset(pending.length === 1 ? (pending[0] as Buffer) : Buffer.concat(pending), charset).text
    pending = []
  }
  for (; at >= 0 && budget.words > 0; budget.words--) {
    const word = readWord(value, at)
    if (word === null) {
      at = value.indexOf('=?', at + 2)
      continue
    }
    const between = value.slice(plainStart, at)
    const adjacent = pending.length > 0 && isBlank(between)
    if (!adjacent || word.charset !== charset) flush()
    if (!adjacent) result += decodeOctets(between)
    charset = word.charset
    pending.push(word.bytes)
    plainStart = word.end
    at = value.indexOf('=?', word.end)
  }
  flush()
  return tidy(result + decodeOctets(value.slice(plainStart)))
}

function isBlank(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code !== 0x20 && (code < 0x09 || code > 0x0d)) return false
  }
  return true
}

function tidy(text: string): string {
  return normalized(text.includes('\0') ? text.replaceAll('\0', '') : text, 'NFC')
}

const CHARSET_LENGTH_MAX = 60
/** Question marks that may stand unescaped in a word: each is looked at once more, so there must be few. */
const QUESTION_MARKS_MAX = 5

/** Null if no encoded word begins with the `=?` at `at`. Looks no farther than a few question marks. */
function readWord(value: Octets, at: number): EncodedWord | null {
  const charsetEnd = value.indexOf('?', at + 2)
  if (charsetEnd <= at + 2 || charsetEnd - at > CHARSET_LENGTH_MAX || value[charsetEnd + 2] !== '?') return null
  const encoding = value[charsetEnd + 1]
  if (encoding !== 'b' && encoding !== 'B' && encoding !== 'q' && encoding !== 'Q') return null
  const start = charsetEnd + 3
  let end = value.indexOf('?', start)
  for (let tries = 0; end >= 0 && value[end + 1] !== '='; tries++) {
    if (tries === QUESTION_MARKS_MAX) return null
    end = value.indexOf('?', end + 1)
  }
  if (end < 0) return null
  const text = value.slice(start, end)
  // RFC 2231 §5: a language may follow the character set.
  const label = value.slice(at + 2, charsetEnd)
  const star = label.indexOf('*')
  const charset = (star < 0 ? label : label.slice(0, star)).toLowerCase()
  const bytes = encoding === 'b' || encoding === 'B' ? decodeBase64Text(text) : decodeQ(text)
  return { charset, bytes, end: end + 2 }
}
