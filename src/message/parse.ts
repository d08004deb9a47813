// Reads a message into its parts (RFC 5322, RFC 2045, RFC 2046) without copying it.
//
// Any bytes are a message: nothing is rejected and nothing throws. Time is linear in the length: each byte is looked at by one pass
// for header lines or by one for delimiters. What the sender got wrong is read as follows.
//
// - No valid Content-Type: text/plain, in a multipart/digest message/rfc822 (RFC 2045 §5.2, RFC 2046 §5.1.5).
// - Of two fields with one name the first counts.
// - A multipart without a boundary is text/plain. One without any delimiter has one part: its whole body, without a header.
// - A multipart that is never closed ends with what contains it. A header that runs into a delimiter ends there.
// - A message/rfc822 with a transfer encoding (forbidden by RFC 2046 §5.2.1) is opaque: it has no child.
// - Beyond `limits.depth` a container is an application/octet-stream; beyond `limits.parts` the rest of the message is one.

import { asBuffer } from '#base/bytes.ts'
import { type Steps, atOnce } from '#base/steps.ts'
import {
  type Delimiter,
  type OpenBoundaries,
  closeBoundary,
  endOfMessage,
  findDelimiter,
  noBoundaries,
  openBoundary,
} from './boundary.ts'
import { trimBlank } from './lexer.ts'
import { BOUNDARY_BYTES_MAX, DEFAULT_PARSE_LIMITS, type ParseLimits } from './limits.ts'
import { readMimeHeader } from './mime-header.ts'
import { type MediaType, parseDisposition, parseEncoding, parseLanguages, parseMediaType } from './parameters.ts'
import { type Disposition, type Octets, type Part, parameter } from './part.ts'

interface State {
  readonly bytes: Buffer
  readonly limits: ParseLimits
  readonly boundaries: OpenBoundaries
  /** Where the part that was read last ended. */
  readonly delimiter: Delimiter
  parts: number
  /** Line feeds before `countedTo`, of what has been counted. */
  lines: number
  countedTo: number
  /** Open message/rfc822 parts: while there is one, every line counts. */
  messages: number
}

export function parseMessage(bytes: Uint8Array, limits: ParseLimits = DEFAULT_PARSE_LIMITS): Part {
  return atOnce(parseInSteps(bytes, limits))
}

/** The same in steps. The bytes must stay as they are. */
export function* parseInSteps(bytes: Uint8Array, limits: ParseLimits = DEFAULT_PARSE_LIMITS): Steps<Part> {
  const buffer = asBuffer(bytes)
  const state: State = {
    bytes: buffer,
    limits,
    boundaries: noBoundaries(),
    delimiter: { level: -1, lineStart: 0, contentEnd: 0, next: 0, terminated: false, closing: false },
    parts: 0,
    lines: 0,
    countedTo: 0,
    messages: 0,
  }
  return yield* readEntity(state, 0, 0, DEFAULT_TYPE)
}

const DEFAULT_TYPE: MediaType = { type: 'text', subtype: 'plain', parameters: [] }
const DIGEST_TYPE: MediaType = { type: 'message', subtype: 'rfc822', parameters: [] }
const OPAQUE_TYPE: MediaType = { type: 'application', subtype: 'octet-stream', parameters: [] }

/** Some milliseconds of work each. */
const PARTS_PER_STEP = 256
const BYTES_PER_STEP = 1 << 20

const NO_LANGUAGES: readonly string[] = []
const NO_CHILDREN: readonly Part[] = []

/** Reads the entity whose header begins at `start`; leaves what ended it in `state.delimiter`. */
function* readEntity(state: State, start: number, depth: number, defaultType: MediaType): Steps<Part> {
  if (++state.parts % PARTS_PER_STEP === 0) yield
  const { bytes, boundaries, delimiter, limits } = state
  const header = readMimeHeader(bytes, start, start + limits.headerBytes, boundaries, delimiter)
  const { bodyStart } = header
  if (bodyStart - start > BYTES_PER_STEP) yield
  const media = (header.type === null ? null : parseMediaType(header.type)) ?? defaultType
  const encoding = (header.encoding === null ? null : parseEncoding(header.encoding)) ?? '7bit'
  const body = header.cut
    ? withoutBody(state, bodyStart, media)
    : yield* readBody(state, bodyStart, depth, media, isIdentity(encoding))
  const disposition: Disposition | null = header.disposition === null ? null : parseDisposition(header.disposition)
  return {
    start,
    bodyStart,
    end: body.end,
    type: body.media.type,
    subtype: body.media.subtype,
    parameters: body.media.parameters,
    disposition,
    id: header.id,
    description: header.description,
    encoding,
    md5: header.md5,
    language: header.language === null ? NO_LANGUAGES : parseLanguages(header.language),
    location: header.location,
    lines: body.lines,
    children: body.children,
  }
}

interface Body {
  readonly media: MediaType
  readonly end: number
  readonly lines: number
  readonly children: readonly Part[]
}

function* readBody(state: State, bodyStart: number, depth: number, media: MediaType, identity: boolean): Steps<Body> {
  const isMessage = isRfc822(media)
  if (media.type !== 'multipart' && !isMessage) return yield* readLeaf(state, bodyStart, media)
  const mayNest = depth < state.limits.depth && state.parts < state.limits.parts
  if (isMessage) {
    if (!identity) return yield* readLeaf(state, bodyStart, media)
    return mayNest
      ? yield* readNestedMessage(state, bodyStart, depth, media)
      : yield* readLeaf(state, bodyStart, OPAQUE_TYPE)
  }
  const boundary = boundaryOf(media)
  if (boundary === '') return yield* readLeaf(state, bodyStart, DEFAULT_TYPE)
  return mayNest
    ? yield* readMultipart(state, bodyStart, depth, media, boundary)
    : yield* readLeaf(state, bodyStart, OPAQUE_TYPE)
}

