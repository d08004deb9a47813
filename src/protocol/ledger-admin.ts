// What the administrator's command asks of the ledger (docs/formats/frames.md §4.9). Nobody else connects to this socket: what is destroyed here, is on this copy, and
// no other process can ask for it.

import { bool, fixed, list, nullable, oneOf, struct, u32, u53, variant } from '#base/codec.ts'
import type { CallSchema } from './call-server.ts'
import { scrubAction, scrubStatusFields } from './scrub.ts'

const ACCOUNTS_MAX = 10_000

const request = variant({
  /** What was released, and waits to be dropped. */
  retention: {},
  /** Drops what is due, now. What is not, stays. */
  runRetention: {},
  /** Destroys what opens the account, at once. */
  destroyAccount: { account: fixed(16) },
  /** Of one account, or of all. */
  digests: { account: nullable(fixed(16)) },
  /** From now on one account, or every one, has stronger digests. The answer comes when that is durable; the work goes on by itself. */
  upgradeDigests: { account: nullable(fixed(16)) },
  /** How its scrub goes, and a scrub. Nothing of this touches a record. */
  scrub: { action: scrubAction },
})

const response = variant({
  failed: { reason: oneOf('noSuchAccount', 'unavailable', 'damaged') },
  retention: {
    /** How long the ledger keeps what is released, and how long it has run. */
    periodMs: u53,
    passedMs: u53,
    accounts: list(
      struct({
        account: fixed(16),
        records: u53,
        bytes: u53,
        /** Until the first and the last is due, of the time that the ledger runs. */
        firstMs: u53,
        lastMs: u53,
        /** Its log cannot be read as far as it says what is kept: nothing goes. */
        isBlocked: bool,
        isDestroyed: bool,
      }),
      ACCOUNTS_MAX,
    ),
    /** There are more accounts. */
    isCut: bool,
  },
  dropped: { records: u53, bytes: u53, segments: u53, damaged: u53 },
  destroyed: { slots: u32 },
  upgrading: {},
  digests: {
    accounts: list(
      struct({
        account: fixed(16),
        /** Of new records. */
        algorithm: oneOf('sha256', 'sha512'),
        state: oneOf('none', 'running', 'waiting', 'done'),
        records: u53,
        /** Records before this one are covered; of these, payloads with an added digest, that were gone, and that could not be verified. */
        reach: u53,
        added: u53,
        dropped: u53,
        damaged: u53,
      }),
      ACCOUNTS_MAX,
    ),
    isCut: bool,
  },
  scrub: scrubStatusFields,
})

export const ledgerAdminSchema = {
  request,
  response,
  requestBytesMax: 64,
  responseBytesMax: 1024 * 1024,
} satisfies CallSchema<unknown, unknown>

export const ADMIN_ACCOUNTS_MAX = ACCOUNTS_MAX

export type LedgerAdminRequest = Parameters<typeof request.write>[1]
export type LedgerAdminResponse = Parameters<typeof response.write>[1]
