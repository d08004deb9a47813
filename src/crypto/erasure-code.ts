// A Reed-Solomon erasure code over GF(2^8), systematic, from a Cauchy matrix (docs/formats/ledger.md §11): parity block p is the sum over all data
// blocks i of `coefficient(p, i)` times that block, byte by byte. Every square submatrix of a Cauchy matrix can be inverted, so that any data blocks
// can be computed again from as many parity blocks and the rest.
//
// The work is in `LinearSums`, which multiplies a block by up to 16 coefficients at once: a table has, for each value of a byte, all 16 products next
// to each other in four words. So a byte of data costs four lookups and no multiplication, in plain JavaScript.

import { assert } from '#base/assert.ts'
import { inverse, multiply } from './gf256.ts'

/** Of one codeword. */
export const PARITY_BLOCKS_MAX = 16
/** Data and parity of one codeword together. */
export const CODEWORD_BLOCKS_MAX = 256

const WORDS = PARITY_BLOCKS_MAX / 4
const TABLE_WORDS = 256 * WORDS
/** Blocks that are added at a time, so that sums are loaded and stored once for all of them. */
export const BLOCKS_AT_ONCE = 4

/** Of data block `data` in parity block `parity`. */
export function coefficient(parity: number, data: number): number {
  return inverse(data ^ (255 - parity))
}

/** The coefficients of one data block in all parity blocks. */
export function encodingColumn(data: number, parityBlocks: number): Uint8Array {
  return Uint8Array.from({ length: parityBlocks }, (_, parity) => coefficient(parity, data))
}

/** Products of every byte with the coefficients of up to four blocks: 16 KiB. */
export class ProductTables {
  readonly words = new Int32Array(BLOCKS_AT_ONCE * TABLE_WORDS)

  /** `columns[n]` has the coefficients of block n in each sum; blocks without are not added. */
  set(columns: readonly Uint8Array[]): void {
    for (let block = 0; block < BLOCKS_AT_ONCE; block++) this.#setBlock(block, columns[block])
  }

  #setBlock(block: number, column: Uint8Array | undefined): void {
    const { words } = this
    const start = block * TABLE_WORDS
    words.fill(0, start, start + TABLE_WORDS)
    if (column === undefined) return
    const bytes = new Uint8Array(words.buffer, start * 4, TABLE_WORDS * 4)
    for (let bit = 1; bit < 256; bit <<= 1) {
      for (const [sum, factor] of column.entries()) bytes[bit * PARITY_BLOCKS_MAX + sum] = multiply(factor, bit)
    }
    // Every other value is the sum of its lowest bit and the rest, which come before it.
    for (let value = 3; value < 256; value++) {
      const low = value & -value
      if (low === value) continue
      for (let word = 0; word < WORDS; word++) {
        words[start + value * WORDS + word] =
          (words[start + low * WORDS + word] as number) ^ (words[start + (value ^ low) * WORDS + word] as number)
      }
    }
  }
}

/** Up to 16 sums of multiples of blocks. */
export class LinearSums {
  readonly #blockBytes: number
  /** Of one byte position after the other, all sums. */
  readonly #words: Int32Array

  constructor(blockBytes: number) {
    this.#blockBytes = blockBytes
    this.#words = new Int32Array(blockBytes * WORDS)
  }

  clear(): void {
    this.#words.fill(0)
  }

  /** Adds multiples of four blocks, by these tables. For fewer, any block can stand where the tables have none. */
  add({ words: t }: ProductTables, a: Uint8Array, b: Uint8Array, c: Uint8Array, d: Uint8Array): void {
    const n = this.#blockBytes
    assert(a.length === n && b.length === n && c.length === n && d.length === n, 'blocks have one size')
    const sums = this.#words
    for (let i = 0, at = 0; i < n; i++, at += WORDS) {
      const ta = (a[i] as number) << 2
      const tb = ((b[i] as number) << 2) | TABLE_WORDS
      const tc = ((c[i] as number) << 2) | (2 * TABLE_WORDS)
      const td = ((d[i] as number) << 2) | (3 * TABLE_WORDS)
      sums[at] = (sums[at] as number) ^ (t[ta] as number) ^ (t[tb] as number) ^ (t[tc] as number) ^ (t[td] as number)
      sums[at + 1] =
        (sums[at + 1] as number) ^
        (t[ta + 1] as number) ^
        (t[tb + 1] as number) ^
        (t[tc + 1] as number) ^
        (t[td + 1] as number)
      sums[at + 2] =
        (sums[at + 2] as number) ^
        (t[ta + 2] as number) ^
        (t[tb + 2] as number) ^
        (t[tc + 2] as number) ^
        (t[td + 2] as number)
      sums[at + 3] =
        (sums[at + 3] as number) ^
        (t[ta + 3] as number) ^
        (t[tb + 3] as number) ^
        (t[tc + 3] as number) ^
        (t[td + 3] as number)
    }
  }

  /** Writes sum number `index` to `target`, which is a block. */
  copySum(index: number, target: Uint8Array): void {
    const bytes = new Uint8Array(this.#words.buffer)
    for (let i = 0, at = index; i < this.#blockBytes; i++, at += PARITY_BLOCKS_MAX) target[i] = bytes[at] as number
  }
}

/** How blocks that are missing follow from those that are there: sum n of `LinearSums` is `missing[n]`. */
export interface DecodingPlan {
  /** In ascending order. */
  readonly missing: readonly number[]
  /** The parity blocks that are needed: as many as are missing. */
  readonly parity: readonly number[]
  /** Coefficients of a data block that is there. */
  dataColumn(data: number): Uint8Array
  /** Of a parity block, by its place in `parity`. */
  parityColumn(place: number): Uint8Array
}

/** Null if there are fewer parity blocks than missing ones. */
export function planDecoding(missing: readonly number[], parityAvailable: readonly number[]): DecodingPlan | null {
  if (missing.length > parityAvailable.length) return null
  const parity = parityAvailable.slice(0, missing.length)
  // What the parity blocks say of the missing ones alone, solved for these.
  const inverted = invert(parity.map((row) => missing.map((data) => coefficient(row, data))))
  return {
    missing,
    parity,
    dataColumn: (data) =>
      Uint8Array.from(inverted, (row) =>
        row.reduce((sum, factor, place) => sum ^ multiply(factor, coefficient(parity[place] as number, data)), 0),
      ),
    parityColumn: (place) => Uint8Array.from(inverted, (row) => row[place] as number),
  }
}

/** Of a square matrix that has an inverse, as all that come from a Cauchy matrix have. */
function invert(matrix: readonly (readonly number[])[]): number[][] {
  const size = matrix.length
  const rows = matrix.map((row, at) => [
    ...row,
    ...Array.from({ length: size }, (_, column) => (column === at ? 1 : 0)),
  ])
  for (let column = 0; column < size; column++) {
    const pivot = rows.findIndex((row, at) => at >= column && row[column] !== 0)
    assert(pivot >= 0, 'the matrix has an inverse')
    const [row] = rows.splice(pivot, 1) as [number[]]
    const factor = inverse(row[column] as number)
    const scaled = row.map((value) => multiply(value, factor))
    rows.splice(column, 0, scaled)
    for (const [at, other] of rows.entries()) {
      const times = other[column] as number
      if (at === column || times === 0) continue
      rows[at] = other.map((value, place) => value ^ multiply(times, scaled[place] as number))
    }
  }
  return rows.map((row) => row.slice(size))
}
