// Encoding the parity of a segment: one pass over its bytes, in steps of a few milliseconds. Memory is bounded by the parity of one section (2 MB at
// ten percent) whatever the segment's length.

import { type Steps } from '#base/steps.ts'
import { BLOCKS_AT_ONCE, LinearSums, ProductTables, encodingColumn } from '#crypto/erasure-code.ts'
import { IncrementalHash } from '#crypto/hash.ts'
import type { AccountId, Seq } from '#base/ids.ts'
import { type DiskFile, writeAll } from '#platform/disk.ts'
import {
  PARITY_BLOCK_BYTES,
  type ParityHead,
  type ParityShape,
  blockChecksum,
  blockCount,
  encodePages,
  pageOffsets,
  parityBlockCount,
  parityIndex,
  parityOffset,
  sectionStart,
} from './parity-format.ts'

const ZERO_BLOCK = Buffer.alloc(PARITY_BLOCK_BYTES)

export interface EncodedSegment {
  readonly account: AccountId
  readonly first: Seq
  readonly shape: ParityShape
}

/** Writes the whole parity file to `target`, which is empty. Throws DiskError, also where the segment cannot be read. */
export function* encodeParity(segment: DiskFile, target: DiskFile, encoded: EncodedSegment): Steps<ParityHead> {
  const { shape } = encoded
  const checksums = new Uint32Array(blockCount(shape.length) + parityBlockCount(shape))
  const hash = new IncrementalHash('sha256')
  const encoder = new SectionEncoder(segment, shape, checksums, hash)
  for (let section = 0; section < shape.sections; section++) {
    yield* encoder.encode(section)
    for (let row = 0; row < shape.parity; row++) {
      const blocks = encoder.parityRow(section, row)
      writeAll(target, blocks, parityOffset(shape, parityIndex(shape, section, row, 0)))
      yield
    }
  }
  const head = { ...encoded, digest: hash.digest() }
  for (const [number, page] of encodePages(head, checksums).entries()) {
    for (const offset of pageOffsets(shape, number)) writeAll(target, page, offset)
  }
  return head
}

class SectionEncoder {
  readonly #segment: DiskFile
  readonly #shape: ParityShape
  readonly #checksums: Uint32Array
  readonly #hash: IncrementalHash
  readonly #tables = new ProductTables()
  readonly #sums: readonly LinearSums[]
  /** Of each codeword the next four blocks, as they are in the segment. */
  readonly #window: Buffer

  constructor(segment: DiskFile, shape: ParityShape, checksums: Uint32Array, hash: IncrementalHash) {
    this.#segment = segment
    this.#shape = shape
    this.#checksums = checksums
    this.#hash = hash
    this.#sums = Array.from({ length: shape.stripes }, () => new LinearSums(PARITY_BLOCK_BYTES))
    this.#window = Buffer.alloc(BLOCKS_AT_ONCE * shape.stripes * PARITY_BLOCK_BYTES)
  }

  *encode(section: number): Steps<void> {
    const { stripes, parity } = this.#shape
    for (const sums of this.#sums) sums.clear()
    const end = sectionStart(this.#shape, section + 1)
    let data = 0
    for (let block = sectionStart(this.#shape, section); block < end; block += BLOCKS_AT_ONCE * stripes) {
      const blocks = Math.min(BLOCKS_AT_ONCE * stripes, end - block)
      this.#load(block, blocks)
      this.#tables.set(Array.from({ length: BLOCKS_AT_ONCE }, (_, at) => encodingColumn(data + at, parity)))
      const at = (index: number): Buffer => (index < blocks ? this.#block(index) : ZERO_BLOCK)
      for (const [stripe, sums] of this.#sums.entries()) {
        sums.add(this.#tables, at(stripe), at(stripes + stripe), at(2 * stripes + stripe), at(3 * stripes + stripe))
      }
      data += BLOCKS_AT_ONCE
      yield
    }
  }

  /** Parity block `row` of all codewords, as they follow each other in the file. Valid until the next. */
  parityRow(section: number, row: number): Buffer {
    const blocks = this.#window.subarray(0, this.#shape.stripes * PARITY_BLOCK_BYTES)
    const first = blockCount(this.#shape.length) + parityIndex(this.#shape, section, row, 0)
    for (const [stripe, sums] of this.#sums.entries()) {
      const block = this.#block(stripe)
      sums.copySum(row, block)
      this.#checksums[first + stripe] = blockChecksum(block)
    }
    return blocks
  }

  #load(block: number, blocks: number): void {
    const { length } = this.#shape
    const window = this.#window.subarray(0, blocks * PARITY_BLOCK_BYTES)
    const start = block * PARITY_BLOCK_BYTES
    const bytes = window.subarray(0, Math.min(window.length, length - start))
    const read = this.#segment.read(bytes, start)
    window.fill(0, read)
    this.#hash.update(bytes)
    for (let index = 0; index < blocks; index++) this.#checksums[block + index] = blockChecksum(this.#block(index))
  }

  #block(index: number): Buffer {
    return this.#window.subarray(index * PARITY_BLOCK_BYTES, (index + 1) * PARITY_BLOCK_BYTES)
  }
}
