// One logged-in ManageSieve session: what commands read and change.

import { ResponseWriter } from '#base/response-writer.ts'
import type { SessionHost } from '#base/session-host.ts'
import type { Account } from '#account/account.ts'
import { readOnlyAccount } from '#account/read-only-account.ts'
import { ScriptStore } from '#filters/script-store.ts'
import { type ResponseCode, quoteString, responseLine } from './response.ts'

export class Session {
  readonly account: Account
  readonly host: SessionHost
  readonly out: ResponseWriter
  readonly scripts: ScriptStore
  /** After LOGOUT or the loss of the connection: nothing more is read. */
  isEnding = false
  #isCut = false

  constructor(account: Account, host: SessionHost, isReadOnly: boolean) {
    this.account = isReadOnly ? readOnlyAccount(account) : account
    this.host = host
    this.scripts = new ScriptStore(this.account)
    this.out = new ResponseWriter((bytes) => (this.#isCut ? null : host.send(bytes)))
  }

  get isCut(): boolean {
    return this.#isCut
  }

  cut(): void {
    this.#isCut = true
    this.isEnding = true
  }

  ok(text: string, code?: ResponseCode | `TAG ${string}`): void {
    this.out.text(responseLine('OK', text, code))
  }

  no(text: string, code?: ResponseCode): void {
    this.out.text(responseLine('NO', text, code))
  }

  /** The last that is said. */
  bye(text: string): void {
    this.out.text(responseLine('BYE', text))
    this.isEnding = true
  }

  /** A string, at the beginning of a line. */
  string(text: string): void {
    this.out.text(quoteString(text))
  }
}
