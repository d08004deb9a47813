// The content of a part: its transfer encoding undone (RFC 2045 §6), and as text.

import { asBuffer } from '#base/bytes.ts'
import { type Steps, atOnce } from '#base/steps.ts'
import { decodeBase64 } from './base64.ts'
import { decodeCharset } from './charset.ts'
import { parameterText } from './parameters.ts'
import { type Part, isMultipart } from './part.ts'
import { decodeQuotedPrintable } from './quoted-printable.ts'
import { decodeUuencode } from './uuencode.ts'

/** Gives a new buffer. */
export type TransferDecoder = (body: Buffer) => Buffer

const DECODERS: Readonly<Record<string, TransferDecoder>> = {
  base64: decodeBase64,
  'quoted-printable': decodeQuotedPrintable,
  'x-uuencode': decodeUuencode,
  'x-uue': decodeUuencode,
  uuencode: decodeUuencode,
}

const IDENTITY: ReadonlySet<string> = new Set(['7bit', '8bit', 'binary', '7-bit', '8-bit'])

/** Null where the body is as it is, as far as is known. */
export function decoderOf(part: Part): TransferDecoder | null {
  // RFC 2045 §6.4: a composite part has none, whatever its header says.
  if (isMultipart(part) || part.children.length > 0) return null
  return Object.hasOwn(DECODERS, part.encoding) ? (DECODERS[part.encoding] as TransferDecoder) : null
}

/** Whether its content is another than its body. */
export function isEncoded(part: Part): boolean {
  return decoderOf(part) !== null
}

/** The body with its transfer encoding undone. A view into `bytes` where there is none, or one that is not known. */
export function decodeTransfer(bytes: Uint8Array, part: Part): Buffer {
  const body = asBuffer(bytes).subarray(part.bodyStart, part.end)
  return decoderOf(part)?.(body) ?? body
}

/** JMAP's EmailBodyValue (RFC 8621 §4.1.4). */
export interface BodyText {
  /** With LF as line break. */
  readonly text: string
  /** The character set or transfer encoding is not known, or the bytes are not what they say. */
  readonly isEncodingProblem: boolean
  readonly isTruncated: boolean
}

/** What is longer is a step of its own. */
const BYTES_PER_STEP = 1 << 18

/** No transfer encoding needs more bytes for one. */
const EXPANSION_MAX = 4

/** The text of a part, or of its first `maxBytes` decoded bytes; no more of the body is looked at than those need. */
export function readText(bytes: Uint8Array, part: Part, maxBytes = Infinity): BodyText {
  return atOnce(readTextInSteps(bytes, part, maxBytes))
}

/** The same in steps. */
export function* readTextInSteps(bytes: Uint8Array, part: Part, maxBytes = Infinity): Steps<BodyText> {
  const decoder = decoderOf(part)
  const known = decoder !== null || IDENTITY.has(part.encoding)
  const lookUntil = Math.min(part.end, part.bodyStart + maxBytes * (decoder === null ? 1 : EXPANSION_MAX))
  const body = asBuffer(bytes).subarray(part.bodyStart, lookUntil)
  let content = decoder === null ? body : decoder(body)
  if (body.length > BYTES_PER_STEP) yield
  let isTruncated = lookUntil < part.end
  if (content.length > maxBytes) {
    content = content.subarray(0, maxBytes)
    isTruncated = true
  }
  if (isTruncated) content = withoutSplitCharacter(content)
  const charset = part.type === 'text' ? parameterText(part.parameters, 'charset') : null
  let decoded = decodeCharset(content, charset)
  if (charset === null && decoded.problem && part.subtype === 'html') {
    decoded = decodeCharset(content, declaredCharset(content))
  }
  // RFC 8621 §4.1.4: line breaks are LF.
  const text = decoded.text.includes('\r') ? decoded.text.replaceAll('\r\n', '\n') : decoded.text
  return { text, isEncodingProblem: decoded.problem || !known, isTruncated }
}

/** Bytes of HTML in which it may declare its character set, as browsers have it. */
const DECLARATION_BYTES = 2048
const DECLARATION = /<meta\b[^>]*?\bcharset\s?=\s?["']?([A-Za-z0-9_:.-]{1,40})/i

/** What HTML without a charset parameter says of itself. */
function declaredCharset(content: Buffer): string | null {
  return DECLARATION.exec(content.toString('latin1', 0, DECLARATION_BYTES))?.[1] ?? null
}

/** The text of a part with LF as line break. */
export function decodeText(bytes: Uint8Array, part: Part, maxBytes?: number): string {
  return readText(bytes, part, maxBytes).text
}

/** Without the beginning of a UTF-8 sequence at its end, if the bytes look like that. */
function withoutSplitCharacter(content: Buffer): Buffer {
  let lead = content.length - 1
  while (lead > content.length - 4 && lead > 0 && ((content[lead] as number) & 0xc0) === 0x80) lead--
  const byte = content[lead] ?? 0
  const size = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc0 ? 2 : 1
  return lead >= 0 && lead + size > content.length ? content.subarray(0, lead) : content
}
