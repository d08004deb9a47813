// A command line as text: verb and arguments (RFC 5321 §2.4). Never throws.

import { asciiText, utf8TextOrNull } from '#base/bytes.ts'

interface CommandLine {
  /** In upper case. */
  readonly verb: string
  /** Without the space before it and those behind it. */
  readonly args: string
}

const NOT_ASCII = /[\x80-\xff]/
const CONTROL = /\p{Cc}/u
const LAST_SPACES = / +$/

/** Null if it has a control character, or is not UTF-8 (which only some commands allow: RFC 6531 §3.2). */
export function parseCommandLine(line: Uint8Array): CommandLine | null {
  const latin1 = asciiText(line)
  const text = NOT_ASCII.test(latin1) ? utf8TextOrNull(line) : latin1
  if (text === null || CONTROL.test(text)) return null
  const space = text.indexOf(' ')
  if (space < 0) return { verb: text.toUpperCase(), args: '' }
  return { verb: text.slice(0, space).toUpperCase(), args: text.slice(space + 1).replace(LAST_SPACES, '') }
}

const FOREIGN_VERBS: ReadonlySet<string> = new Set(['CONNECT', 'DELETE', 'GET', 'HEAD', 'OPTIONS', 'POST', 'PUT'])

/** The first word of an HTTP request: a browser that was lured here, or a proxy that was asked to come. */
export function isForeignVerb(verb: string): boolean {
  return FOREIGN_VERBS.has(verb)
}

/** Whether bytes follow the line that are no commands (RFC 3030 §2): if it cannot be read, it is not known how many. */
export function announcesContent(line: Uint8Array): boolean {
  return asciiText(line, 0, Math.min(line.length, 4)).toUpperCase() === 'BDAT'
}
