// HTML as plain text, for search, previews and display: one pass over a tokenizer that knows as much of HTML as that needs.
//
// Linear in the input, whatever it holds: nothing is nested (elements are not matched with their ends), and what is not closed swallows
// the rest, as in browsers. Scripts, styles and comments are left out; blocks and line breaks become line breaks, list items begin
// with `• `, cells are separated by a space; white space collapses except in `pre`. Images give their alternative text.

import { type Steps, atOnce } from '#base/steps.ts'
import { decodeEntities } from './html-entities.ts'

/** Some milliseconds of work. */
const LENGTH_PER_STEP = 1 << 16

type TagEffect = 'skip' | 'block' | 'spacedBlock' | 'break' | 'rule' | 'cell' | 'item' | 'pre' | 'image'

/** By name, in lower and in upper case. */
const EFFECTS = new Map<string, TagEffect>()

function define(effect: TagEffect, ...names: readonly string[]): void {
  for (const name of names) EFFECTS.set(name, effect).set(name.toUpperCase(), effect)
}

/** Elements whose content is not text. */
const SKIPPED = ['script', 'style', 'title', 'template', 'noframes', 'iframe', 'textarea', 'svg', 'object']
const BLOCKS =
  'div tr dt dd section article header footer main nav aside address center form fieldset figure figcaption caption thead tbody tfoot ' +
  'html head body'
define('skip', ...SKIPPED)
// On lines of their own, with an empty line around them or without.
define('spacedBlock', 'p', 'blockquote', 'ul', 'ol', 'dl', 'table', 'h1', 'h2', 'h3', 'h4', 'h5', 'h6')
define('block', ...BLOCKS.split(' '))
define('break', 'br')
define('rule', 'hr')
define('cell', 'td', 'th')
define('item', 'li')
define('pre', 'pre')
define('image', 'img')

interface Writer {
  readonly pieces: string[]
  length: number
  /** Line breaks that the next text needs before it, and white space that it needs otherwise. */
  breaks: number
  space: boolean
  /** Open `pre` elements: white space stays. */
  preformatted: number
}

/** At most `maxLength` characters of text, lines separated by LF, without white space at both ends. */
export function htmlToText(html: string, maxLength = Infinity): string {
  return atOnce(htmlToTextInSteps(html, maxLength))
}

/** The same in steps. */
export function* htmlToTextInSteps(html: string, maxLength = Infinity): Steps<string> {
  const writer: Writer = { pieces: [], length: 0, breaks: 0, space: false, preformatted: 0 }
  let at = 0
  let stepEnd = LENGTH_PER_STEP
  while (at < html.length && writer.length < maxLength) {
    if (at >= stepEnd) {
      stepEnd = at + LENGTH_PER_STEP
      yield
    }
    const open = nextMarkup(html, at)
    if (open > at) writeText(writer, html, at, open)
    at = open < html.length ? readMarkup(html, open, writer) : open
  }
  return writer.pieces.join('').slice(0, maxLength)
}

const QUOTE = 0x22
const APOSTROPHE = 0x27
const EXCLAMATION = 0x21
const QUESTION = 0x3f
const SLASH = 0x2f
const EQUALS = 0x3d
const LESS = 0x3c
const GREATER = 0x3e

