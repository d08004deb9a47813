// The vectors of parity files are what is written; and they are what the written format says, by a second, slow implementation of it that shares nothing
// with the first.

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import fs from 'node:fs'
import { test } from 'node:test'
import { crc32 } from 'node:zlib'
import { PARITY_VECTORS, makeParityVectors, parityOf, segmentOf } from './parity-vectors.ts'

const vectors = JSON.parse(fs.readFileSync(PARITY_VECTORS, 'utf8')) as ReturnType<typeof makeParityVectors>

test('what is written is what the vectors say', () => {
  assert.deepEqual(JSON.parse(JSON.stringify(makeParityVectors())), vectors)
})

function product(a: number, b: number): number {
  let result = 0
  for (let left = a, right = b; right > 0; right >>= 1) {
    if (right & 1) result ^= left
    left = left & 128 ? (left << 1) ^ 0x11d : left << 1
  }
  return result
}

function inverseOf(a: number): number {
  for (let b = 1; b < 256; b++) if (product(a, b) === 1) return b
  return assert.fail('0 has no inverse')
}

/** §11, word by word. */
function parityFile(segment: Buffer, percent: number): Buffer {
  const N = Math.ceil(segment.length / 4096)
  const block = (number: number): Buffer => {
    const bytes = Buffer.alloc(4096)
    segment.copy(bytes, 0, number * 4096)
    return bytes
  }
  const G = Math.ceil(N / 5120)
  const n = Math.ceil(N / G)
  const w = Math.max(2, Math.ceil((n * percent) / 100))
  let S = Math.ceil(w / 16)
  while (Math.ceil(n / S) + Math.ceil(w / S) > 256) S++
  const m = Math.ceil(w / S)
  const parity = Array.from({ length: G * S * m }, () => Buffer.alloc(4096))
  for (let g = 0; g < G; g++) {
    const from = Math.floor((g * N) / G)
    for (let number = from; number < Math.floor(((g + 1) * N) / G); number++) {
      const [i, s] = [Math.floor((number - from) / S), (number - from) % S]
      const bytes = block(number)
      for (let p = 0; p < m; p++) {
        const c = inverseOf(i ^ (255 - p))
        const products = Array.from({ length: 256 }, (_, value) => product(c, value))
        const target = parity[(g * m + p) * S + s] as Buffer
        for (let at = 0; at < 4096; at++)
          target[at] = (target[at] as number) ^ (products[bytes[at] as number] as number)
      }
    }
  }
  const u64 = (value: number): Buffer => {
    const bytes = Buffer.alloc(8)
    bytes.writeBigUInt64BE(BigInt(value))
    return bytes
  }
  const u32 = (value: number): Buffer => {
    const bytes = Buffer.alloc(4)
    bytes.writeUInt32BE(value)
    return bytes
  }
  const account = Buffer.from(vectors.account, 'hex')
  const description = Buffer.concat([
    Buffer.from('4d4b706172000001', 'hex'),
    account,
    u64(vectors.firstRecord),
    u64(segment.length),
    u32(4096),
    u32(G),
    u32(S),
    u32(m),
    createHash('sha256').update(segment).digest(),
    Buffer.alloc(40),
    ...Array.from({ length: N }, (_, number) => u32(crc32(block(number)))),
    ...parity.map((bytes) => u32(crc32(bytes))),
  ])
  const pages = Array.from({ length: Math.ceil(description.length / 4080) }, (_, t) => {
    const content = Buffer.alloc(4080)
    description.copy(content, 0, t * 4080)
    const page = Buffer.concat([content, u64(vectors.firstRecord), u32(t)])
    return Buffer.concat([page, u32(crc32(Buffer.concat([account, page])))])
  })
  return Buffer.concat([...pages, ...parity, ...pages.toReversed()])
}

test('a second implementation of the document makes the same files', () => {
  for (const { length, percent, parityFileSha256 } of vectors.files.filter((file) => file.length <= 1_000_000)) {
    const file = parityFile(segmentOf(length), percent)
    assert.equal(createHash('sha256').update(file).digest('hex'), parityFileSha256, `${length} bytes, ${percent} %`)
    assert.ok(parityOf(length, percent).file.equals(file))
  }
  for (const { a, b, product: expected } of vectors.products) assert.equal(product(a, b), expected)
  for (const { p, i, coefficient } of vectors.coefficients) assert.equal(inverseOf(i ^ (255 - p)), coefficient)
})
