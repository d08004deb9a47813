// One password or passkey that has been let in: the owner's or an app password, with the sessions that came in by it. It is over when it is revoked, when its
// time has come, or when the account is locked; its sessions end with it.

import type { AppPasswordScope, AppProtocol } from '#keys/app-password.ts'
import { isExpired, scopePermits } from '#keys/app-password.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { EndReason } from './end-reason.ts'

/** What a login is for: a protocol, or something that only the owner's own password opens. */
export type LoginUse = AppProtocol | 'owner'

/** What its slot says, verified. */
export interface AdmittedSlot {
  /** Its name in hexadecimal digits. */
  readonly slot: string
  /** Null: the owner's own password, or a passkey, which may everything. */
  readonly scope: AppPasswordScope | null
  readonly isPasskey?: boolean
}

/** Ends one session that came in by it. */
type EndSession = (reason: EndReason) => void

/** Wall clocks jump, and timers run for a bounded time: it is looked so often, at least. */
const LOOK_MS = 60_000

/** Null: it may come in. */
export function refusalFor({ scope }: AdmittedSlot, use: LoginUse, now: number): 'protocol' | 'expired' | null {
  if (scope === null) return null
  if (isExpired(scope, now)) return 'expired'
  return use !== 'owner' && scopePermits(scope, use) ? null : 'protocol'
}

export class Admission implements AdmittedSlot, Disposable {
  readonly slot: string
  readonly scope: AppPasswordScope | null
  readonly isPasskey: boolean
  readonly #clock: Clock
  readonly #ended: () => void
  readonly #sessions = new Set<EndSession>()
  #timer: Timer | null = null
  #isOver = false

  /** `ended`: it is over, for a reason of its own. */
  constructor({ slot, scope, isPasskey = false }: AdmittedSlot, clock: Clock, ended: () => void) {
    this.slot = slot
    this.scope = scope
    this.isPasskey = isPasskey
    this.#clock = clock
    this.#ended = ended
    this.#look()
  }

  /** By which sort of thing its sessions came in. */
  get by(): 'password' | 'appPassword' | 'passkey' {
    if (this.isPasskey) return 'passkey'
    return this.isOwner ? 'password' : 'appPassword'
  }

  get isOwner(): boolean {
    return this.scope === null
  }

  /** It may read and no more. */
  get isReadOnly(): boolean {
    return this.scope?.access === 'readOnly'
  }

  /** Whoever has waited for something looks again before going on. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** `end` is called once, unless the session has left before; at once if it is over already. */
  join(end: EndSession): Disposable {
    if (this.#isOver) end('revoked')
    else this.#sessions.add(end)
    return { [Symbol.dispose]: () => void this.#sessions.delete(end) }
  }

  end(reason: EndReason): void {
    if (this.#isOver) return
    this[Symbol.dispose]()
    this.#ended()
    const sessions = Array.from(this.#sessions)
    this.#sessions.clear()
    for (const session of sessions) session(reason)
  }

  /** The account is locked: its sessions have ended by that. */
  [Symbol.dispose](): void {
    this.#isOver = true
    this.#timer?.cancel()
  }

  #look(): void {
    const expires = this.scope?.expires ?? null
    if (expires === null || this.#isOver) return
    const left = expires - this.#clock.now()
    if (left <= 0) return this.end('expired')
    this.#timer = this.#clock.after(Math.min(left, LOOK_MS), () => this.#look())
  }
}
