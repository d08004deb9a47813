// Address lists (RFC 5322 §3.4 and the obsolete forms of §4.4), read as senders write them. Linear, never fails.
//
// Read although the grammar forbids it: unquoted dots, `@` and eight-bit bytes in display names, encoded words that hold commas,
// `;` between addresses, empty items, a missing `>` or `"`, several addresses with only space between them. A comment is the name of an
// address without one (the form `user@example.org (Name)`). An item without an address is a local part without a domain.

import { quoteEnd, skipBlank, skipComment, trimBlank, unquote } from './lexer.ts'
import { ADDRESSES_MAX } from './limits.ts'
import type { Octets } from './part.ts'

export interface Mailbox {
  readonly kind: 'mailbox'
  /** Display name, unquoted; encoded words are still encoded. */
  readonly name: Octets | null
  /** Source route (RFC 5322 §4.4), without its colon. */
  readonly route: Octets | null
  /** Unquoted. Empty if it is missing. */
  readonly localPart: Octets
  /** Empty if it is missing. */
  readonly domain: Octets
}

export interface Group {
  readonly kind: 'group'
  readonly name: Octets
  readonly members: readonly Mailbox[]
}

export type Address = Mailbox | Group

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
}

interface Reader {
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

export function parseAddressList(text: Octets): readonly Address[] {
  const reader: Reader = {
    text,
    at: 0,
    lastClose: text.lastIndexOf('>'),
    chunks: [],
    joined: false,
    comment: null,
    count: 0,
    quotesEnded: false,
  }
  const addresses: Address[] = []
  let members: Mailbox[] = []
  let group: Octets | null = null
  const endGroup = (): void => {
    if (group === null) return
    addresses.push({ kind: 'group', name: group, members })
    group = null
    members = []
  }
  while (reader.at < text.length && reader.count < ADDRESSES_MAX) {
    const list = group === null ? addresses : members
    const stop = readItem(reader)
    if (stop === '<') {
      readAngleAddress(reader, list)
    } else if (stop === ':' && group === null && !reader.chunks.some((chunk) => chunk.at >= 0)) {
      group = nameOf(reader.chunks) ?? ''
      reader.count++
    } else {
      readBareAddresses(reader, list)
      if (stop === ';') endGroup()
    }
    beginItem(reader)
    reader.comment = null
  }
  endGroup()
  return addresses
}

function beginItem(reader: Reader): void {
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

/** Reads up to, and over, what ends an item or begins an angle address or a group: `,` `;` `<` `:` or the end (empty). */
function readItem(reader: Reader): string {
  for (;;) {
    const char = readWords(reader)
    if (char === '' || char === ',' || char === ';' || char === '<' || char === ':') {
      reader.at++
      return char
    }
    // A stray `>` or `)` says nothing.
    reader.at++
  }
}

/** Reads chunks and comments up to a special character that they cannot hold; that character, or empty at the end. */
function readWords(reader: Reader): string {
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

function readComment(reader: Reader): void {
  const { text, at } = reader
  const end = skipComment(text, at)
  const closed = end > at + 1 && text[end - 1] === ')'
  const comment = trimBlank(unquote(text.slice(at + 1, closed ? end - 1 : end)))
  if (comment !== '') reader.comment = comment
  reader.at = end
}

function addWord(reader: Reader, text: Octets, quoted: boolean): void {
  const last = reader.chunks.at(-1)
  // RFC 5322 §4.4: white space may surround the dots of an address.
  const dotted = last !== undefined && (text.startsWith('.') || last.text.endsWith('.') || endsOpen(reader.chunks))
  if (last !== undefined && (dotted || (reader.joined && !quoted && !last.quoted))) {
    last.text += text
    last.spaced += reader.joined ? text : ` ${text}`
    last.quoted = quoted
  } else reader.chunks.push({ text, spaced: text, at: -1, quoted })
  reader.joined = true
}

function addAt(reader: Reader): void {
  const last = reader.chunks.at(-1)
  if (last === undefined) reader.chunks.push({ text: '@', spaced: '@', at: 0, quoted: false })
  else {
    last.at = last.text.length
    last.text += '@'
    last.spaced += '@'
    last.quoted = false
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
  return last !== undefined && last.at >= 0 && (last.at === last.text.length - 1 || last.text.endsWith('.'))
}

function nameOf(chunks: readonly Chunk[]): Octets | null {
  const name = trimBlank(chunks.map((chunk) => chunk.spaced).join(' '))
  return name === '' ? null : name
}

/** A mailbox whose addr-spec is `text`, with its `@` at `at` or (-1) without one. */
function push(
  reader: Reader,
  list: Address[],
  name: Octets | null,
  route: Octets | null,
  text: Octets,
  at: number,
): void {
  reader.count++
  const localPart = at < 0 ? text : text.slice(0, at)
  list.push({ kind: 'mailbox', name, route, localPart, domain: at < 0 ? '' : text.slice(at + 1) })
}

/** An item without angle brackets: usually one address, or none. */
function readBareAddresses(reader: Reader, list: Address[]): void {
  const { chunks } = reader
  let nameStart = 0
  for (const [index, chunk] of chunks.entries()) {
    if (chunk.at < 0) continue
    push(reader, list, nameOf(chunks.slice(nameStart, index)) ?? reader.comment, null, chunk.text, chunk.at)
    nameStart = index + 1
  }
  if (nameStart > 0) return
  // A single word is a local part; several are a name.
  const text = nameOf(chunks)
  if (text === null) return
  if (chunks.length === 1) push(reader, list, reader.comment, null, text, -1)
  else push(reader, list, text, null, '', -1)
}

/** After the `<`: reads over the `>`, and over what stands between it and the end of the item. */
function readAngleAddress(reader: Reader, list: Address[]): void {
  const { chunks } = reader
  const name = nameOf(chunks)
  beginItem(reader)
  let route: Octets | null = null
  let hops = ''
  for (;;) {
    const char = readWords(reader)
    const inRoute = chunks[0]?.at === 0
    if (char === '' || char === '>') break
    if (char === ',' && !inRoute) break
    if (char === ';' && reader.at > reader.lastClose) break
    reader.at++
    if (inRoute && char === ',') {
      // RFC 5322 §4.4: obs-route, `@a,@b:`.
      hops += `${chunks[0]?.text ?? ''},`
      beginItem(reader)
    } else if (inRoute && char === ':') {
      route = hops + (chunks[0]?.text ?? '')
      beginItem(reader)
    } else if (char === ':' || char === ';') {
      // `<undisclosed-recipients:;>`: no address, but what is meant for one.
      addWord(reader, char, false)
    }
  }
  const last = chunks.findLastIndex((chunk) => chunk.at >= 0)
  const before = last < 0 ? nameOf(chunks) : nameOf(chunks.slice(0, last))
  const spec = chunks[last]
  const prefix = before === null ? '' : `${before} `
  skipToSeparator(reader)
  if (spec === undefined) push(reader, list, name ?? reader.comment, route, before ?? '', -1)
  else push(reader, list, name ?? reader.comment, route, prefix + spec.text, prefix.length + spec.at)
}

/** Between `>` and the next separator only a comment counts. A `;` stays: it may end a group; so does another `<`. */
function skipToSeparator(reader: Reader): void {
  const { text } = reader
  while (reader.at < text.length) {
    const char = text[reader.at]
    if (char === ';' || char === '<') return
    if (char === '(') readComment(reader)
    else if (char === '"' && !reader.quotesEnded) {
      const close = quoteEnd(text, reader.at)
      reader.quotesEnded = close === text.length
      reader.at = reader.quotesEnded ? reader.at + 1 : close + 1
    } else {
      reader.at++
      if (char === ',') return
    }
  }
}
