// Addresses of the envelope: the paths of MAIL and RCPT (RFC 5321 §4.1.2; RFC 6531 §3.3). Never throws.
//
// Unlike the address fields of a message (src/message/address.ts), which are read as senders write them, these are read strictly: whoever
// sends them is a program, and what follows the address must not be taken for a part of it, nor the other way round.
//
// Source routes are read and ignored (RFC 5321 appendix C). Refused although the grammar allows it: an empty local part, one that begins with `-`
// (some program might take it for an option), and any control character, quoted or not. Accepted although the grammar forbids it:
// in a reverse path, a local part of more than 64 bytes, because mailing lists put their reader's whole address into theirs.

import { unquote } from '#message/lexer.ts'
import { type Result, fail, ok } from '#base/result.ts'
import { type Domain, isAscii, parseDomain } from './domain.ts'

export interface MailAddress extends Domain {
  /** Unquoted; case and Unicode form as they were sent. */
  readonly localPart: string
  /** The one form that is written, compared and kept: `local-part@domain` with A-labels, quoted only where it must be. */
  readonly text: string
}

interface Path {
  /** Null for `<>`. */
  readonly address: MailAddress | null
  /** What follows the `>`. */
  readonly rest: string
}

const LOCAL_PART_BYTES_MAX = 64
/** RFC 5321 §4.5.3.1.3: 256 with the angle brackets. */
const ADDRESS_BYTES_MAX = 254

const DOT_STRING =
  /^[a-z0-9!#$%&'*+\-/=?^_`{|}~\u{a1}-\u{10ffff}]+(?:\.[a-z0-9!#$%&'*+\-/=?^_`{|}~\u{a1}-\u{10ffff}]+)*$/iu
/** Controls, and what some software takes for the end of a line or for a space. */
const UNSAFE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}]/u
const UNICODE_SPACE = /(?! )\p{Zs}/u
const ROUTE = /^@[^:<>" ]*:/

/** The path that `text` begins with. Fails with what is wrong, for a person to read. */
export function parsePath(text: string, kind: 'reverse' | 'forward'): Result<Path> {
  if (!text.startsWith('<')) return fail('An address in angle brackets is expected')
  if (text.startsWith('<>')) {
    return kind === 'reverse' ? ok({ address: null, rest: text.slice(2) }) : fail('An address is expected')
  }
  const route = ROUTE.exec(text.slice(1))?.[0] ?? ''
  if (route !== '' && !isRoute(route)) return fail('The source route is malformed')
  const start = 1 + route.length
  const localEnd = text[start] === '"' ? quotedEnd(text, start) : dotStringEnd(text, start)
  if (localEnd < 0) return fail('The local part is malformed')
  const localPart = text[start] === '"' ? unquote(text.slice(start + 1, localEnd - 1)) : text.slice(start, localEnd)
  if (text[localEnd] === '>' && route === '' && kind === 'forward' && localPart.toLowerCase() === 'postmaster') {
    return ok({ address: POSTMASTER, rest: text.slice(localEnd + 1) })
  }
  if (text[localEnd] !== '@') return fail('A domain is expected')
  const close = text.indexOf('>', localEnd)
  if (close < 0) return fail('The closing angle bracket is missing')
  const address = mailAddress(localPart, text.slice(localEnd + 1, close))
  if (address === null) return fail('The address is malformed')
  if (kind === 'forward' && Buffer.byteLength(localPart) > LOCAL_PART_BYTES_MAX)
    return fail('The local part is too long')
  return ok({ address, rest: text.slice(close + 1) })
}

/** RFC 5321 §4.5.1: `<Postmaster>` is whoever looks after this server; it alone has no domain. */
const POSTMASTER: MailAddress = {
  localPart: 'postmaster',
  domain: '',
  asciiDomain: '',
  isLiteral: false,
  text: 'postmaster',
}

/** An address from its unquoted local part and its domain; null if there is no such address. */
export function mailAddress(localPart: string, domainText: string): MailAddress | null {
  if (localPart === '' || localPart.startsWith('-') || UNSAFE.test(localPart) || UNICODE_SPACE.test(localPart))
    return null
  const domain = parseDomain(domainText)
  if (domain === null) return null
  const isPlain = DOT_STRING.test(localPart)
  const local = isPlain ? localPart : `"${localPart.replaceAll(/["\\]/g, '\\$&')}"`
  const bytes = Buffer.from(`${local}@${domain.asciiDomain}`)
  if (bytes.length > ADDRESS_BYTES_MAX) return null
  const isSame = domain.domain === domain.asciiDomain
  const domainStart = bytes.length - domain.asciiDomain.length
  const asciiDomain = bytes.toString('latin1', domainStart)
  return {
    localPart: isPlain ? bytes.toString('utf8', 0, domainStart - 1) : detached(localPart),
    domain: isSame ? asciiDomain : detached(domain.domain),
    asciiDomain,
    isLiteral: domain.isLiteral,
    text: bytes.toString(),
  }
}

/** The same text in memory of its own: a part of a string keeps the whole alive, here a line of up to 2 KB for each recipient. */
function detached(text: string): string {
  return Buffer.from(text).toString()
}

/** Whether it can be said without SMTPUTF8 (RFC 6531 §3.2); a U-label cannot, even though it has an ASCII form. */
export function isAsciiAddress(address: MailAddress): boolean {
  return isAscii(address.localPart) && isAscii(address.domain)
}

/** Where the dot-string at `start` ends, or -1. */
function dotStringEnd(text: string, start: number): number {
  let end = start
  while (end < text.length && text[end] !== '@' && text[end] !== '>') end++
  return DOT_STRING.test(text.slice(start, end)) ? end : -1
}

/** Behind the closing quote of the quoted string at `start`, or -1. */
function quotedEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\') {
      // RFC 5321 §4.1.2: quoted-pairSMTP is any printable ASCII character.
      const next = text[++i]
      if (next === undefined || !isAscii(next)) return -1
    } else if (text[i] === '"') return i + 1
  }
  return -1
}

function isRoute(route: string): boolean {
  return route
    .slice(0, -1)
    .split(',')
    .every((hop) => hop.startsWith('@') && !hop.startsWith('@[') && parseDomain(hop.slice(1)) !== null)
}
