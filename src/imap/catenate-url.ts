// The URLs that CATENATE takes parts of messages from (RFC 4469 §3, RFC 5092): of this account, as absolute paths or relative to the mailbox that
// is selected.
//
//     /mailbox[;UIDVALIDITY=n]/;UID=n[/;SECTION=section][/;PARTIAL=origin[.length]]
//     ;UID=n[/;SECTION=section][/;PARTIAL=origin[.length]]
//
// Rejected: other servers and schemes, paths of mailboxes beside the selected one, unknown parameters, malformed percent-encoding. Never throws.

import { utf8TextOrNull } from '#base/bytes.ts'
import { Cursor, SyntaxFailure } from './cursor.ts'
import { type Partial, type Section, parseSection } from './fetch-section.ts'
import { canonicalPath } from './mailbox-name.ts'

export interface MessageUrl {
  readonly path: string
  readonly uidValidity: number | null
  readonly uid: number
  /** Null: the whole message. */
  readonly section: Section | null
  readonly partial: Partial | null
}

const URL_CHARACTERS_MAX = 8_192
const U32_MAX = 0xffff_ffff

/** Null if it names no part of a message here. `selected`: the path of the mailbox that is; null if none is. */
export function parseMessageUrl(url: string, selected: string | null): MessageUrl | null {
  if (url.length > URL_CHARACTERS_MAX || url.startsWith('//')) return null
  const isRelative = url.startsWith(';') && selected !== null
  if (!isRelative && !url.startsWith('/')) return null
  const [mailbox = '', ...parameters] = isRelative ? ['', ...url.slice(1).split('/;')] : url.slice(1).split('/;')
  const [name = '', validity, ...others] = mailbox.split(';')
  const path = isRelative ? selected : percentDecoded(name)
  const uidValidity = validity === undefined ? null : valueOf(validity, 'UIDVALIDITY')
  const uid = valueOf(parameters.shift() ?? '', 'UID')
  if (path === null || path === '' || others.length > 0 || uid === null) return null
  const uidNumber = numberOf(uid)
  const validityNumber = uidValidity === null ? null : numberOf(uidValidity)
  if (uidNumber === null || (validity !== undefined && validityNumber === null)) return null
  const section = takeNamed(parameters, 'SECTION')
  const partial = takeNamed(parameters, 'PARTIAL')
  if (parameters.length > 0) return null
  const parsedSection = section === null ? null : sectionOf(section)
  const parsedPartial = partial === null ? null : partialOf(partial)
  if ((section !== null && parsedSection === null) || (partial !== null && parsedPartial === null)) return null
  return {
    path: canonicalPath(path),
    uidValidity: validityNumber,
    uid: uidNumber,
    section: parsedSection,
    partial: parsedPartial,
  }
}

/** Of `NAME=value` in any case. */
function valueOf(parameter: string, name: string): string | null {
  const at = parameter.indexOf('=')
  return at > 0 && parameter.slice(0, at).toUpperCase() === name ? parameter.slice(at + 1) : null
}

function takeNamed(parameters: string[], name: string): string | null {
  const value = valueOf(parameters[0] ?? '', name)
  if (value !== null) parameters.shift()
  return value
}

function numberOf(text: string): number | null {
  if (!/^[1-9]\d{0,9}$/.test(text)) return null
  const value = Number(text)
  return value <= U32_MAX ? value : null
}

/** RFC 5092 §11: `origin[.length]`. */
function partialOf(text: string): Partial | null {
  const match = /^(\d{1,15})(?:\.([1-9]\d{0,14}))?$/.exec(text)
  if (match === null) return null
  return { origin: Number(match[1]), length: match[2] === undefined ? Number.MAX_SAFE_INTEGER : Number(match[2]) }
}

function sectionOf(encoded: string): Section | null {
  const text = percentDecoded(encoded)
  if (text === null || text === '') return null
  const cursor = new Cursor(Buffer.from(`[${text}]`, 'utf8'))
  try {
    const section = parseSection(cursor)
    return cursor.isAtEnd ? section : null
  } catch (error) {
    if (error instanceof SyntaxFailure) return null
    throw error
  }
}

function percentDecoded(text: string): string | null {
  const bytes: number[] = []
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at)
    if (code <= 0x20 || code >= 0x7f) return null
    if (code !== 0x25) bytes.push(code)
    else {
      const digits = text.slice(at + 1, at + 3)
      if (!/^[0-9A-Fa-f]{2}$/.test(digits)) return null
      bytes.push(parseInt(digits, 16))
      at += 2
    }
  }
  return utf8TextOrNull(Buffer.from(bytes))
}
