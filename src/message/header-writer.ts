// Writes header fields (RFC 5322 §2.2 and §3): folded, in ASCII, with encoded words (RFC 2047) and extended parameters (RFC 2231)
// where the text needs them. With `utf8` text stays as it is (RFC 6532), for transport by SMTPUTF8.
//
// Nothing that is given can begin another field: control characters become spaces in text, and addresses and identifiers that hold any
// are refused or left out.

import { formatDate } from './date.ts'
import { DraftError } from './draft.ts'
import type { AddressGroup, AddressText } from './header-forms.ts'

/** RFC 2047 §2, for lines with encoded words; RFC 5322 §2.1.1 allows two more. Lines must not be longer than `LINE_LENGTH_MAX`. */
const LINE_LENGTH = 76
export const LINE_LENGTH_MAX = 998

/** RFC 2047 §2. */
const ENCODED_WORD_LENGTH = 75

// eslint-disable-next-line no-control-regex -- what ends a line, and everything else that is no text
const CONTROLS = /[\x00-\x1f\x7f]+/g
// eslint-disable-next-line no-control-regex -- exactly the bytes of ASCII
const NOT_ASCII = /[^\x00-\x7f]/
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/

/** A field name: RFC 5322 §3.6.8. */
export function isFieldName(name: string): boolean {
  return /^[\x21-\x39\x3b-\x7e]{1,76}$/.test(name)
}

export function cleanText(text: string): string {
  return text.toWellFormed().replace(CONTROLS, ' ').trim()
}

/**
 * Lines of one field. A token follows the one before after a space, or on a new line if it would not fit; one that begins with a space
 * keeps that as its only one.
 */
export function foldField(name: string, tokens: readonly string[]): string {
  let result = `${name}:`
  let column = result.length
  for (const token of tokens) {
    const text = token.startsWith(' ') ? token : ` ${token}`
    // Some readers do not expect a value to begin on the second line: only a word that must not be on a longer one does.
    const mayBreak = column > name.length + 1 || token.startsWith('=?')
    if (column + text.length > LINE_LENGTH && mayBreak) {
      result += `\r\n${text}`
      column = text.length
    } else {
      result += text
      column += text.length
    }
  }
  return `${result}\r\n`
}

/** Characters that need no escape in the "Q" encoding wherever the word stands (RFC 2047 §5 (3)). */
const Q_PLAIN = /[A-Za-z0-9!*+\-/]/

function qEncode(char: string): string {
  if (char === ' ') return '_'
  if (Q_PLAIN.test(char)) return char
  return Array.from(Buffer.from(char, 'utf8'), (byte) => `=${byte.toString(16).toUpperCase().padStart(2, '0')}`).join(
    '',
  )
}

/** Text as encoded words, none of which splits a character. */
function encodeWords(text: string): string[] {
  const words: string[] = []
  const size = Buffer.byteLength(text, 'utf8')
  const base64Length = Math.ceil(size / 3) * 4
  const qLength = Array.from(text, qEncode).join('').length
  // "Q" is readable where most of the text is ASCII: it may be a little longer.
  const encoding = qLength <= base64Length * 1.3 ? 'Q' : 'B'
  const room = ENCODED_WORD_LENGTH - '=?utf-8?Q??='.length
  let content = ''
  let length = 0
  const flush = (): void => {
    if (content === '') return
    const encoded =
      encoding === 'Q' ? Array.from(content, qEncode).join('') : Buffer.from(content, 'utf8').toString('base64')
    words.push(`=?utf-8?${encoding}?${encoded}?=`)
    content = ''
    length = 0
  }
  for (const char of text) {
    const charLength = encoding === 'Q' ? qEncode(char).length : Buffer.byteLength(char, 'utf8')
    const limit = encoding === 'Q' ? room : Math.floor(room / 4) * 3
    if (length + charLength > limit) flush()
    content += char
    length += charLength
  }
  flush()
  return words
}

/** A word that is read back as it is: ASCII, not too long for a line, and not like an encoded word. */
function isPlainWord(word: string): boolean {
  return PRINTABLE_ASCII.test(word) && word.length < LINE_LENGTH_MAX - LINE_LENGTH && !word.includes('=?')
}

