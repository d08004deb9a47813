// FETCH items that need a message's content: BODY[…] (RFC 9051 §6.4.5), and BINARY[…] and BINARY.SIZE[…] (RFC 3516).

import { filterHeader } from './fetch-header-fields.ts'
import type { ContentItem, ContentValue } from './fetch-item.ts'
import type { MessageContent } from './fetch-content.ts'
import { type ByteRange, type Partial, type Section, applyPartial, findPart, findSection } from './fetch-section.ts'

/** RFC 3516 §4.3: of any other, UNKNOWN-CTE is said. */
const DECODABLE: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary', 'base64', 'quoted-printable'])

const NIL: ContentValue = { kind: 'nil' }

function originLabel(partial: Partial | null): string {
  return partial === null ? '' : `<${partial.origin}>`
}

/** `name` is how the response names it: for `RFC822` and its kin without section. */
export function sectionItem(name: string, section: Section, partial: Partial | null, marksSeen: boolean): ContentItem {
  return {
    kind: 'content',
    marksSeen,
    label: Buffer.from(`${name}${originLabel(partial)}`, 'latin1'),
    async read(content) {
      const range = rangeOf(content, section)
      if (range === null) return NIL
      if (section.filter === null) {
        const { start, end } = applyPartial(range, partial)
        return { kind: 'literal', slice: await content.slice(start, end) }
      }
      const header = filterHeader(await content.hold(range.start, range.end), section.filter)
      const { start, end } = applyPartial({ start: 0, end: header.length }, partial)
      return { kind: 'literal', slice: { kind: 'held', bytes: header.subarray(start, end) } }
    },
  }
}

function rangeOf(content: MessageContent, section: Section): ByteRange | null {
  if (section.path.length === 0 && section.what === 'body') return { start: 0, end: content.sizeBytes }
  return findSection(content.structure(), section)
}

interface Decoded {
  readonly bytes: Uint8Array
  readonly pieces: (start: number, end: number) => AsyncGenerator<Uint8Array>
}

/** A part without its transfer encoding; the whole message for an empty path. Null if the encoding is not known. */
async function decodedPart(content: MessageContent, path: readonly number[]): Promise<Decoded | null | 'none'> {
  if (path.length === 0) {
    const bytes = await content.hold(0, content.sizeBytes)
    return { bytes, pieces: (start, end) => content.pieces(start, end) }
  }
  const part = findPart(content.structure(), path)
  if (part === null) return 'none'
  if (!DECODABLE.has(part.encoding)) return null
  return { bytes: await content.decode(part), pieces: (start, end) => content.decodedPieces(part, start, end) }
}

export function binaryItem(path: readonly number[], partial: Partial | null, marksSeen: boolean): ContentItem {
  return {
    kind: 'content',
    marksSeen,
    label: Buffer.from(`BINARY[${path.join('.')}]${originLabel(partial)}`, 'latin1'),
    async read(content) {
      const decoded = await decodedPart(content, path)
      if (decoded === null || decoded === 'none') return decoded === null ? null : NIL
      const { start, end } = applyPartial({ start: 0, end: decoded.bytes.length }, partial)
      const bytes = decoded.bytes.subarray(start, end)
      const { pieces } = decoded
      const again = (from: number): AsyncGenerator<Uint8Array> => pieces(start + from, end)
      // RFC 3516 §4.3: only what has NULs needs the other form of literal.
      return { kind: bytes.includes(0) ? 'literal8' : 'literal', slice: { kind: 'held', bytes, again } }
    },
  }
}

export function binarySizeItem(path: readonly number[]): ContentItem {
  return {
    kind: 'content',
    marksSeen: false,
    label: Buffer.from(`BINARY.SIZE[${path.join('.')}]`, 'latin1'),
    async read(content) {
      const decoded = await decodedPart(content, path)
      if (decoded === null) return null
      return { kind: 'number', value: decoded === 'none' ? 0 : decoded.bytes.length }
    },
  }
}
