// What Outlook and others ask about (MS-OXDSCLI §2.2.3, POX): an XML document of a known shape, from whoever likes to send something, read by a scanner
// that knows elements and text and nothing else. Document types are refused, and with them entities; of references only the five of XML itself and
// characters by number are understood. One pass, no tree, nothing is kept but the two texts that are wanted.
//
// Refused: what is no XML at all, document types, CDATA and processing instructions behind the beginning, deep nesting, another encoding than UTF-8.

import { utf8TextOrNull } from '#base/bytes.ts'

export const AUTODISCOVER_BYTES_MAX = 16_384

export interface AutodiscoverRequest {
  readonly address: string
  /** The document that is wanted, by its namespace. Null: not said. */
  readonly schema: string | null
}

const DEPTH_MAX = 8
const TEXT_LENGTH_MAX = 1_024
const NAME = /^[A-Za-z_][A-Za-z0-9_.:-]{0,63}$/
const REFERENCES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** Null if it is malformed, or names no address. */
export function parseAutodiscoverRequest(body: Uint8Array): AutodiscoverRequest | null {
  if (body.length > AUTODISCOVER_BYTES_MAX) return null
  const text = utf8TextOrNull(body)
  return text === null ? null : scan(text.replace(/^\ufeff/, ''))
}

function scan(text: string): AutodiscoverRequest | null {
  const wanted = new Map<string, string>()
  const open: string[] = []
  let at = 0
  let content = ''
  // A declaration at the very beginning may say no more than that it is XML.
  if (text.startsWith('<?xml ')) {
    at = text.indexOf('?>')
    if (at < 0) return null
    at += 2
  }
  while (at < text.length) {
    const next = text.indexOf('<', at)
    const until = next < 0 ? text.length : next
    content += text.slice(at, until)
    if (content.length > AUTODISCOVER_BYTES_MAX || (open.length === 0 && content.trim() !== '')) return null
    if (next < 0) break
    if (text.startsWith('<!--', next)) {
      const end = text.indexOf('-->', next + 4)
      if (end < 0) return null
      at = end + 3
      continue
    }
    const end = endOfTag(text, next + 1)
    if (end < 0) return null
    const tag = text.slice(next + 1, end)
    at = end + 1
    if (tag.startsWith('/')) {
      const name = tag.slice(1).trimEnd()
      if (open.pop() !== name) return null
      const local = name.slice(name.indexOf(':') + 1)
      // The first of each.
      if (open.length === 2 && !wanted.has(local)) {
        const value = unescaped(content.trim())
        if (value === null) return null
        wanted.set(local, value)
      }
    } else {
      const isEmpty = tag.endsWith('/')
      const name = /^[^\s/]*/.exec(tag)?.[0] ?? ''
      if (!NAME.test(name) || open.length >= DEPTH_MAX) return null
      if (!isEmpty) open.push(name)
    }
    content = ''
  }
  if (open.length > 0) return null
  const address = wanted.get('EMailAddress') ?? ''
  return address === '' ? null : { address, schema: wanted.get('AcceptableResponseSchema') ?? null }
}

/** Of the `>` that ends a tag: not one between quotes. Negative if there is none. */
function endOfTag(text: string, from: number): number {
  let quote = ''
  for (let at = from; at < text.length; at++) {
    const character = text[at] as string
    if (quote !== '') {
      if (character === quote) quote = ''
    } else if (character === '"' || character === "'") quote = character
    else if (character === '>') return at
    else if (character === '<') return -1
  }
  return -1
}

/** Null if there is a reference that XML itself does not have, or too much text. */
function unescaped(text: string): string | null {
  if (text.length > TEXT_LENGTH_MAX) return null
  let isKnown = true
  const plain = text.replace(/&([^;&]{0,8})(;?)/g, (_, name: string, end: string) => {
    const code = /^#(?:x([0-9a-f]{1,6})|([0-9]{1,7}))$/i.exec(name)
    const point = code === null ? null : Number.parseInt(code[1] ?? code[2] ?? '', code[1] === undefined ? 10 : 16)
    const character = point === null ? REFERENCES[name] : point <= 0x10_ffff ? String.fromCodePoint(point) : undefined
    isKnown &&= character !== undefined && end === ';'
    return character ?? ''
  })
  return isKnown ? plain : null
}
