// Passkeys in a vault: a login by one, and making one. The relying party is this server's host name, or `localhost`: whichever of the origins that the supervisor
// named the browser was at (docs/formats/passkeys.md).

import { type AccountId, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import { passkeyCredentialIds } from '#account/passkeys.ts'
import type { MadePasskey, PasskeyAnswer, PasskeyRequest } from '#jmap/engine.ts'
import type { RootSecret } from '#keys/root.ts'
import { PRF_BYTES } from '#keys/passkey-slot.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { Clock } from '#platform/clock.ts'
import type { Log } from '#platform/log.ts'
import type { PasskeyLogin } from '#protocol/vault-web.ts'
import { openByPasskey } from '#unlock/passkey-login.ts'
import type { SlotChanges } from '#unlock/slot-changes.ts'
import type { Login, LoginFacts, UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import { verifyAssertion } from '#webauthn/assertion.ts'
import { Challenges } from '#webauthn/challenges.ts'
import { describeWebAuthnProblem } from '#webauthn/problem.ts'
import { verifyRegistration } from '#webauthn/registration.ts'

export interface VaultPasskeysParts {
  readonly accounts: UnlockedAccounts
  readonly changes: SlotChanges
  readonly clock: Clock
  readonly log: Log
  readonly origins: readonly string[]
  reader(account: AccountId): LogReader
  /** What a login needs, of an account; null: the directory cannot be asked now. */
  facts(account: AccountId): Promise<LoginFacts | null>
}

export interface PasskeyIn extends Login {
  /** What its authenticator has counted. */
  readonly counter: number
}

interface Owner {
  readonly id: AccountId
  readonly root: RootSecret
  readonly facts: LoginFacts
}

const refused = (why: string): PasskeyAnswer => ({ kind: 'refused', why })

export class VaultPasskeys {
  readonly #parts: VaultPasskeysParts
  /** For making passkeys. Those of logins are the gate's: it does not know yet whose they are. */
  readonly #challenges: Challenges

  constructor(parts: VaultPasskeysParts) {
    this.#parts = parts
    this.#challenges = new Challenges(parts.clock)
  }

  /** Null: it is not let in, for whatever reason. The challenge is the gate's, and is not spent a second time. */
  async login(given: PasskeyLogin): Promise<PasskeyIn | 'unavailable' | null> {
    const { accounts, log, origins } = this.#parts
    const facts = await this.#parts.facts(accountIdFromBytes(given.account))
    if (facts === null) return 'unavailable'
    const { account, salt } = facts
    let counter = 0
    const login = accounts.loginByPasskey(facts, (slots) => {
      if (account === null) return null
      const { challenge } = given
      const verified = openByPasskey(slots, account, given, salt, { challenge, origins })
      if (verified.kind === 'opened') {
        counter = verified.counter
        return verified.opened
      }
      log.warn('passkey.refused', { account, why: verified.why })
      return null
    })
    return login === null ? null : { ...login, counter }
  }

  /** What the browser asks an authenticator for. */
  begin({ id, root, facts }: Owner): PasskeyRequest {
    using reader = this.#parts.reader(id)
    return {
      challenge: this.#challenges.issue(holderOf(id, 'create')),
      proofChallenge: this.#challenges.issue(holderOf(id, 'get')),
      userId: Buffer.from(accountIdToBytes(id)),
      userName: facts.address,
      known: passkeyCredentialIds({ reader, root }),
    }
  }

  /**
   * `noted` is told what the authenticator of the new slot has counted. Throws LedgerRefusedError, SlotNotProvenError. The caller wipes what the PRF
   * gave.
   */
  async add(
    { id, root, facts }: Owner,
    made: MadePasskey,
    noted: (slot: string, counter: number) => Promise<void>,
  ): Promise<PasskeyAnswer> {
    const { origins, changes } = this.#parts
    if (made.prf.length !== PRF_BYTES) return refused('The device gave nothing that could open your mail.')
    const [challenge, proofChallenge] = [made.challenge, made.proofChallenge]
    const taken = [this.#challenges.take(challenge), this.#challenges.take(proofChallenge)]
    const holders = [holderOf(id, 'create'), holderOf(id, 'get')]
    if (!taken.every((one, at) => one?.holder === holders[at])) return refused(describeWebAuthnProblem('challenge'))
    const registered = verifyRegistration(made.attestation, { challenge, origins })
    if (!registered.ok) return refused(describeWebAuthnProblem(registered.error))
    const { id: credentialId, publicKey, relyingParty, isBackupEligible } = registered.value
    // Nobody signs a registration: that somebody has this key, its first use says.
    const proven = verifyAssertion(made.proof, { challenge: proofChallenge, origins }, publicKey)
    if (!proven.ok) return refused(describeWebAuthnProblem(proven.error))
    const isSame = proven.value.relyingParty === relyingParty && proven.value.isBackupEligible === isBackupEligible
    if (!isSame) return refused(describeWebAuthnProblem('signature'))
    const passkey = { label: made.label, credentialId, publicKey, relyingParty, isBackupEligible }
    const name = await changes.addPasskey(id, root, passkey, made.prf, facts.salt)
    if (name === 'tooMany') return { kind: 'tooMany' }
    const slot = name.toString('hex')
    await noted(slot, proven.value.counter)
    return { kind: 'made', id: slot }
  }
}

function holderOf(account: AccountId, ceremony: 'create' | 'get'): string {
  return `${account} ${ceremony}`
}
