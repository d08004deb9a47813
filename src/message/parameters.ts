// The values of Content-Type, Content-Disposition and Content-Language (RFC 2045 §5.1, RFC 2183, RFC 3282), and RFC 2231's
// continuations and character sets in their parameters.
//
// Read as senders write them: values with characters that should have been quoted, missing or doubled semicolons, comments, file
// names with spaces. A parameter without a name or without `=` is skipped. The first of two parameters with one name counts.

import { decodeCharset } from './charset.ts'
import { decodeHeaderText } from './encoded-word.ts'
import { quoteEnd, skipCfws, trimBlank, unquote } from './lexer.ts'
import { FIELD_BYTES_MAX, PARAMETERS_MAX } from './limits.ts'
import { type Octets, type Parameter, parameter } from './part.ts'

const NO_PARAMETERS: readonly Parameter[] = []

export interface MediaType {
  readonly type: string
  readonly subtype: string
  readonly parameters: readonly Parameter[]
}

// Sticky, each a single class: they cannot backtrack.
const TOKEN = /[^\t-\r ()<>@,;:\\"/[\]?=]+/y
const NAME = /[^\t-\r ;="]+/y
const UNTIL_SEPARATOR = /[^\t-\r ;]+/y

function match(pattern: RegExp, text: Octets, at: number): string {
  pattern.lastIndex = at
  return pattern.exec(text)?.[0] ?? ''
}

/** Null if the value is not `type/subtype`, so that the default applies (RFC 2045 §5.2). */
export function parseMediaType(value: Octets): MediaType | null {
  const text = value.length > FIELD_BYTES_MAX ? value.slice(0, FIELD_BYTES_MAX) : value
  let at = skipCfws(text, 0)
  const type = match(TOKEN, text, at)
  at = skipCfws(text, at + type.length)
  if (type === '' || text[at] !== '/') return null
  at = skipCfws(text, at + 1)
  const subtype = match(TOKEN, text, at)
  if (subtype === '') return null
  return {
    type: type.toLowerCase(),
    subtype: subtype.toLowerCase(),
    parameters: parseParameters(text, at + subtype.length),
  }
}

/** Null if there is no disposition type. */
export function parseDisposition(
  value: Octets,
): { readonly type: string; readonly parameters: readonly Parameter[] } | null {
  const text = value.length > FIELD_BYTES_MAX ? value.slice(0, FIELD_BYTES_MAX) : value
  const at = skipCfws(text, 0)
  const type = match(TOKEN, text, at)
  if (type === '') return null
  return { type: type.toLowerCase(), parameters: parseParameters(text, at + type.length) }
}

const ENCODINGS = new Set(['7bit', '8bit', 'binary', 'base64', 'quoted-printable'])

/** Content-Transfer-Encoding in lower case, or null. `8 bit` and `quoted printable` are what they look like. */
export function parseEncoding(value: Octets): string | null {
  const token = match(TOKEN, value, skipCfws(value, 0)).toLowerCase()
  if (ENCODINGS.has(token) || value.length > 40) return token === '' ? null : token
  const words = value.toLowerCase().split(/[\t-\r ]+/)
  for (const spelled of [words.join(''), words.join('-')]) if (ENCODINGS.has(spelled)) return spelled
  return token === '' ? null : token
}

/** Language tags, separated by commas (RFC 3282 §2). */
export function parseLanguages(value: Octets): readonly string[] {
  const tags: string[] = []
  let at = 0
  while (at < value.length && tags.length < PARAMETERS_MAX) {
    at = skipCfws(value, at)
    const tag = match(TOKEN, value, at)
    if (tag !== '') tags.push(tag)
    at += Math.max(tag.length, 1)
  }
  return tags
}

function parseParameters(text: Octets, from: number): readonly Parameter[] {
  let at = from
  if (at >= text.length) return NO_PARAMETERS
  const found: Parameter[] = []
  let joined = true
  while (found.length < PARAMETERS_MAX) {
    at = skipSeparators(text, at)
    if (at >= text.length) break
    const written = match(NAME, text, at)
    at = skipCfws(text, at + written.length)
    if (text[at] !== '=') {
      // Not a parameter. Whatever stopped the name is skipped too, or the loop would not move.
      if (written === '') at++
      continue
    }
    const [value, end] = readValue(text, skipCfws(text, at + 1), written)
    at = end
    if (written === '') continue
    const name = written.toLowerCase()
    if (name.includes('*')) joined = false
    found.push({ name, value })
  }
  return joined ? withoutRepeats(found) : joinContinuations(found)
}

/** After white space, comments and semicolons. */
function skipSeparators(text: Octets, from: number): number {
  let at = skipCfws(text, from)
  while (text[at] === ';') at = skipCfws(text, at + 1)
  return at
}

function readValue(text: Octets, at: number, name: string): [value: Octets, end: number] {
  if (text[at] === '"') {
    const close = quoteEnd(text, at)
    return [unquote(text.slice(at + 1, close)), Math.min(close + 1, text.length)]
  }
  const value = match(UNTIL_SEPARATOR, text, at)
  let end = at + value.length
  if (FILE_NAME.test(name)) {
    // `name=my file.pdf`: everything before the semicolon, unless another parameter follows without one.
    let semicolon = text.indexOf(';', end)
    if (semicolon < 0) semicolon = text.length
    const rest = text.slice(end, semicolon)
    if (!rest.includes('=') && !rest.includes('(')) {
      end = semicolon
      return [trimBlank(text.slice(at, end)), end]
    }
  }
  return [value, end]
}

const FILE_NAME = /^(?:file)?name$/i

function withoutRepeats(parameters: Parameter[]): readonly Parameter[] {
  if (parameters.length < 2) return parameters
  const names = new Set<string>()
  return parameters.filter(({ name }) => {
    if (names.has(name)) return false
    names.add(name)
    return true
  })
}

interface Sections {
  readonly sections: Map<number, { readonly value: Octets; readonly extended: boolean }>
  plain: Octets | null
}

const SECTION = /^([^*]+)(?:\*(\d{1,3}))?(\*)?$/

/** RFC 2231 §3 and §4: `name*0`, `name*1*`, … become `name`, or `name*` if any of them is extended. */
function joinContinuations(parameters: readonly Parameter[]): readonly Parameter[] {
  const result: Parameter[] = []
  const continued = new Map<string, Sections>()
  for (const { name, value } of parameters) {
    const [, base, number, star] = SECTION.exec(name) ?? []
    if (base === undefined || number === undefined) {
      result.push({ name, value })
      continue
    }
    let sections = continued.get(base)
    if (sections === undefined) continued.set(base, (sections = { sections: new Map(), plain: null }))
    const key = Number(number)
    if (!sections.sections.has(key)) sections.sections.set(key, { value, extended: star !== undefined })
  }
  for (const [name, { sections }] of continued) {
    const pieces = []
    for (let number = 0; ; number++) {
      const piece = sections.get(number)
      if (piece === undefined) break
      pieces.push(piece)
    }
    if (pieces.length === 0) continue
    const extended = pieces.some((piece) => piece.extended)
    result.push({
      name: extended ? `${name}*` : name,
      value: pieces.map((piece) => (extended && !piece.extended ? percentEncode(piece.value) : piece.value)).join(''),
    })
  }
  return withoutRepeats(result)
}

/** What is not an attribute character (RFC 2231 §7) becomes `%XX`. */
function percentEncode(value: Octets): Octets {
  return value.replace(
    /[^A-Za-z0-9!#$&+\-.^_`{|}~]/g,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`,
  )
}

/**
 * A parameter as text: the extended form if there is one (RFC 2231 §4), else the plain one, with encoded words decoded, which
 * RFC 2047 §5 forbids there and senders use.
 */
export function parameterText(parameters: readonly Parameter[], name: string): string | null {
  const extended = parameter(parameters, `${name}*`)
  if (extended !== null) return decodeExtended(extended)
  const plain = parameter(parameters, name)
  return plain === null ? null : decodeHeaderText(plain)
}

function decodeExtended(value: Octets): string {
  const charsetEnd = value.indexOf("'")
  const languageEnd = charsetEnd < 0 ? -1 : value.indexOf("'", charsetEnd + 1)
  const charset = languageEnd < 0 ? '' : value.slice(0, charsetEnd)
  const octets = value
    .slice(languageEnd + 1)
    .replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  return decodeCharset(Buffer.from(octets, 'latin1'), charset).text
}
