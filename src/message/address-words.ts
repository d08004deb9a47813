// The words of address fields (RFC 5322 §3.2 and §4.4): what an address list is made of between its commas and brackets. White space separates
// words, except around the `@` and the dots of an address.

import { quoteEnd, skipBlank, skipComment, trimBlank, unquote } from './lexer.ts'
import { ADDRESS_WORDS_MAX } from './limits.ts'
import type { Octets } from './part.ts'

/** What stands between white space: a word of a name, or an address. */
interface Chunk {
  /** Without the white space around its dots. */
  text: Octets
  /** As it is written in a name. */
  spaced: Octets
  /** Position in `text` of the last `@` that was not quoted, or -1. */
  at: number
  /** Ends in a quoted string, so that a word right after it is another chunk, unless a dot joins them. */
  quoted: boolean
  /** Ends in a dot that is not quoted. (Looking at the end of text that grows piece by piece would cost its length.) */
  dotted: boolean
  /** What it has been put together from. */
  pieces: number
}

export interface Reader {
  readonly text: Octets
  at: number
  /** The last `>` of the text: after it, an angle address is not closed. */
  readonly lastClose: number
  /** Of the item that is being read. */
  readonly chunks: Chunk[]
  /** Whether the next word belongs to the last chunk. */
  joined: boolean
  /** The last comment of the item, unquoted. */
  comment: Octets | null
  /** Mailboxes and groups so far. */
  count: number
  /** A quoted string was not closed: from there on a quote says nothing. */
  quotesEnded: boolean
}

export function newReader(text: Octets): Reader {
  return {
    text,
    at: 0,
    lastClose: text.lastIndexOf('>'),
    chunks: [],
    joined: false,
    comment: null,
    count: 0,
    quotesEnded: false,
  }
}

export function beginItem(reader: Reader): void {
  reader.chunks.length = 0
  reader.joined = false
}

// A sticky class cannot backtrack. Brackets are part of words: `[List] <a@b>`.
const WORD = /[^\t-\r ()<>@,;:"]+/y
const ENCODED_WORD = /=\?[^?\t-\r ]{1,60}\?[bBqQ]\?[^?\t-\r ]*\?=/y
const DOMAIN_LITERAL = /\[[^[\]\t-\r ]*\]?/y

function match(pattern: RegExp, text: Octets, at: number): Octets {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** Reads chunks and comments up to a special character that they cannot hold; that character, or empty at the end. */
export function readWords(reader: Reader): string {
  const { text, chunks } = reader
  for (;;) {
    const before = reader.at
    reader.at = skipBlank(text, before)
    if (reader.at > before && !endsOpen(chunks)) reader.joined = false
    const char = text[reader.at]
    switch (char) {
      case undefined:
        return ''
      case ',':
      case ';':
      case ':':
      case '<':
      case '>':
      case ')':
        return char
      case '(':
        readComment(reader)
        break
      case '"':
        readQuoted(reader)
        break
      case '@':
        reader.at++
        addAt(reader)
        break
      default: {
        const word =
          (char === '[' && endsWithAt(chunks) ? match(DOMAIN_LITERAL, text, reader.at) : '') ||
          (char === '=' ? match(ENCODED_WORD, text, reader.at) : '') ||
          match(WORD, text, reader.at)
        addWord(reader, word, false)
        reader.at += word.length
      }
    }
  }
}

function readQuoted(reader: Reader): void {
  const { text, at } = reader
  const close = reader.quotesEnded ? text.length : quoteEnd(text, at)
  if (close === text.length) {
    reader.quotesEnded = true
    reader.at++
    return
  }
  addWord(reader, unquote(text.slice(at + 1, close)), true)
  reader.at = close + 1
}

export function readComment(reader: Reader): void {
  const { text, at } = reader
  const end = skipComment(text, at)
  const closed = end > at + 1 && text[end - 1] === ')'
  const comment = trimBlank(unquote(text.slice(at + 1, closed ? end - 1 : end)))
  if (comment !== '') reader.comment = comment
  reader.at = end
}

export function addWord(reader: Reader, text: Octets, quoted: boolean): void {
  const last = reader.chunks.at(-1)
  // RFC 5322 §4.4: white space may surround the dots of an address.
  const dotted = !quoted && text.endsWith('.')
  const goesOn = last !== undefined && ((!quoted && text.startsWith('.')) || last.dotted || endsWithAt(reader.chunks))
  if (last !== undefined && (goesOn || (reader.joined && !quoted && !last.quoted))) {
    // What nobody wrote by hand says nothing: the rest of an endless word or item is left out.
    if (last.pieces++ > ADDRESS_WORDS_MAX) return
    last.text += text
    last.spaced += reader.joined ? text : ` ${text}`
    last.quoted = quoted
    last.dotted = dotted
  } else if (reader.chunks.length < ADDRESS_WORDS_MAX) {
    reader.chunks.push({ text, spaced: text, at: -1, quoted, dotted, pieces: 1 })
  }
  reader.joined = true
}

function addAt(reader: Reader): void {
  const last = reader.chunks.at(-1)
  if (last === undefined) reader.chunks.push({ text: '@', spaced: '@', at: 0, quoted: false, dotted: false, pieces: 1 })
  else if (last.pieces++ < ADDRESS_WORDS_MAX) {
    last.at = last.text.length
    last.text += '@'
    last.spaced += '@'
    last.quoted = false
    last.dotted = false
  }
  reader.joined = true
}

function endsWithAt(chunks: readonly Chunk[]): boolean {
  const last = chunks.at(-1)
  return last !== undefined && last.at >= 0 && last.at === last.text.length - 1
}

/** Whether an address goes on after white space: it has just had its `@`, or a dot after that. */
function endsOpen(chunks: readonly Chunk[]): boolean {
  const last = chunks.at(-1)
  return last !== undefined && last.at >= 0 && (last.at === last.text.length - 1 || last.dotted)
}

export function nameOf(chunks: readonly Chunk[]): Octets | null {
  const name = trimBlank(chunks.map((chunk) => chunk.spaced).join(' '))
  return name === '' ? null : name
}
