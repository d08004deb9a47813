// The commands before login (RFC 9051 §6.1, §6.2). Never throws.

import { type Result, fail, ok } from '#base/result.ts'
import { ID_REPLY, parseId } from './command-id.ts'
import { Cursor, SyntaxFailure } from './cursor.ts'
import { TAG_MAX } from './tag.ts'

export type PreauthCommand = { readonly tag: string } & (
  | { readonly kind: 'capability' | 'noop' | 'logout' | 'startTls' | 'notYet' }
  | { readonly kind: 'id'; readonly reply: string }
  /** New buffers. */
  | { readonly kind: 'login'; readonly name: Buffer; readonly password: Buffer }
  | { readonly kind: 'authenticate'; readonly mechanism: string; readonly initial: Buffer | null }
)

/** Distributes over the variants. */
type Untagged<T> = T extends unknown ? Omit<T, 'tag'> : never

const PASSWORD_BYTES_MAX = 1_024

export function parsePreauth(text: Buffer): Result<PreauthCommand, { readonly tag: string; readonly text: string }> {
  const cursor = new Cursor(text)
  let tag = '*'
  try {
    const read = cursor.tag()
    if (read.length > TAG_MAX) return fail({ tag, text: 'The tag is too long' })
    tag = read
    cursor.space()
    const command = parseNamed(cursor)
    if (command.kind !== 'notYet') cursor.end()
    return ok({ ...command, tag })
  } catch (error) {
    if (error instanceof SyntaxFailure) return fail({ tag, text: `Malformed command: ${error.message}` })
    throw error
  }
}

function parseNamed(cursor: Cursor): Untagged<PreauthCommand> {
  switch (cursor.word()) {
    case 'CAPABILITY':
      return { kind: 'capability' }
    case 'NOOP':
      return { kind: 'noop' }
    case 'LOGOUT':
      return { kind: 'logout' }
    case 'STARTTLS':
      return { kind: 'startTls' }
    case 'ID':
      parseId(cursor)
      return { kind: 'id', reply: ID_REPLY }
    case 'LOGIN': {
      cursor.space()
      const name = parseSecret(cursor)
      cursor.space()
      const password = parseSecret(cursor)
      cursor.end()
      return { kind: 'login', name: takeSecret(name), password: takeSecret(password) }
    }
    case 'AUTHENTICATE': {
      cursor.space()
      const mechanism = cursor.word()
      return { kind: 'authenticate', mechanism, initial: cursor.skip(' ') ? parseInitial(cursor) : null }
    }
    default:
      return { kind: 'notYet' }
  }
}

function parseSecret(cursor: Cursor): Buffer {
  const bytes = cursor.astring()
  if (bytes.length > 0 && bytes.length <= PASSWORD_BYTES_MAX) return bytes
  bytes.fill(0)
  throw new SyntaxFailure('name or password is too short or long')
}

/** A buffer of its own; what was parsed is overwritten. */
function takeSecret(bytes: Buffer): Buffer {
  const taken = Buffer.from(bytes)
  bytes.fill(0)
  return taken
}

/** Base 64, or `=` for an empty response (RFC 4959 §3): to the end of the command. */
function parseInitial(cursor: Cursor): Buffer {
  const rest = Buffer.from(cursor.bytes.subarray(cursor.at))
  cursor.at = cursor.bytes.length
  return rest.length === 1 && rest[0] === 0x3d ? Buffer.alloc(0) : rest
}
