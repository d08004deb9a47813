// What the host answers when the engine asks it.

import { assert } from '#base/assert.ts'

/** A reply of 400 to 599. 421 ends the session. */
export interface Refusal {
  readonly kind: 'refused'
  readonly code: number
  /** RFC 3463, of the same class as the code. */
  readonly enhanced: string
  /** For a person. Several lines are divided by `\n`. What is not printable ASCII is replaced before it is sent. */
  readonly text: string
}

const ENHANCED = /^([45])\.[0-9]{1,3}\.[0-9]{1,3}$/

export function refused(code: number, enhanced: string, text: string): Refusal {
  assert(code >= 400 && code <= 599, 'a refusal is a reply of 4xx or 5xx')
  assert(ENHANCED.exec(enhanced)?.[1] === String(code)[0], 'a code and its enhanced code have the same class')
  return { kind: 'refused', code, enhanced, text }
}

export type SenderVerdict = { readonly kind: 'accepted' } | Refusal

export type RecipientVerdict<Target> =
  /** `target` is whatever the host has found out about this recipient; it comes back with the transaction. */
  | { readonly kind: 'accepted'; readonly target: Target }
  /** 550 5.1.1: a domain of ours, without such an address. */
  | { readonly kind: 'unknown' }
  /** 550 5.7.1: a domain that is not ours. */
  | { readonly kind: 'relayDenied' }
  /** 452 4.2.2 */
  | { readonly kind: 'overQuota' }
  /** 451 4.3.0: it cannot be told now, or cannot be sealed now. */
  | { readonly kind: 'unavailable' }
  | Refusal

export type MessageVerdict =
  /** Durable: from here on the message is ours. `id` is told to the client, for the log of either side. */
  { readonly kind: 'accepted'; readonly id: string } | Refusal
