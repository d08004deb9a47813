// What opens an account, in words.

import { formatMoment } from '#web/integrity/moment.ts'
import type { Access, KeySlot, Protocol, SlotKind } from './key-slot.ts'

export const PROTOCOL_WORDS: readonly (readonly [Protocol, string])[] = [
  ['imap', 'IMAP'],
  ['pop3', 'POP3'],
  ['submission', 'Sending (SMTP)'],
  ['jmap', 'JMAP and this webmail'],
  ['managesieve', 'Filters (ManageSieve)'],
]

/** The protocols that go with an access. */
export const PROTOCOLS_OF: Readonly<Record<Access, readonly Protocol[]>> = {
  full: ['imap', 'pop3', 'submission', 'jmap', 'managesieve'],
  readOnly: ['imap', 'pop3', 'jmap'],
  sendOnly: ['submission'],
}

const KIND_WORDS: Readonly<Record<SlotKind, string>> = {
  password: 'Your password',
  appPassword: 'App password',
  recoveryCode: 'Recovery code',
  shares: 'Shares of people you trust',
  escrow: 'The operator of this server, in an emergency',
  passkey: 'Passkey',
  machine: 'This server by itself',
}

const ACCESS_WORDS: Readonly<Record<Exclude<Access, 'sendOnly'>, string>> = {
  full: 'may read, change and send',
  readOnly: 'may only read',
}

export function kindInWords(kind: SlotKind): string {
  return KIND_WORDS[kind]
}

/** As in “IMAP, Sending (SMTP): may read, change and send”. */
export function scopeInWords({ protocols, access }: Pick<KeySlot, 'protocols' | 'access'>): string {
  if (protocols === null || access === null) return 'Good for nothing'
  const names = PROTOCOL_WORDS.filter(([protocol]) => protocols.includes(protocol)).map(([, name]) => name)
  return access === 'sendOnly' ? 'May only send' : `${names.join(', ')}: ${ACCESS_WORDS[access]}`
}

/** As in “For mail.example.org, on one device”. */
export function passkeyInWords({ host, isSynced }: Pick<KeySlot, 'host' | 'isSynced'>): string {
  if (host === null) return 'Good for nothing'
  return `For ${host}, ${isSynced === true ? 'copied to other devices by its provider' : 'on one device'}`
}

export function usesInWords({ lastUsed }: Pick<KeySlot, 'lastUsed'>): string {
  const newest = Object.values(lastUsed).sort().at(-1)
  return newest === undefined ? 'Not used yet' : `Last used about ${formatMoment(newest)}`
}

export function refusalInWords({ lastRefused }: Pick<KeySlot, 'lastRefused'>): string | null {
  if (lastRefused === null) return null
  const { at, protocol, why } = lastRefused
  if (why === 'counter') {
    return `It was refused about ${formatMoment(at)}: its device had counted less than before, so that it may have been copied. Revoke it if you do not know why.`
  }
  const name = PROTOCOL_WORDS.find(([known]) => known === protocol)?.[1] ?? protocol
  const what = why === 'expired' ? 'after its time' : `for ${name}, which it is not for`
  return `Somebody tried it ${what}, about ${formatMoment(at)}.`
}

export function serverInWords({ needsServerSecret }: Pick<KeySlot, 'needsServerSecret'>): string {
  if (needsServerSecret === null) return ''
  return needsServerSecret ? 'Only on this server' : 'Also without this server, from a copy of your mail'
}
