// Trace fields: what a server writes before a message that it takes responsibility for (RFC 5321 §4.4; protocol words of RFC 3848 and
// RFC 6531 §4.3; the cipher as in RFC 8314 §4.3), and Delivered-To (RFC 9228).
//
// Every Received field has a random token, so that nobody who sends a message can know the digest of what is stored of it.
//
// What the peer said of itself may hold anything. Nothing of it can end the field or its line: what is not a domain or an address literal
// is shown only within a comment, with every byte that means something there replaced. Addresses have been parsed by whoever took them;
// what could not stand between angle brackets is replaced all the same. Lines have at most 998 bytes whatever is given. The result is
// ASCII, and UTF-8 (RFC 6532) where an address or a domain is not.

import { ipAddressBytes } from '#crypto/ip-address.ts'
import { randomBytes } from '#crypto/random.ts'
import { formatDate } from '#message/date.ts'
import { foldField } from '#message/header-writer.ts'
import type { ProtocolWord } from '#smtp/transaction.ts'

/** How the peer that a message comes from looks. */
interface TracePeer {
  /** What it said in HELO or EHLO. */
  readonly helo: string
  /** Its IP address as text. */
  readonly address: string
  /** The name its address has, if that name has its address, too. */
  readonly name: string | null
}

/** The hop that a Received field is about. */
export interface Hop {
  /** Null where it is nobody's business, as for what an account's owner sends. */
  readonly from: TracePeer | null
  /** This server's name. */
  readonly by: string
  /** Null within this server. */
  readonly protocol: ProtocolWord | null
  /** As node:tls tells them: `TLSv1.3`, `TLS_AES_256_GCM_SHA384`. */
  readonly tls: { readonly version: string; readonly cipher: string } | null
  /** By which this server's log knows the message. */
  readonly id: string
  /** Only of a message that has a single recipient (RFC 5321 §7.2). */
  readonly recipient: string | null
  /** Milliseconds since the Unix epoch. */
  readonly time: number
}

type RandomBytes = (length: number) => Buffer

const TOKEN_BYTES = 16

/** The fields of a message at its final delivery. `sender` is the reverse-path, empty for a bounce. */
export function deliveryFields(
  hop: Hop,
  envelope: { readonly sender: string; readonly recipient: string },
  random: RandomBytes = randomBytes,
): Buffer {
  const returnPath = foldField('Return-Path', [path(envelope.sender)])
  const deliveredTo = foldField('Delivered-To', [cleanAddress(envelope.recipient)])
  return Buffer.from(returnPath + deliveredTo + received(hop, random), 'utf8')
}

/** The field of a message that goes on from here. */
export function receivedField(hop: Hop, random: RandomBytes = randomBytes): Buffer {
  return Buffer.from(received(hop, random), 'utf8')
}

function received(hop: Hop, random: RandomBytes): string {
  const token = random(TOKEN_BYTES).toString('base64url')
  const tokens = hop.from === null ? [] : fromTokens(hop.from)
  tokens.push('by', isDomain(hop.by) ? hop.by : 'localhost')
  if (hop.protocol !== null) tokens.push('with', hop.protocol)
  tokens.push('id', atom(hop.id), `(${token})`)
  if (hop.recipient !== null) tokens.push('for', path(hop.recipient))
  if (hop.tls !== null) tokens.push('tls', atom(hop.tls.cipher), comment(hop.tls.version))
  tokens[tokens.length - 1] += ';'
  tokens.push(dateText(hop.time))
  return foldField('Received', tokens)
}

/** Of the last time: many messages come within a second. */
let lastDate = { second: Number.NaN, text: '' }

function dateText(time: number): string {
  const second = Math.floor(time / 1_000)
  if (second !== lastDate.second) lastDate = { second, text: formatDate(time, 0) }
  return lastDate.text
}

function fromTokens({ helo, address, name }: TracePeer): string[] {
  const literal = addressLiteral(address)
  const known = name !== null && isDomain(name) ? `${name} ` : ''
  const connection = `(${known}${literal ?? 'unknown'})`
  if (isDomain(helo) || HELO_LITERAL.test(helo)) return ['from', helo, connection]
  return ['from', literal ?? 'unknown', connection, comment(`HELO ${helo}`)]
}

const DOMAIN_LENGTH_MAX = 255
const DOMAIN = /^[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*$/
const HELO_LITERAL = /^\[[A-Za-z0-9.:-]{1,60}\]$/

function isDomain(text: string): boolean {
  return text.length <= DOMAIN_LENGTH_MAX && DOMAIN.test(text)
}

const MAPPED_IPV4 = /^::ffff:([0-9.]{7,15})$/i

/** Of the last peer: many messages come over one connection. */
let lastLiteral: { readonly address: string; readonly literal: string | null } = { address: '', literal: null }

/** RFC 5321 §4.1.3. Null if it is not an IP address. */
function addressLiteral(address: string): string | null {
  if (address !== lastLiteral.address) lastLiteral = { address, literal: toLiteral(address) }
  return lastLiteral.literal
}

function toLiteral(address: string): string | null {
  const [unscoped = ''] = address.split('%', 1)
  const plain = MAPPED_IPV4.exec(unscoped)?.[1] ?? unscoped
  if (ipAddressBytes(plain) === null) return null
  return plain.includes(':') ? `[IPv6:${plain}]` : `[${plain}]`
}

const ATOM_LENGTH_MAX = 100

/** Of our own making, so that nothing is lost. */
function atom(text: string): string {
  return text.slice(0, ATOM_LENGTH_MAX).replace(/[^A-Za-z0-9_-]/g, '-') || '-'
}

const COMMENT_LENGTH_MAX = 120

function comment(text: string): string {
  return `(${text.slice(0, COMMENT_LENGTH_MAX).replace(/[^\x20-\x7e]|[()\\"<>]/g, '?')})`
}

const ADDRESS_LENGTH_MAX = 320
// eslint-disable-next-line no-control-regex -- what ends a line or a word in some reader's eyes
const BREAKS = /[\x00-\x20\x7f-\x9f\u2028\u2029\ufeff]/g
// eslint-disable-next-line no-control-regex -- as above
const QUOTED_LOCAL_PART = /^"(?:[^"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|\\[\x20-\x7e])*"@/

/** An address as it can stand between angle brackets. */
function cleanAddress(address: string): string {
  const text = address.toWellFormed().slice(0, ADDRESS_LENGTH_MAX).toWellFormed()
  const local = QUOTED_LOCAL_PART.exec(text)?.[0] ?? ''
  return local + text.slice(local.length).replace(BREAKS, '?').replace(/[<>]/g, '?')
}

function path(address: string): string {
  return `<${cleanAddress(address)}>`
}
