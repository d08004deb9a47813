import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, Seq } from '#base/ids.ts'
import {
  BLOCK_BYTES,
  GROUP_HEAD_BYTES,
  type GroupRecord,
  decodeFileHead,
  decodeGroup,
  decodeGroupHead,
  encodeFileHead,
  groupFileBytes,
  sealGroup,
} from './journal-format.ts'
import { HEAD_BYTES, encodeHeadInto, payloadDigest } from './record.ts'

const stamp = { generation: 7, salt: Buffer.from('0123456789abcdef', 'hex') }

/** A group with one record for each payload; null makes it a large one. */
function group(payloads: readonly (Uint8Array | null)[], number = 3): { bytes: Buffer; records: GroupRecord[] } {
  const buffer = Buffer.alloc(64 * 1024, 0xff)
  const records: GroupRecord[] = []
  let end = GROUP_HEAD_BYTES
  for (const [seq, payload] of payloads.entries()) {
    const start = end
    const header = {
      kind: 'mail' as const,
      digestAlgorithm: 'sha256' as const,
      seq: seq as Seq,
      time: 1000,
      payloadLength: payload?.length ?? 5_000_000,
      account: 'ab'.repeat(16) as AccountId,
      digest: payloadDigest('sha256', payload ?? Buffer.of(1)),
    }
    encodeHeadInto(buffer, start, header, payload === null ? 'incoming' : 'present')
    const incoming = payload === null ? seq.toString(16).padStart(32, '7') : null
    end = start + HEAD_BYTES
    if (incoming === null) end += Buffer.from(payload ?? []).copy(buffer, end)
    else end += buffer.write(incoming, end, 'hex')
    records.push({ header, start, end, incoming })
  }
  return { bytes: sealGroup(buffer, end, stamp, number, records), records }
}

const payloads = fc.array(fc.option(fc.uint8Array({ maxLength: 600 })), { minLength: 1, maxLength: 12 })

function unpadded(bytes: Buffer): Buffer {
  return bytes.subarray(0, GROUP_HEAD_BYTES + (decodeGroupHead(bytes)?.bodyLength ?? 0))
}

test('a file head decodes to what was encoded; every changed byte is noticed', () => {
  const block = encodeFileHead(stamp)
  assert.equal(block.length, BLOCK_BYTES)
  assert.deepEqual(decodeFileHead(block), stamp)
  for (let at = 0; at < 64; at++) {
    const changed = Buffer.from(block)
    changed[at] = (changed[at] as number) ^ 1
    assert.equal(decodeFileHead(changed), null)
  }
  assert.equal(decodeFileHead(Buffer.alloc(0)), null)
  assert.equal(decodeFileHead(Buffer.alloc(BLOCK_BYTES)), null)
})

test('a group decodes to its records, and fills whole blocks with zeros', () => {
  fc.assert(
    fc.property(payloads, (payloads) => {
      const { bytes, records } = group(payloads)
      const whole = unpadded(bytes)
      assert.equal(bytes.length % BLOCK_BYTES, 0)
      assert.equal(bytes.length, groupFileBytes(whole.length - GROUP_HEAD_BYTES))
      assert.ok(bytes.subarray(whole.length).every((byte) => byte === 0))
      assert.deepEqual(decodeGroupHead(bytes), { ...stamp, number: 3, bodyLength: whole.length - GROUP_HEAD_BYTES })
      assert.deepEqual(decodeGroup(whole), records)
    }),
    { numRuns: 60 },
  )
})

test('every changed bit of a group is noticed, payloads included', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.nat(7), (payloads, where, bit) => {
      const whole = Buffer.from(unpadded(group(payloads).bytes))
      const at = where % whole.length
      whole[at] = (whole[at] as number) ^ (1 << bit)
      const head = decodeGroupHead(whole)
      const good = head !== null && head.bodyLength === whole.length - GROUP_HEAD_BYTES && decodeGroup(whole) !== null
      assert.equal(good, false)
    }),
    { numRuns: 500 },
  )
})

test('groups that are cut, or of any bytes: never throws, never accepted', () => {
  fc.assert(
    fc.property(payloads, fc.nat(), fc.uint8Array({ maxLength: 500 }), (payloads, cut, hostile) => {
      const whole = unpadded(group(payloads).bytes)
      assert.equal(decodeGroup(whole.subarray(0, cut % whole.length)), null)
      assert.equal(decodeGroup(Buffer.concat([whole.subarray(0, GROUP_HEAD_BYTES), hostile])), null)
      decodeGroupHead(hostile)
      assert.equal(decodeFileHead(hostile), null)
    }),
  )
})
