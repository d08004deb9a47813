// Writes the parts of a message that is composed: their MIME fields (RFC 2045, RFC 2183) and their bodies, each with the encoding that
// suits it.

import { assert } from '#base/assert.ts'
import { asBuffer } from '#base/bytes.ts'
import { encodeBase64 } from './base64.ts'
import { type DraftPart, DraftError } from './draft.ts'
import { writeField, writeMimeField } from './compose-field.ts'
import { makeFlowed } from './flowed.ts'
import { LINE_LENGTH_MAX, foldField, parameterTokens } from './header-writer.ts'
import { encodeQuotedPrintable } from './quoted-printable.ts'

export interface PartContext {
  readonly seed: string
  readonly utf8: boolean
  readonly eightBit: boolean
  /** Boundaries made so far. */
  boundaries: number
  /** Something with eight-bit content has been written. */
  eightBitWritten: boolean
}

const DEPTH_MAX = 50
const LF = 0x0a

/** The part's MIME fields, an empty line and its body. Throws DraftError. */
export function writePart(part: DraftPart, context: PartContext, depth: number): Buffer {
  if (depth > DEPTH_MAX) throw new DraftError('structure')
  switch (part.kind) {
    case 'multipart':
      return writeMultipart(part, context, depth)
    case 'text':
      return writeText(part, context)
    case 'bytes':
      return writeBytes(part, context)
    case 'message':
      return writeMessage(part, context)
  }
}

function writeBytes(part: DraftPart & { kind: 'bytes' }, context: PartContext): Buffer {
  const mediaType = `${part.type}/${part.subtype}`.toLowerCase()
  if (mediaType === 'message/rfc822') return writeMessage({ ...part, kind: 'message', subtype: 'rfc822' }, context)
  // RFC 2045 §6.4: composite types have no transfer encoding.
  if (mediaType.startsWith('multipart/')) throw new DraftError('mediaType')
  const contentType = [mediaType, ...(part.charset == null ? [] : parameterTokens('charset', part.charset))]
  return assemble(part, context, contentType, 'base64', encodeBase64(part.bytes))
}

