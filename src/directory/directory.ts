// Domains, addresses and accounts: who is served here, and to which key their mail is sealed. Folded from the system account's log; written
// by this process alone, one change after the other, each checked against what is there and durable before it shows.

import { type AccountId, isAccountId } from '#base/ids.ts'
import { type Result, fail, ok } from '#base/result.ts'
import { parseRecipient } from '#crypto/age/recipient.ts'
import type { Clock } from '#platform/clock.ts'
import { addressText, canonicalAddress, canonicalDomain, canonicalLocalPart } from './address.ts'
import type { DirectoryLog, Setting } from './directory-log.ts'
import {
  type AccountEntry,
  type AliasEntry,
  type DomainEntry,
  type EscrowEntry,
  type Entry,
  TARGETS_MAX,
  decodeEntry,
  entryKey,
  entryValue,
} from './entries.ts'

/** Where mail for an address goes. */
export type Resolution =
  | { readonly kind: 'accounts'; readonly accounts: readonly AccountEntry[] }
  /** The domain is not served here. */
  | { readonly kind: 'elsewhere' }
  | { readonly kind: 'unknown' }

export type ChangeFailure = 'malformed' | 'exists' | 'noSuchDomain' | 'noSuchAddress' | 'tooMany' | 'inUse'

/** The entry that was found cannot be one: nothing may be guessed from the rest. */
export class DirectoryDamagedError extends Error {
  override name = 'DirectoryDamagedError'
}

const ROLE_ADDRESSES = new Set(['postmaster', 'abuse', 'hostmaster'])

export class Directory {
  readonly #domains = new Map<string, DomainEntry>()
  readonly #accounts = new Map<AccountId, AccountEntry>()
  readonly #accountByAddress = new Map<string, AccountEntry>()
  readonly #aliases = new Map<string, AliasEntry>()
  readonly #escrows = new Map<AccountId, EscrowEntry>()
  readonly #clock: Clock
  #log: DirectoryLog | null = null
  #last: Promise<unknown> = Promise.resolve()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** To be called with every setting of the log, in order; then `opened`. */
  apply({ key, value }: Setting): void {
    if (value === null) return this.#remove(key)
    const entry = decodeEntry(key, value)
    if (entry === null) throw new DirectoryDamagedError('an entry of another version')
    this.#put(entry)
  }

  opened(log: DirectoryLog): void {
    this.#log = log
  }

