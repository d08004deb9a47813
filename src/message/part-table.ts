// A message's parts as compact bytes, for the index, so that a stored message need not be parsed again.
//
// Version 1. After the version byte, the parts in the order of their headers, each followed by its children. Numbers are variable-length
// (seven bits a byte, low ones first, the high bit set on all but the last), at most 2^53 - 1; octets are a length and bytes.
//
//     start, from the end of the part before it among its siblings, else from the body of its parent
//     length of the header, length of the body, lines, number of children
//     media type: its position in MEDIA_TYPES, or 0 and type and subtype as octets
//     encoding: its position in ENCODINGS, or 0 and octets
//     parameters: their number, and of each the position of its name in PARAMETER_NAMES, or 0 and octets; then its value
//     a byte of flags (FLAG_…), then what they announce, in their order
//
// What `encodePartTable` wrote, `decodePartTable` gives back. Other bytes throw PartTableError; they never cost more than their length.

import { asBuffer } from '#base/bytes.ts'
import type { Disposition, Octets, Parameter, Part } from './part.ts'

const VERSION = 1

// Append only: positions are what is stored.
const MEDIA_TYPES = [
  '',
  'text/plain',
  'text/html',
  'multipart/mixed',
  'multipart/alternative',
  'multipart/related',
  'multipart/signed',
  'multipart/report',
  'multipart/digest',
  'multipart/encrypted',
  'message/rfc822',
  'message/delivery-status',
  'application/octet-stream',
  'application/pdf',
  'application/pgp-signature',
  'application/pkcs7-signature',
  'image/png',
  'image/jpeg',
  'image/gif',
  'text/calendar',
]
const ENCODINGS = ['', '7bit', '8bit', 'binary', 'base64', 'quoted-printable']
const PARAMETER_NAMES = [
  '',
  'charset',
  'boundary',
  'name',
  'filename',
  'format',
  'delsp',
  'name*',
  'filename*',
  'type',
  'size',
  'protocol',
  'micalg',
]

const FLAG_DISPOSITION = 1
const FLAG_ID = 2
const FLAG_DESCRIPTION = 4
const FLAG_MD5 = 8
const FLAG_LOCATION = 16
const FLAG_LANGUAGE = 32

/** More than `ParseLimits` ever allow. */
const DEPTH_MAX = 2000

/** The bytes are not a part table of this version. */
export class PartTableError extends Error {
  override name = 'PartTableError'
}

class Writer {
  #buffer = Buffer.allocUnsafe(128)
  #length = 0

  #reserve(size: number): number {
    const at = this.#length
    if (at + size > this.#buffer.length) {
      const grown = Buffer.allocUnsafe((at + size) * 2)
      this.#buffer.copy(grown, 0, 0, at)
      this.#buffer = grown
    }
    this.#length = at + size
    return at
  }

  number(value: number): void {
    let rest = value
    while (rest >= 0x80) {
      this.#buffer[this.#reserve(1)] = (rest % 0x80) | 0x80
      rest = Math.floor(rest / 0x80)
    }
    const at = this.#reserve(1)
    this.#buffer[at] = rest
  }

  octets(value: Octets): void {
    this.number(value.length)
    const at = this.#reserve(value.length)
    this.#buffer.write(value, at, 'latin1')
  }

  named(names: readonly string[], value: Octets): void {
    const index = value === '' ? -1 : names.indexOf(value)
    this.number(Math.max(index, 0))
    if (index < 0) this.octets(value)
  }

  finish(): Buffer {
    return Buffer.from(this.#buffer.subarray(0, this.#length))
  }
}

export function encodePartTable(part: Part): Buffer {
  const writer = new Writer()
  writer.number(VERSION)
  writePart(writer, part, 0)
  return writer.finish()
}

function writePart(writer: Writer, part: Part, from: number): void {
  writer.number(part.start - from)
  writer.number(part.bodyStart - part.start)
  writer.number(part.end - part.bodyStart)
  writer.number(part.lines)
  writer.number(part.children.length)
  const media = MEDIA_TYPES.indexOf(`${part.type}/${part.subtype}`)
  writer.number(Math.max(media, 0))
  if (media < 0) {
    writer.octets(part.type)
    writer.octets(part.subtype)
  }
  writer.named(ENCODINGS, part.encoding)
  writeParameters(writer, part.parameters)
  const { disposition, id, description, md5, location, language } = part
  writer.number(
    (disposition === null ? 0 : FLAG_DISPOSITION) |
      (id === null ? 0 : FLAG_ID) |
      (description === null ? 0 : FLAG_DESCRIPTION) |
      (md5 === null ? 0 : FLAG_MD5) |
      (location === null ? 0 : FLAG_LOCATION) |
      (language.length === 0 ? 0 : FLAG_LANGUAGE),
  )
  if (disposition !== null) {
    writer.octets(disposition.type)
    writeParameters(writer, disposition.parameters)
  }
  for (const value of [id, description, md5, location]) if (value !== null) writer.octets(value)
  if (language.length > 0) {
    writer.number(language.length)
    for (const tag of language) writer.octets(tag)
  }
  let end = part.bodyStart
  for (const child of part.children) {
    writePart(writer, child, end)
    end = child.end
  }
}

