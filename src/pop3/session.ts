// One logged-in POP3 session: what commands read and change.

import { ResponseWriter } from '#base/response-writer.ts'
import type { SessionHost } from '#base/session-host.ts'
import type { Account } from '#account/account.ts'
import { readOnlyAccount } from '#account/read-only-account.ts'
import { type Maildrop, openMaildrop } from './maildrop.ts'

/** The connection ended while a command ran. */
export class SessionEndedError extends Error {
  override name = 'SessionEndedError'
}

export class Session {
  readonly account: Account
  readonly host: SessionHost
  readonly out: ResponseWriter
  readonly maildrop: Maildrop
  /** Nothing is deleted, and nothing marked as seen. */
  readonly isReadOnly: boolean
  /** After QUIT or the loss of the connection: nothing more is read. */
  isEnding = false
  /** A multi-line reply is being written, and nothing may come between its lines. */
  isWithinReply = false
  #isCut = false

  constructor(account: Account, host: SessionHost, isReadOnly: boolean) {
    this.account = isReadOnly ? readOnlyAccount(account) : account
    this.isReadOnly = isReadOnly
    this.host = host
    this.maildrop = openMaildrop(account)
    this.out = new ResponseWriter((bytes) => (this.#isCut ? null : host.send(bytes)))
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** The connection is gone: a running command stops at its next pause. */
  cut(): void {
    this.#isCut = true
    this.isEnding = true
  }

  ok(text = ''): void {
    this.out.line(text === '' ? '+OK' : `+OK ${text}`)
  }

  error(text: string): void {
    this.out.line(`-ERR ${text}`)
  }

  /** Waits until the client has read enough. Throws SessionEndedError. */
  async room(): Promise<void> {
    const drain = this.out.room()
    if (drain !== null) await drain
    if (this.#isCut) throw new SessionEndedError('the connection ended')
  }
}
