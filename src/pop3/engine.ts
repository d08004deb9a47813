// A session's engine: the client's bytes in, replies out, one command at a time (RFC 1939; pipelining: RFC 2449 §6.6).
//
// How to drive it: `receive` each chunk and await it before the next; call `expire` when nothing was received or sent for `timeoutMs`, and
// `close` when the connection is gone. Calls `host.end` when the session is over. No promise of the engine is ever rejected: a
// broken invariant or a fault of the environment ends the session and goes to `host.fail`.

import { asciiText } from '#base/bytes.ts'
import type { SessionHost } from '#base/session-host.ts'
import type { Account } from '#account/account.ts'
import { parseCommand } from './commands.ts'
import { AUTOLOGOUT_MS, ERRORS_MAX, LINE_BYTES_MAX } from './limits.ts'
import { type LineEvent, LineReader } from './line-reader.ts'
import { Session, SessionEndedError } from './session.ts'

export class Pop3Engine implements Disposable {
  readonly timeoutMs = AUTOLOGOUT_MS
  readonly #session: Session
  readonly #reader = new LineReader(LINE_BYTES_MAX)
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
    this.#reader.push(chunk)
    try {
      for (let event = this.#reader.next(); event !== null; event = this.#reader.next()) {
        await this.#handle(event)
        this.#session.out.flush()
        await this.#session.room()
        if (this.isOver) return this.#end()
      }
    } catch (error) {
      if (error instanceof SessionEndedError) return
      if (!this.isOver && !this.#session.isWithinReply) this.#session.error('[SYS/TEMP] Internal error')
      this.#end()
      this.#session.host.fail(error)
    }
  }

  /** The client was silent for too long: no reply, and nothing is deleted (RFC 1939 §3). */
  expire(): void {
    this.#end()
    this.#session.cut()
  }

  /** The connection is gone. Nothing is deleted. */
  close(): void {
    this.#session.cut()
    this.#reader.wipe()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #handle(event: LineEvent): Promise<void> {
    const command = event.kind === 'line' ? parseCommand(asciiText(event.bytes)) : null
    if (command !== null) {
      this.#errors = 0
      return command.run(this.#session, command.args)
    }
    this.#session.error(event.kind === 'line' ? 'There is no such command' : 'The command is too long')
    if (++this.#errors >= ERRORS_MAX || event.kind === 'flood') this.#session.isEnding = true
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
