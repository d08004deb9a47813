// App passwords (docs/formats/keys.md §2 and §3): made by the server, typed into one program, good for the protocols and the access that its owner
// gave it, and for a time.
//
// What is generated is meant for the keyboard of a phone: lower-case letters alone, without those that look like others or like digits, in groups. It is
// taken however a phone or a person writes it: with capitals, without hyphens, with spaces.

import { wipe } from '#base/bytes.ts'
import { randomBytes } from '#crypto/random.ts'

/** In the order of their numbers in a slot's properties. `jmap` is the webmail, too. */
export const APP_PROTOCOLS = ['imap', 'pop3', 'submission', 'jmap', 'managesieve'] as const
export type AppProtocol = (typeof APP_PROTOCOLS)[number]

/** In the order of their numbers. */
export const APP_ACCESSES = ['full', 'readOnly', 'sendOnly'] as const
export type AppAccess = (typeof APP_ACCESSES)[number]

/** What an app password is good for. */
export interface AppPasswordScope {
  readonly protocols: readonly AppProtocol[]
  readonly access: AppAccess
  /** Milliseconds since the Unix epoch; null: until it is revoked. */
  readonly expires: number | null
}

const OF_ACCESS: Readonly<Record<AppAccess, readonly AppProtocol[]>> = {
  full: APP_PROTOCOLS,
  // To send is to change something.
  readOnly: ['imap', 'pop3', 'jmap'],
  // JMAP sends what is in the account already: whoever sends by it has to write there.
  sendOnly: ['submission'],
}

/** The protocols that go with an access. */
export function protocolsOfAccess(access: AppAccess): readonly AppProtocol[] {
  return OF_ACCESS[access]
}

/** Whatever the slot names: its access bounds its protocols. */
export function scopePermits({ protocols, access }: AppPasswordScope, protocol: AppProtocol): boolean {
  return protocols.includes(protocol) && OF_ACCESS[access].includes(protocol)
}

export function isExpired({ expires }: AppPasswordScope, now: number): boolean {
  return expires !== null && now >= expires
}

/** Lower case, without i, l and o. */
const LETTERS = Buffer.from('abcdefghjkmnpqrstuvwxyz')
const LETTER_COUNT = 20
const GROUP_LETTERS = 4
const HYPHEN = 0x2d
const SPACE = 0x20
/** The largest multiple of the number of letters that a byte can be under: what is not below is drawn again, so that no letter is likelier. */
const DRAW_LIMIT = 256 - (256 % LETTERS.length)

/** 90 random bits as `abcd-efgh-jkmn-pqrs-tuvw`. The caller wipes it. */
export function generateAppPassword(): Buffer {
  const letters = Buffer.alloc(LETTER_COUNT)
  let count = 0
  while (count < LETTER_COUNT) {
    const drawn = randomBytes(LETTER_COUNT)
    for (const byte of drawn) {
      if (byte < DRAW_LIMIT && count < LETTER_COUNT) letters[count++] = LETTERS[byte % LETTERS.length] as number
    }
    wipe(drawn)
  }
  return grouped(letters)
}

/** Wipes `letters`. */
function grouped(letters: Buffer): Buffer {
  const groups = LETTER_COUNT / GROUP_LETTERS
  const password = Buffer.alloc(LETTER_COUNT + groups - 1, HYPHEN)
  for (let group = 0; group < groups; group++) {
    const from = group * GROUP_LETTERS
    letters.copy(password, group * (GROUP_LETTERS + 1), from, from + GROUP_LETTERS)
  }
  wipe(letters)
  return password
}

/**
 * The app password that somebody meant who typed this: its letters in any case, with or without hyphens and spaces. Null for what is none, and for
 * one that is as it was generated already. The caller wipes it.
 */
export function meantAppPassword(typed: Uint8Array): Buffer | null {
  const letters = Buffer.alloc(LETTER_COUNT)
  let count = 0
  for (const byte of typed) {
    if (byte === HYPHEN || byte === SPACE) continue
    const letter = byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
    if (count === LETTER_COUNT || !LETTERS.includes(letter)) return none(letters)
    letters[count++] = letter
  }
  if (count < LETTER_COUNT) return none(letters)
  const password = grouped(letters)
  return password.equals(typed) ? none(password) : password
}

function none(bytes: Buffer): null {
  wipe(bytes)
  return null
}
