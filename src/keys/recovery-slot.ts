// The slot that a recovery code opens (docs/formats/keys.md §3): an age file to an X25519 identity derived from the code. No server
// secret is involved, so that the code opens the account from a bare copy of its log, with the `age` program if need be.

import type { AccountId } from '#base/ids.ts'
import { randomBytes } from '#crypto/random.ts'
import { deriveCodeKeys, openCodeSlot, sealCodeSlot } from './code-slot.ts'
import type { RootSecret } from './root.ts'
import type { Slot } from './slot.ts'
import type { OpenedSlot } from './stretched-slot.ts'

const CODE_BYTES = 20
const LABEL = 'mailkeep/v1/recovery'

/** `code` is shown once, by `formatRecoveryCode`, and then wiped by the caller. */
export function makeRecoverySlot(root: RootSecret, account: AccountId, created: number): { slot: Slot; code: Buffer } {
  const code = randomBytes(CODE_BYTES)
  return { slot: sealCodeSlot(root, account, 'recoveryCode', deriveCodeKeys(code, LABEL), created, null), code }
}

/** Returns null if no slot opens with this code. `code` is what `parseRecoveryCode` returned. */
export function openRecoverySlot(slots: readonly Slot[], code: Uint8Array): OpenedSlot | null {
  return openCodeSlot(slots, deriveCodeKeys(code, LABEL))
}
