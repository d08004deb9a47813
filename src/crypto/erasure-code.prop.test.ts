import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import {
  BLOCKS_AT_ONCE,
  CODEWORD_BLOCKS_MAX,
  LinearSums,
  PARITY_BLOCKS_MAX,
  ProductTables,
  coefficient,
  encodingColumn,
  planDecoding,
} from './erasure-code.ts'
import { inverse, multiply } from './gf256.ts'

test('every element but 0 has an inverse, and multiplication is that of polynomials', () => {
  const slow = (a: number, b: number): number => {
    let product = 0
    for (let bit = 0; bit < 8; bit++) if ((b >> bit) & 1) product ^= a << bit
    for (let bit = 14; bit >= 8; bit--) if ((product >> bit) & 1) product ^= 0x11d << (bit - 8)
    return product
  }
  for (let a = 0; a < 256; a++) {
    for (let b = 0; b < 256; b++) assert.equal(multiply(a, b), slow(a, b))
    if (a > 0) assert.equal(multiply(a, inverse(a)), 1)
  }
})

interface Codeword {
  readonly data: readonly Buffer[]
  readonly parity: readonly Buffer[]
}

const BLOCK = 24

function combine(blocks: readonly Uint8Array[], columns: readonly Uint8Array[], sums: number): Buffer[] {
  const state = new LinearSums(BLOCK)
  const tables = new ProductTables()
  for (let at = 0; at < blocks.length; at += BLOCKS_AT_ONCE) {
    tables.set(columns.slice(at, at + BLOCKS_AT_ONCE))
    const [a, b, c, d] = [0, 1, 2, 3].map((next) => blocks[at + next] ?? Buffer.alloc(BLOCK))
    state.add(tables, a as Uint8Array, b as Uint8Array, c as Uint8Array, d as Uint8Array)
  }
  return Array.from({ length: sums }, (_, sum) => {
    const block = Buffer.alloc(BLOCK)
    state.copySum(sum, block)
    return block
  })
}

function encode(data: readonly Buffer[], parityBlocks: number): Codeword {
  const columns = data.map((_, at) => encodingColumn(at, parityBlocks))
  return { data, parity: combine(data, columns, parityBlocks) }
}

/** The missing blocks, from what is left. */
function decode({ data, parity }: Codeword, missing: readonly number[], available: readonly number[]): Buffer[] | null {
  const plan = planDecoding(missing, available)
  if (plan === null) return null
  const present = data.map((_, at) => at).filter((at) => !missing.includes(at))
  const blocks = [...plan.parity.map((row) => parity[row] as Buffer), ...present.map((at) => data[at] as Buffer)]
  const columns = [
    ...plan.parity.map((_, place) => plan.parityColumn(place)),
    ...present.map((at) => plan.dataColumn(at)),
  ]
  return combine(blocks, columns, missing.length)
}

const codeword = fc
  .record({ parity: fc.integer({ min: 1, max: PARITY_BLOCKS_MAX }), data: fc.integer({ min: 1, max: 240 }) })
  .chain(({ parity, data }) => {
    const blocks = Math.min(data, CODEWORD_BLOCKS_MAX - parity)
    return fc.record({
      parity: fc.constant(parity),
      data: fc.array(fc.uint8Array({ minLength: BLOCK, maxLength: BLOCK }), { minLength: blocks, maxLength: blocks }),
      order: fc.shuffledSubarray(
        Array.from({ length: blocks + parity }, (_, at) => at),
        { minLength: blocks + parity },
      ),
    })
  })

test('a parity block is the sum of the data blocks, each times its coefficient', () => {
  fc.assert(
    fc.property(codeword, ({ parity: rows, data }) => {
      const { parity } = encode(data.map(Buffer.from), rows)
      for (const [row, block] of parity.entries()) {
        for (let at = 0; at < BLOCK; at++) {
          const sum = data.reduce(
            (all, bytes, number) => all ^ multiply(coefficient(row, number), bytes[at] as number),
            0,
          )
          assert.equal(block[at], sum)
        }
      }
    }),
    { numRuns: 30 },
  )
})

test('as many blocks as there is parity can be lost, any of them; one more is told', () => {
  fc.assert(
    fc.property(codeword, ({ parity: rows, data, order }) => {
      const whole = encode(data.map(Buffer.from), rows)
      const lost = order.slice(0, rows)
      const missing = lost.filter((at) => at < data.length).sort((a, b) => a - b)
      const available = Array.from({ length: rows }, (_, row) => row).filter((row) => !lost.includes(data.length + row))
      assert.deepEqual(
        decode(whole, missing, available),
        missing.map((at) => whole.data[at]),
      )
      const [one] = order.slice(rows).filter((at) => at < data.length)
      if (one !== undefined) assert.equal(planDecoding([...missing, one], available.slice(0, missing.length)), null)
    }),
    { numRuns: 60 },
  )
})

test('all losses of a small code, one by one', () => {
  const data = [1, 2, 3, 4, 5].map((seed) => Buffer.alloc(BLOCK, seed * 37))
  const whole = encode(data, 3)
  for (let losses = 0; losses < 256; losses++) {
    const lost = [0, 1, 2, 3, 4, 5, 6, 7].filter((at) => (losses >> at) & 1)
    const missing = lost.filter((at) => at < 5)
    const available = [0, 1, 2].filter((row) => !lost.includes(5 + row))
    const decoded = decode(whole, missing, available)
    if (lost.length <= 3) assert.ok(decoded !== null)
    assert.deepEqual(decoded, missing.length > available.length ? null : missing.map((at) => data[at]))
  }
})
