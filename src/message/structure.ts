// IMAP's BODY and BODYSTRUCTURE (RFC 3501 §7.4.2 and §9, RFC 9051 §7.5.2 and §9), as bytes ready to send.
//
// Field values are given as the sender wrote them, unfolded and without comments; parameters with their continuations joined, as
// RFC 2231 §6 asks. A reply always has the form of the grammar, whatever the message holds.

import { renderEnvelope } from './envelope.ts'
import { imapNstring, imapString } from './imap-string.ts'
import { type Octets, type Parameter, type Part, isMessage } from './part.ts'

export { renderEnvelope } from './envelope.ts'

/** `extended`: BODYSTRUCTURE; otherwise BODY. `bytes`: the whole message, whose part (itself or one within) `part` is. */
export function renderBodyStructure(bytes: Uint8Array, part: Part, extended: boolean): Buffer {
  const pieces: Octets[] = []
  writePart(bytes, part, extended, pieces)
  return Buffer.from(pieces.join(''), 'latin1')
}

function writePart(bytes: Uint8Array, part: Part, extended: boolean, out: Octets[]): void {
  out.push('(')
  if (part.children.length > 0 && !isMessage(part)) {
    for (const child of part.children) writePart(bytes, child, extended, out)
    out.push(' ', imapString(part.subtype))
    if (extended) out.push(' ', parameterList(part.parameters))
  } else {
    writeBasic(bytes, part, extended, out)
    if (extended) out.push(' ', imapNstring(part.md5))
  }
  if (extended) out.push(' ', disposition(part), ' ', languages(part.language), ' ', imapNstring(part.location))
  out.push(')')
}

function writeBasic(bytes: Uint8Array, part: Part, extended: boolean, out: Octets[]): void {
  const child = isMessage(part) ? part.children[0] : undefined
  // A message/rfc822 that is opaque has no envelope to show: to the client it is bytes.
  const opaque = part.type === 'message' && part.subtype === 'rfc822' && child === undefined
  const type = opaque ? 'application' : part.type
  const subtype = opaque ? 'octet-stream' : part.subtype
  out.push(imapString(type), ' ', imapString(subtype), ' ')
  out.push(parameterList(type === 'text' ? withCharset(part.parameters) : part.parameters))
  out.push(' ', imapNstring(part.id), ' ', imapNstring(part.description), ' ', imapString(part.encoding))
  out.push(` ${part.end - part.bodyStart}`)
  if (child !== undefined) {
    out.push(' ', renderEnvelope(bytes, child).toString('latin1'), ' ')
    writePart(bytes, child, extended, out)
  }
  if (child !== undefined || part.type === 'text') out.push(` ${part.lines}`)
}

const IMPLICIT_CHARSET: Parameter = { name: 'charset', value: 'us-ascii' }

/** RFC 2046 §4.1.2: text without a charset parameter is US-ASCII. */
function withCharset(parameters: readonly Parameter[]): readonly Parameter[] {
  const named = parameters.some(({ name }) => name === 'charset' || name === 'charset*')
  return named ? parameters : [...parameters, IMPLICIT_CHARSET]
}

function parameterList(parameters: readonly Parameter[]): Octets {
  if (parameters.length === 0) return 'NIL'
  return `(${parameters.map(({ name, value }) => `${imapString(name)} ${imapString(value)}`).join(' ')})`
}

function disposition(part: Part): Octets {
  if (part.disposition === null) return 'NIL'
  return `(${imapString(part.disposition.type)} ${parameterList(part.disposition.parameters)})`
}

/** RFC 3501 §9, body-fld-lang. */
function languages(tags: readonly string[]): Octets {
  return tags.length === 0 ? 'NIL' : `(${tags.map(imapString).join(' ')})`
}
