// What the administrator's command asks of the ledger process (docs/formats/frames.md §4.9): how its scrub goes, and a scrub. Nothing here touches a record.

import { bool, nullable, oneOf, struct, u32, u53, variant } from '#base/codec.ts'
import type { CallSchema } from './call-server.ts'

const request = variant({
  scrubStatus: {},
  /** A whole pass, from now on. */
  scrubRun: {},
  scrubPause: {},
  scrubResume: {},
})

/** Ages are in milliseconds: `src/ledger/scrub-status.ts`. */
const response = variant({
  scrub: {
    state: oneOf('off', 'resting', 'reading', 'waiting', 'hurrying', 'paused'),
    everyMs: nullable(u53),
    isDirect: nullable(bool),
    pass: nullable(struct({ number: u53, beganMs: u53, endedMs: nullable(u53) })),
    bytesDone: u53,
    bytesLeft: u53,
    accounts: u32,
    unread: u32,
    oldestMs: nullable(u53),
    repaired: u32,
    unrepairable: u32,
    damagedAccounts: u32,
    parityMissing: u32,
  },
})

export const ledgerAdminSchema = {
  request,
  response,
  requestBytesMax: 16,
  responseBytesMax: 1024,
} satisfies CallSchema<unknown, unknown>

export type LedgerAdminRequest = Parameters<typeof request.write>[1]
export type LedgerAdminResponse = Parameters<typeof response.write>[1]
