// From the text of one command to the command of the table and its arguments. The one place that catches SyntaxFailure, so
// that no input makes parsing throw.

import { type Result, fail, ok } from '#base/result.ts'
import { type AnyCommand, type Completion, bad } from './command.ts'
import { commandNamed } from './commands.ts'
import { Cursor, SyntaxFailure } from './cursor.ts'
import type { Session } from './session.ts'
import { TAG_MAX } from './tag.ts'

export interface ParsedCommand {
  readonly tag: string
  readonly command: AnyCommand
  readonly args: unknown
}

export interface Malformed {
  /** `*` where not even the tag could be read. */
  readonly tag: string
  readonly completion: Completion
}

/** A command's tag and name; the cursor is behind the name. */
export interface Opening {
  readonly tag: string
  readonly command: AnyCommand
  readonly cursor: Cursor
}

export function parseOpening(text: Buffer): Result<Opening, Malformed> {
  const cursor = new Cursor(text)
  let tag = '*'
  try {
    const read = cursor.tag()
    if (read.length > TAG_MAX) return fail({ tag, completion: bad(`The tag is longer than ${TAG_MAX} characters`) })
    tag = read
    cursor.space()
    let name = cursor.word()
    if (name === 'UID') {
      cursor.space()
      name = `UID ${cursor.word()}`
    }
    const command = commandNamed(name)
    if (command === undefined) return fail({ tag, completion: bad('There is no such command') })
    return ok({ tag, command, cursor })
  } catch (error) {
    return malformed(tag, error)
  }
}

export function parseCommand(text: Buffer, session: Session): Result<ParsedCommand, Malformed> {
  const opening = parseOpening(text)
  if (!opening.ok) return opening
  const { tag, command, cursor } = opening.value
  try {
    const args: unknown = command.parse(cursor, session)
    cursor.end()
    return ok({ tag, command, args })
  } catch (error) {
    return malformed(tag, error)
  }
}

/** Throws what is not a SyntaxFailure. */
export function malformed(tag: string, error: unknown): { readonly ok: false; readonly error: Malformed } {
  if (error instanceof SyntaxFailure) {
    return fail({ tag, completion: error.completion ?? bad(`Malformed command: ${error.message}`) })
  }
  throw error
}
