// A parity file as it is found: nothing in it is believed before its checksum fits, and what is damaged is as if it was not there.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import { openReadOrNull } from './open-files.ts'
import {
  CHECKSUM_BYTES,
  PAGE_CONTENT_BYTES,
  PARITY_BLOCK_BYTES,
  PARITY_HEAD_BYTES,
  type ParityHead,
  blockChecksum,
  blockCount,
  decodePage,
  decodeParityHead,
  headOffsets,
  pageOffsets,
  parityBlockCount,
  parityFileBytes,
  parityIndex,
  parityOffset,
} from './parity-format.ts'
import { readTolerantly } from './tolerant-read.ts'

export class ParityFile implements Disposable {
  readonly head: ParityHead
  readonly #file: DiskFile
  readonly #pages = new Map<number, Buffer | null>()

  private constructor(file: DiskFile, head: ParityHead) {
    this.#file = file
    this.head = head
  }

  /** Null if there is none, or nothing can be known of it. */
  static open(disk: Disk, path: string, account: AccountId, first: Seq): ParityFile | null {
    const file = openReadOrNull(disk, path)
    if (file === null) return null
    for (const offset of headOffsets(file.size())) {
      const content = decodePage(readBlock(file, offset), { account, first, page: 0 })
      const head = content === null ? null : decodeParityHead(content)
      if (head?.account === account && head.first === first) return new ParityFile(file, head)
    }
    file.close()
    return null
  }

  [Symbol.dispose](): void {
    this.#file.close()
  }

  /** Whether these bytes are data block `block`; null if that is not known. */
  isBlock(block: number, bytes: Uint8Array): boolean | null {
    return this.hasChecksum(block, blockChecksum(bytes))
  }

  /** The same of bytes with this checksum. */
  hasChecksum(block: number, checksum: number): boolean | null {
    const expected = this.#checksum(block)
    return expected === null ? null : expected === checksum
  }

  /** Null if it is damaged. */
  parityBlock(section: number, row: number, stripe: number): Buffer | null {
    const { shape } = this.head
    const index = parityIndex(shape, section, row, stripe)
    const block = readBlock(this.#file, parityOffset(shape, index))
    return this.#checksum(blockCount(shape.length) + index) === blockChecksum(block) ? block : null
  }

  /** Bytes of the file that are not as they were written: one step for each block or page. */
  *damagedRanges(): Generator<{ readonly start: number; readonly end: number } | null> {
    const { shape } = this.head
    if (this.#file.size() > parityFileBytes(shape)) yield { start: parityFileBytes(shape), end: this.#file.size() }
    for (let page = 0; page * PAGE_CONTENT_BYTES < this.#contentBytes; page++) {
      for (const offset of pageOffsets(shape, page)) {
        const isWhole = decodePage(readBlock(this.#file, offset), { ...this.head, page }) !== null
        yield isWhole ? null : { start: offset, end: offset + PARITY_BLOCK_BYTES }
      }
    }
    for (let index = 0; index < parityBlockCount(shape); index++) {
      const offset = parityOffset(shape, index)
      const isWhole = this.#checksum(blockCount(shape.length) + index) === blockChecksum(readBlock(this.#file, offset))
      yield isWhole ? null : { start: offset, end: offset + PARITY_BLOCK_BYTES }
    }
  }

  get #contentBytes(): number {
    const { shape } = this.head
    return PARITY_HEAD_BYTES + (blockCount(shape.length) + parityBlockCount(shape)) * CHECKSUM_BYTES
  }

  #checksum(index: number): number | null {
    const at = PARITY_HEAD_BYTES + index * CHECKSUM_BYTES
    const page = this.#page(Math.floor(at / PAGE_CONTENT_BYTES))
    return page === null ? null : page.readUInt32BE(at % PAGE_CONTENT_BYTES)
  }

  /** From the first of its copies that is whole. */
  #page(page: number): Buffer | null {
    const known = this.#pages.get(page)
    if (known !== undefined) return known
    const { shape } = this.head
    let content: Buffer | null = null
    for (const offset of pageOffsets(shape, page)) {
      content ??= decodePage(readBlock(this.#file, offset), { ...this.head, page })
    }
    this.#pages.set(page, content)
    return content
  }
}

/** Zeros where the file ends or cannot be read. */
function readBlock(file: DiskFile, offset: number): Buffer {
  const block = Buffer.alloc(PARITY_BLOCK_BYTES)
  readTolerantly(file, block, offset)
  return block
}
