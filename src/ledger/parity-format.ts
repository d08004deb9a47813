// Parity files: docs/formats/ledger.md §11. How a segment's blocks are dealt to codewords, what a parity file has where, and its description (head and
// checksums of all blocks) in pages, each of which is protected by itself and is there twice.
//
// Rejected: another magic or block size, a shape that no segment of that length can have, padding that is not zero.

import { crc32 } from 'node:zlib'
import { type AccountId, type Seq, accountIdFromBytes, accountIdToBytes } from '#base/ids.ts'
import { CODEWORD_BLOCKS_MAX, PARITY_BLOCKS_MAX } from '#crypto/erasure-code.ts'
import { readU53, writeU53 } from './integer.ts'

export const PARITY_BLOCK_BYTES = 4096
const PAGE_BYTES = 4096
export const PAGE_CONTENT_BYTES = 4080
export const PARITY_HEAD_BYTES = 128
export const CHECKSUM_BYTES = 4

const MAGIC = Buffer.from('4d4b706172000001', 'hex')
const DIGEST_BYTES = 32
const ZEROS = Buffer.alloc(PARITY_HEAD_BYTES)

/** Blocks of a section: bounds the memory that encoding takes to that for its parity. */
const SECTION_BLOCKS = 5120
const PARITY_BLOCKS_MIN = 2
/** More than any segment has, which holds records of at most 2^31 bytes. */
const LENGTH_MAX = 2 ** 33

export interface ParityShape {
  /** Bytes of the segment that are covered: from its beginning. */
  readonly length: number
  /** Parts of the segment that are encoded by themselves. */
  readonly sections: number
  /** Codewords of a section, to which its blocks are dealt in turn. */
  readonly stripes: number
  /** Parity blocks of a codeword. */
  readonly parity: number
}

/** Parity of so many percent, and at least two blocks. Depends on nothing else, so that the same segment always gets the same. */
export function shapeFor(length: number, percent: number): ParityShape {
  const blocks = blockCount(length)
  const sections = Math.ceil(blocks / SECTION_BLOCKS)
  const largest = Math.ceil(blocks / sections)
  const wanted = Math.max(PARITY_BLOCKS_MIN, Math.ceil((largest * percent) / 100))
  let stripes = Math.ceil(wanted / PARITY_BLOCKS_MAX)
  while (Math.ceil(largest / stripes) + Math.ceil(wanted / stripes) > CODEWORD_BLOCKS_MAX) stripes++
  return { length, sections, stripes, parity: Math.ceil(wanted / stripes) }
}

export function blockCount(length: number): number {
  return Math.ceil(length / PARITY_BLOCK_BYTES)
}

/** First block of a section; the number of blocks for the one after the last. */
export function sectionStart({ length, sections }: ParityShape, section: number): number {
  return Math.floor((section * blockCount(length)) / sections)
}

export function sectionOf({ length, sections }: ParityShape, block: number): number {
  return Math.ceil(((block + 1) * sections) / blockCount(length)) - 1
}

/** The data blocks of a codeword, in order. */
export function codewordBlocks(shape: ParityShape, section: number, stripe: number): number[] {
  const blocks: number[] = []
  const end = sectionStart(shape, section + 1)
  for (let block = sectionStart(shape, section) + stripe; block < end; block += shape.stripes) blocks.push(block)
  return blocks
}

export function parityBlockCount({ sections, stripes, parity }: ParityShape): number {
  return sections * stripes * parity
}

/** Number of a parity block in the file: neighbours are of different codewords. */
export function parityIndex({ stripes, parity }: ParityShape, section: number, row: number, stripe: number): number {
  return (section * parity + row) * stripes + stripe
}

export function pageCount(shape: ParityShape): number {
  const checksums = blockCount(shape.length) + parityBlockCount(shape)
  return Math.ceil((PARITY_HEAD_BYTES + checksums * CHECKSUM_BYTES) / PAGE_CONTENT_BYTES)
}

export function parityOffset(shape: ParityShape, index: number): number {
  return pageCount(shape) * PAGE_BYTES + index * PARITY_BLOCK_BYTES
}

export function parityFileBytes(shape: ParityShape): number {
  return 2 * pageCount(shape) * PAGE_BYTES + parityBlockCount(shape) * PARITY_BLOCK_BYTES
}

/** Where the two copies of a page are: the second ones in reverse order, so that the head is at both ends of the file. */
export function pageOffsets(shape: ParityShape, page: number): readonly [number, number] {
  return [page * PAGE_BYTES, parityFileBytes(shape) - (page + 1) * PAGE_BYTES]
}

