import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import fc from 'fast-check'
import { Inflater, deflatePiece } from './deflate.ts'

const syncFlush = { finishFlush: zlib.constants.Z_SYNC_FLUSH }

async function inflated(chunks: readonly Uint8Array[]): Promise<{ bytes: Buffer; isWhole: boolean }> {
  using inflater = new Inflater()
  const pieces: Buffer[] = []
  for (const chunk of chunks) {
    const isWhole = await inflater.push(chunk, async (piece) => {
      await Promise.resolve()
      pieces.push(Buffer.from(piece))
    })
    if (!isWhole) return { bytes: Buffer.concat(pieces), isWhole }
  }
  return { bytes: Buffer.concat(pieces), isWhole: true }
}

test('pieces of any length and content follow one another in one stream, and are read back however it is cut', async () => {
  const piece = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc
      .tuple(fc.string({ minLength: 1, maxLength: 20 }), fc.nat(6_000))
      .map(([text, times]) => Buffer.from(text.repeat(times))),
    fc.constant(Buffer.alloc(70_000, 1)),
  )
  await fc.assert(
    fc.asyncProperty(
      fc.array(piece, { maxLength: 6 }),
      fc.array(fc.nat(5_000), { maxLength: 5 }),
      async (pieces, cuts) => {
        const stream = Buffer.concat(pieces.map((one) => deflatePiece(Buffer.from(one))))
        const ends = [...cuts].sort((left, right) => left - right)
        const chunks = [0, ...ends].map((start, index) => stream.subarray(start, ends[index] ?? stream.length))
        const read = await inflated(chunks)
        assert(read.isWhole)
        assert(read.bytes.equals(Buffer.concat(pieces)))
      },
    ),
    { numRuns: 60 },
  )
})

test('what does not compress grows by five bytes for each 65,535, and what was compressed is wiped', () => {
  const noise = Buffer.from(Array.from({ length: 2_000 }, (_, at) => (at * at * 31 + at * 7) % 251))
  const text = Buffer.from('x'.repeat(5_000))
  assert(deflatePiece(noise).length <= 2_005)
  assert(deflatePiece(text).length < 100)
  assert(text.every((byte) => byte === 0))
  assert.equal(deflatePiece(Buffer.from('a OK Done\r\n')).length, 16)
})

test('the length of a piece says nothing of the pieces before it', () => {
  const secret = 'Your code is 493 118 and no other, do not give it to anybody who asks for it'
  const alone = deflatePiece(Buffer.from(secret)).length
  deflatePiece(Buffer.from(secret.repeat(20)))
  assert.equal(deflatePiece(Buffer.from(secret)).length, alone)
})

test('what a client compresses with one window for all is read', async () => {
  const deflate = zlib.createDeflateRaw()
  const chunks: Buffer[] = []
  deflate.on('data', (chunk: Buffer) => chunks.push(chunk))
  for (let count = 0; count < 50; count++) {
    deflate.write(`a${count} UID FETCH ${count}:* (FLAGS)\r\n`)
    await new Promise<void>((resolve) => deflate.flush(zlib.constants.Z_SYNC_FLUSH, resolve))
  }
  const { bytes, isWhole } = await inflated(chunks)
  assert(isWhole)
  assert.equal(bytes.toString().split('\r\n').length, 51)
})

test('a bomb is given up long before all of it is out, and no more than a piece of it is in memory', async () => {
  const bomb = zlib.deflateRawSync(Buffer.alloc(64 * 1_048_576), syncFlush)
  assert(bomb.length < 70_000)
  using inflater = new Inflater()
  let taken = 0
  let longest = 0
  const isWhole = await inflater.push(bomb, (piece) => {
    taken += piece.length
    longest = Math.max(longest, piece.length)
    return Promise.resolve()
  })
  assert(!isWhole)
  assert(taken < 24 * 1_048_576)
  assert(longest <= 65_536)
  assert(!(await inflater.push(bomb, () => Promise.resolve())))
})

test('what is no DEFLATE stream, and one that ends, are given up', async () => {
  assert.equal((await inflated([Buffer.from('a NOOP\r\n'), Buffer.from('a NOOP\r\n'.repeat(9))])).isWhole, false)
  const ended = await inflated([zlib.deflateRawSync(Buffer.from('a NOOP\r\n')), Buffer.from('x'), Buffer.from('x')])
  assert.equal(ended.isWhole, false)
  assert.equal(ended.bytes.toString(), 'a NOOP\r\n')
  await fc.assert(
    fc.asyncProperty(fc.array(fc.uint8Array({ minLength: 1, maxLength: 200 }), { maxLength: 5 }), async (chunks) => {
      await inflated(chunks)
    }),
    { numRuns: 100 },
  )
})
