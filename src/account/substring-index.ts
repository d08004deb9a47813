// The index of substrings: IMAP's SEARCH, which asks for any run of characters, in the middle of words and across them. Signatures give the
// candidates, the stored text decides. docs/adr/0022-two-search-indexes.md.
//
// New signatures are stored one by one; 1,024 of them become a block, turned so that each bit's slice over its messages is together: a
// search reads as many rows per block as its needle has bits, and fewer once no candidate is left.

import type { Steps } from '#base/steps.ts'
import { transposeBits } from './bit-matrix.ts'
import type { StorableTexts } from './derive.ts'
import { type IndexDatabase, type Statement, TEXT } from './index-database.ts'
import { type Area, SIGNATURE_BITS, hasBits, needleBits } from './signature.ts'

export type HeaderField = 'subject' | 'from' | 'to' | 'cc' | 'bcc'

const BLOCK_RECORDS = 1024
const SLICE_BYTES = BLOCK_RECORDS / 8
/** Slices in one row. */
const ROW_SLICES = 64
const ROWS_PER_BLOCK = SIGNATURE_BITS / ROW_SLICES

export class SubstringIndex {
  readonly #statements: ReturnType<typeof prepare>
  #unblocked: number

  constructor(database: IndexDatabase) {
    this.#statements = prepare(database)
    this.#unblocked = this.#statements.count.get()?.[0] as number
  }

  /** The record may be in the index: one that was damaged and has healed is added again. */
  add(record: number, { folded, signature }: StorableTexts): void {
    this.#statements.putText.run(record, ...folded)
    this.#statements.putSignature.run(record, signature)
    if (++this.#unblocked >= BLOCK_RECORDS) this.#makeBlock()
  }

  /** Its bits stay in a block; without a text it is no candidate. */
  remove(record: number): void {
    this.#statements.removeText.run(record)
    this.#unblocked -= this.#statements.removeSignature.run(record)
  }

  /** The record's body and names of files, folded; null if it is not in the index. */
  body(record: number): readonly string[] | null {
    return (this.#statements.body.get(record) ?? null) as readonly string[] | null
  }

  /** Its header fields of that name, folded; for addresses as names and addresses. */
  field(record: number, field: HeaderField): string | null {
    return (this.#statements[field].get(record)?.[0] ?? null) as string | null
  }

  /** Records whose text may contain `needle`, which is folded; null if it is too short to tell. */
  *candidates(area: Area, needle: string): Steps<Set<number> | null> {
    const bits = needleBits(area, needle)
    if (bits.length === 0) return null
    const found = new Set<number>()
    for (const [record, signature] of this.#statements.signatures.each()) {
      if (hasBits(signature as Uint8Array, bits)) found.add(record as number)
    }
    for (const [block] of this.#statements.blocks.all()) {
      yield
      this.#searchBlock(block as number, bits, found)
    }
    return found
  }

  #searchBlock(block: number, bits: readonly number[], found: Set<number>): void {
    const left = Buffer.alloc(SLICE_BYTES, 0xff)
    for (const bit of bits) {
      const row = this.#statements.row.get(block * ROWS_PER_BLOCK + Math.floor(bit / ROW_SLICES))?.[0] as Buffer
      const at = (bit % ROW_SLICES) * SLICE_BYTES
      let any = 0
      for (let index = 0; index < SLICE_BYTES; index++) {
        left[index] = (left[index] as number) & (row[at + index] as number)
        any |= left[index] as number
      }
      if (any === 0) return
    }
    const stored = this.#statements.records.get(block)?.[0] as Buffer
    const records = new Float64Array(new Uint8Array(stored).buffer)
    for (let index = 0; index < records.length; index++) {
      if (((left[index >>> 3] as number) & (1 << (index & 7))) !== 0) found.add(records[index] as number)
    }
  }

  /** Turns the stored signatures into a block. */
  #makeBlock(): void {
    const rows = this.#statements.signatures.all()
    const records = Float64Array.from(rows, ([record]) => record as number)
    const slices = transposeBits(
      rows.map(([, signature]) => signature as Uint8Array),
      SLICE_BYTES,
    )
    const block = ((this.#statements.lastBlock.get()?.[0] ?? 0) as number) + 1
    this.#statements.putRecords.run(block, new Uint8Array(records.buffer))
    for (let row = 0; row < ROWS_PER_BLOCK; row++) {
      const size = ROW_SLICES * SLICE_BYTES
      this.#statements.putRow.run(block * ROWS_PER_BLOCK + row, slices.subarray(row * size, (row + 1) * size))
    }
    this.#statements.removeSignatures.run()
    this.#unblocked = 0
  }
}

function prepare(database: IndexDatabase) {
  return {
    count: database.read('SELECT count(*) FROM signature'),
    putText: database.write(
      `INSERT OR REPLACE INTO search_text VALUES (?, ${TEXT}, ${TEXT}, ${TEXT}, ${TEXT}, ${TEXT}, ${TEXT}, ${TEXT})`,
    ),
    removeText: database.write('DELETE FROM search_text WHERE record = ?'),
    body: database.read('SELECT body, attachment FROM search_text WHERE record = ?'),
    subject: database.read('SELECT subject FROM search_text WHERE record = ?'),
    from: database.read('SELECT sender FROM search_text WHERE record = ?'),
    to: database.read('SELECT recipient FROM search_text WHERE record = ?'),
    cc: database.read('SELECT cc FROM search_text WHERE record = ?'),
    bcc: database.read('SELECT bcc FROM search_text WHERE record = ?'),
    putSignature: database.write('INSERT OR REPLACE INTO signature VALUES (?, ?)'),
    removeSignature: database.write('DELETE FROM signature WHERE record = ?'),
    removeSignatures: database.write('DELETE FROM signature'),
    signatures: database.read('SELECT record, bits FROM signature ORDER BY record'),
    lastBlock: database.read('SELECT max(block) FROM signature_block'),
    blocks: database.read('SELECT block FROM signature_block ORDER BY block'),
    records: database.read('SELECT records FROM signature_block WHERE block = ?'),
    putRecords: database.write('INSERT INTO signature_block (block, records) VALUES (?, ?)'),
    putRow: database.write('INSERT INTO signature_row (id, slices) VALUES (?, ?)'),
    row: database.read('SELECT slices FROM signature_row WHERE id = ?'),
  } satisfies Record<string, Statement>
}