const SIMPLE_TOKEN = /^[A-Za-z0-9!#$&^_.+-]{1,127}$/
const MEDIA_TYPE = /^[A-Za-z0-9!#$&^_.+-]{1,127}\/[A-Za-z0-9!#$&^_.+-]{1,127}$/

function assemble(
  part: DraftPart,
  context: PartContext,
  contentType: string[],
  encoding: string,
  body: Buffer,
): Buffer {
  if (!MEDIA_TYPE.test(contentType[0] ?? '')) throw new DraftError('mediaType')
  const type = part.name == null ? contentType : [...contentType, ...parameterTokens('name', part.name)]
  const fields = [foldField('Content-Type', withSemicolons(type))]
  if (encoding !== '7bit') fields.push(`Content-Transfer-Encoding: ${encoding}\r\n`)
  if (part.disposition != null || part.name != null) {
    const disposition = part.disposition ?? 'attachment'
    if (!SIMPLE_TOKEN.test(disposition)) throw new DraftError('disposition')
    const file = part.name == null ? [] : parameterTokens('filename', part.name)
    fields.push(foldField('Content-Disposition', withSemicolons([disposition, ...file])))
  }
  if (part.id != null) fields.push(writeMimeField({ name: 'Content-ID', messageIds: [part.id] }, false))
  if (part.description != null)
    fields.push(writeMimeField({ name: 'Content-Description', text: part.description }, context.utf8))
  const languages = part.language?.filter((tag) => /^[A-Za-z0-9-]{1,60}$/.test(tag)) ?? []
  if (languages.length > 0) fields.push(foldField('Content-Language', [languages.join(', ')]))
  if (part.location != null) fields.push(writeMimeField({ name: 'Content-Location', text: part.location }, false))
  for (const field of part.fields ?? []) fields.push(writeField(field, context.utf8))
  return Buffer.concat([Buffer.from(`${fields.join('')}\r\n`, 'utf8'), body])
}

function withSemicolons(tokens: readonly string[]): string[] {
  return tokens.map((token, index) => (index < tokens.length - 1 ? `${token};` : token))
}

function writeMultipart(part: DraftPart & { kind: 'multipart' }, context: PartContext, depth: number): Buffer {
  if (part.parts.length === 0) throw new DraftError('structure')
  const eightBitBefore = context.eightBitWritten
  context.eightBitWritten = false
  const parts = part.parts.map((child) => writePart(child, context, depth + 1))
  // RFC 2045 §6.4: a composite part has the widest encoding of those in it.
  const encoding = context.eightBitWritten ? '8bit' : '7bit'
  context.eightBitWritten ||= eightBitBefore
  let boundary: string
  do {
    // Neither base64 nor quoted-printable holds `=_` (RFC 2045 §6.7); what is sent as it is might. All have one length, so that none begins another.
    boundary = `=_${context.seed}_${String(context.boundaries++).padStart(6, '0')}`
  } while (parts.some((bytes) => bytes.includes(boundary)))
  const contentType = [`multipart/${part.subtype}`]
  for (const [name, value] of Object.entries(part.parameters ?? {})) contentType.push(...parameterTokens(name, value))
  contentType.push(`boundary="${boundary}"`)
  const body = parts.flatMap((bytes) => [
    Buffer.from(`--${boundary}\r\n`, 'latin1'),
    bytes,
    Buffer.from('\r\n', 'latin1'),
  ])
  body.push(Buffer.from(`--${boundary}--\r\n`, 'latin1'))
  return assemble(part, context, contentType, encoding, Buffer.concat(body))
}

function writeText(part: DraftPart & { kind: 'text' }, context: PartContext): Buffer {
  const text = part.text.toWellFormed()
  const flowed = part.subtype === 'plain' && part.flowed !== false
  const lines = flowed ? makeFlowed(text) : text.replace(/\r\n|\r|\n/g, '\r\n')
  const content = Buffer.from(lines, 'utf8')
  const encoding = textEncoding(content, flowed)
  const charset = content.length === lines.length ? 'us-ascii' : 'utf-8'
  const contentType = [`text/${part.subtype}`, `charset=${charset}`, ...(flowed ? ['format=flowed'] : [])]
  const body =
    encoding === 'base64' ? encodeBase64(content) : encoding === '7bit' ? content : encodeQuotedPrintable(content)
  return assemble(part, context, contentType, encoding, body)
}

/** Lines that relays have been known to change: `From ` at their start, a dot alone, white space at their end. */
const FRAGILE = /^From |^\.$|[\t ]$/m

function textEncoding(content: Buffer, flowed: boolean): '7bit' | 'quoted-printable' | 'base64' {
  const { longestLine, special } = measure(content)
  const asItIs = special === 0 && longestLine <= (flowed ? LINE_LENGTH_MAX : 78)
  // Flowed text has white space at line ends on purpose.
  if (asItIs && !FRAGILE.test(flowed ? content.toString('latin1').replace(/ $/gm, '') : content.toString('latin1')))
    return '7bit'
  return special * 6 <= content.length ? 'quoted-printable' : 'base64'
}

/** `special`: bytes that are neither printable ASCII nor white space nor part of a line break. */
function measure(bytes: Uint8Array): { longestLine: number; special: number; eightBit: boolean; hasNul: boolean } {
  let longestLine = 0
  let special = 0
  let eightBit = false
  let hasNul = false
  let lineStart = 0
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i] as number
    if (byte === LF) {
      longestLine = Math.max(longestLine, i - lineStart - 1)
      lineStart = i + 1
    } else if (byte >= 0x7f || (byte < 0x20 && byte !== 0x09 && byte !== 0x0d)) {
      special++
      eightBit ||= byte >= 0x80
      hasNul ||= byte === 0
    }
  }
  return { longestLine: Math.max(longestLine, bytes.length - lineStart), special, eightBit, hasNul }
}

/** RFC 2046 §5.2.1: a message has no transfer encoding. One that cannot be sent as it is becomes a file. */
function writeMessage(part: DraftPart & { kind: 'message' }, context: PartContext): Buffer {
  const bytes = withCrlf(part.bytes)
  const { longestLine, eightBit, hasNul } = measure(bytes)
  if (hasNul || longestLine > LINE_LENGTH_MAX || (eightBit && !context.eightBit)) {
    assert(part.subtype === 'rfc822', 'a delivery status is ASCII')
    const file: DraftPart = { ...part, name: part.name ?? 'message.eml' }
    return assemble(file, context, ['application/octet-stream'], 'base64', encodeBase64(part.bytes))
  }
  context.eightBitWritten ||= eightBit
  return assemble(part, context, [`message/${part.subtype}`], eightBit ? '8bit' : '7bit', bytes)
}

function withCrlf(bytes: Uint8Array): Buffer {
  const text = asBuffer(bytes).toString('latin1')
  return Buffer.from(/(?<!\r)\n|\r(?!\n)/.test(text) ? text.replace(/\r\n|\r|\n/g, '\r\n') : text, 'latin1')
}