function writeParameters(writer: Writer, parameters: readonly Parameter[]): void {
  writer.number(parameters.length)
  for (const { name, value } of parameters) {
    writer.named(PARAMETER_NAMES, name)
    writer.octets(value)
  }
}

class Reader {
  readonly #buffer: Buffer
  #at = 0

  constructor(bytes: Uint8Array) {
    this.#buffer = asBuffer(bytes)
  }

  get left(): number {
    return this.#buffer.length - this.#at
  }

  number(): number {
    let value = 0
    for (let scale = 1; ; scale *= 0x80) {
      const byte = this.#buffer[this.#at++]
      if (byte === undefined) throw new PartTableError('ends too early')
      value += (byte & 0x7f) * scale
      if (value > Number.MAX_SAFE_INTEGER) throw new PartTableError('a number is too large')
      if (byte < 0x80) return value
    }
  }

  /** A number of things that take at least a byte each. */
  count(): number {
    const count = this.number()
    if (count > this.left) throw new PartTableError('a count is too large')
    return count
  }

  octets(): Octets {
    const length = this.count()
    const start = this.#at
    this.#at += length
    return this.#buffer.toString('latin1', start, start + length)
  }

  named(names: readonly string[]): Octets {
    const index = this.number()
    if (index === 0) return this.octets()
    const name = names[index]
    if (name === undefined) throw new PartTableError('an unknown name')
    return name
  }
}

/** Throws PartTableError. */
export function decodePartTable(bytes: Uint8Array): Part {
  const reader = new Reader(bytes)
  if (reader.number() !== VERSION) throw new PartTableError('another version')
  const part = readPart(reader, 0, Infinity, 0)
  if (reader.left > 0) throw new PartTableError('bytes left over')
  return part
}

function readPart(reader: Reader, from: number, limit: number, depth: number): Part {
  if (depth > DEPTH_MAX) throw new PartTableError('too deep')
  const start = from + reader.number()
  const bodyStart = start + reader.number()
  const end = bodyStart + reader.number()
  if (end > limit || !Number.isSafeInteger(end)) throw new PartTableError('a part is not within its parent')
  const lines = reader.number()
  const childCount = reader.count()
  const [type, subtype] = readMediaType(reader)
  const encoding = reader.named(ENCODINGS)
  const parameters = readParameters(reader)
  const flags = reader.number()
  const disposition = (flags & FLAG_DISPOSITION) === 0 ? null : readDisposition(reader)
  const optional = (flag: number): Octets | null => ((flags & flag) === 0 ? null : reader.octets())
  const id = optional(FLAG_ID)
  const description = optional(FLAG_DESCRIPTION)
  const md5 = optional(FLAG_MD5)
  const location = optional(FLAG_LOCATION)
  const language: string[] = []
  if ((flags & FLAG_LANGUAGE) !== 0) for (let left = reader.count(); left > 0; left--) language.push(reader.octets())
  const children: Part[] = []
  let position = bodyStart
  for (let left = childCount; left > 0; left--) {
    const child = readPart(reader, position, end, depth + 1)
    children.push(child)
    position = child.end
  }
  return {
    start,
    bodyStart,
    end,
    type,
    subtype,
    parameters,
    disposition,
    id,
    description,
    encoding,
    md5,
    language,
    location,
    lines,
    children,
  }
}

function readMediaType(reader: Reader): readonly [type: string, subtype: string] {
  const index = reader.number()
  if (index === 0) return [reader.octets(), reader.octets()]
  const media = MEDIA_TYPES[index]
  if (media === undefined) throw new PartTableError('an unknown media type')
  const slash = media.indexOf('/')
  return [media.slice(0, slash), media.slice(slash + 1)]
}

function readParameters(reader: Reader): readonly Parameter[] {
  const parameters: Parameter[] = []
  for (let left = reader.count(); left > 0; left--) {
    const name = reader.named(PARAMETER_NAMES)
    parameters.push({ name, value: reader.octets() })
  }
  return parameters
}

function readDisposition(reader: Reader): Disposition {
  const type = reader.octets()
  return { type, parameters: readParameters(reader) }
}
