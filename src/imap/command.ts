// What a command is: the table in `commands.ts` maps names to these, and the engine knows nothing else of them.

import type { Cursor } from './cursor.ts'
import type { Session } from './session.ts'

/** The tagged reply. `code` is a response code without brackets (RFC 3501 §7.1, RFC 5530); both are ASCII. */
export interface Completion {
  readonly status: 'OK' | 'NO' | 'BAD'
  readonly code?: string
  readonly text: string
  /** It changed the mailbox: the client is told up to which modseq it knows it (RFC 7162 §3.2.7), in place of a code. */
  readonly tellsModseq?: true
  /** A command by UIDs was given sequence numbers after all, so that no expunge may be told with its reply (RFC 7162 §3.2.10.2). */
  readonly usedNumbers?: true
}

/** The command goes on until the client has sent one more line (RFC 2177). */
export interface Continuation {
  /** Text of the continuation request. */
  readonly request: string
  finish(line: Buffer): Completion
}

/** Where a streamed literal goes. Disposed when its command is over, whatever became of it. */
export interface LiteralSink extends Disposable {
  write(chunk: Buffer): Promise<void>
  /** The literal is complete; the cursor is at what the command has behind it. */
  finish(rest: Cursor): Promise<Completion>
}

export interface Command<Args> {
  /** In upper case; `UID FETCH` is a name of its own. */
  readonly name: string
  /** `selected` only with a mailbox selected. */
  readonly state: 'authenticated' | 'selected'
  /** False where EXPUNGE responses would make the client's sequence numbers ambiguous (RFC 3501 §7.4.1). */
  readonly mayExpunge: boolean
  /** It takes or gives message sequence numbers: refused after ENABLE UIDONLY (RFC 9586 §3.1). */
  readonly usesNumbers?: boolean
  /** It changes the account: a session that may only read is refused (RFC 5530 §3, NOPERM). */
  readonly changes?: boolean
  /** Reads what follows the name, its leading space included. Throws SyntaxFailure. */
  parse(cursor: Cursor, session: Session): Args
  run(session: Session, args: Args): Completion | Continuation | Promise<Completion>
  /**
   * Asked when a literal is offered, with the cursor behind the name and the command ending in the announcement. Null: it is
   * an argument like any other. Throws SyntaxFailure.
   */
  openLiteral?(session: Session, cursor: Cursor, sizeBytes: number): LiteralSink | Completion | null
}

export type AnyCommand = Command<any>

export function ok(text: string, code?: string): Completion {
  return code === undefined ? { status: 'OK', text } : { status: 'OK', code, text }
}

export function no(text: string, code?: string): Completion {
  return code === undefined ? { status: 'NO', text } : { status: 'NO', code, text }
}

export function bad(text: string): Completion {
  return { status: 'BAD', text }
}

/** RFC 9586 §3.1. */
export const UID_REQUIRED: Completion = {
  status: 'BAD',
  code: 'UIDREQUIRED',
  text: 'Message sequence numbers are not used after ENABLE UIDONLY',
}

export function formatCompletion(tag: string, completion: Completion): string {
  const code = completion.code === undefined ? '' : `[${completion.code}] `
  return `${tag} ${completion.status} ${code}${completion.text}`
}
