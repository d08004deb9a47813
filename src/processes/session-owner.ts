// Whoever has a session of JMAP proves to be the account's owner, by the owner's own password: asked for again, and throttled as logins are, since whoever
// has got hold of a session should not find the password out by it.

import type { AccountId } from '#base/ids.ts'
import type { LoginThrottle } from '#gate/login-throttle.ts'
import { sleep } from '#platform/clock.ts'
import type { UnlockedAccount } from '#unlock/unlocked-account.ts'
import type { LoginFacts, UnlockedAccounts } from '#unlock/unlocked-accounts.ts'

export interface SessionOwnerParts {
  readonly accounts: UnlockedAccounts
  readonly throttle: LoginThrottle
  /** Null: the directory cannot be asked now. */
  facts(login: Uint8Array): Promise<LoginFacts | null>
}

export interface SessionOwner {
  readonly unlocked: UnlockedAccount
  readonly facts: LoginFacts
}

/** Whoever would wait longer is told to come again. */
const WAIT_MAX_MS = 5_000

/** Throws BusyError. */
export async function proveOwner(
  parts: SessionOwnerParts,
  id: AccountId,
  address: string,
  password: Uint8Array,
): Promise<SessionOwner | 'wrongPassword' | 'rateLimit' | 'unavailable'> {
  const { accounts, throttle } = parts
  // Each account is a place of its own: who fails in one keeps nobody else waiting.
  const attempt = throttle.attempt(Buffer.from(id), `session ${id}`)
  if (attempt.waitMs === null || attempt.waitMs > WAIT_MAX_MS) return 'rateLimit'
  if (attempt.waitMs > 0) await sleep(attempt.waitMs)
  const facts = await parts.facts(Buffer.from(address))
  if (facts?.account !== id) return 'unavailable'
  const login = await accounts.login(facts, password, 'owner')
  if (login === null) {
    attempt.failed()
    return 'wrongPassword'
  }
  attempt.succeeded()
  return { unlocked: login.unlocked, facts }
}
