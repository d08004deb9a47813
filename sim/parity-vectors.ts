// The test vectors of docs/formats/ledger.md §11. `sh tools/run sim/parity-vectors.ts` writes them to docs/formats/vectors/ledger/parity.json; the test beside
// this file compares.

import fs from 'node:fs'
import type { AccountId, Seq } from '#base/ids.ts'
import { atOnce } from '#base/steps.ts'
import { coefficient } from '#crypto/erasure-code.ts'
import { multiply } from '#crypto/gf256.ts'
import { sha256 } from '#crypto/hash.ts'
import { encodeParity } from '#ledger/parity-encode.ts'
import { type ParityShape, pageCount, shapeFor } from '#ledger/parity-format.ts'
import { SimulatedDisk } from './disk.ts'
import { VECTORS } from './ledger-vectors.ts'
import { Random } from './random.ts'

export const PARITY_VECTORS = `${VECTORS}/parity.json`

const ACCOUNT = '00112233445566778899aabbccddeeff' as AccountId
const FIRST = 77 as Seq
/** Of longer files only digests. */
const WHOLE_PAGES_MAX = 2

/** What stands for a segment: top bytes of x(n + 1) = 1664525 · x(n) + 1013904223 mod 2^32, from x(0) = its length. */
export function segmentOf(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  let x = length
  for (let at = 0; at < length; at++) {
    x = (Math.imul(x, 1664525) + 1013904223) >>> 0
    bytes[at] = x >>> 24
  }
  return bytes
}

interface ParityVector {
  readonly length: number
  readonly percent: number
  readonly shape: Omit<ParityShape, 'length'>
  readonly segmentSha256: string
  readonly parityFileBytes: number
  readonly parityFileSha256: string
  /** Of small files, the first bytes of each page that are not zeros at its end, and then its last 16. */
  readonly pages: readonly { readonly content: string; readonly trailer: string }[] | null
  readonly firstParityBlockSha256: string
}

/** The parity file of such a segment. */
export function parityOf(length: number, percent: number): { readonly shape: ParityShape; readonly file: Buffer } {
  const disk = new SimulatedDisk(new Random(1))
  const segment = disk.openWrite('/segment')
  segment.write(segmentOf(length), 0)
  const shape = shapeFor(length, percent)
  atOnce(encodeParity(segment, disk.openWrite('/parity'), { account: ACCOUNT, first: FIRST, shape }))
  const file = Buffer.alloc(disk.file('/parity').size)
  disk.file('/parity').read(file, 0)
  return { shape, file }
}

function vectorOf(length: number, percent: number): ParityVector {
  const { shape, file } = parityOf(length, percent)
  const pages = pageCount(shape)
  const { length: _, ...others } = shape
  return {
    length,
    percent,
    shape: others,
    segmentSha256: sha256(segmentOf(length)).toString('hex'),
    parityFileBytes: file.length,
    parityFileSha256: sha256(file).toString('hex'),
    pages: pages > WHOLE_PAGES_MAX ? null : Array.from({ length: pages }, (_, page) => pageOf(file, page)),
    firstParityBlockSha256: sha256(file.subarray(pages * 4096, (pages + 1) * 4096)).toString('hex'),
  }
}

function pageOf(file: Buffer, page: number): { readonly content: string; readonly trailer: string } {
  const content = file.toString('hex', page * 4096, page * 4096 + 4080).replace(/(?:00)+$/, '')
  return { content, trailer: file.toString('hex', page * 4096 + 4080, (page + 1) * 4096) }
}

export function makeParityVectors() {
  return {
    about: 'docs/formats/ledger.md §11, version 1. Made by sim/parity-vectors.ts. Bytes are hexadecimal.',
    account: ACCOUNT,
    firstRecord: FIRST,
    products: [
      [2, 128],
      [3, 7],
      [255, 255],
      [142, 2],
      [91, 203],
    ].map(([a = 0, b = 0]) => ({ a, b, product: multiply(a, b) })),
    coefficients: [
      [0, 0],
      [1, 0],
      [0, 1],
      [15, 239],
      [7, 100],
    ].map(([p = 0, i = 0]) => ({ p, i, coefficient: coefficient(p, i) })),
    files: [
      vectorOf(1, 10),
      vectorOf(4096, 10),
      vectorOf(4097, 50),
      vectorOf(100_000, 10),
      vectorOf(1_000_000, 10),
      vectorOf(1_000_000, 33),
      vectorOf(5 * 1024 * 1024 + 5, 1),
      vectorOf(21 * 1024 * 1024 + 1, 10),
    ],
  }
}

if (import.meta.main) fs.writeFileSync(PARITY_VECTORS, `${JSON.stringify(makeParityVectors(), null, 2)}\n`)
