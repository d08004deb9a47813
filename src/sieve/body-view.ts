// The body as the test "body" sees it (RFC 5173 §5): undecoded, by content type, or as text.

import { decodeTransfer, readText } from '#message/body.ts'
import { htmlToText } from '#message/html-text.ts'
import { type Octets, type Part, isMessage, isMultipart } from '#message/part.ts'
import { BODY_BYTES_MAX, BODY_PART_BYTES_MAX } from './limits.ts'
import type { MessageView } from './message-view.ts'
import { asciiLower, toOctets } from './octets.ts'

const LF = 0x0a

/** §4: a message that is a header only, without the empty line, has no body. */
function hasBody({ bytes, root }: MessageView): boolean {
  if (root.bodyStart < root.end) return true
  const end = bytes.toString('latin1', Math.max(root.start, root.bodyStart - 4), root.bodyStart)
  return end.endsWith('\n\n') || end.endsWith('\n\r\n') || end === '\r\n' || end === '\n'
}

/** §5.1. */
export function rawBody(view: MessageView): Octets[] {
  if (!hasBody(view)) return []
  const { bodyStart, end } = view.root
  return [view.bytes.toString('latin1', bodyStart, Math.min(end, bodyStart + BODY_BYTES_MAX))]
}

/** §5.3: each text part by itself, HTML without its mark-up. */
export function* bodyTexts(view: MessageView): Generator<Octets> {
  if (!hasBody(view)) return
  let left = BODY_BYTES_MAX
  for (const part of leaves(view.root)) {
    if (part.type !== 'text' || left <= 0) continue
    const source = readText(view.bytes, part, Math.min(left, BODY_PART_BYTES_MAX)).text
    left -= source.length
    yield withLineEnds(part.subtype === 'html' ? htmlToText(source, BODY_PART_BYTES_MAX) : source)
  }
}

/** §5.2: parts of these types, each by itself. */
export function* bodyContents(view: MessageView, types: readonly Octets[]): Generator<Octets> {
  if (!hasBody(view)) return
  const wanted = types.map(asciiLower)
  let left = BODY_BYTES_MAX
  for (const part of parts(view.root)) {
    if (left <= 0) return
    if (!wanted.some((type) => fits(type, part))) continue
    for (const content of contentsOf(view, part, Math.min(left, BODY_PART_BYTES_MAX))) {
      left -= content.length
      yield content
    }
  }
}

function fits(type: string, part: Part): boolean {
  if (type === '') return true
  const slash = type.indexOf('/')
  if (slash < 0) return type === part.type
  return slash > 0 && slash < type.length - 1 && type === `${part.type}/${part.subtype}`
}

function contentsOf({ bytes }: MessageView, part: Part, max: number): Octets[] {
  const octets = (start: number, end: number): Octets => bytes.toString('latin1', start, Math.min(end, start + max))
  if (isMultipart(part)) return aroundParts(bytes, part).map(([start, end]) => octets(start, end))
  const [message] = part.children
  // The header of the message within; its parts are looked at by themselves.
  if (isMessage(part) && message !== undefined) return [octets(message.start, message.bodyStart)]
  if (part.type === 'text') return [withLineEnds(readText(bytes, part, max).text)]
  return [decodeTransfer(bytes, part).toString('latin1', 0, max)]
}

/** What stands before the first part, and behind the last. */
function aroundParts(bytes: Buffer, part: Part): [start: number, end: number][] {
  const first = part.children[0]
  const last = part.children.at(-1)
  if (first === undefined || last === undefined) return []
  return [
    [part.bodyStart, Math.max(part.bodyStart, delimiterBefore(bytes, first.start))],
    [Math.min(part.end, afterDelimiter(bytes, last.end, part.end)), part.end],
  ]
}

/** Where the delimiter's line begins that ends before `start`. */
function delimiterBefore(bytes: Buffer, start: number): number {
  let at = start - 1
  // Its own line break first.
  while (at > 0 && bytes[at - 1] !== LF) at--
  return at
}

function afterDelimiter(bytes: Buffer, contentEnd: number, end: number): number {
  // The line break before the delimiter belongs to it, then its line.
  const before = bytes.indexOf(LF, contentEnd)
  const after = before < 0 || before >= end ? -1 : bytes.indexOf(LF, before + 1)
  return after < 0 || after >= end ? end : after + 1
}

function* parts(part: Part): Generator<Part> {
  yield part
  for (const child of part.children) yield* parts(child)
}

function* leaves(root: Part): Generator<Part> {
  for (const part of parts(root)) if (part.children.length === 0) yield part
}

/** §4: strings will usually contain CRLF. */
export function withLineEnds(text: string): Octets {
  return toOctets(text.replaceAll('\r\n', '\n').replaceAll('\n', '\r\n'))
}
