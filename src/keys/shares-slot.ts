// The slot that so many of a set of shares open (docs/formats/keys.md §3): a random secret, of which each contact has one share, derives an identity as a
// recovery code does. No server secret is involved.
//
// The slot's name is derived from the secret, and every share carries its beginning: so shares of another set are told before anything is combined, and a
// combination of wrong ones is never taken for the secret.

import { assert } from '#base/assert.ts'
import { bytesEqual, wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import { type Result, fail, ok } from '#base/result.ts'
import { randomBytes } from '#crypto/random.ts'
import { combineSecret, splitSecret } from '#crypto/shamir.ts'
import { codeSlotName, deriveCodeKeys, openCodeSlot, sealCodeSlot } from './code-slot.ts'
import type { RootSecret } from './root.ts'
import { SET_BYTES, SHARES_MAX, type Share, THRESHOLD_MIN } from './share.ts'
import { sealSharesProperties } from './shares-properties.ts'
import type { Slot } from './slot.ts'
import type { OpenedSlot } from './stretched-slot.ts'

const SECRET_BYTES = 32
const LABEL = 'mailkeep/v1/shares'
/** Somebody who types a few too many finds out which one is wrong; whoever tries all ways to choose eight of sixteen keeps nobody waiting. */
const COMBINATIONS_MAX = 500

export interface NewShares {
  readonly threshold: number
  /** What the owner calls whoever gets each share; their number is the number of shares. */
  readonly contacts: readonly string[]
}

/** Why shares do not open a slot. Numbers are those of shares. */
export type SharesProblem =
  | { readonly kind: 'none' }
  /** Not made together with the first one. */
  | { readonly kind: 'otherSet'; readonly numbers: readonly number[] }
  | { readonly kind: 'twice'; readonly number: number }
  /** No slot here belongs to them: they were replaced or revoked, or are another account's. */
  | { readonly kind: 'unknownSet' }
  | { readonly kind: 'tooFew'; readonly have: number; readonly need: number }
  /** Each of them is whole, and together they are not what was made. */
  | { readonly kind: 'wrong'; readonly isExact: boolean }
  | { readonly kind: 'damagedSlot' }

export type OpenedShares =
  | {
      readonly ok: true
      readonly opened: OpenedSlot
      /** Not what was made: their owners should know. */ readonly forged: readonly number[]
    }
  | { readonly ok: false; readonly problem: SharesProblem }

/** The shares are for `formatShare`, once; the caller wipes their bytes. */
export async function makeSharesSlot(
  root: RootSecret,
  account: AccountId,
  { threshold, contacts }: NewShares,
  created: number,
): Promise<{ readonly slot: Slot; readonly shares: readonly Share[] }> {
  assert(threshold >= THRESHOLD_MIN && threshold <= contacts.length, 'a threshold from 2 to the number of shares')
  assert(contacts.length <= SHARES_MAX, `at most ${SHARES_MAX} shares`)
  const secret = randomBytes(SECRET_BYTES)
  try {
    const properties = sealSharesProperties(root, account, { threshold, contacts })
    const slot = sealCodeSlot(root, account, 'shares', deriveCodeKeys(secret, LABEL), created, properties)
    const set = slot.name.subarray(0, SET_BYTES)
    const parts = await splitSecret(secret, contacts.length, threshold)
    return { slot, shares: parts.map((bytes, at) => ({ threshold, number: at + 1, set, bytes })) }
  } finally {
    wipe(secret)
  }
}

/** The shares stay the caller's. */
export async function openSharesSlot(slots: readonly Slot[], shares: readonly Share[]): Promise<OpenedShares> {
  const found = findSlot(slots, shares)
  if (!found.ok) return { ok: false, problem: found.error }
  const { slot, threshold } = found.value
  const chosen = await findSecret(slot, shares, threshold)
  if (chosen === null) return { ok: false, problem: { kind: 'wrong', isExact: shares.length === threshold } }
  const { secret, shares: good } = chosen
  try {
    const opened = openCodeSlot([slot], deriveCodeKeys(secret, LABEL))
    if (opened === null) return { ok: false, problem: { kind: 'damagedSlot' } }
    return { ok: true, opened, forged: await forgedAmong(slot, shares, good) }
  } finally {
    wipe(secret)
  }
}

function findSlot(
  slots: readonly Slot[],
  shares: readonly Share[],
): Result<{ readonly slot: Slot; readonly threshold: number }, SharesProblem> {
  const [first] = shares
  if (first === undefined) return fail({ kind: 'none' })
  const { threshold } = first
  const others = shares.filter((share) => !share.set.equals(first.set) || share.threshold !== threshold)
  if (others.length > 0) return fail({ kind: 'otherSet', numbers: others.map(({ number }) => number) })
  const seen = new Set<number>()
  const points = new Set<number>()
  for (const { number, bytes } of shares) {
    const point = bytes.at(-1) as number
    if (seen.has(number) || points.has(point)) return fail({ kind: 'twice', number })
    seen.add(number)
    points.add(point)
  }
  const slot = slots.find(({ kind, name }) => kind === 'shares' && bytesEqual(name.subarray(0, SET_BYTES), first.set))
  if (slot === undefined) return fail({ kind: 'unknownSet' })
  if (shares.length < threshold) return fail({ kind: 'tooFew', have: shares.length, need: threshold })
  return ok({ slot, threshold })
}

interface Chosen {
  readonly secret: Buffer
  readonly shares: readonly Share[]
}

/** The first combination that gives the secret which the slot was made from. */
async function findSecret(slot: Slot, shares: readonly Share[], threshold: number): Promise<Chosen | null> {
  let tried = 0
  for (const some of combinations(shares, threshold)) {
    if (++tried > COMBINATIONS_MAX) return null
    const secret = await secretOf(slot, some)
    if (secret !== null) return { secret, shares: some }
  }
  return null
}

/** Null if it is another secret than the slot's. The caller wipes it. */
async function secretOf(slot: Slot, shares: readonly Share[]): Promise<Buffer | null> {
  const secret = await combineSecret(shares.map(({ bytes }) => bytes))
  if (codeSlotName(secret, LABEL).equals(slot.name)) return secret
  wipe(secret)
  return null
}

async function forgedAmong(slot: Slot, shares: readonly Share[], good: readonly Share[]): Promise<number[]> {
  const forged: number[] = []
  for (const share of shares) {
    if (good.includes(share)) continue
    const secret = await secretOf(slot, [share, ...good.slice(1)])
    if (secret === null) forged.push(share.number)
    else wipe(secret)
  }
  return forged
}

/** All ways to take so many of them, in their order. */
function* combinations<T>(all: readonly T[], count: number, from = 0): Generator<T[]> {
  if (count === 0) {
    yield []
    return
  }
  for (let at = from; at <= all.length - count; at++) {
    for (const rest of combinations(all, count - 1, at + 1)) yield [all[at] as T, ...rest]
  }
}

/** One sentence, without anything of a share. */
export function describeSharesProblem(problem: SharesProblem): string {
  switch (problem.kind) {
    case 'none':
      return 'There is no share.'
    case 'otherSet':
      return `${named(problem.numbers)} not made together with the first one: ${problem.numbers.length === 1 ? 'it is' : 'they are'} of another set or another account.`
    case 'twice':
      return `Share ${problem.number} is there twice: each counts once.`
    case 'unknownSet':
      return 'These shares open nothing here: they were replaced or revoked, or are of another account.'
    case 'tooFew': {
      const missing = problem.need - problem.have
      return `${problem.need} shares are needed, and ${problem.have} ${problem.have === 1 ? 'is' : 'are'} here: ${missing} more.`
    }
    case 'wrong':
      return problem.isExact
        ? 'Each of these shares is whole, but together they do not open the account: one of them is not what was given out. Add another share to find out which.'
        : 'Each of these shares is whole, but they do not open the account: several are not what was given out.'
    case 'damagedSlot':
      return "The shares are right, but their key slot in the account's log is damaged."
  }
}

function named(numbers: readonly number[]): string {
  return numbers.length === 1 ? `Share ${numbers[0]} was` : `Shares ${numbers.join(', ')} were`
}
