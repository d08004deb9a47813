// Ways back into an account, as its vault keeps them: the recovery code, shares, escrow, drills. One service for the administrator's command and for JMAP: both
// bring what the owner typed, and neither can do anything without it, but for the operator's escrow, which the owner chose, and which says so in the account.

import { wipe } from '#base/bytes.ts'
import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import type { AccountLog } from '#account/account-log.ts'
import { CommitRefusedError } from '#account/account.ts'
import { type DrillOutcome, drill, drillOperation } from '#account/drill.ts'
import { escrowUseOperation } from '#account/escrow-log.ts'
import { addEscrow, removeEscrow } from '#account/escrow-slots.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { type RecoveryReport, recoveryReport } from '#account/recovery-report.ts'
import { revokeKind, slotOfKind } from '#account/replace-slots.ts'
import { issueShares } from '#account/share-slots.ts'
import { readSlots, replaceRecoveryCode } from '#account/slots.ts'
import { parseRecipient } from '#crypto/age/recipient.ts'
import { sealAge } from '#crypto/age/seal.ts'
import { randomBytes } from '#crypto/random.ts'
import type { LoginThrottle } from '#gate/login-throttle.ts'
import { type EscrowNotice, composeEscrowNotice } from '#delivery/escrow-notice.ts'
import type { RecoveryDenial, RecoveryHost, RecoveryState, ShareText, TypedMeans } from '#jmap/recovery-host.ts'
import { readMeans, wipeMeans } from '#keys/means.ts'
import { type IdentityKind, RootSecret } from '#keys/root.ts'
import { SHARES_MAX, THRESHOLD_MIN } from '#keys/share.ts'
import { LedgerRefusedError } from '#ledger/errors.ts'
import type { LogReader } from '#ledger/reader.ts'
import { DraftError } from '#message/draft.ts'
import type { Clock } from '#platform/clock.ts'
import type { SlotChanges } from '#unlock/slot-changes.ts'
import type { UnlockedAccount } from '#unlock/unlocked-account.ts'
import type { UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import type { DirectoryClient } from './directory-client.ts'
import type { IdleWipe } from './idle-wipe.ts'
import { proveOwner } from './session-owner.ts'

export interface VaultRecoveryParts {
  readonly accounts: UnlockedAccounts
  readonly changes: SlotChanges
  readonly clock: Clock
  readonly directory: DirectoryClient
  readonly throttle: LoginThrottle
  /** What was typed was in memory as text, which nobody can wipe by itself. */
  readonly wiping: Pick<IdleWipe, 'touch'>
  readonly hostname: string
  /** Null: the operator offers no escrow. */
  readonly escrow: { readonly recipient: string; readonly delayMs: number } | null
  log(account: AccountId): AccountLog
  reader(account: AccountId): LogReader
}

const UNAVAILABLE = { kind: 'unavailable' } as const
const DONE = { kind: 'done' } as const
const CONTACT_LENGTH_MAX = 40
const HYBRID_PREFIX = 'age1pq1'

export class VaultRecovery {
  readonly #parts: VaultRecoveryParts

  constructor(parts: VaultRecoveryParts) {
    this.#parts = parts
  }

  /** For the engine of an unlocked account, whose owner types the password again for what changes anything. */
  host(unlocked: UnlockedAccount): RecoveryHost {
    return {
      report: () => this.report(unlocked),
      newCode: (password) => this.#asOwner(unlocked, password, (owner) => this.newCode(owner)),
      issueShares: (password, threshold, contacts) =>
        this.#asOwner(unlocked, password, (owner) => this.issueShares(owner, threshold, contacts)),
      revokeShares: (password) => this.#asOwner(unlocked, password, (owner) => this.revokeShares(owner)),
      setSecurity: (password, level) => this.#asOwner(unlocked, password, (owner) => this.setSecurity(owner, level)),
      drill: (means) => this.drill(unlocked.id, unlocked.address, means).finally(() => this.#parts.wiping.touch()),
      refuseEscrow: () => this.refuseEscrow(unlocked.id),
    }
  }

  async #asOwner<T>(
    { id, address }: UnlockedAccount,
    password: Uint8Array,
    action: (unlocked: UnlockedAccount) => Promise<T>,
  ): Promise<T | RecoveryDenial> {
    const { accounts, throttle, directory, wiping } = this.#parts
    const parts = { accounts, throttle, facts: (login: Uint8Array) => directory.login(login) }
    try {
      const owner = await proveOwner(parts, id, address, password)
      return typeof owner === 'string' ? { kind: owner } : await action(owner.unlocked)
    } catch (error) {
      if (error instanceof LedgerRefusedError) throw new CommitRefusedError(error.reason, { cause: error })
      throw error
    } finally {
      wiping.touch()
    }
  }

  async report(unlocked: UnlockedAccount): Promise<RecoveryState | RecoveryDenial> {
    const request = await this.#request(unlocked.id)
    if (request === undefined) return UNAVAILABLE
    const { escrow: offer } = this.#parts
    return { ...(await this.#ownReport(unlocked)), offer, request }
  }

  #ownReport(unlocked: UnlockedAccount): Promise<RecoveryReport> {
    return this.#use(unlocked, (account) => {
      using reader = this.#parts.reader(unlocked.id)
      const { root } = unlocked
      return recoveryReport({ reader, root }, (key) => account.setting(key), this.#parts.clock.now())
    })
  }

  /** Throws LedgerRefusedError, SlotNotProvenError, as all of these. */
  async newCode({ id, root }: UnlockedAccount): Promise<{ readonly kind: 'code'; readonly code: string }> {
    return { kind: 'code', code: await this.#parts.changes.exclusively(id, root, replaceRecoveryCode) }
  }

  async issueShares(
    { id, root }: UnlockedAccount,
    threshold: number,
    contacts: readonly string[],
  ): Promise<{ readonly kind: 'shares'; readonly shares: readonly ShareText[] } | RecoveryDenial> {
    const count = contacts.length
    if (count > SHARES_MAX || threshold < THRESHOLD_MIN || threshold > count) {
      const why = `At least ${THRESHOLD_MIN} shares must be needed, at most as many as there are, and there are at most ${SHARES_MAX}.`
      return { kind: 'cannot', why }
    }
    if (contacts.some((contact) => contact.trim() === '' || contact.length > CONTACT_LENGTH_MAX)) {
      return {
        kind: 'cannot',
        why: `Each share needs a name of its owner, of at most ${CONTACT_LENGTH_MAX} characters.`,
      }
    }
    const shares = await this.#parts.changes.exclusively(id, root, (change) =>
      issueShares(change, { threshold, contacts }),
    )
    return { kind: 'shares', shares }
  }

  async revokeShares({ id, root }: UnlockedAccount): Promise<{ readonly kind: 'done' } | RecoveryDenial> {
    const count = await this.#parts.changes.exclusively(id, root, (change) => revokeKind(change, 'shares'))
    return count > 0 ? DONE : { kind: 'cannot', why: 'There are no shares.' }
  }

  async setSecurity(
    { id, root }: UnlockedAccount,
    level: 'high' | 'low',
  ): Promise<{ readonly kind: 'done' } | RecoveryDenial> {
    const { escrow, directory } = this.#parts
    if (level === 'low') {
      const recipient = escrow === null ? null : parseRecipient(escrow.recipient)
      if (recipient === null) {
        return { kind: 'cannot', why: 'The operator of this server offers no escrow: every account has high security.' }
      }
      await this.#parts.changes.exclusively(id, root, (change) => addEscrow(change, recipient))
      return DONE
    }
    await this.#parts.changes.exclusively(id, root, removeEscrow)
    // What was asked for is over. It could not be used any more in any case.
    await directory.ask({ kind: 'refuseEscrow', account: accountIdToBytes(id) })
    return DONE
  }

  async drill(id: AccountId, address: string, typed: TypedMeans): ReturnType<RecoveryHost['drill']> {
    const recipient = await this.#recipientText(id, address)
    if (recipient === null) return UNAVAILABLE
    const means = readMeans(typed)
    if (typeof means === 'string') return { kind: 'meansRefused', why: means }
    let outcome: DrillOutcome
    try {
      using reader = this.#parts.reader(id)
      outcome = await drill(reader, means, recipient)
    } finally {
      wipeMeans(means)
    }
    if (outcome.kind === 'refused') return { kind: 'meansRefused', why: outcome.why }
    using root = outcome.root
    const { slot, note } = outcome
    const by = slot.kind === 'shares' ? 'shares' : 'recoveryCode'
    const at = this.#parts.clock.now()
    await this.#use(this.#parts.accounts.unlock(id, address, root.copy()), async (account) => {
      await account.commit([drillOperation((key) => account.setting(key), by, { at, slot: slot.name })])
    })
    return { kind: 'drilled', identity: kindOf(recipient), by, created: slot.created, at, note }
  }

  async refuseEscrow(id: AccountId): Promise<{ readonly kind: 'done' } | RecoveryDenial> {
    const answer = await this.#parts.directory.ask({ kind: 'refuseEscrow', account: accountIdToBytes(id) })
    if (answer?.kind === 'done') return DONE
    if (answer?.kind === 'failed' && answer.reason === 'noSuchAddress') {
      return { kind: 'cannot', why: 'The operator has not asked to open this account, or it is over already.' }
    }
    return UNAVAILABLE
  }

  /** In the mailbox of the owner, who finds it there at the next login at the latest. Only for an account that has an escrow slot. */
  async announceEscrow(id: AccountId, address: string): Promise<{ readonly kind: 'done' } | RecoveryDenial> {
    const { escrow } = this.#parts
    if (escrow === null) return { kind: 'cannot', why: 'There is no escrow in the configuration (escrow.recipient).' }
    using reader = this.#parts.reader(id)
    if (!readSlots(reader).some(({ kind }) => kind === 'escrow')) {
      return { kind: 'cannot', why: `The owner of ${address} chose high security: nobody else can open the account.` }
    }
    return await this.#announce(id, address, { kind: 'asked', delayMs: escrow.delayMs })
  }

  /** Takes `rootBytes` over. First it is noted in the account and told to its owner, then the new password is set. */
  async useEscrow(
    id: AccountId,
    address: string,
    salt: Uint8Array,
    rootBytes: Buffer,
    password: Uint8Array,
  ): Promise<{ readonly kind: 'done' } | RecoveryDenial> {
    using root = new RootSecret(rootBytes)
    const request = await this.#request(id)
    if (request === undefined) return UNAVAILABLE
    if (request?.state !== 'waiting') {
      return { kind: 'cannot', why: 'There is no request that could be used: mailkeep account escrow request.' }
    }
    if (request.leftMs > 0) return { kind: 'cannot', why: 'The delay is not over: see mailkeep account escrow status.' }
    using reader = this.#parts.reader(id)
    if (slotOfKind({ reader, root }, 'escrow') === null) {
      return {
        kind: 'cannot',
        why: 'The owner has chosen high security meanwhile, or the slot is not what the owner wrote.',
      }
    }
    const { accounts, clock } = this.#parts
    const { requested } = request
    await this.#use(accounts.unlock(id, address, root.copy()), async (account) => {
      await account.commit([escrowUseOperation((key) => account.setting(key), { at: clock.now(), requested })])
    })
    const told = await this.#announce(id, address, { kind: 'used', requested })
    if (told.kind !== 'done') return told
    await this.#parts.changes.changePassword(id, root, { address, password, salt })
    const ended = await this.#parts.directory.ask({ kind: 'useEscrow', account: accountIdToBytes(id) })
    return ended?.kind === 'done' ? DONE : UNAVAILABLE
  }

  /** Undefined: the directory cannot be asked. */
  async #request(id: AccountId): Promise<RecoveryState['request'] | undefined> {
    const answer = await this.#parts.directory.ask({ kind: 'escrow', account: accountIdToBytes(id) })
    return answer?.kind === 'escrow' ? answer.request : undefined
  }

  async #announce(
    id: AccountId,
    address: string,
    what: EscrowNotice['what'],
  ): Promise<{ readonly kind: 'done' } | RecoveryDenial> {
    const recipientText = await this.#recipientText(id, address)
    const recipient = recipientText === null ? null : parseRecipient(recipientText)
    if (recipient === null) return UNAVAILABLE
    const { clock, hostname } = this.#parts
    const seed = randomBytes(8).toString('hex')
    let notice: Buffer
    try {
      notice = composeEscrowNotice({
        address,
        hostName: hostname,
        what,
        now: clock.now(),
        messageId: `${randomBytes(12).toString('base64url')}@${hostname}`,
        boundarySeed: seed,
      })
    } catch (error) {
      if (error instanceof DraftError) return UNAVAILABLE
      throw error
    }
    await this.#parts.log(id).append([{ kind: 'mail', payload: sealAge([recipient], notice) }])
    wipe(notice)
    return DONE
  }

  /** To which mail for the account is sealed, by the directory; null if it cannot be asked. */
  async #recipientText(id: AccountId, address: string): Promise<string | null> {
    const resolved = await this.#parts.directory.resolve(address)
    if (resolved?.kind !== 'accounts') return null
    return resolved.accounts.find((account) => account.id === id)?.recipientText ?? null
  }

  /** To which of its identities the account has its mail sealed, by the directory; the usual one if it cannot be asked. */
  async identityOf(id: AccountId, address: string): Promise<IdentityKind> {
    return kindOf((await this.#recipientText(id, address)) ?? HYBRID_PREFIX)
  }

  async #use<T>(unlocked: UnlockedAccount, action: (account: OpenAccount) => T | Promise<T>): Promise<T> {
    using lease = await this.#parts.accounts.lease(unlocked, { end: () => Promise.resolve() })
    return await action(lease.account)
  }
}

function kindOf(recipientText: string): IdentityKind {
  return recipientText.startsWith(HYBRID_PREFIX) ? 'hybrid' : 'x25519'
}
