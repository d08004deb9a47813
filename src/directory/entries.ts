// What the directory holds, as settings of the system account (docs/formats/directory.md). Decoding checks every field: what this version
// does not understand is an error of the whole directory, not something to be skipped.

import { type AccountId, parseAccountId } from '#base/ids.ts'
import { type Recipient, parseRecipient } from '#crypto/age/recipient.ts'
import type { SettingValue } from '#account/operation.ts'
import { addressText, canonicalAddress, canonicalDomain } from './address.ts'

export interface DomainEntry {
  readonly name: string
  readonly created: number
}

export interface AccountEntry {
  readonly id: AccountId
  /** The login name, and where its mail comes from if it does not say otherwise. */
  readonly address: string
  /** To whom its mail is sealed, as age writes it. */
  readonly recipientText: string
  readonly recipient: Recipient
  /** Null: as the configuration says. */
  readonly quotaBytes: number | null
  readonly created: number
}

export interface AliasEntry {
  readonly address: string
  /** Addresses of accounts. */
  readonly targets: readonly string[]
  readonly created: number
}

/** The operator asked to open an account by escrow. An account has one request at most: a new one takes the place of one that is over. */
export interface EscrowEntry {
  readonly account: AccountId
  /** When it was asked for. */
  readonly created: number
  /** How long it has to wait, in time that the server runs, and how much of that is known to be over. */
  readonly delayMs: number
  readonly waitedMs: number
  readonly state: EscrowState
}

const ESCROW_STATES = ['waiting', 'refused', 'used', 'expired'] as const
type EscrowState = (typeof ESCROW_STATES)[number]

export type Entry =
  | ({ readonly kind: 'domain' } & DomainEntry)
  | ({ readonly kind: 'account' } & AccountEntry)
  | ({ readonly kind: 'alias' } & AliasEntry)
  | ({ readonly kind: 'escrow' } & EscrowEntry)

export const TARGETS_MAX = 100

export function entryKey(entry: Entry): string {
  switch (entry.kind) {
    case 'domain':
      return `domain/${entry.name}`
    case 'account':
      return `account/${entry.id}`
    case 'alias':
      return `alias/${entry.address}`
    case 'escrow':
      return `escrow/${entry.account}`
  }
}

export function entryValue(entry: Entry): SettingValue {
  switch (entry.kind) {
    case 'domain':
      return { created: entry.created }
    case 'account': {
      const { address, recipientText, quotaBytes, created } = entry
      return { address, recipient: recipientText, quotaBytes, created }
    }
    case 'alias':
      return { targets: entry.targets, created: entry.created }
    case 'escrow': {
      const { created, delayMs, waitedMs, state } = entry
      return { created, delayMs, waitedMs, state }
    }
  }
}

/** Null if it is not an entry of this version. */
export function decodeEntry(key: string, value: SettingValue): Entry | null {
  const slash = key.indexOf('/')
  const name = key.slice(slash + 1)
  if (value === null || typeof value !== 'object' || Array.isArray(value) || value instanceof Uint8Array) return null
  const fields = value as Readonly<Record<string, SettingValue>>
  const { created } = fields
  if (!isCount(created)) return null
  switch (key.slice(0, slash)) {
    case 'domain':
      return canonicalDomain(name) === name ? { kind: 'domain', name, created } : null
    case 'account':
      return decodeAccount(name, fields, created)
    case 'alias': {
      const { targets } = fields
      if (!isAddress(name) || !Array.isArray(targets) || targets.length === 0 || targets.length > TARGETS_MAX)
        return null
      return targets.every(isAddress) ? { kind: 'alias', address: name, targets, created } : null
    }
    case 'escrow':
      return decodeEscrow(name, fields, created)
    default:
      return null
  }
}

function decodeAccount(name: string, fields: Readonly<Record<string, SettingValue>>, created: number): Entry | null {
  const id = parseAccountId(name)
  const { address, recipient: recipientText, quotaBytes } = fields
  if (id === null || !isAddress(address) || typeof recipientText !== 'string') return null
  const recipient = parseRecipient(recipientText)
  if (recipient === null) return null
  if (quotaBytes !== undefined && quotaBytes !== null && !isCount(quotaBytes)) return null
  return { kind: 'account', id, address, recipientText, recipient, quotaBytes: quotaBytes ?? null, created }
}

function decodeEscrow(name: string, fields: Readonly<Record<string, SettingValue>>, created: number): Entry | null {
  const account = parseAccountId(name)
  const { delayMs, waitedMs } = fields
  const state = ESCROW_STATES.find((one) => one === fields['state'])
  if (account === null || !isCount(delayMs) || !isCount(waitedMs) || state === undefined) return null
  return { kind: 'escrow', account, created, delayMs, waitedMs, state }
}

function isCount(value: SettingValue | undefined): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isAddress(value: SettingValue | undefined): value is string {
  if (typeof value !== 'string') return false
  const split = canonicalAddress(value)
  return split !== null && addressText(split) === value
}
