import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Seq, accountIdFromBytes } from '#base/ids.ts'
import { DEFAULT_LIMITS } from './limits.ts'
import { SEGMENT_HEAD_BYTES, START, decodeSegmentHead, encodeSegmentHead, place, usedBytes } from './segment.ts'

const MIB = 1024 * 1024

test('a segment head decodes to what was encoded, and every changed byte is noticed', () => {
  const account = fc.uint8Array({ minLength: 16, maxLength: 16 }).map(accountIdFromBytes)
  fc.assert(
    fc.property(account, fc.maxSafeNat(), fc.maxSafeNat(), fc.nat(63), (account, first, bytesBefore, at) => {
      const head = { account, first: first as Seq, bytesBefore }
      const bytes = encodeSegmentHead(head)
      assert.deepEqual(decodeSegmentHead(bytes), head)
      bytes[at] = (bytes[at] as number) ^ 1
      assert.equal(decodeSegmentHead(bytes), null)
    }),
  )
})

test('records follow each other without gaps, in segments that begin where they must', () => {
  const lengths = fc.array(fc.oneof(fc.nat(20_000), fc.nat(2 * MIB), fc.constant(MIB), fc.constant(MIB + 1)))
  fc.assert(
    fc.property(lengths, (lengths) => {
      let position = START
      let used = 0
      let previousLength = 0
      for (const [seq, payloadLength] of lengths.entries()) {
        const { location, after, beginsSegment } = place(position, { time: seq, payloadLength }, DEFAULT_LIMITS)
        const before = position.segment
        const must =
          before === null || payloadLength > MIB || previousLength > MIB || before.end >= DEFAULT_LIMITS.segmentBytes
        assert.equal(beginsSegment, must)
        assert.equal(location.segment, beginsSegment ? seq : before?.first)
        assert.equal(location.offset, beginsSegment ? SEGMENT_HEAD_BYTES : before?.end)
        used += (beginsSegment ? SEGMENT_HEAD_BYTES : 0) + 128 + payloadLength
        assert.equal(usedBytes(after), used)
        assert.equal(after.size, seq + 1)
        position = after
        previousLength = payloadLength
      }
    }),
  )
})

test('a record begins a segment after bytes that are no record, and where replay says so', () => {
  const { after } = place(START, { time: 1, payloadLength: 5 }, DEFAULT_LIMITS)
  assert.ok(after.segment !== null)
  const closed = { ...after, segment: { ...after.segment, closed: true } }
  assert.equal(place(closed, { time: 1, payloadLength: 5 }, DEFAULT_LIMITS).location.segment, 1)
  assert.equal(place(after, { time: 1, payloadLength: 5 }, DEFAULT_LIMITS).location.segment, 0)
  assert.equal(place(after, { time: 1, payloadLength: 5 }, DEFAULT_LIMITS, true).location.segment, 1)
})
