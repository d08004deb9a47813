// A segment as it was when its parity was encoded: reads of blocks that are damaged give what the parity says they were. Only what is damaged, and its
// codeword, costs more than a plain read and a checksum.
//
// Never wrong bytes: a block that was computed is only given if its checksum fits. Where that cannot be had, reads give what is on the disk, and the
// block is counted as lost; heads and payloads have digests of their own.

import { type Steps, atOnce } from '#base/steps.ts'
import { BLOCKS_AT_ONCE, LinearSums, ProductTables, planDecoding } from '#crypto/erasure-code.ts'
import { type DiskFile, DiskError } from '#platform/disk.ts'
import type { ByteRange } from './damage.ts'
import type { ParityFile } from './parity-file.ts'
import { PARITY_BLOCK_BYTES, blockCount, codewordBlocks, sectionOf, sectionStart } from './parity-format.ts'
import { readTolerantly } from './tolerant-read.ts'

/** Blocks that were computed are kept up to so many: 4 MiB. */
const KEPT_BLOCKS = 1024
/** Between two steps. */
const BLOCKS_PER_STEP = 64

export class RepairedFile implements DiskFile {
  readonly #file: DiskFile | null
  readonly #parity: ParityFile
  /** Computed blocks; null for those that are lost. */
  readonly #computed = new Map<number, Buffer | null>()
  #sums: LinearSums | null = null
  #tables: ProductTables | null = null

  /** Takes both over. `file` is null if the segment has gone. */
  constructor(file: DiskFile | null, parity: ParityFile) {
    this.#file = file
    this.#parity = parity
  }

  /** What is stored beyond what the parity covers is as it is. */
  size(): number {
    return Math.max(this.coveredBytes, this.storedBytes)
  }

