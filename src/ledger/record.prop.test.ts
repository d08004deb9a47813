import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Seq, accountIdFromBytes } from '#base/ids.ts'
import { leafHash } from '#crypto/merkle.ts'
import {
  HEAD_BYTES,
  type RecordHeader,
  decodeHead,
  encodeHead,
  leafHashOf,
  payloadDigest,
  payloadIfWhole,
  payloadMatches,
} from './record.ts'

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((array) => Buffer.from(array))

const header: fc.Arbitrary<RecordHeader> = fc
  .record({
    kind: fc.constantFrom('mail', 'journal', 'slot', 'release', 'epoch', 'mark', 'digests'),
    digestAlgorithm: fc.constantFrom('sha256', 'sha512'),
    seq: fc.maxSafeNat().map((seq) => seq as Seq),
    time: fc.maxSafeNat(),
    payloadLength: fc.maxSafeNat(),
    account: bytes(16).map(accountIdFromBytes),
    digest: bytes(64),
  })
  .map((header) => ({
    ...header,
    digest: header.digestAlgorithm === 'sha256' ? header.digest.subarray(0, 32) : header.digest,
  }))

const state = fc.constantFrom('present', 'dropped', 'incoming')

test('a head decodes to what was encoded', () => {
  fc.assert(
    fc.property(header, state, (header, state) => {
      const decoded = decodeHead(encodeHead(header, state))
      assert.deepEqual(decoded, { ok: true, value: { header, state } })
    }),
  )
})

test('every changed byte is noticed', () => {
  fc.assert(
    fc.property(header, fc.nat(HEAD_BYTES - 1), fc.integer({ min: 1, max: 255 }), (header, at, change) => {
      const head = encodeHead(header)
      head[at] = (head[at] as number) ^ change
      assert.equal(decodeHead(head).ok, false)
    }),
  )
})

test('any bytes: never throws, and what is accepted has one encoding', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (hostile) => {
      const decoded = decodeHead(hostile)
      if (decoded.ok) assert.deepEqual(encodeHead(decoded.value.header, decoded.value.state), Buffer.from(hostile))
    }),
  )
})

test('the leaf is the header without its frame, whatever became of the payload', () => {
  fc.assert(
    fc.property(header, (header) => {
      assert.deepEqual(leafHashOf(header), leafHash(encodeHead(header, 'dropped').subarray(8)))
    }),
    { numRuns: 20 },
  )
})

test('a payload matches its own digest only', () => {
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 300 }), (header, payload) => {
      const digest = payloadDigest(header.digestAlgorithm, payload)
      const own = { ...header, payloadLength: payload.length, digest }
      assert.ok(payloadMatches(own, payload))
      assert.equal(payloadMatches(own, Buffer.concat([payload, Buffer.of(0)])), false)
      assert.equal(payloadMatches(header, payload), false)
    }),
    { numRuns: 50 },
  )
})

test('a whole record gives its payload; with any byte changed, cut or added, and in another state, it gives none', () => {
  fc.assert(
    fc.property(
      header,
      fc.uint8Array({ maxLength: 300 }),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (header, payload, place, change) => {
        const digest = payloadDigest(header.digestAlgorithm, payload)
        const whole = { ...header, digest, payloadLength: payload.length }
        const head = encodeHead(whole)
        const record = Buffer.concat([head, payload])
        assert.deepEqual(payloadIfWhole(record, head), Buffer.from(payload))
        assert.equal(payloadIfWhole(record.subarray(0, -1), head), null)
        assert.equal(payloadIfWhole(Buffer.concat([record, Buffer.alloc(1)]), head), null)
        const dropped = encodeHead(whole, 'dropped')
        assert.equal(payloadIfWhole(Buffer.concat([dropped, payload]), head), null)
        assert.equal(payloadIfWhole(Buffer.concat([dropped, payload]), dropped), null)
        const at = place % record.length
        record[at] = (record[at] as number) ^ change
        assert.equal(payloadIfWhole(record, head), null)
      },
    ),
  )
  assert.equal(payloadIfWhole(Buffer.alloc(0), Buffer.alloc(0)), null)
})
