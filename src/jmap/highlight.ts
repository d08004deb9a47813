// Marks the words of a search in a text (RFC 8621 §5): as HTML, in which everything but the marks is text.
//
// Words are compared as the index of words does: without regard to case and to diacritics. Scripts without spaces are compared by characters.

import { normalized } from '#base/normalization.ts'

/** Bytes of an excerpt, with its marks. */
const EXCERPT_BYTES_MAX = 255
/** Characters before the first match. */
const LEAD_LENGTH = 40
/** Characters of a body that are searched for a match. */
const SEARCHED_LENGTH_MAX = 262_144

const SPACELESS = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Script=Thai}]/u

interface Range {
  readonly start: number
  readonly end: number
}

export class Highlighter {
  readonly #pattern: RegExp | null

  constructor(phrases: readonly string[]) {
    const patterns = phrases.map(patternOf).filter((pattern) => pattern !== null)
    this.#pattern = patterns.length === 0 ? null : new RegExp(patterns.join('|'), 'giu')
  }

  get isEmpty(): boolean {
    return this.#pattern === null
  }

  /** The whole text with its marks; null if there is nothing to mark. */
  mark(text: string): string | null {
    const ranges = this.#find(text)
    return ranges.length === 0 ? null : render(text, { start: 0, end: text.length }, ranges)
  }

  /** What stands around the first match; null if there is none. */
  excerpt(text: string): string | null {
    const plain = text.slice(0, SEARCHED_LENGTH_MAX).replaceAll(/\s+/g, ' ').trim()
    const ranges = this.#find(plain)
    const [first] = ranges
    if (first === undefined) return null
    const start = wordStart(plain, Math.max(0, first.start - LEAD_LENGTH), first.start)
    let end = Math.min(plain.length, start + EXCERPT_BYTES_MAX)
    for (;;) {
      const html = render(plain, { start, end }, ranges)
      if (Buffer.byteLength(html) <= EXCERPT_BYTES_MAX) return html
      // Not between the halves of a surrogate pair.
      end -= Math.max(1, Math.floor((end - start) / 16))
      if (end > start && (plain.charCodeAt(end) & 0xfc00) === 0xdc00) end--
      if (end <= first.start) return null
    }
  }

  #find(text: string): Range[] {
    if (this.#pattern === null) return []
    const { folded, positions } = fold(text)
    const ranges: Range[] = []
    for (const match of folded.matchAll(this.#pattern)) {
      if (match[0] === '') continue
      const start = positions[match.index] as number
      const end = positions[match.index + match[0].length] ?? text.length
      ranges.push({ start, end })
      if (ranges.length >= 1000) break
    }
    return ranges
  }
}

/** Without diacritics; `positions`: where each unit of it was. */
function fold(text: string): { readonly folded: string; readonly positions: Uint32Array } {
  if (/^[\0-\x7f]*$/.test(text)) {
    return { folded: text, positions: Uint32Array.from({ length: text.length + 1 }, (_, at) => at) }
  }
  let folded = ''
  const positions: number[] = []
  let at = 0
  for (const char of text) {
    const plain = char.normalize('NFD').replaceAll(/\p{M}/gu, '')
    for (let unit = 0; unit < plain.length; unit++) positions.push(at)
    folded += plain
    at += char.length
  }
  positions.push(text.length)
  return { folded, positions: Uint32Array.from(positions) }
}

/** A regular expression for a phrase: its words, whole, with anything but words between them. Null if it has none. */
function patternOf(phrase: string): string | null {
  const words = normalized(phrase, 'NFD')
    .replaceAll(/\p{M}/gu, '')
    .match(/[\p{L}\p{N}]+/gu)
  if (words === null) return null
  const pattern = words.slice(0, 32).join('[^\\p{L}\\p{N}]{1,8}')
  return SPACELESS.test(phrase) ? pattern : `(?<![\\p{L}\\p{N}])${pattern}(?![\\p{L}\\p{N}])`
}

/** Where a word begins, between the two. */
function wordStart(text: string, from: number, to: number): number {
  if (from === 0) return 0
  const space = text.indexOf(' ', from)
  return space >= 0 && space < to ? space + 1 : to
}

function render(text: string, { start, end }: Range, ranges: readonly Range[]): string {
  let html = ''
  let at = start
  for (const range of ranges) {
    if (range.start < at || range.end > end) continue
    html += `${escape(text.slice(at, range.start))}<mark>${escape(text.slice(range.start, range.end))}</mark>`
    at = range.end
  }
  return html + escape(text.slice(at, end))
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}