/** The head's copies, when the shape is not known yet. */
export function headOffsets(fileBytes: number): readonly number[] {
  return [0, fileBytes - PAGE_BYTES].filter((offset) => offset >= 0)
}

export interface ParityHead {
  readonly account: AccountId
  readonly first: Seq
  readonly shape: ParityShape
  /** SHA-256 of the bytes that are covered. */
  readonly digest: Buffer
}

/** The first copy's pages one after the other; the second has the same in reverse order. */
export function encodePages({ account, first, shape, digest }: ParityHead, checksums: Uint32Array): Buffer[] {
  const content = Buffer.alloc(pageCount(shape) * PAGE_CONTENT_BYTES)
  MAGIC.copy(content)
  content.set(accountIdToBytes(account), 8)
  writeU53(content, 24, first)
  writeU53(content, 32, shape.length)
  content.writeUInt32BE(PARITY_BLOCK_BYTES, 40)
  content.writeUInt32BE(shape.sections, 44)
  content.writeUInt32BE(shape.stripes, 48)
  content.writeUInt32BE(shape.parity, 52)
  digest.copy(content, 56)
  for (const [index, checksum] of checksums.entries()) {
    content.writeUInt32BE(checksum, PARITY_HEAD_BYTES + index * CHECKSUM_BYTES)
  }
  return Array.from({ length: pageCount(shape) }, (_, number) => {
    const page = Buffer.alloc(PAGE_BYTES)
    content.copy(page, 0, number * PAGE_CONTENT_BYTES, (number + 1) * PAGE_CONTENT_BYTES)
    writeU53(page, PAGE_CONTENT_BYTES, first)
    page.writeUInt32BE(number, PAGE_CONTENT_BYTES + 8)
    page.writeUInt32BE(pageChecksum(page, account), PAGE_CONTENT_BYTES + 12)
    return page
  })
}

export interface PageName {
  readonly account: AccountId
  readonly first: Seq
  readonly page: number
}

/** The content of a page; null if the bytes are not that page of that segment's parity file. */
export function decodePage(page: Buffer, { account, first, page: number }: PageName): Buffer | null {
  if (page.length !== PAGE_BYTES || page.readUInt32BE(PAGE_CONTENT_BYTES + 12) !== pageChecksum(page, account))
    return null
  if (readU53(page, PAGE_CONTENT_BYTES) !== first || page.readUInt32BE(PAGE_CONTENT_BYTES + 8) !== number) return null
  return page.subarray(0, PAGE_CONTENT_BYTES)
}

function pageChecksum(page: Buffer, account: AccountId): number {
  return crc32(page.subarray(0, PAGE_CONTENT_BYTES + 12), crc32(accountIdToBytes(account)))
}

/** Of the content of page 0. Null if it is no head. */
export function decodeParityHead(content: Buffer): ParityHead | null {
  if (content.compare(MAGIC, 0, 8, 0, 8) !== 0) return null
  const first = readU53(content, 24)
  const length = readU53(content, 32)
  if (first === null || length === null || content.readUInt32BE(40) !== PARITY_BLOCK_BYTES) return null
  if (content.compare(ZEROS, 0, PARITY_HEAD_BYTES - 88, 88, PARITY_HEAD_BYTES) !== 0) return null
  const shape = {
    length,
    sections: content.readUInt32BE(44),
    stripes: content.readUInt32BE(48),
    parity: content.readUInt32BE(52),
  }
  if (!isShape(shape)) return null
  const account = accountIdFromBytes(content.subarray(8, 24))
  return { account, first: first as Seq, shape, digest: Buffer.from(content.subarray(56, 56 + DIGEST_BYTES)) }
}

/** Any shape that can be decoded with bounded memory, whoever chose it. */
function isShape({ length, sections, stripes, parity }: ParityShape): boolean {
  if (length < 1 || length > LENGTH_MAX) return false
  const blocks = blockCount(length)
  if (sections < 1 || sections > blocks || stripes < 1 || parity < 1 || parity > PARITY_BLOCKS_MAX) return false
  const largest = Math.ceil(blocks / sections)
  return stripes <= Math.min(SECTION_BLOCKS, largest) && Math.ceil(largest / stripes) + parity <= CODEWORD_BLOCKS_MAX
}

/** Of a block; one that the segment ends in is filled up with zeros first. */
export function blockChecksum(block: Uint8Array): number {
  return crc32(block)
}
