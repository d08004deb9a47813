// What the gate and the administrator's command ask of a vault (docs/formats/frames.md §4.3 and §4.4).
//
// Every session is a connection of its own: its first message names it, the vault's first answer says whether it is let in, and from then on
// the connection carries what the client and the session's engine say to each other, without frames.

import { bool, bytes, fixed, list, nullable, oneOf, struct, text, u53, u8, variant } from '#base/codec.ts'
import { APP_ACCESSES, APP_PROTOCOLS } from '#account/app-passwords.ts'
import { SLOT_KINDS } from '#account/slot-inventory.ts'
import { REFUSALS } from '#account/slot-use.ts'
import { handoverCodec } from '#smtp/handover.ts'
import type { CallSchema } from './call-server.ts'
import { scrubAction, scrubStatusFields } from './scrub.ts'
import type { Schema } from './channel.ts'
import { rehearsalRequests, rehearsalResponses } from './rehearsal.ts'
import { means, recoveryRequests, recoveryResponses } from './recovery.ts'
import { restoreRequests, restoreResponses } from './restore.ts'

const NAME_MAX = 1_024
const PASSWORD_MAX = 1_024
const NOTICE_MAX = 480
const UNLOCKED_MAX = 100_000
/** An account has far fewer: whoever has its key could write more, and they are left out. */
export const KEY_SLOTS_MAX = 10_000
const WELCOME_BYTES_MAX = 65_536
/** Changes in one answer. */
export const HISTORY_MAX = 500
/** The longest answer is that of all mailboxes, with their paths. */
const RESPONSE_BYTES_MAX = 96 * 1024 * 1024

const credentials = { login: bytes(NAME_MAX), password: bytes(PASSWORD_MAX) }
/** How far the index is; seconds are null while nobody can tell. */
export const rebuildingFields = { percent: u8, secondsLeft: nullable(u53) }

/** Where the client is, and how it came. */
const peer = { remote: text(64), isTls: bool }

const opening = variant({
  imap: { ...credentials, ...peer },
  pop3: { ...credentials, ...peer },
  submission: { ...credentials, ...peer, handover: handoverCodec },
})

const opened = variant({
  /** `notice`: what the client's user has to be told with the reply to the login, if its protocol has no other place for that. */
  accepted: { notice: nullable(text(NOTICE_MAX)) },
  /** Name or password is wrong. */
  refused: {},
  /** Try again later. */
  unavailable: {},
  /** The index is being made again: try again later. */
  rebuilding: rebuildingFields,
})

export type SessionOpening = Parameters<typeof opening.write>[1]
export type SessionOpened = Parameters<typeof opened.write>[1]
export type SessionProtocol = SessionOpening['kind']

const OPENING_BYTES_MAX = 8_192
const OPENED_BYTES_MAX = 1_024

export const sessionGateSide: Schema<SessionOpened, SessionOpening> = {
  incoming: opened,
  outgoing: opening,
  incomingBytesMax: OPENED_BYTES_MAX,
  outgoingBytesMax: OPENING_BYTES_MAX,
}

export const sessionVaultSide: Schema<SessionOpening, SessionOpened> = {
  incoming: opening,
  outgoing: opened,
  incomingBytesMax: OPENING_BYTES_MAX,
  outgoingBytesMax: OPENED_BYTES_MAX,
}

const appPasswordScope = struct({
  protocols: list(oneOf(...APP_PROTOCOLS), APP_PROTOCOLS.length),
  access: oneOf(...APP_ACCESSES),
  expires: nullable(u53),
})

const keySlot = struct({
  slot: fixed(16),
  kind: oneOf(...SLOT_KINDS),
  created: u53,
  needsServerSecret: nullable(bool),
  /** Null: the account is locked. */
  opened: nullable(
    struct({
      label: nullable(text(NAME_MAX)),
      scope: nullable(appPasswordScope),
      passkey: nullable(struct({ relyingParty: text(255), isSynced: bool })),
      isAuthentic: bool,
      used: list(struct({ protocol: oneOf(...APP_PROTOCOLS), at: u53 }), APP_PROTOCOLS.length),
      refused: nullable(struct({ at: u53, protocol: oneOf(...APP_PROTOCOLS), why: oneOf(...REFUSALS) })),
    }),
  ),
})

