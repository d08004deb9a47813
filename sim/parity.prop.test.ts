// Parity files by properties: whatever the length and the percentage, as much as the parity can bear is computed again, out of a damaged segment and a damaged
// parity file, and what it cannot is told and never made up.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, Seq } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { encodeParity } from '#ledger/parity-encode.ts'
import { ParityFile } from '#ledger/parity-file.ts'
import {
  type ParityShape,
  blockCount,
  codewordBlocks,
  decodePage,
  decodeParityHead,
  pageOffsets,
  parityFileBytes,
  parityIndex,
  parityOffset,
  sectionOf,
  sectionStart,
  shapeFor,
} from '#ledger/parity-format.ts'
import { RepairedFile } from '#ledger/repaired-file.ts'
import { SimulatedDisk } from './disk.ts'
import { Random } from './random.ts'

const ACCOUNT = '00112233445566778899aabbccddeeff' as AccountId
const FIRST = 5 as Seq
const BLOCK = 4096
const RUNS = Number(process.env['MAILKEEP_FUZZ_RUNS'] ?? 40)

const sizes = { length: fc.integer({ min: 1, max: 700_000 }), percent: fc.integer({ min: 1, max: 50 }) }

class Case {
  readonly random: Random
  readonly disk: SimulatedDisk
  readonly shape: ParityShape
  readonly original: Buffer
  readonly encoded: Buffer

  constructor({ length, percent, seed }: { readonly length: number; readonly percent: number; readonly seed: number }) {
    this.random = new Random(seed)
    this.disk = new SimulatedDisk(this.random)
    this.original = this.random.bytes(length)
    this.disk.openWrite('/segment').write(this.original, 0)
    this.shape = shapeFor(length, percent)
    const encoded = { account: ACCOUNT, first: FIRST, shape: this.shape }
    atOnce(encodeParity(this.disk.openRead('/segment'), this.disk.openWrite('/parity'), encoded))
    this.encoded = Buffer.alloc(this.disk.file('/parity').size)
    this.disk.file('/parity').read(this.encoded, 0)
  }

  /** Other bytes in a block of a file, or zeros. */
  lose(name: string, offset: number): void {
    const file = this.disk.file(name)
    const length = Math.min(BLOCK, file.size - offset)
    const bytes = Buffer.alloc(length)
    file.read(bytes, offset)
    if (this.random.chance(0.5)) bytes[this.random.below(length)]! ^= 1 + this.random.below(255)
    else bytes.fill(0)
    file.corrupt(offset, bytes)
  }

  view(): RepairedFile | null {
    const parity = ParityFile.open(this.disk, '/parity', ACCOUNT, FIRST)
    return parity === null ? null : new RepairedFile(this.disk.openRead('/segment'), parity)
  }

  read(view: RepairedFile): Buffer {
    const bytes = Buffer.alloc(view.size())
    view.read(bytes, 0)
    return bytes
  }

  /** All codewords. */
  *codewords(): Generator<{ readonly section: number; readonly stripe: number; readonly blocks: readonly number[] }> {
    for (let section = 0; section < this.shape.sections; section++) {
      for (let stripe = 0; stripe < this.shape.stripes; stripe++) {
        yield { section, stripe, blocks: codewordBlocks(this.shape, section, stripe) }
      }
    }
  }

  shuffled(numbers: readonly number[]): number[] {
    return numbers
      .map((number) => ({ number, at: this.random.fraction() }))
      .sort((a, b) => a.at - b.at)
      .map(({ number }) => number)
  }
}

const cases = fc.record({ ...sizes, seed: fc.integer({ min: 0, max: 2 ** 31 }) }).map((input) => new Case(input))

test('every block is in one codeword, and neighbours are in different ones', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 31 }), sizes.percent, (length, percent) => {
      const shape = shapeFor(length, percent)
      const blocks = blockCount(length)
      const { sections, stripes, parity } = shape
      assert.ok(parity <= 16 && stripes * sections * parity >= (blocks * percent) / 100)
      assert.ok(Math.ceil(Math.ceil(blocks / sections) / stripes) + parity <= 256)
      // About what was asked for, and at least two.
      assert.ok(sections * stripes * parity <= Math.max(2, (blocks * percent) / 100) + sections * (stripes + 2))
      const from = Math.floor((blocks * percent) / 101)
      const burst = new Map<string, number>()
      for (let block = from; block < Math.min(blocks, from + stripes * parity); block++) {
        const section = sectionOf(shape, block)
        assert.ok(sectionStart(shape, section) <= block && block < sectionStart(shape, section + 1))
        const word = `${section}/${(block - sectionStart(shape, section)) % stripes}`
        burst.set(word, (burst.get(word) ?? 0) + 1)
      }
      assert.ok(
        [...burst.values()].every((lost) => lost <= parity),
        'so many in a row can be lost',
      )
    }),
    { numRuns: 200 },
  )
})

