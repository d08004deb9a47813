// Watches for what the owner must not miss: that the operator asked to open the account, or did, and that it is time to try the recovery code.

import type { Connection } from '#web/jmap/connection.ts'
import { Observable } from '#web/mail/observable.ts'
import { type EscrowRequest, type Recovery, RecoveryClient } from './recovery-client.ts'

const EVERY_MS = 600_000
const SEEN_KEY = 'mailkeep.escrow-seen'

export class EscrowWatch extends Observable {
  readonly #client: RecoveryClient
  readonly #connection: Connection
  #timer: ReturnType<typeof setInterval> | null = null
  #recovery: Recovery | null = null
  #isReminderOff = false
  #account = ''

  constructor(connection: Connection) {
    super()
    this.#connection = connection
    this.#client = new RecoveryClient(connection)
  }

  start(): void {
    void this.look()
    this.#timer = setInterval(() => void this.look(), EVERY_MS)
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer)
  }

  async look(): Promise<void> {
    try {
      this.#account = (await this.#connection.session()).accountId
      this.learn(await this.#client.get())
    } catch {
      // Without a connection there is nothing to say: it is tried again.
    }
  }

  /** What a page has found out. */
  learn(recovery: Recovery): void {
    this.#recovery = recovery
    this.changed()
  }

  /** Null: there is none that could still be refused. */
  get request(): EscrowRequest | null {
    const request = this.#recovery?.request ?? null
    return request?.state === 'waiting' ? request : null
  }

  /** The last time that the operator opened the account, if this browser's owner has not said yet that it was seen. */
  get unseenUse(): string | null {
    const last = this.#recovery?.uses.at(-1)?.at ?? null
    return last !== null && last > seen(this.#account) ? last : null
  }

  get isDrillDue(): boolean {
    const { recoveryCode, shares } = this.#recovery ?? { recoveryCode: null, shares: null }
    return !this.#isReminderOff && (recoveryCode?.isDue === true || shares?.isDue === true)
  }

  seen(): void {
    const last = this.#recovery?.uses.at(-1)?.at
    if (last !== undefined) remember(this.#account, last)
    this.changed()
  }

  /** Until the next login. */
  remindLater(): void {
    this.#isReminderOff = true
    this.changed()
  }

  /** Rejects with JmapFailure. */
  async refuse(): Promise<void> {
    await this.#client.refuseEscrow()
    await this.look()
  }
}

function seen(account: string): string {
  try {
    return localStorage.getItem(`${SEEN_KEY}.${account}`) ?? ''
  } catch {
    return ''
  }
}

function remember(account: string, when: string): void {
  try {
    localStorage.setItem(`${SEEN_KEY}.${account}`, when)
  } catch {
    // Where nothing can be stored it is said again at the next login.
  }
}
