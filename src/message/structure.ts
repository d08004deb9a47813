// IMAP's BODY and BODYSTRUCTURE (RFC 3501 §7.4.2 and §9, RFC 9051 §7.5.2 and §9), as bytes ready to send.
//
// Field values are given as the sender wrote them, unfolded and without comments; parameters with their continuations joined, as
// RFC 2231 §6 asks. A reply always has the form of the grammar, whatever the message holds, and a length in proportion to the message's:
// only envelopes can be many times longer than the header they show, so that after some megabytes of them those that follow are empty.

import { type Steps, atOnce } from '#base/steps.ts'
import { renderEnvelope } from './envelope.ts'
import { imapNstring, imapString } from './imap-string.ts'
import { type Octets, type Parameter, type Part, isMessage } from './part.ts'

export { renderEnvelope } from './envelope.ts'

/** `extended`: BODYSTRUCTURE; otherwise BODY. `bytes`: the whole message, whose part (itself or one within) `part` is. */
export function renderBodyStructure(bytes: Uint8Array, part: Part, extended: boolean): Buffer {
  return atOnce(bodyStructureInSteps(bytes, part, extended))
}

/** The same in steps. */
export function* bodyStructureInSteps(bytes: Uint8Array, part: Part, extended: boolean): Steps<Buffer> {
  const out: Output = { pieces: [], parts: 0, envelopeBytes: 0, envelopesNext: BYTES_PER_STEP }
  yield* writePart(bytes, part, extended, out)
  return Buffer.from(out.pieces.join(''), 'latin1')
}

interface Output {
  readonly pieces: Octets[]
  parts: number
  envelopeBytes: number
  /** So many bytes of envelopes end the step. */
  envelopesNext: number
}

/** Some milliseconds of work each. */
const PARTS_PER_STEP = 256
const BYTES_PER_STEP = 1 << 16

const ENVELOPE_BYTES_MAX = 1 << 22
const EMPTY_ENVELOPE = '(NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)'

function envelope(bytes: Uint8Array, message: Part, out: Output): Octets {
  if (out.envelopeBytes > ENVELOPE_BYTES_MAX) return EMPTY_ENVELOPE
  const rendered = renderEnvelope(bytes, message)
  out.envelopeBytes += rendered.length
  return rendered.toString('latin1')
}

function* writePart(bytes: Uint8Array, part: Part, extended: boolean, out: Output): Steps<void> {
  if (++out.parts % PARTS_PER_STEP === 0) yield
  out.pieces.push('(')
  if (part.children.length > 0 && !isMessage(part)) {
    for (const child of part.children) yield* writePart(bytes, child, extended, out)
    out.pieces.push(' ', imapString(part.subtype))
    if (extended) out.pieces.push(' ', parameterList(part.parameters))
  } else {
    yield* writeBasic(bytes, part, extended, out)
    if (extended) out.pieces.push(' ', imapNstring(part.md5))
  }
  if (extended) out.pieces.push(' ', disposition(part), ' ', languages(part.language), ' ', imapNstring(part.location))
  out.pieces.push(')')
}

function* writeBasic(bytes: Uint8Array, part: Part, extended: boolean, out: Output): Steps<void> {
  const child = isMessage(part) ? part.children[0] : undefined
  // A message/rfc822 that is opaque has no envelope to show: to the client it is bytes.
  const opaque = part.type === 'message' && part.subtype === 'rfc822' && child === undefined
  const type = opaque ? 'application' : part.type
  const subtype = opaque ? 'octet-stream' : part.subtype
  out.pieces.push(imapString(type), ' ', imapString(subtype), ' ')
  out.pieces.push(parameterList(type === 'text' ? withCharset(part.parameters) : part.parameters))
  out.pieces.push(' ', imapNstring(part.id), ' ', imapNstring(part.description), ' ', imapString(part.encoding))
  out.pieces.push(` ${part.end - part.bodyStart}`)
  if (child !== undefined) {
    out.pieces.push(' ', envelope(bytes, child, out), ' ')
    if (out.envelopeBytes >= out.envelopesNext) {
      out.envelopesNext = out.envelopeBytes + BYTES_PER_STEP
      yield
    }
    yield* writePart(bytes, child, extended, out)
  }
  if (child !== undefined || part.type === 'text') out.pieces.push(` ${part.lines}`)
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