/** Empty if it is missing or longer than any sender's. */
function boundaryOf(media: MediaType): Octets {
  // RFC 2046 §5.1.1: a boundary does not end in white space.
  const boundary = trimBlank(parameter(media.parameters, 'boundary') ?? '')
  return boundary.length > BOUNDARY_BYTES_MAX ? '' : boundary
}

function isIdentity(encoding: string): boolean {
  return encoding !== 'base64' && encoding !== 'quoted-printable' && !encoding.startsWith('x-')
}

function* readLeaf(state: State, bodyStart: number, media: MediaType): Steps<Body> {
  yield* findDelimiter(state.bytes, state.boundaries, bodyStart, state.delimiter)
  const end = Math.max(bodyStart, state.delimiter.contentEnd)
  const lines = media.type === 'text' ? yield* linesBetween(state, bodyStart, end) : 0
  return { media, end, lines, children: NO_CHILDREN }
}

/** Of an entity whose header was cut by a delimiter: as if the delimiter followed an empty line. */
function withoutBody(state: State, end: number, media: MediaType): Body {
  if (media.type === 'multipart' && boundaryOf(media) === '') return withoutBody(state, end, DEFAULT_TYPE)
  const isContainer = media.type === 'multipart' || isRfc822(media)
  if (isContainer) state.parts++
  return { media, end, lines: 0, children: isContainer ? [plainPart(end, end, DEFAULT_TYPE, 0)] : NO_CHILDREN }
}

function isRfc822(media: MediaType): boolean {
  return media.type === 'message' && media.subtype === 'rfc822'
}

function* readNestedMessage(state: State, bodyStart: number, depth: number, media: MediaType): Steps<Body> {
  const before = yield* linesFrom(state, bodyStart)
  state.messages++
  const child = yield* readEntity(state, bodyStart, depth + 1, DEFAULT_TYPE)
  const lines = (yield* linesBefore(state, child.end)) - before
  state.messages--
  return { media, end: child.end, lines, children: [child] }
}

function* readMultipart(
  state: State,
  bodyStart: number,
  depth: number,
  media: MediaType,
  boundary: Octets,
): Steps<Body> {
  const { bytes, boundaries, delimiter, limits } = state
  const level = openBoundary(boundaries, boundary)
  const childType = media.subtype === 'digest' ? DIGEST_TYPE : DEFAULT_TYPE
  const children: Part[] = []
  yield* findDelimiter(bytes, boundaries, bodyStart, delimiter)
  while (delimiter.level === level && !delimiter.closing && delimiter.terminated) {
    const start = delimiter.next
    if (state.parts < limits.parts) children.push(yield* readEntity(state, start, depth + 1, childType))
    else {
      children.push(restOfMessage(state, start))
      break
    }
  }
  closeBoundary(boundaries)
  const afterEpilogue = delimiter.level === level
  if (afterEpilogue) yield* findDelimiter(bytes, boundaries, delimiter.next, delimiter)
  // Of an empty last part the delimiter's line break is also the end of its header.
  const end = Math.max(bodyStart, delimiter.contentEnd, children.at(-1)?.end ?? 0)
  if (children.length === 0) children.push(yield* headless(state, bodyStart, end))
  return { media, end, lines: 0, children }
}

/** All that is left, as one opaque part. */
function restOfMessage(state: State, start: number): Part {
  endOfMessage(state.bytes, state.delimiter)
  return plainPart(start, state.bytes.length, OPAQUE_TYPE, 0)
}

/** The body of a multipart in which no part begins. */
function* headless(state: State, start: number, end: number): Steps<Part> {
  state.parts++
  return plainPart(start, end, DEFAULT_TYPE, yield* linesBetween(state, start, end))
}

function plainPart(start: number, end: number, { type, subtype, parameters }: MediaType, lines: number): Part {
  return {
    start,
    bodyStart: start,
    end,
    type,
    subtype,
    parameters,
    disposition: null,
    id: null,
    description: null,
    encoding: '7bit',
    md5: null,
    language: NO_LANGUAGES,
    location: null,
    lines,
    children: NO_CHILDREN,
  }
}

function* linesBetween(state: State, start: number, end: number): Steps<number> {
  const before = yield* linesFrom(state, start)
  return (yield* linesBefore(state, end)) - before
}

/** The count at a part's start. What lies before it is skipped, unless an open message/rfc822 counts that too. */
function linesFrom(state: State, start: number): Steps<number> {
  if (state.messages === 0) state.countedTo = start
  return linesBefore(state, start)
}

const LF = 0x0a

function* linesBefore(state: State, at: number): Steps<number> {
  const { bytes } = state
  let from = state.countedTo
  for (let until = from; from < at; from = until) {
    until = Math.min(at, from + BYTES_PER_STEP)
    state.lines += lineFeeds(bytes, from, until)
    if (until < at) yield
  }
  state.countedTo = at
  return state.lines
}

function lineFeeds(bytes: Buffer, start: number, end: number): number {
  let count = 0
  for (let at = start; at < end; at++) if (bytes[at] === LF) count++
  return count
}
