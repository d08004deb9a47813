// HTML as plain text, for search, previews and display: one pass over a tokenizer that knows as much of HTML as that needs.
//
// Linear in the input, whatever it holds: nothing is nested (elements are not matched with their ends), and what is not closed swallows
// the rest, as in browsers. Scripts, styles and comments are left out; blocks and line breaks become line breaks, list items begin
// with `• `, cells are separated by a space; white space collapses except in `pre`. Images give their alternative text.

import { decodeEntities } from './html-entities.ts'

/** Elements whose content is not text. */
const SKIPPED = new Set(['script', 'style', 'title', 'template', 'noframes', 'iframe', 'textarea', 'svg', 'object'])

/** Elements that stand on lines of their own, with an empty line around them or (false) without. */
const BLOCKS = new Map<string, boolean>()
for (const name of 'p blockquote pre ul ol dl table h1 h2 h3 h4 h5 h6'.split(' ')) BLOCKS.set(name, true)
for (const name of (
  'div tr li dt dd section article header footer main nav aside address center form fieldset figure figcaption caption thead tbody ' +
  'tfoot html head body'
).split(' ')) {
  BLOCKS.set(name, false)
}

interface Writer {
  readonly pieces: string[]
  length: number
  readonly max: number
  /** Line breaks that the next text needs before it; white space that it needs otherwise. */
  breaks: number
  space: boolean
  /** Open `pre` elements: white space stays. */
  preformatted: number
}

/** At most `maxLength` characters of text, lines separated by LF, without white space at both ends. */
export function htmlToText(html: string, maxLength = Infinity): string {
  const writer: Writer = { pieces: [], length: 0, max: maxLength, breaks: 0, space: false, preformatted: 0 }
  let at = 0
  while (at < html.length && writer.length < maxLength) {
    MARKUP.lastIndex = at
    const open = MARKUP.exec(html)?.index ?? html.length
    if (open > at) writeText(writer, html.slice(at, open))
    at = open < html.length ? readMarkup(html, open, writer) : open
  }
  return writer.pieces.join('').slice(0, maxLength)
}

/** A `<` before anything else is text. */
const MARKUP = /<[A-Za-z/!?]/g
const LETTER = /[A-Za-z]/
const TAG_NAME = /[A-Za-z][^\t-\r />]{0,40}/y

/** Reads the markup at `open`; the position after it. */
function readMarkup(html: string, open: number, writer: Writer): number {
  const next = html[open + 1] ?? ''
  if (next === '!' || next === '?') return readDeclaration(html, open)
  const closing = next === '/'
  const nameStart = closing ? open + 2 : open + 1
  // `</` before anything but a name is a comment.
  if (closing && !LETTER.test(html[nameStart] ?? '')) return after(html, '>', nameStart)
  TAG_NAME.lastIndex = nameStart
  const name = (TAG_NAME.exec(html)?.[0] ?? '').toLowerCase()
  const end = tagEnd(html, nameStart + name.length)
  writeTag(writer, name, closing, name === 'img' ? html.slice(nameStart, end) : '')
  return !closing && SKIPPED.has(name) ? skipElement(html, name, end) : end
}

/** After a comment, a document type or a processing instruction. */
function readDeclaration(html: string, open: number): number {
  if (!html.startsWith('<!--', open)) return after(html, '>', open)
  // `<!-->` and `<!--->` are whole comments.
  return after(html, '-->', open + 2)
}

function after(html: string, end: string, from: number): number {
  const found = html.indexOf(end, from)
  return found < 0 ? html.length : found + end.length
}

/** After the `>` of a tag, which a quoted attribute value may hold too. */
function tagEnd(html: string, from: number): number {
  let close = html.indexOf('>', from)
  for (let i = from; i < close; i++) {
    const code = html.charCodeAt(i)
    // A quote opens a value only after `=`.
    if ((code !== QUOTE && code !== APOSTROPHE) || !followsEquals(html, i, from)) continue
    const end = html.indexOf(code === QUOTE ? '"' : "'", i + 1)
    if (end < 0) break
    i = end
    if (close < end) close = html.indexOf('>', end)
  }
  return close < 0 ? html.length : close + 1
}

const QUOTE = 0x22
const APOSTROPHE = 0x27

function followsEquals(html: string, at: number, from: number): boolean {
  let i = at - 1
  while (i > from && (html.charCodeAt(i) === 0x20 || html.charCodeAt(i) === 0x0a || html.charCodeAt(i) === 0x0d)) i--
  return html.charCodeAt(i) === 0x3d
}

const ENDS = new Map([...SKIPPED].map((name) => [name, new RegExp(`</${name}(?=[\\t-\\r />])`, 'gi')] as const))

/** After the end tag of an element whose content is skipped, or the end. */
function skipElement(html: string, name: string, from: number): number {
  const pattern = ENDS.get(name) as RegExp
  pattern.lastIndex = from
  const found = pattern.exec(html)
  return found === null ? html.length : after(html, '>', found.index)
}

function writeTag(writer: Writer, name: string, closing: boolean, source: string): void {
  const spaced = BLOCKS.get(name)
  if (spaced !== undefined) writer.breaks = Math.max(writer.breaks, spaced ? 2 : 1)
  switch (name) {
    case 'br':
      writer.breaks = Math.min(writer.breaks + 1, 2)
      break
    case 'hr':
      writer.breaks = 2
      break
    case 'td':
    case 'th':
      writer.space = true
      break
    case 'li':
      if (!closing) writeText(writer, '• ')
      break
    case 'pre':
      writer.preformatted = Math.max(0, writer.preformatted + (closing ? -1 : 1))
      break
    case 'img': {
      const alt = ALT.exec(source)
      const text = alt?.[1] ?? alt?.[2] ?? alt?.[3] ?? ''
      if (text !== '') writeText(writer, ` ${text} `)
      break
    }
    default:
  }
}

const ALT = /[\s"']alt\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s>"']+))/i

/** White space that collapses. Not U+00A0. */
const BLANKS = /[\t-\r ]+/g

function writeText(writer: Writer, source: string): void {
  const text = decodeEntities(source)
  if (writer.preformatted > 0) {
    const trimmed = writer.breaks > 0 ? text.replace(/^\r?\n/, '') : text
    if (trimmed === '') return
    put(writer, trimmed.replaceAll('\r\n', '\n'))
    return
  }
  const collapsed = text.replace(BLANKS, ' ')
  const leading = collapsed.startsWith(' ')
  if (collapsed === ' ' || collapsed === '') {
    writer.space ||= leading
    return
  }
  writer.space ||= leading
  const trailing = collapsed.endsWith(' ')
  put(writer, collapsed.slice(leading ? 1 : 0, trailing ? -1 : undefined))
  writer.space = trailing
}

function put(writer: Writer, text: string): void {
  const separator = writer.length === 0 ? '' : writer.breaks > 0 ? '\n'.repeat(writer.breaks) : writer.space ? ' ' : ''
  writer.pieces.push(separator, text)
  writer.length += separator.length + text.length
  writer.breaks = 0
  writer.space = false
}