  read(buffer: Uint8Array, position: number): number {
    const end = Math.min(position + buffer.length, this.size())
    const covered = Math.min(end, this.coveredBytes)
    for (let at = position; at < covered;) {
      const block = Math.floor(at / PARITY_BLOCK_BYTES)
      const start = block * PARITY_BLOCK_BYTES
      const until = Math.min(start + PARITY_BLOCK_BYTES, covered)
      const bytes = this.goodBlock(block) ?? this.storedBlock(block)
      buffer.set(bytes.subarray(at - start, until - start), at - position)
      at = until
    }
    const beyond = Math.max(position, covered)
    if (this.#file !== null && end > beyond) {
      readTolerantly(this.#file, buffer.subarray(beyond - position, end - position), beyond)
    }
    return Math.max(0, end - position)
  }

  /** A block as the disk has it, filled up with zeros where that has nothing. */
  storedBlock(block: number): Buffer {
    const bytes = Buffer.alloc(PARITY_BLOCK_BYTES)
    const start = block * PARITY_BLOCK_BYTES
    // What follows in the last block is not covered.
    const covered = bytes.subarray(0, Math.min(PARITY_BLOCK_BYTES, this.coveredBytes - start))
    if (this.#file !== null) readTolerantly(this.#file, covered, start)
    return bytes
  }

  /** A block as it was; null if it is lost. */
  goodBlock(block: number): Buffer | null {
    return this.#computed.get(block) ?? atOnce(this.goodBlockInSteps(block))
  }

  *goodBlockInSteps(block: number): Steps<Buffer | null> {
    const stored = this.storedBlock(block)
    if (this.#parity.isBlock(block, stored) === true) return stored
    if (!this.#computed.has(block)) yield* this.#decode(block)
    return this.#computed.get(block) ?? null
  }

  /** What of these ranges is in blocks that are lost; all of them if none is. */
  lostBytes(ranges: readonly ByteRange[]): readonly ByteRange[] {
    const lost: ByteRange[] = []
    for (const { start, end } of ranges) {
      for (
        let block = Math.floor(start / PARITY_BLOCK_BYTES);
        block < this.blocks && block * PARITY_BLOCK_BYTES < end;
        block++
      ) {
        if (this.goodBlock(block) !== null) continue
        const from = Math.max(start, block * PARITY_BLOCK_BYTES)
        const to = Math.min(end, (block + 1) * PARITY_BLOCK_BYTES)
        const last = lost.at(-1)
        if (last?.end === from) lost[lost.length - 1] = { start: last.start, end: to }
        else lost.push({ start: from, end: to })
      }
    }
    return lost.length === 0 ? ranges : lost
  }

  /** Computes all blocks of the codeword that are damaged. */
  *#decode(block: number): Steps<void> {
    const { shape } = this.#parity.head
    const section = sectionOf(shape, block)
    const stripe = (block - sectionStart(shape, section)) % shape.stripes
    const blocks = codewordBlocks(shape, section, stripe)
    const missing: number[] = []
    for (const [place, number] of blocks.entries()) {
      if (place % BLOCKS_PER_STEP === 0) yield
      if (this.#parity.isBlock(number, this.storedBlock(number)) !== true) missing.push(place)
    }
    const rows: { readonly row: number; readonly bytes: Buffer }[] = []
    for (let row = 0; row < shape.parity && rows.length < missing.length; row++) {
      const bytes = this.#parity.parityBlock(section, row, stripe)
      if (bytes !== null) rows.push({ row, bytes })
    }
    const plan = planDecoding(
      missing,
      rows.map(({ row }) => row),
    )
    if (plan === null) {
      for (const place of missing) this.#keep(blocks[place] as number, null)
      return
    }
    const isMissing = new Set(missing)
    const sums = this.#clearedSums()
    const inputs: { readonly column: Uint8Array; readonly bytes: Buffer }[] = []
    for (const [place, { bytes }] of rows.entries()) inputs.push({ column: plan.parityColumn(place), bytes })
    for (const [place, number] of blocks.entries()) {
      if (!isMissing.has(place)) inputs.push({ column: plan.dataColumn(place), bytes: this.storedBlock(number) })
      if (inputs.length < BLOCKS_AT_ONCE) continue
      this.#add(sums, inputs.splice(0, BLOCKS_AT_ONCE))
      if (place % BLOCKS_PER_STEP === 0) yield
    }
    while (inputs.length > 0) this.#add(sums, inputs.splice(0, BLOCKS_AT_ONCE))
    for (const [sum, place] of missing.entries()) {
      const bytes = Buffer.alloc(PARITY_BLOCK_BYTES)
      sums.copySum(sum, bytes)
      const number = blocks[place] as number
      this.#keep(number, this.#parity.isBlock(number, bytes) === true ? bytes : null)
    }
  }

  #add(sums: LinearSums, inputs: readonly { readonly column: Uint8Array; readonly bytes: Buffer }[]): void {
    const [a, b = a, c = a, d = a] = inputs.map(({ bytes }) => bytes)
    if (a === undefined || b === undefined || c === undefined || d === undefined) return
    const tables = (this.#tables ??= new ProductTables())
    tables.set(inputs.map(({ column }) => column))
    sums.add(tables, a, b, c, d)
  }

  #clearedSums(): LinearSums {
    const sums = (this.#sums ??= new LinearSums(PARITY_BLOCK_BYTES))
    sums.clear()
    return sums
  }

  #keep(block: number, bytes: Buffer | null): void {
    this.#computed.set(block, bytes)
    for (const oldest of this.#computed.keys()) {
      if (this.#computed.size <= KEPT_BLOCKS) return
      this.#computed.delete(oldest)
    }
  }

  /** Blocks that the parity covers. */
  get blocks(): number {
    return blockCount(this.coveredBytes)
  }

  /** Of the file as it is. */
  get storedBytes(): number {
    return this.#file?.size() ?? 0
  }

  /** Whether the disk gives an error for bytes of the block that begins here. */
  isUnreadable(position: number): boolean {
    try {
      this.#file?.read(Buffer.alloc(PARITY_BLOCK_BYTES), position)
      return false
    } catch (error) {
      if (error instanceof DiskError) return true
      throw error
    }
  }

  /** Of the segment's beginning: for what is beyond there is no parity. */
  get coveredBytes(): number {
    return this.#parity.head.shape.length
  }

  write(): number {
    throw new DiskError('EROFS')
  }

  writeDurably(): Promise<void> {
    return Promise.reject(new DiskError('EROFS'))
  }

  datasync(): Promise<void> {
    return Promise.reject(new DiskError('EROFS'))
  }

  truncate(): void {
    throw new DiskError('EROFS')
  }

  close(): void {
    this.#file?.close()
    this.#parity[Symbol.dispose]()
  }
}