  domains(): DomainEntry[] {
    return [...this.#domains.values()]
  }

  /** A domain as it may be written, in canonical form if mail for it is taken here; else null. */
  servedDomain(name: string): string | null {
    const domain = canonicalDomain(name)
    return domain !== null && this.#domains.has(domain) ? domain : null
  }

  accounts(): AccountEntry[] {
    return [...this.#accounts.values()]
  }

  aliases(): AliasEntry[] {
    return [...this.#aliases.values()]
  }

  account(id: AccountId): AccountEntry | null {
    return this.#accounts.get(id) ?? null
  }

  /** By its main address, or by an alias that is its alone. */
  login(name: string): AccountEntry | null {
    const split = canonicalAddress(name)
    if (split === null) return null
    const found = this.#exact(addressText(split))
    return found?.length === 1 ? (found[0] as AccountEntry) : null
  }

  /** Main address first. */
  addressesOf(id: AccountId): string[] {
    const account = this.#accounts.get(id)
    if (account === undefined) return []
    const aliases = this.aliases().filter(({ targets }) => targets.includes(account.address))
    return [account.address, ...aliases.map(({ address }) => address).sort()]
  }

  /** Also whether somebody may send as `address`: a sub-address is its owner's. */
  resolve(address: string): Resolution {
    // RFC 5321 §4.5.1: postmaster needs no domain.
    const text = address.toLowerCase() === 'postmaster' ? `postmaster@${this.#firstDomain()}` : address
    const at = text.lastIndexOf('@')
    const domain = at < 0 ? null : canonicalDomain(text.slice(at + 1))
    if (domain === null || !this.#domains.has(domain)) return { kind: 'elsewhere' }
    const localPart = canonicalLocalPart(text.slice(0, at))
    if (localPart === null) return { kind: 'unknown' }
    const accounts = this.#exact(`${localPart}@${domain}`) ?? this.#detailed(localPart, domain)
    if (accounts !== null) return { kind: 'accounts', accounts }
    const [operator] = this.#accounts.values()
    if (ROLE_ADDRESSES.has(localPart) && operator !== undefined) return { kind: 'accounts', accounts: [operator] }
    return { kind: 'unknown' }
  }

  addDomain(name: string): Promise<Result<DomainEntry, ChangeFailure>> {
    return this.#change((): Result<Entry & { kind: 'domain' }, ChangeFailure> => {
      const domain = canonicalDomain(name)
      if (domain === null) return fail('malformed')
      if (this.#domains.has(domain)) return fail('exists')
      return ok({ kind: 'domain', name: domain, created: this.#clock.now() })
    })
  }

  /** Whether an account with this address could be added. */
  vacancy(address: string): Result<string, ChangeFailure> {
    const split = canonicalAddress(address)
    if (split === null) return fail('malformed')
    if (!this.#domains.has(split.domain)) return fail('noSuchDomain')
    const text = addressText(split)
    return this.#exact(text) === null ? ok(text) : fail('exists')
  }

  addAccount(account: {
    readonly id: AccountId
    readonly address: string
    readonly recipientText: string
    readonly quotaBytes: number | null
  }): Promise<Result<AccountEntry, ChangeFailure>> {
    return this.#change((): Result<Entry & { kind: 'account' }, ChangeFailure> => {
      const { id, recipientText, quotaBytes } = account
      const recipient = parseRecipient(recipientText)
      if (!isAccountId(id) || recipient === null) return fail('malformed')
      if (this.#accounts.has(id)) return fail('exists')
      const address = this.vacancy(account.address)
      if (!address.ok) return address
      const created = this.#clock.now()
      return ok({ kind: 'account', id, address: address.value, recipientText, recipient, quotaBytes, created })
    })
  }

  addAlias(address: string, targets: readonly string[]): Promise<Result<AliasEntry, ChangeFailure>> {
    return this.#change((): Result<Entry & { kind: 'alias' }, ChangeFailure> => {
      const free = this.vacancy(address)
      if (!free.ok) return free
      const accounts = targets.map((target) =>
        this.#accountByAddress.get(addressText(canonicalAddress(target) ?? NOBODY)),
      )
      if (accounts.length === 0 || accounts.includes(undefined)) return fail('noSuchAddress')
      if (accounts.length > TARGETS_MAX) return fail('tooMany')
      const unique = [...new Set(accounts.map((entry) => (entry as AccountEntry).address))]
      return ok({ kind: 'alias', address: free.value, targets: unique, created: this.#clock.now() })
    })
  }

  /** Requests to open accounts by escrow: `escrow-watch.ts` decides about them. */
  escrows(): EscrowEntry[] {
    return [...this.#escrows.values()]
  }

  escrow(account: AccountId): EscrowEntry | null {
    return this.#escrows.get(account) ?? null
  }

  /** What `plan` makes of the request that there is, when all changes before are done. */
  changeEscrow(
    account: AccountId,
    plan: (known: EscrowEntry | null) => Result<EscrowEntry, ChangeFailure>,
  ): Promise<Result<EscrowEntry, ChangeFailure>> {
    return this.#change((): Result<Entry & { kind: 'escrow' }, ChangeFailure> => {
      if (!this.#accounts.has(account)) return fail('noSuchAddress')
      const planned = plan(this.escrow(account))
      return planned.ok ? ok({ kind: 'escrow', ...planned.value }) : planned
    })
  }

  async removeAlias(address: string): Promise<Result<null, ChangeFailure>> {
    return this.#exclusively(async () => {
      const split = canonicalAddress(address)
      const entry = split === null ? undefined : this.#aliases.get(addressText(split))
      if (entry === undefined) return fail('noSuchAddress')
      await this.#write({ key: entryKey({ kind: 'alias', ...entry }), value: null })
      return ok(null)
    })
  }

  /**
   * The account is nobody's address any more: its own goes, and aliases lose it; those that led to nobody else go, too. Its log stays.
   */
  removeAccount(address: string): Promise<Result<AccountEntry, ChangeFailure>> {
    return this.#exclusively(async () => {
      const split = canonicalAddress(address)
      const account = split === null ? undefined : this.#accountByAddress.get(addressText(split))
      if (account === undefined) return fail('noSuchAddress')
      const settings: Setting[] = [{ key: entryKey({ kind: 'account', ...account }), value: null }]
      for (const alias of this.#aliases.values()) {
        if (!alias.targets.includes(account.address)) continue
        const entry = {
          kind: 'alias',
          ...alias,
          targets: alias.targets.filter((one) => one !== account.address),
        } as const
        settings.push({ key: entryKey(entry), value: entry.targets.length === 0 ? null : entryValue(entry) })
      }
      await this.#writeAll(settings)
      return ok(account)
    })
  }

  #firstDomain(): string {
    const [first] = this.#domains.keys()
    return first ?? ''
  }