/** Unstructured text (RFC 5322 §3.2.5). */
export function textTokens(text: string, utf8: boolean): string[] {
  const clean = cleanText(text)
  const plain = (word: string): boolean => isPlainWord(word) || (utf8 && word.length < LINE_LENGTH_MAX / 4)
  const words = clean.split(' ')
  const tokens: string[] = []
  for (let i = 0; i < words.length; i++) {
    if (plain(words[i] as string)) {
      tokens.push(words[i] as string)
      continue
    }
    // White space between encoded words is not text: words that need it are encoded together with their spaces.
    let last = i
    for (let j = i + 1; j < words.length && (words[j] === '' || !plain(words[j] as string)); j++)
      if (words[j] !== '') last = j
    tokens.push(...encodeWords(words.slice(i, last + 1).join(' ')))
    i = last
  }
  return withoutEmpty(tokens)
}

/** An empty token stands for another space before the next. */
function withoutEmpty(tokens: readonly string[]): string[] {
  const result: string[] = []
  let spaces = ''
  for (const token of tokens) {
    if (token === '') spaces += ' '
    else {
      result.push(spaces === '' ? token : ` ${spaces}${token}`)
      spaces = ''
    }
  }
  return result
}

const ATOMS = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/

/** A display name or a group's: RFC 5322 §3.2.5, phrase. */
function phraseTokens(name: string, utf8: boolean): string[] {
  const clean = cleanText(name)
  if (!PRINTABLE_ASCII.test(clean) && !utf8) return encodeWords(clean)
  if (clean.includes('=?') || clean.length > LINE_LENGTH_MAX / 4) return encodeWords(clean)
  if (ATOMS.test(clean) && !clean.includes('  ')) return clean.split(' ')
  return withoutEmpty(`"${clean.replace(/["\\]/g, '\\$&')}"`.split(' '))
}

