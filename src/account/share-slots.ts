// Shares for trusted contacts: making them, which ends those that were given out before, and ending them.

import { bytesEqual, wipe } from '#base/bytes.ts'
import { type Share, formatShare, parseShare } from '#keys/share.ts'
import { type NewShares, makeSharesSlot, openSharesSlot } from '#keys/shares-slot.ts'
import type { Slot } from '#keys/slot.ts'
import type { OpenedSlot } from '#keys/stretched-slot.ts'
import { replaceSlot } from './replace-slots.ts'
import type { SlotChange } from './slots.ts'

export interface IssuedShare {
  readonly number: number
  readonly contact: string
  /** To be shown once. */
  readonly text: string
}

/** Older shares open nothing any more when it resolves; cut short, the old ones or both do. Throws LedgerRefusedError, SlotNotProvenError. */
export async function issueShares(change: SlotChange, shares: NewShares): Promise<readonly IssuedShare[]> {
  const { root, reader, clock } = change
  const made = await makeSharesSlot(root, reader.account, shares, clock.now())
  try {
    const issued = made.shares.map((share, at) => ({
      number: share.number,
      contact: shares.contacts[at] as string,
      text: formatShare(share),
    }))
    await replaceSlot(change, made.slot, (slots) => openByAll(slots, issued, made.shares))
    return issued
  } finally {
    wipe(...made.shares.map(({ bytes }) => bytes))
  }
}

/** By what their owners will type, each of them. */
async function openByAll(
  slots: readonly Slot[],
  issued: readonly IssuedShare[],
  made: readonly Share[],
): Promise<OpenedSlot | null> {
  const typed: Share[] = []
  try {
    for (const [at, { text }] of issued.entries()) {
      const parsed = parseShare(text)
      if (!parsed.ok || !bytesEqual(parsed.value.bytes, (made[at] as Share).bytes)) return null
      typed.push(parsed.value)
    }
    const outcome = await openSharesSlot(slots, typed)
    if (!outcome.ok) return null
    if (outcome.forged.length === 0) return outcome.opened
    outcome.opened.root[Symbol.dispose]()
    return null
  } finally {
    wipe(...typed.map(({ bytes }) => bytes))
  }
}
