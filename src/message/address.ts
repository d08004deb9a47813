// Address lists (RFC 5322 §3.4 and the obsolete forms of §4.4), read as senders write them. Linear, never fails.
//
// Read although the grammar forbids it: unquoted dots, `@` and eight-bit bytes in display names, encoded words that hold commas,
// `;` between addresses, empty items, a missing `>` or `"`, several addresses with only space between them. A comment is the name of an
// address without one (the form `user@example.org (Name)`). An item without an `@` is a local part if it is one word, else a name.

import { type Reader, addWord, beginItem, nameOf, newReader, readComment, readWords } from './address-words.ts'
import { quoteEnd } from './lexer.ts'
import { ADDRESSES_MAX, ADDRESS_BYTES_MAX } from './limits.ts'
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

interface Group {
  readonly kind: 'group'
  readonly name: Octets
  readonly members: readonly Mailbox[]
}

export type Address = Mailbox | Group

export function parseAddressList(list: Octets): readonly Address[] {
  const text = list.length > ADDRESS_BYTES_MAX ? list.slice(0, ADDRESS_BYTES_MAX) : list
  const reader = newReader(text)
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
    if (chunk.at < 0 || reader.count >= ADDRESSES_MAX) continue
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
