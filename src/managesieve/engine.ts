// A session's engine: the client's bytes in, responses out, one command at a time (RFC 5804; pipelining: §2).
//
// How to drive it: `receive` each chunk and await it before the next; call `expire` when nothing was received or sent for `timeoutMs`, and
// `close` when the connection is gone. Calls `host.end` when the session is over. No promise of the engine is ever rejected: a
// broken invariant or a fault of the environment ends the session and goes to `host.fail`.

import { wipe } from '#base/bytes.ts'
import type { SessionHost } from '#base/session-host.ts'
import type { Account } from '#account/account.ts'
import { SCRIPT_BYTES_MAX } from '#sieve/limits.ts'
import { type CommandEvent, CommandReader } from './command-reader.ts'
import { findCommand, fits, runCommand } from './commands.ts'
import { AUTOLOGOUT_MS, ERRORS_MAX } from './limits.ts'
import { Session } from './session.ts'

export class ManageSieveEngine implements Disposable {
  readonly timeoutMs = AUTOLOGOUT_MS
  readonly #session: Session
  readonly #reader = new CommandReader(SCRIPT_BYTES_MAX)
  #errors = 0
  #hasEnded = false

  /** `isReadOnly`: of a session that may read and no more. */
  constructor(account: Account, host: SessionHost, isReadOnly = false) {
    this.#session = new Session(account, host, isReadOnly)
  }

  get isOver(): boolean {
    return this.#session.isEnding
  }

  /** Resolves when everything that the chunk asks for is done and the client can take more. */
  async receive(chunk: Uint8Array): Promise<void> {
    if (this.isOver) return
    const session = this.#session
    this.#reader.push(chunk)
    try {
      for (let event = this.#reader.next(); event !== null; event = this.#reader.next()) {
        await this.#handle(event)
        session.out.flush()
        const drain = session.out.room()
        if (drain !== null) await drain
        if (this.isOver) return this.#end()
      }
    } catch (error) {
      if (session.isCut) return
      session.bye('Internal error')
      this.#end()
      session.host.fail(error)
    }
  }

  /** The client was silent for too long. */
  expire(): void {
    this.bye('Nothing was heard for too long')
  }

  /** Ends the session from our side. */
  bye(text: string): void {
    if (this.isOver) return
    this.#session.bye(text)
    this.#end()
  }

  /** The connection is gone. */
  close(): void {
    this.#session.cut()
    this.#reader.wipe()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #handle(event: CommandEvent): Promise<void> {
    const session = this.#session
    const command = event.kind === 'command' ? findCommand(event.name) : null
    if (event.kind === 'command' && command !== null && fits(command, event.arguments)) {
      this.#errors = 0
      await runCommand(session, command, event.arguments)
      for (const argument of event.arguments) if (argument.kind === 'string') wipe(argument.bytes)
      return
    }
    if (event.kind === 'tooLarge') session.no(`A script may have ${SCRIPT_BYTES_MAX} bytes`, 'QUOTA/MAXSIZE')
    else if (event.kind === 'flood') session.bye('That is too much')
    else if (event.kind === 'command' && command !== null) session.no('The arguments are not those of this command')
    else session.no(event.kind === 'malformed' ? 'The command is malformed' : 'There is no such command')
    if (++this.#errors >= ERRORS_MAX && !session.isEnding) session.bye('Too many mistakes')
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#session.isEnding = true
    this.#session.out.flush()
    this.#reader.wipe()
    if (!this.#session.isCut) this.#session.host.end()
  }
}
