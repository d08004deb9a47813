import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeBase64 } from './base64.ts'
import { decodeTransfer } from './body.ts'
import { parseMessage } from './parse.ts'
import type { Part } from './part.ts'
import { encodeQuotedPrintable } from './quoted-printable.ts'
import { transferStream } from './transfer-stream.ts'

function part(encoding: string, length: number): Part {
  const header = parseMessage(Buffer.from(`Content-Type: text/x\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n`))
  return { ...header, start: 0, bodyStart: 0, end: length }
}

function streamed(encoding: string, body: Buffer, cuts: readonly number[]): Buffer {
  using stream = transferStream(part(encoding, body.length)) ?? assert.fail()
  const pieces: Buffer[] = []
  let from = 0
  for (const cut of [...cuts.map((at) => at % (body.length + 1)).sort((a, b) => a - b), body.length]) {
    const piece = Buffer.from(body.subarray(from, cut))
    pieces.push(stream.write(piece))
    // Nothing is kept of what is the caller's.
    piece.fill(0x2a)
    from = cut
  }
  return Buffer.concat([...pieces, stream.end()])
}

const noise = (alphabet: readonly string[]): fc.Arbitrary<Buffer> =>
  fc
    .array(
      fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom(...alphabet) },
        fc.nat(255).map((byte) => String.fromCharCode(byte)),
      ),
      { maxLength: 60 },
    )
    .map((parts) => Buffer.from(parts.join(''), 'latin1'))

const BODIES: Readonly<Record<string, fc.Arbitrary<Buffer>>> = {
  base64: fc.oneof(
    noise(['QUJD', 'QQ==', 'QUI=', '=', '\r\n', ' ', 'x', '-_', '\u00a0', 'a list: ', 'Q']),
    fc.uint8Array({ maxLength: 300 }).map(encodeBase64),
  ),
  'quoted-printable': fc.oneof(
    noise(['=3D', '=', '=\r\n', '= \t\n', ' ', '\t', '\r\n', '\n', '\r', 'a', '3', 'D']),
    fc.uint8Array({ maxLength: 300 }).map(encodeQuotedPrintable),
  ),
  'x-uuencode': noise(['begin 644 x\n', '#0V%T\n', '`\n', 'end\n', '\n']),
}

test('piece by piece, a body is what it is as a whole', () => {
  for (const [encoding, bodies] of Object.entries(BODIES)) {
    fc.assert(
      fc.property(bodies, fc.array(fc.nat()), (body, cuts) => {
        assert.deepEqual(streamed(encoding, body, cuts), Buffer.from(decodeTransfer(body, part(encoding, body.length))))
      }),
      { numRuns: Number(process.env['RUNS'] ?? 300) },
    )
  }
})

test('what has no encoding, or one that is not known, has no stream', () => {
  for (const encoding of ['7bit', '8bit', 'binary', 'x-nothing']) assert.equal(transferStream(part(encoding, 0)), null)
  const multipart = parseMessage(
    Buffer.from(
      'Content-Type: multipart/mixed; boundary=b\r\nContent-Transfer-Encoding: base64\r\n\r\n--b\r\n\r\n--b--',
    ),
  )
  assert.equal(transferStream(multipart), null)
})

test('little is held back of what mail programs write', () => {
  const body = Buffer.alloc(100_000, 'a line of text, with = in it and white space \r\n')
  for (const [encoding, encoded] of [
    ['base64', encodeBase64(body)],
    ['quoted-printable', encodeQuotedPrintable(body)],
  ] as const) {
    using stream = transferStream(part(encoding, encoded.length)) ?? assert.fail()
    assert.ok(stream.write(encoded).length >= body.length - 3, encoding)
  }
})
