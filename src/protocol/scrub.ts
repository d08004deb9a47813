// What processes say of their scrubs (`src/ledger/scrub-status.ts`), to the administrator's command. Ages are in milliseconds.

import { bool, nullable, oneOf, struct, u32, u53 } from '#base/codec.ts'

export const scrubStatusFields = {
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
}

/** What can be asked of a scrub; each is answered with its status. */
export const scrubAction = oneOf('status', 'run', 'pause', 'resume')
