// What the administrator's command asks of a vault about ways back into an account (docs/formats/frames.md §4.4): the recovery code, shares, escrow, drills.
// What is wrong with something that was typed comes back as a sentence, which holds nothing of it.

import { bool, bytes, fixed, list, nullable, oneOf, struct, text, u53, u8, variant } from '#base/codec.ts'

const ADDRESS_MAX = 1_024
const PASSWORD_MAX = 1_024
const CONTACT_BYTES_MAX = 120
const SHARES_MAX = 16
const SHARE_TEXT_MAX = 256
const WHY_MAX = 4_096
const RECIPIENT_MAX = 4_096
const USES_MAX = 100

const account = { id: fixed(16), address: text(ADDRESS_MAX) }
const owner = { ...account, salt: fixed(32), password: bytes(PASSWORD_MAX) }

/** What opens an account without its password, as it was typed. */
export const means = variant({
  code: { code: text(SHARE_TEXT_MAX) },
  shares: { shares: list(text(SHARE_TEXT_MAX), SHARES_MAX) },
})

const proven = { created: u53, drilled: nullable(u53), isDue: bool }

export const recoveryRequests = {
  /** The account has to be unlocked. */
  recoveryReport: account,
  newRecoveryCode: owner,
  issueShares: { ...owner, threshold: u8, contacts: list(text(CONTACT_BYTES_MAX), SHARES_MAX) },
  revokeShares: owner,
  setSecurity: { ...owner, level: oneOf('high', 'low') },
  drill: { ...account, means },
  /** Tells the owner, in the mailbox, that the operator is about to ask. */
  announceEscrow: account,
  refuseEscrow: owner,
  /** With the root that the operator's identity opened, when the delay is over. */
  useEscrow: { ...account, salt: fixed(32), root: fixed(32), password: bytes(PASSWORD_MAX) },
} as const

export const recoveryResponses = {
  /** Recovery code or shares: what is wrong with them. */
  meansRefused: { why: text(WHY_MAX) },
  /** It was understood, and cannot be done. */
  cannot: { why: text(WHY_MAX) },
  recoveryReport: {
    identity: oneOf('hybrid', 'x25519'),
    code: nullable(struct(proven)),
    shares: nullable(struct({ ...proven, threshold: u8, contacts: list(text(CONTACT_BYTES_MAX), SHARES_MAX) })),
    escrow: nullable(struct({ recipient: nullable(text(RECIPIENT_MAX)), created: u53 })),
    uses: list(struct({ at: u53, requested: u53 }), USES_MAX),
    offer: nullable(struct({ recipient: text(RECIPIENT_MAX), delayMs: u53 })),
    request: nullable(
      struct({
        requested: u53,
        delayMs: u53,
        leftMs: u53,
        state: oneOf('waiting', 'refused', 'used', 'expired'),
      }),
    ),
  },
  shares: {
    shares: list(struct({ number: u8, contact: text(CONTACT_BYTES_MAX), text: text(SHARE_TEXT_MAX) }), SHARES_MAX),
  },
  drilled: {
    identity: oneOf('hybrid', 'x25519'),
    by: oneOf('recoveryCode', 'shares'),
    created: u53,
    at: u53,
    note: nullable(text(WHY_MAX)),
  },
} as const
