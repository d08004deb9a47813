// Changes in portions (RFC 8620 §5.2): in the order in which they happened, so that a state between two of them says what is known.

import type { EmailChange } from '#account/account.ts'

/** Those of the first `limit` keys, and whether that is all of them. Each change counts for the key it has. */
export function firstPortion(
  changes: readonly EmailChange[],
  limit: number,
  keyOf: (change: EmailChange) => number,
): { readonly taken: readonly EmailChange[]; readonly isAll: boolean } {
  if (changes.length <= limit) return { taken: changes, isAll: true }
  const inOrder = changes.toSorted((a, b) => a.modseq - b.modseq || a.email - b.email)
  const keys = new Set<number>()
  for (const [at, change] of inOrder.entries()) {
    keys.add(keyOf(change))
    if (keys.size > limit) return { taken: inOrder.slice(0, at), isAll: false }
  }
  return { taken: inOrder, isAll: true }
}
