// What opens an account without its password: the recovery code, or shares of trusted contacts, as they were typed. One sentence tells what is wrong with
// them; it holds nothing of what was typed.

import { wipe } from '#base/bytes.ts'
import { parseRecoveryCode } from './recovery-code.ts'
import { openRecoverySlot } from './recovery-slot.ts'
import { type Share, SHARES_MAX, describeShareProblem, parseShare } from './share.ts'
import { describeSharesProblem, openSharesSlot } from './shares-slot.ts'
import type { Slot } from './slot.ts'
import type { OpenedSlot } from './stretched-slot.ts'

export type Means =
  | { readonly kind: 'code'; readonly code: string }
  | { readonly kind: 'shares'; readonly shares: readonly string[] }

export type ReadMeans =
  /** 20 bytes. */
  { readonly kind: 'code'; readonly code: Buffer } | { readonly kind: 'shares'; readonly shares: readonly Share[] }

export type Opening =
  | {
      readonly kind: 'opened'
      readonly opened: OpenedSlot
      /** Null, or what whoever typed them should know. */ readonly note: string | null
    }
  /** It may be another account's. */
  | { readonly kind: 'notHere'; readonly why: string }
  | { readonly kind: 'refused'; readonly why: string }

/** A sentence if they cannot be read. The caller wipes what was read. */
export function readMeans(means: Means): ReadMeans | string {
  if (means.kind === 'code') {
    const code = parseRecoveryCode(means.code)
    return code === null ? 'That is no recovery code: look for a mistyped character.' : { kind: 'code', code }
  }
  if (means.shares.length > SHARES_MAX) return `There are at most ${SHARES_MAX} shares.`
  const shares: Share[] = []
  const problems: string[] = []
  for (const [at, text] of means.shares.entries()) {
    const parsed = parseShare(text)
    if (parsed.ok) shares.push(parsed.value)
    else problems.push(`The share that was given as number ${at + 1} is wrong: ${describeShareProblem(parsed.error)}.`)
  }
  if (problems.length === 0) return { kind: 'shares', shares }
  wipe(...shares.map(({ bytes }) => bytes))
  return problems.join(' ')
}

export function wipeMeans(means: ReadMeans): void {
  if (means.kind === 'code') wipe(means.code)
  else wipe(...means.shares.map(({ bytes }) => bytes))
}

/** Of these slots. The opened root is the caller's to dispose. */
export async function openByMeans(slots: readonly Slot[], means: ReadMeans): Promise<Opening> {
  if (means.kind === 'code') {
    const opened = openRecoverySlot(slots, means.code)
    if (opened !== null) return { kind: 'opened', opened, note: null }
    return {
      kind: 'notHere',
      why: 'The recovery code opens nothing here: it was replaced by a newer one, or is of another account.',
    }
  }
  const outcome = await openSharesSlot(slots, means.shares)
  if (outcome.ok) {
    const { opened, forged } = outcome
    const note = forged.length === 0 ? null : `Not what was given out: share ${forged.join(', ')}.`
    return { kind: 'opened', opened, note }
  }
  const why = describeSharesProblem(outcome.problem)
  return outcome.problem.kind === 'unknownSet' ? { kind: 'notHere', why } : { kind: 'refused', why }
}