test('a parity file has its pages twice and its blocks once, and nothing else', () => {
  fc.assert(
    fc.property(cases, ({ shape, encoded, original, disk }) => {
      assert.equal(encoded.length, parityFileBytes(shape))
      const content = decodePage(encoded.subarray(0, BLOCK), { account: ACCOUNT, first: FIRST, page: 0 })
      assert.ok(content !== null)
      assert.deepEqual(decodeParityHead(content)?.shape, shape)
      assert.equal(shape.length, original.length)
      using parity = ParityFile.open(disk, '/parity', ACCOUNT, FIRST)
      assert.deepEqual(
        [...(parity?.damagedRanges() ?? [])].filter((range) => range !== null),
        [],
      )
      const offsets = new Set<number>()
      for (let page = 0; pageOffsets(shape, page)[0] < parityOffset(shape, 0); page++) {
        for (const offset of pageOffsets(shape, page)) offsets.add(offset)
      }
      for (let index = 0; index < shape.sections * shape.stripes * shape.parity; index++)
        offsets.add(parityOffset(shape, index))
      assert.equal(offsets.size * BLOCK, encoded.length)
    }),
    { numRuns: RUNS },
  )
})

test('as many blocks of each codeword as it has parity can be lost, of the segment and of the parity', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { shape } = one
      for (const { section, stripe, blocks } of one.codewords()) {
        const parity = Array.from({ length: shape.parity }, (_, row) => -1 - row)
        for (const lost of one.shuffled([...blocks, ...parity]).slice(0, shape.parity)) {
          if (lost >= 0) one.lose('/segment', lost * BLOCK)
          else one.lose('/parity', parityOffset(shape, parityIndex(shape, section, -1 - lost, stripe)))
        }
      }
      // And one copy of every page.
      for (let page = 0; pageOffsets(shape, page)[0] < parityOffset(shape, 0); page++) {
        one.lose('/parity', one.random.pick(pageOffsets(shape, page)))
      }
      const view = one.view()
      assert.ok(view !== null)
      assert.ok(one.read(view).equals(one.original))
    }),
    { numRuns: RUNS },
  )
})

test('a burst anywhere, and a segment that was cut', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { shape, original, random } = one
      const power = shape.stripes * shape.parity
      const blocks = blockCount(original.length)
      const first = random.below(Math.max(1, blocks - power + 1))
      for (let block = first; block < Math.min(blocks, first + power); block++) one.lose('/segment', block * BLOCK)
      const burst = one.view()
      assert.ok(burst !== null && one.read(burst).equals(original))
      one.disk.file('/segment').truncate(0)
      one.disk.openWrite('/segment').write(original.subarray(0, Math.max(0, blocks - power) * BLOCK), 0)
      const cut = one.view()
      assert.ok(cut !== null && one.read(cut).equals(original))
    }),
    { numRuns: RUNS },
  )
})

test('one more than the power is told, the other codewords are computed, and nothing is made up', () => {
  fc.assert(
    fc.property(cases, (one) => {
      const { shape, original } = one
      const words = [...one.codewords()].filter(({ blocks }) => blocks.length > shape.parity)
      if (words.length === 0) return
      const beyond = one.random.pick(words)
      for (const word of one.codewords()) {
        const lost = one
          .shuffled(word.blocks)
          .slice(0, shape.parity + (word.section === beyond.section && word.stripe === beyond.stripe ? 1 : 0))
        for (const block of lost) one.lose('/segment', block * BLOCK)
      }
      const view = one.view()
      assert.ok(view !== null)
      const stored = Buffer.alloc(original.length)
      one.disk.file('/segment').read(stored, 0)
      for (let block = 0; block < view.blocks; block++) {
        const range = [block * BLOCK, Math.min((block + 1) * BLOCK, original.length)] as const
        const wasLost = !stored.subarray(...range).equals(original.subarray(...range))
        const good = view.goodBlock(block)
        if (beyond.blocks.includes(block) && wasLost) assert.equal(good, null)
        else assert.ok(good?.subarray(0, range[1] - range[0]).equals(original.subarray(...range)))
      }
    }),
    { numRuns: RUNS },
  )
})

test('any bytes can stand where a parity file should', () => {
  fc.assert(
    fc.property(cases, fc.integer({ min: 0, max: 60 }), (one, changes) => {
      const file = one.disk.file('/parity')
      for (let change = 0; change < changes; change++) {
        file.corrupt(one.random.below(file.size), one.random.bytes(1))
      }
      if (one.random.chance(0.3)) file.truncate(one.random.below(file.size))
      one.lose('/segment', one.random.below(blockCount(one.original.length)) * BLOCK)
      const view = one.view()
      if (view === null) return
      for (let block = 0; block < view.blocks; block++) {
        const good = view.goodBlock(block)
        const original = one.original.subarray(block * BLOCK, (block + 1) * BLOCK)
        assert.ok(good === null || good.subarray(0, original.length).equals(original), 'right, or none')
      }
    }),
    { numRuns: RUNS },
  )
})

test('a head of any bytes is refused, or is of a segment that memory can bear', () => {
  fc.assert(
    fc.property(cases, fc.array(fc.tuple(fc.nat(127), fc.nat(255)), { maxLength: 6 }), ({ encoded }, changes) => {
      const head = Buffer.from(encoded.subarray(0, 4080))
      for (const [at, value] of changes) head[at] = value
      const shape = decodeParityHead(head)?.shape
      if (shape === undefined) return
      assert.ok(shape.stripes <= 5120 && shape.parity <= 16 && shape.sections <= blockCount(shape.length))
      assert.ok(codewordBlocks(shape, 0, 0).length <= 256)
    }),
    { numRuns: 300 },
  )
})