  #exact(address: string): AccountEntry[] | null {
    const account = this.#accountByAddress.get(address)
    if (account !== undefined) return [account]
    const alias = this.#aliases.get(address)
    if (alias === undefined) return null
    return alias.targets.map((target) => this.#accountByAddress.get(target)).filter((entry) => entry !== undefined)
  }

  /** Sub-addressing: `ada+lists@…` is `ada@…`. */
  #detailed(localPart: string, domain: string): AccountEntry[] | null {
    const plus = localPart.indexOf('+')
    return plus < 1 ? null : this.#exact(`${localPart.slice(0, plus)}@${domain}`)
  }

  #change<E extends Entry>(plan: () => Result<E, ChangeFailure>): Promise<Result<E, ChangeFailure>> {
    return this.#exclusively(async () => {
      const planned = plan()
      if (!planned.ok) return planned
      await this.#write({ key: entryKey(planned.value), value: entryValue(planned.value) })
      return planned
    })
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work, work)
    this.#last = done.catch(() => undefined)
    return done
  }

  #write(setting: Setting): Promise<void> {
    return this.#writeAll([setting])
  }

  async #writeAll(settings: readonly Setting[]): Promise<void> {
    if (this.#log === null) throw new DirectoryDamagedError('not opened')
    await this.#log.write(settings)
    for (const setting of settings) this.apply(setting)
  }

  #put(entry: Entry): void {
    switch (entry.kind) {
      case 'domain':
        this.#domains.set(entry.name, entry)
        return
      case 'account': {
        const before = this.#accounts.get(entry.id)
        if (before !== undefined) this.#accountByAddress.delete(before.address)
        this.#accounts.set(entry.id, entry)
        this.#accountByAddress.set(entry.address, entry)
        return
      }
      case 'alias':
        this.#aliases.set(entry.address, entry)
        return
      case 'escrow':
        this.#escrows.set(entry.account, entry)
    }
  }

  #remove(key: string): void {
    const slash = key.indexOf('/')
    const name = key.slice(slash + 1)
    switch (key.slice(0, slash)) {
      case 'alias':
        this.#aliases.delete(name)
        return
      case 'account': {
        const account = this.#accounts.get(name as AccountId)
        if (account === undefined) return
        this.#accounts.delete(account.id)
        if (this.#accountByAddress.get(account.address) === account) this.#accountByAddress.delete(account.address)
        return
      }
      default:
        throw new DirectoryDamagedError('a removal of another version')
    }
  }
}

const NOBODY = { localPart: '', domain: '' }