// eslint-disable-next-line no-control-regex -- what may stand neither in a local part nor in a domain
const NOT_ADDRESS = /[\x00-\x1f\x7f]/
const DOT_ATOM = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(?:\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/
const DOMAIN = /^(?:[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)(?:\.[A-Za-z0-9_](?:[A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/
const DOMAIN_LITERAL = /^\[[A-Za-z0-9.:-]+\]$/

/** An addr-spec (RFC 5322 §3.4.1) as it is written. Throws DraftError. */
function writeAddress(email: string, utf8: boolean): string {
  const at = email.lastIndexOf('@')
  if (at <= 0 || email.length > 1000 || NOT_ADDRESS.test(email)) throw new DraftError('address')
  const localPart = writeLocalPart(email.slice(0, at), utf8)
  const domain = writeDomain(email.slice(at + 1), utf8)
  if (localPart === null || domain === null) throw new DraftError('address')
  return `${localPart}@${domain}`
}

function writeLocalPart(written: string, utf8: boolean): string | null {
  const quoted = written.length >= 2 && written.startsWith('"') && written.endsWith('"')
  const text = quoted ? written.slice(1, -1).replace(/\\(.)/g, '$1') : written
  if (!PRINTABLE_ASCII.test(text) && !(utf8 && text.isWellFormed())) return null
  return DOT_ATOM.test(text) || (utf8 && DOT_ATOM.test(text.replace(/[^\x20-\x7e]/g, 'x')))
    ? text
    : `"${text.replace(/["\\]/g, '\\$&')}"`
}

function writeDomain(domain: string, utf8: boolean): string | null {
  if (DOMAIN.test(domain) || DOMAIN_LITERAL.test(domain)) return domain
  if (PRINTABLE_ASCII.test(domain)) return null
  if (utf8) return domain.isWellFormed() && DOMAIN.test(domain.replace(/[^\x20-\x7e]/g, 'x')) ? domain : null
  // RFC 5890: the ASCII form.
  const ascii = URL.canParse(`http://${domain}/`) ? new URL(`http://${domain}/`).hostname : ''
  return DOMAIN.test(ascii) ? ascii : null
}

function mailboxTokens({ name, email }: AddressText, utf8: boolean): string[] {
  const address = writeAddress(email, utf8)
  const phrase = name === null || cleanText(name) === '' ? [] : phraseTokens(name, utf8)
  return phrase.length === 0 ? [address] : [...phrase, `<${address}>`]
}

/** Throws DraftError. */
export function addressTokens(groups: readonly AddressGroup[], utf8: boolean): string[] {
  const items: string[][] = []
  for (const { name, addresses } of groups) {
    const members = addresses.map((address) => mailboxTokens(address, utf8))
    if (name === null) items.push(...members)
    else {
      const phrase = phraseTokens(name === '' ? ' ' : name, utf8)
      if (phrase.length === 0) phrase.push('""')
      // RFC 2047 §5 (3): white space separates an encoded word from a special character.
      const label = phrase.at(-1)?.endsWith('?=') === true ? [...phrase, ':'] : appended(phrase, ':')
      items.push([...label, ...appended(separated(members), ';')])
    }
  }
  return separated(items)
}

/** All tokens, with a comma after each item but the last. */
function separated(items: readonly (readonly string[])[]): string[] {
  return items.flatMap((tokens, index) => (index < items.length - 1 ? appended(tokens, ',') : tokens))
}

/** The tokens with `mark` after the last. */
function appended(tokens: readonly string[], mark: string): string[] {
  return tokens.length === 0 ? [mark] : [...tokens.slice(0, -1), `${tokens.at(-1)}${mark}`]
}

/** Identifiers that can be written (RFC 5322 §3.6.4); others, which only a careless sender makes, are left out. */
export function messageIdTokens(ids: readonly string[]): string[] {
  return ids.filter((id) => /^[\x21-\x3b\x3d\x3f-\x7e]{1,900}$/.test(id)).map((id) => `<${id}>`)
}

/** RFC 2369 §2. URLs that cannot be written are left out. */
export function urlTokens(urls: readonly string[]): string[] {
  return separated(urls.filter((url) => /^[\x21-\x3b\x3d\x3f-\x7e]{1,900}$/.test(url)).map((url) => [`<${url}>`]))
}

export function dateTokens(ms: number, zoneMinutes: number): string[] {
  return [formatDate(ms, zoneMinutes)]
}

/** A value that its writer has folded: a line break that does not fold, and NUL, become spaces. */
export function rawValue(value: string, utf8: boolean): string | null {
  const text = value
    .toWellFormed()
    .replace(/\r?\n(?![ \t])|\r(?!\n)|\0/g, ' ')
    .replace(/(?<!\r)\n/g, '\r\n')
    .trimEnd()
  const fits = text
    .split('\r\n')
    .every((line, index) => line.length < LINE_LENGTH_MAX - 80 && (index === 0 || line.trim() !== ''))
  return fits && (utf8 || !NOT_ASCII.test(text)) ? text : null
}

const ATTRIBUTE_CHAR = /[A-Za-z0-9!#$&+\-.^_`{|}~]/
const TOKEN = /^[A-Za-z0-9!#$%&'*+\-.^_`{|}~]+$/
/** Of an extended parameter's value in one section. */
const SECTION_LENGTH = 50

/** A parameter of Content-Type or Content-Disposition as tokens, each of them beginning with what follows a semicolon. */
export function parameterTokens(name: string, value: string): string[] {
  const clean = cleanText(value)
  if (TOKEN.test(clean) && clean.length <= SECTION_LENGTH) return [`${name}=${clean}`]
  if (PRINTABLE_ASCII.test(clean) && clean.length <= SECTION_LENGTH) {
    return [`${name}="${clean.replace(/["\\]/g, '\\$&')}"`]
  }
  const sections: string[] = []
  let section = ''
  for (const char of clean) {
    const encoded = ATTRIBUTE_CHAR.test(char)
      ? char
      : Array.from(Buffer.from(char, 'utf8'), (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
    if (section.length + encoded.length > SECTION_LENGTH) {
      sections.push(section)
      section = ''
    }
    section += encoded
  }
  sections.push(section)
  // RFC 2231 §4.1.
  if (sections.length === 1) return [`${name}*=utf-8''${section}`]
  return sections.map((text, index) => `${name}*${index}*=${index === 0 ? "utf-8''" : ''}${text}`)
}
