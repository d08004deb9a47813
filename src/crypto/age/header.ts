// The header of an age file, as text: https://github.com/C2SP/C2SP/blob/main/age.md (version line, recipient stanzas, MAC).
//
// What is accepted is exactly what is written: encoding what was parsed gives the same bytes. Rejected: any line ending but LF,
// base64 that is padded or not canonical, empty or non-printable arguments, body lines that are longer than 64 characters or
// short before the last, no stanza at all; and, so that a hostile file costs little, more than 64 KiB or 64 stanzas.

import { asBuffer, asciiText } from '#base/bytes.ts'
import { encodeBase64, parseBase64 } from './base64.ts'

const HEADER_LENGTH_MAX = 65_536
const STANZAS_MAX = 64

const VERSION_LINE = 'age-encryption.org/v1'
const STANZA_START = '-> '
const MAC_START = '---'
export const MAC_LENGTH = 32
const BODY_COLUMNS = 64
const BODY_LINE_LENGTH = 48
const LF = 0x0a
const ARGUMENT = /^[\x21-\x7e]+$/

export interface Stanza {
  readonly type: string
  readonly args: readonly string[]
  readonly body: Buffer
}

export interface Header {
  readonly stanzas: readonly Stanza[]
  /** What the MAC is over: up to and with the three hyphens. A view. */
  readonly authenticated: Buffer
  readonly mac: Buffer
  /** Bytes of the whole header. */
  readonly length: number
}

/** The text that a header's MAC is over. */
export function encodeHeaderStart(stanzas: readonly Stanza[]): string {
  return `${VERSION_LINE}\n${stanzas.map(encodeStanza).join('')}${MAC_START}`
}

/** What follows that. */
export function encodeHeaderEnd(mac: Uint8Array): string {
  return ` ${encodeBase64(mac)}\n`
}

function encodeStanza(stanza: Stanza): string {
  let text = `${STANZA_START}${[stanza.type, ...stanza.args].join(' ')}\n`
  // The last line is shorter than the others, and empty if nothing else is.
  for (let start = 0; start <= stanza.body.length; start += BODY_LINE_LENGTH) {
    text += `${encodeBase64(stanza.body.subarray(start, start + BODY_LINE_LENGTH))}\n`
  }
  return text
}

/** Of a file, or of as much of its start as holds the header. */
export function parseHeader(file: Uint8Array): Header | null {
  const lines = new LineReader(headerText(asBuffer(file)))
  if (lines.next() !== VERSION_LINE) return null
  const stanzas: Stanza[] = []
  for (;;) {
    const start = lines.position
    const line = lines.next()
    if (line === null) return null
    if (!line.startsWith(STANZA_START)) {
      if (stanzas.length === 0) return null
      return parseEnd(line, stanzas, asBuffer(file).subarray(0, start + MAC_START.length), lines.position)
    }
    const stanza = stanzas.length < STANZAS_MAX ? parseStanza(line, lines) : null
    if (stanza === null) return null
    stanzas.push(stanza)
  }
}

function parseEnd(line: string, stanzas: Stanza[], authenticated: Buffer, length: number): Header | null {
  if (!line.startsWith(`${MAC_START} `)) return null
  const mac = parseBase64(line.slice(MAC_START.length + 1))
  return mac?.length === MAC_LENGTH ? { stanzas, authenticated, mac, length } : null
}

function parseStanza(firstLine: string, lines: LineReader): Stanza | null {
  const [type, ...args] = firstLine.slice(STANZA_START.length).split(' ') as [string, ...string[]]
  if (!ARGUMENT.test(type) || !args.every((arg) => ARGUMENT.test(arg))) return null
  const pieces: Buffer[] = []
  for (;;) {
    const line = lines.next()
    if (line === null || line.length > BODY_COLUMNS) return null
    const piece = parseBase64(line)
    if (piece === null) return null
    pieces.push(piece)
    if (line.length < BODY_COLUMNS) return { type, args, body: pieces.length === 1 ? piece : Buffer.concat(pieces) }
  }
}

/** Its lines up to the first that begins as the last one does; empty if there is none. */
function headerText(file: Buffer): string {
  const head = file.length > HEADER_LENGTH_MAX ? file.subarray(0, HEADER_LENGTH_MAX) : file
  const end = head.indexOf(`\n${MAC_START}`, 0, 'latin1')
  return end < 0 ? '' : asciiText(head, 0, head.indexOf(LF, end + 1) + 1)
}

class LineReader {
  readonly #text: string
  position = 0

  constructor(text: string) {
    this.#text = text
  }

  /** The next line without its end, or null if there is no whole one. */
  next(): string | null {
    const end = this.#text.indexOf('\n', this.position)
    if (end < 0) return null
    const line = this.#text.slice(this.position, end)
    this.position = end + 1
    return line
  }
}
