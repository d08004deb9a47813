// `:matches` (RFC 5228 §2.7.1): `*` for any octets, `?` for one, a backslash before what means itself.
//
// No backtracking. A pattern is its pieces between the stars: the first must begin the value, the last must end it, and of each between them the
// first occurrence behind the one before is as good as any. That is also what matches as little as possible by each star (RFC 5229 §3.2). A piece
// with `?` in it is looked for by a bit for each of its octets (Shift-And), 32 at a time, so that the work is the value's length times a
// thirty-second of the piece's.

import { findText } from './find-text.ts'

/** Between two stars. `?` is null. */
type WildcardPiece = readonly (number | null)[]

export interface Wildcard {
  readonly pieces: readonly WildcardPiece[]
  readonly length: number
}

const STAR = 0x2a
const QUESTION = 0x3f
const BACKSLASH = 0x5c

/** `pattern` folded as the values will be. */
export function parseWildcard(pattern: string): Wildcard {
  const pieces: (number | null)[][] = [[]]
  for (let at = 0; at < pattern.length; at++) {
    const code = pattern.charCodeAt(at)
    const piece = pieces.at(-1) as (number | null)[]
    if (code === STAR) pieces.push([])
    else if (code === QUESTION) piece.push(null)
    else if (code === BACKSLASH && at + 1 < pattern.length) piece.push(pattern.charCodeAt(++at))
    else piece.push(code)
  }
  return { pieces, length: pattern.length }
}

/** Octets that are looked at, at most, for a value of that length. */
export function wildcardWork({ pieces }: Wildcard, length: number): number {
  let words = 1
  for (const piece of pieces) if (piece.includes(null)) words = Math.max(words, Math.ceil(piece.length / 32))
  return words * (length + 1)
}

/** For each wildcard, in order, where in the value it stands; null if the value does not match. `value` is folded as the pattern was. */
export function matchWildcard({ pieces }: Wildcard, value: string): [start: number, end: number][] | null {
  const spans: [number, number][] = []
  const first = pieces[0] as WildcardPiece
  const last = pieces.at(-1) as WildcardPiece
  if (!matchesAt(first, value, 0)) return null
  addSingles(first, 0, spans)
  let at = first.length
  if (pieces.length === 1) return at === value.length ? spans : null
  const end = value.length - last.length
  for (let index = 1; index < pieces.length - 1; index++) {
    const piece = pieces[index] as WildcardPiece
    const found = findPiece(piece, value, at)
    if (found < 0 || found + piece.length > end) return null
    spans.push([at, found])
    addSingles(piece, found, spans)
    at = found + piece.length
  }
  if (end < at || !matchesAt(last, value, end)) return null
  spans.push([at, end])
  addSingles(last, end, spans)
  return spans
}

function addSingles(piece: WildcardPiece, at: number, spans: [number, number][]): void {
  for (let index = 0; index < piece.length; index++) {
    if (piece[index] === null) spans.push([at + index, at + index + 1])
  }
}

function matchesAt(piece: WildcardPiece, value: string, at: number): boolean {
  if (at + piece.length > value.length) return false
  for (let index = 0; index < piece.length; index++) {
    const code = piece[index]
    if (code !== null && code !== value.charCodeAt(at + index)) return false
  }
  return true
}

function findPiece(piece: WildcardPiece, value: string, from: number): number {
  if (piece.length === 0) return from
  if (!piece.includes(null)) {
    let text = ''
    for (const code of piece) text += String.fromCharCode(code as number)
    return findText(value, text, from)
  }
  return shiftAnd(piece, value, from)
}

function shiftAnd(piece: WildcardPiece, value: string, from: number): number {
  const words = Math.ceil(piece.length / 32)
  // For each octet, the positions of the piece that it fits.
  const fits = new Uint32Array(256 * words)
  for (const [index, code] of piece.entries()) {
    const word = index >>> 5
    const bit = 1 << (index & 31)
    const first = code === null ? 0 : code & 0xff
    const last = code === null ? 255 : first
    for (let octet = first; octet <= last; octet++) {
      const place = octet * words + word
      fits[place] = (fits[place] as number) | bit
    }
  }
  const state = new Uint32Array(words)
  const lastBit = (piece.length - 1) & 31
  for (let at = from; at < value.length; at++) {
    const row = (value.charCodeAt(at) & 0xff) * words
    let carry = 1
    for (let word = 0; word < words; word++) {
      const old = state[word] as number
      state[word] = ((old << 1) | carry) & (fits[row + word] as number)
      carry = old >>> 31
    }
    if ((((state[words - 1] as number) >>> lastBit) & 1) === 1) return at - piece.length + 1
  }
  return -1
}