function isLetter(code: number): boolean {
  return (code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a
}

/** White space that collapses. Not U+00A0. */
function isBlank(code: number): boolean {
  return code === 0x20 || (code >= 0x09 && code <= 0x0d)
}

/** The next `<` that begins markup, or the end: before anything else it is text. */
function nextMarkup(html: string, from: number): number {
  let open = html.indexOf('<', from)
  while (open >= 0) {
    const next = html.charCodeAt(open + 1)
    if (isLetter(next) || next === SLASH || next === EXCLAMATION || next === QUESTION) return open
    open = next === LESS ? open + 1 : html.indexOf('<', open + 1)
  }
  return html.length
}

/** Reads the markup at `open`; the position after it. */
function readMarkup(html: string, open: number, writer: Writer): number {
  const next = html.charCodeAt(open + 1)
  if (next === EXCLAMATION || next === QUESTION) return readDeclaration(html, open)
  const closing = next === SLASH
  const nameStart = closing ? open + 2 : open + 1
  // `</` before anything but a name is a comment.
  if (!isLetter(html.charCodeAt(nameStart))) return after(html, '>', nameStart)
  let nameEnd = nameStart + 1
  for (; nameEnd < html.length; nameEnd++) {
    const code = html.charCodeAt(nameEnd)
    if (code === GREATER || code === SLASH || isBlank(code)) break
  }
  const end = html.charCodeAt(nameEnd) === GREATER ? nameEnd + 1 : tagEnd(html, nameEnd)
  const name = html.slice(nameStart, nameEnd)
  const effect = EFFECTS.get(name) ?? (name.length <= NAME_LENGTH_MAX ? EFFECTS.get(name.toLowerCase()) : undefined)
  if (effect === undefined) return end
  if (effect === 'skip') return closing ? end : skipElement(html, name.toLowerCase(), end)
  if (effect === 'image') writeAlternative(writer, html.slice(nameEnd, end))
  else writeTag(writer, effect, closing)
  return end
}

/** No name that has an effect is longer. */
const NAME_LENGTH_MAX = 10

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

function followsEquals(html: string, at: number, from: number): boolean {
  let i = at - 1
  while (i > from && isBlank(html.charCodeAt(i))) i--
  return html.charCodeAt(i) === EQUALS
}

const ENDS = new Map(SKIPPED.map((name) => [name, new RegExp(`</${name}(?=[\\t-\\r />])`, 'gi')] as const))

/** After the end tag of an element whose content is skipped, or the end. */
function skipElement(html: string, name: string, from: number): number {
  const pattern = ENDS.get(name)
  if (pattern === undefined) return from
  pattern.lastIndex = from
  const found = pattern.exec(html)
  return found === null ? html.length : after(html, '>', found.index)
}

function writeTag(writer: Writer, effect: Exclude<TagEffect, 'skip' | 'image'>, closing: boolean): void {
  switch (effect) {
    case 'break':
      writer.breaks = Math.min(writer.breaks + 1, 2)
      break
    case 'block':
      writer.breaks = Math.max(writer.breaks, 1)
      break
    case 'spacedBlock':
    case 'rule':
      writer.breaks = 2
      break
    case 'cell':
      writer.space = true
      break
    case 'item':
      writer.breaks = Math.max(writer.breaks, 1)
      if (!closing) {
        put(writer, '•')
        writer.space = true
      }
      break
    case 'pre':
      writer.breaks = 2
      writer.preformatted = Math.max(0, writer.preformatted + (closing ? -1 : 1))
      break
  }
}

const ALT = /[\s"']alt\s?=\s?(?:"([^"]*)"|'([^']*)'|([^\s>"']+))/i

function writeAlternative(writer: Writer, attributes: string): void {
  const [, double, single, bare] = ALT.exec(attributes) ?? []
  const text = double ?? single ?? bare ?? ''
  if (text === '') return
  writer.space = true
  writeText(writer, text, 0, text.length)
  writer.space = true
}

const TO_COLLAPSE = /[\t-\r]| {2}/
const BLANKS = /[\t-\r ]+/g

function writeText(writer: Writer, source: string, from: number, to: number): void {
  if (writer.preformatted > 0) {
    const text = decodeEntities(source.slice(from, to)).replaceAll('\r\n', '\n')
    const trimmed = writer.breaks > 0 ? text.replace(/^\n/, '') : text
    if (trimmed !== '') put(writer, trimmed)
    return
  }
  let start = from
  let end = to
  while (start < end && isBlank(source.charCodeAt(start))) start++
  while (end > start && isBlank(source.charCodeAt(end - 1))) end--
  if (start > from) writer.space = true
  if (start === end) return
  const text = source.slice(start, end)
  put(writer, decodeEntities(TO_COLLAPSE.test(text) ? text.replace(BLANKS, ' ') : text))
  writer.space = end < to
}

function put(writer: Writer, text: string): void {
  if (writer.length > 0) {
    if (writer.breaks > 0) {
      writer.pieces.push(writer.breaks === 1 ? '\n' : '\n\n')
      writer.length += writer.breaks
    } else if (writer.space) {
      writer.pieces.push(' ')
      writer.length++
    }
  }
  writer.pieces.push(text)
  writer.length += text.length
  writer.breaks = 0
  writer.space = false
}
