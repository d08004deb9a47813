// Changes in portions (RFC 8620 §5.2): in the order in which they happened, so that a state between two of them says what is known.

import type { EmailChange } from '#account/account.ts'

export interface Portion {
  /** The last change that is in it, and where the client stands then; null if it is all there is. */
  readonly last: Pick<EmailChange, 'modseq' | 'email'> | null
  readonly has: (change: EmailChange) => boolean
}

/** The first `limit` changes of all lists. Mostly there is one record that made most of them: nothing of them is sorted but numbers. */
export function firstPortion(lists: readonly (readonly EmailChange[])[], limit: number): Portion {
  const total = lists.reduce((sum, list) => sum + list.length, 0)
  if (total <= limit) return { last: null, has: () => true }
  const modseqs = new Float64Array(total)
  let at = 0
  for (const list of lists) for (const change of list) modseqs[at++] = change.modseq
  modseqs.sort()
  const modseq = modseqs[limit - 1] as EmailChange['modseq']
  const before = modseqs.indexOf(modseq)
  const emails = new Uint32Array(modseqs.lastIndexOf(modseq) - before + 1)
  at = 0
  for (const list of lists) for (const change of list) if (change.modseq === modseq) emails[at++] = change.email
  emails.sort()
  const email = emails[limit - before - 1] as EmailChange['email']
  const has = (change: EmailChange): boolean =>
    change.modseq < modseq || (change.modseq === modseq && change.email <= email)
  return { last: { modseq, email }, has }
}