const adminRequest = variant({
  /** With what the directory's `prepareAccount` gave. */
  createAccount: {
    id: fixed(16),
    address: text(NAME_MAX),
    salt: fixed(32),
    password: bytes(PASSWORD_MAX),
    identity: oneOf('hybrid', 'x25519'),
    /** The first message; null for none. */
    welcome: nullable(bytes(WELCOME_BYTES_MAX)),
  },
  changePassword: {
    id: fixed(16),
    address: text(NAME_MAX),
    salt: fixed(32),
    old: bytes(PASSWORD_MAX),
    password: bytes(PASSWORD_MAX),
  },
  /** Which account without an address here they open, of those that are this vault's. Changes nothing. */
  identify: { address: text(NAME_MAX), means },
  recover: {
    id: fixed(16),
    address: text(NAME_MAX),
    salt: fixed(32),
    means,
    password: bytes(PASSWORD_MAX),
  },
  lock: { id: fixed(16) },
  /** Locks it, and removes what was made from its log. */
  forget: { id: fixed(16) },
  unlock: { id: fixed(16), address: text(NAME_MAX), salt: fixed(32), password: bytes(PASSWORD_MAX) },
  /**
   * The account has to be unlocked. Until it is answered, `rebuilding` is told as news. When the connection ends, so does the work, unless somebody else
   * waits for it, too: what was made is kept.
   */
  rebuildIndex: { id: fixed(16) },
  /** Of the indexes of this vault. */
  scrub: { action: scrubAction },
  exportIdentity: { id: fixed(16), address: text(NAME_MAX), salt: fixed(32), password: bytes(PASSWORD_MAX) },
  setLockPolicy: {
    id: fixed(16),
    address: text(NAME_MAX),
    salt: fixed(32),
    password: bytes(PASSWORD_MAX),
    policy: oneOf('session', 'restart', 'never'),
  },
  /** Ids of all accounts that are unlocked. */
  unlocked: {},
  /** What journal records did, from record `from` on, of those before `end`. The account has to be unlocked. */
  history: { id: fixed(16), from: u53, end: u53 },
  /** Ends the alarms of its log, and notes it in the account, which has to be unlocked. */
  acknowledge: { id: fixed(16) },
  /** What opens the account; what they say of themselves, if it is unlocked. */
  keySlots: { id: fixed(16) },
  addAppPassword: {
    id: fixed(16),
    address: text(NAME_MAX),
    salt: fixed(32),
    password: bytes(PASSWORD_MAX),
    label: text(NAME_MAX),
    scope: appPasswordScope,
  },
  revokeAppPassword: {
    id: fixed(16),
    address: text(NAME_MAX),
    salt: fixed(32),
    password: bytes(PASSWORD_MAX),
    slot: fixed(16),
  },
  ...rehearsalRequests,
  revokePasskey: {
    id: fixed(16),
    address: text(NAME_MAX),
    salt: fixed(32),
    password: bytes(PASSWORD_MAX),
    slot: fixed(16),
  },
  ...restoreRequests,
  ...recoveryRequests,
})

const adminResponse = variant({
  done: {},
  failed: {
    reason: oneOf(
      'wrongPassword',
      'notUnlocked',
      'malformed',
      'noSpace',
      'storage',
      'unavailable',
      'damaged',
      'rebuilding',
      'tooManySlots',
      'noSuchSlot',
    ),
  },
  created: { recipient: text(4_096), recoveryCode: text(128) },
  identified: { id: fixed(16), recipient: text(4_096) },
  /** `revokedShares`: those that were used. `note`: what whoever typed them should know. */
  recovered: {
    recoveryCode: text(128),
    identity: oneOf('hybrid', 'x25519'),
    revokedShares: bool,
    note: nullable(text(4_096)),
  },
  /** Nothing of this vault's is opened by it. */
  notHere: { why: text(4_096) },
  unlocked: { ids: list(fixed(16), UNLOCKED_MAX) },
  /** `mail`: to which of them mail is sealed. */
  identity: { mail: oneOf('hybrid', 'x25519'), hybrid: text(4_096), x25519: text(256) },
  rebuilt: { emails: u53, mailboxes: u53 },
  scrub: scrubStatusFields,
  /** Of records of the log, or of messages. */
  rebuilding: {
    phase: oneOf('journal', 'messages'),
    done: u53,
    total: u53,
    perSecond: nullable(u53),
    secondsLeft: nullable(u53),
  },
  /** `next`: where to go on; `end` if that is all. */
  history: { changes: list(struct({ seq: u53, what: text(1_024) }), HISTORY_MAX), next: u53 },
  /** False: there was no alarm. */
  acknowledged: { hadAlarms: bool },
  keySlots: { slots: list(keySlot, KEY_SLOTS_MAX) },
  /** `password` is shown once. */
  appPassword: { slot: fixed(16), password: bytes(PASSWORD_MAX) },
  ...rehearsalResponses,
  ...restoreResponses,
  ...recoveryResponses,
})

export const vaultAdminSchema = {
  request: adminRequest,
  response: adminResponse,
  requestBytesMax: WELCOME_BYTES_MAX + 8_192,
  responseBytesMax: RESPONSE_BYTES_MAX,
} satisfies CallSchema<unknown, unknown>

export type VaultAdminRequest = Parameters<typeof adminRequest.write>[1]
export type VaultAdminResponse = Parameters<typeof adminResponse.write>[1]
