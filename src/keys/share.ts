// One share of a slot's secret, as a contact keeps it on paper (docs/formats/keys.md §3): 70 characters of Crockford's Base32 in fourteen groups of five,
// of which the last six are a check over the rest. Everything that a mistake can be told from is in it: how many are needed, which one it is, and of
// which set.
//
// A mistyped character never gets as far as the mathematics, which would not notice: `parseShare` refuses it, and says in which group it is.

import { wipe } from '#base/bytes.ts'
import { type Result, fail, ok } from '#base/result.ts'
import { sha256 } from '#crypto/hash.ts'
import { crockfordDigit, crockfordValue, decodeCrockford, encodeCrockford, groupOf, inGroups } from './crockford.ts'

export const THRESHOLD_MIN = 2
export const SHARES_MAX = 16
export const SET_BYTES = 5
/** Of 32 bytes of a secret and the point. */
const SHARE_BYTES = 33

const VERSION = 1
const PAYLOAD_BYTES = 2 + SET_BYTES + SHARE_BYTES
const PAYLOAD_CHARACTERS = (PAYLOAD_BYTES * 8) / 5
const CHECK_CHARACTERS = 6
export const SHARE_CHARACTERS = PAYLOAD_CHARACTERS + CHECK_CHARACTERS
/** Longer than any way to write one with separators; what is longer is not read. */
const TEXT_LENGTH_MAX = 256

const CHECK_LABEL = Buffer.from('mailkeep/v1/share')

export interface Share {
  /** So many open the slot. */
  readonly threshold: number
  /** From 1. */
  readonly number: number
  /** Of all shares that were made together: the first bytes of the name of their slot. */
  readonly set: Buffer
  readonly bytes: Buffer
}

/** `group` is counted from 1; null if it cannot be told. */
export type ShareProblem =
  | { readonly kind: 'length'; readonly characters: number }
  | { readonly kind: 'character'; readonly group: number }
  | { readonly kind: 'mistyped'; readonly group: number | null }
  /** Of a later version of this format, or none. */
  | { readonly kind: 'version' }

function checkOf(payload: Uint8Array): Uint8Array {
  const digest = sha256(CHECK_LABEL, payload)
  const bits = digest.readUInt32BE(0) >>> 2
  return Uint8Array.from({ length: CHECK_CHARACTERS }, (_, at) => (bits >>> (5 * (CHECK_CHARACTERS - 1 - at))) & 31)
}

function isWhole(digits: Uint8Array): boolean {
  const payload = decodeCrockford(digits, PAYLOAD_CHARACTERS)
  const check = checkOf(payload)
  wipe(payload)
  return check.every((digit, at) => digit === digits[PAYLOAD_CHARACTERS + at])
}

export function formatShare({ threshold, number, set, bytes }: Share): string {
  const header = Buffer.of(VERSION, ((threshold - 1) << 4) | (number - 1))
  const payload = Buffer.concat([header, set, bytes])
  if (payload.length !== PAYLOAD_BYTES) throw new RangeError(`a share has ${PAYLOAD_BYTES} bytes`)
  const check = Array.from(checkOf(payload), crockfordDigit).join('')
  const text = inGroups(encodeCrockford(payload) + check)
  wipe(payload)
  return text
}

export function parseShare(text: string): Result<Share, ShareProblem> {
  if (text.length > TEXT_LENGTH_MAX) return fail({ kind: 'length', characters: text.length })
  const digits = new Uint8Array(SHARE_CHARACTERS)
  let characters = 0
  let stray: number | null = null
  for (const character of text.toUpperCase()) {
    if (character === '-' || character === ' ' || character === '\t') continue
    const value = crockfordValue(character)
    if (value < 0) stray ??= characters
    else if (characters < digits.length) digits[characters] = value
    characters++
  }
  try {
    if (characters !== SHARE_CHARACTERS) return fail({ kind: 'length', characters })
    if (stray !== null) return fail({ kind: 'character', group: groupOf(stray) })
    if (!isWhole(digits)) return fail({ kind: 'mistyped', group: mistypedGroup(digits) })
    return read(digits)
  } finally {
    wipe(digits)
  }
}

function read(digits: Uint8Array): Result<Share, ShareProblem> {
  const payload = decodeCrockford(digits, PAYLOAD_CHARACTERS)
  try {
    const threshold = ((payload[1] as number) >> 4) + 1
    if (payload[0] !== VERSION || threshold < THRESHOLD_MIN) return fail({ kind: 'version' })
    return ok({
      threshold,
      number: ((payload[1] as number) & 15) + 1,
      set: Buffer.from(payload.subarray(2, 2 + SET_BYTES)),
      bytes: Buffer.from(payload.subarray(2 + SET_BYTES)),
    })
  } finally {
    wipe(payload)
  }
}

/** The group that holds the only character, or the only two neighbours, with which another one or the other order would make it whole. */
function mistypedGroup(digits: Uint8Array): number | null {
  const tried = Uint8Array.from(digits)
  const groups = new Set<number>()
  try {
    for (let at = 0; at < SHARE_CHARACTERS; at++) {
      const written = tried[at] as number
      for (let value = 0; value < 32; value++) {
        if (value === written) continue
        tried[at] = value
        if (isWhole(tried)) groups.add(groupOf(at))
      }
      const next = tried[at + 1]
      if (next !== undefined && next !== written) {
        tried[at] = next
        tried[at + 1] = written
        if (isWhole(tried)) groups.add(groupOf(at))
        tried[at + 1] = next
      }
      tried[at] = written
    }
  } finally {
    wipe(tried)
  }
  const [group] = groups
  return groups.size === 1 && group !== undefined ? group : null
}

/** A part of a sentence, without anything of the share. */
export function describeShareProblem(problem: ShareProblem): string {
  switch (problem.kind) {
    case 'length':
      return `it has ${problem.characters} characters, and a share has ${SHARE_CHARACTERS}`
    case 'character':
      return `in its group ${problem.group} is a character that no share has`
    case 'mistyped':
      return problem.group === null
        ? 'several of its characters are wrong: compare it with the paper'
        : `there is a mistake in its group ${problem.group}`
    case 'version':
      return 'it is no share that this version of Mailkeep knows'
  }
}
