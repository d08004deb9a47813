// Sessions of browsers: a random token stands for the login, until its owner logs out, nobody has used it for the idle time, the account is
// locked, or the password is revoked or changed that it came in by; the session that changes it goes on. What is kept is the token's digest. A session keeps its account unlocked.

import type { AccountId } from '#base/ids.ts'
import { sha256 } from '#crypto/hash.ts'
import { randomBytes } from '#crypto/random.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Admission } from './admission.ts'
import { Seats } from './seats.ts'

const TOKEN_BYTES = 32
/** That came in by one password: whoever has an app password drives nobody else out. */
const SESSIONS_PER_PASSWORD_MAX = 64

interface WebSession {
  readonly account: AccountId
  readonly seats: Seats
  own: Disposable | null
  timer: Timer | null
  /** Requests that are being answered: an event stream is one, and keeps its session. */
  uses: number
}

export interface WebUse extends Disposable {
  readonly account: AccountId
  /** Its own, and those of all its requests. */
  readonly seats: Seats
}

export interface WebSessionsParts {
  readonly clock: Clock
  /** Of this vault: tokens begin with it, so that the gate knows where they belong. */
  readonly number: number
  readonly idleMs: number
  /** The account's last session has ended. */
  readonly unused: (account: AccountId) => void
}

export class WebSessions {
  readonly #parts: WebSessionsParts
  /** By digest; least recently begun first. */
  readonly #sessions = new Map<string, WebSession>()

  constructor(parts: WebSessionsParts) {
    this.#parts = parts
  }

  /** The token, which exists nowhere else. */
  begin(account: AccountId, admission: Admission): string {
    const own = [...this.#sessions].filter(([, session]) => session.seats.admission === admission)
    const [oldest] = own
    if (oldest !== undefined && own.length >= SESSIONS_PER_PASSWORD_MAX) this.#end(oldest[0])
    const token = `${this.#parts.number}.${randomBytes(TOKEN_BYTES).toString('base64url')}`
    const session: WebSession = { account, seats: new Seats(admission), own: null, timer: null, uses: 0 }
    const digest = digestOf(token)
    this.#sessions.set(digest, session)
    this.#endLater(digest, session)
    session.own = session.seats.join(() => void this.#end(digest))
    return token
  }

  /** Null: there is no such session. Dispose it when the request is answered. */
  use(token: string): WebUse | null {
    const digest = digestOf(token)
    const session = this.#sessions.get(digest)
    if (session === undefined) return null
    session.timer?.cancel()
    session.uses++
    return {
      account: session.account,
      seats: session.seats,
      [Symbol.dispose]: () => {
        session.uses--
        if (session.uses === 0 && this.#sessions.get(digest) === session) this.#endLater(digest, session)
      },
    }
  }

  has(account: AccountId): boolean {
    return this.#sessions.values().some((session) => session.account === account)
  }

  logout(token: string): boolean {
    return this.#end(digestOf(token))
  }

  /** The account was locked. */
  endAll(account: AccountId): void {
    for (const [digest, session] of this.#sessions) {
      if (session.account !== account) continue
      this.#remove(digest, session)
    }
  }

  #endLater(digest: string, session: WebSession): void {
    session.timer?.cancel()
    session.timer = this.#parts.clock.after(this.#parts.idleMs, () => void this.#end(digest))
  }

  #end(digest: string): boolean {
    const session = this.#sessions.get(digest)
    if (session === undefined) return false
    this.#remove(digest, session)
    if (!this.has(session.account)) this.#parts.unused(session.account)
    return true
  }

  #remove(digest: string, session: WebSession): void {
    session.timer?.cancel()
    session.own?.[Symbol.dispose]()
    this.#sessions.delete(digest)
  }
}

function digestOf(token: string): string {
  return sha256(Buffer.from(token)).toString('base64')
}
