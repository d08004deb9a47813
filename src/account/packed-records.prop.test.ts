// What the thread answers says the same as what it was made of: every byte, every text, and which records are not there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { atOnce } from '#base/steps.ts'
import { type DerivedRecord, type StorableRecord, deriveMessageInSteps } from './derive-record.ts'
import { RecordPacker, unpack } from './packed-records.ts'

const text = fc.string({ unit: codePoint, maxLength: 40 })
const message = fc
  .record({ from: text, subject: text, body: fc.string({ unit: codePoint, maxLength: 2000 }), date: fc.boolean() })
  .map(({ from, subject, body, date }) => {
    const when = date ? 'Date: Mon, 2 Feb 2026 10:00:00 +0130\r\n' : ''
    return Buffer.from(
      `From: "${from}" <a@example.org>\r\nSubject: ${subject}\r\n${when}References: <1@x> <2@x>\r\n\r\n${body}`,
    )
  })
const key = fc.option(fc.uint8Array({ minLength: 32, maxLength: 32 }))

function derive(bytes: Buffer, payloadKey: Uint8Array | null): DerivedRecord {
  const payload = payloadKey === null ? null : { key: Buffer.from(payloadKey), offset: 200 }
  return atOnce(deriveMessageInSteps(bytes, payload))
}

/** As the index would have it. */
function stored(record: StorableRecord | null): unknown {
  if (record === null) return null
  const { derived, text: texts, payload } = record
  const summary: unknown = Buffer.isBuffer(derived.summary) ? JSON.parse(derived.summary.toString()) : derived.summary
  // Half of a surrogate pair is in no UTF-8, whoever makes it.
  const bytes = (value: unknown): unknown =>
    typeof value === 'string'
      ? Buffer.from(value).toString('latin1')
      : value instanceof Uint8Array
        ? Buffer.from(value).toString('latin1')
        : value
  const sortKeys = Object.entries(derived.sortKeys).map(([name, value]) => [name, bytes(value)])
  const content = (['envelope', 'bodyStructure', 'body', 'header', 'parts'] as const).map((name) =>
    bytes(derived[name]),
  )
  return {
    content,
    numbers: [derived.sizeBytes, derived.threadHashes],
    summary: JSON.stringify(summary),
    sortKeys: Object.fromEntries(sortKeys) as unknown,
    texts: [texts.words.map(bytes), texts.folded.map(bytes), bytes(texts.signature)],
    payload: payload === null ? null : [bytes(payload.key), payload.offset],
  }
}

test('what is packed and handed over is what was derived', () => {
  const packer = new RecordPacker()
  const records = fc.array(fc.option(fc.tuple(message, key)), { maxLength: 6 })
  fc.assert(
    fc.property(records, (made) => {
      const derived = made.map((one) => (one === null ? null : derive(...one)))
      for (const record of derived) packer.add(record)
      const packed = packer.take()
      const expected = derived.map(stored)
      const across = structuredClone(packed, { transfer: [packed.bytes.buffer, packed.numbers.buffer] })
      assert.deepEqual([...unpack(across)].map(stored), expected)
    }),
    { numRuns: 100 },
  )
})

test('a message far longer than the memory that it is packed in', () => {
  const packer = new RecordPacker()
  const record = derive(Buffer.from(`Subject: long\r\n\r\n${'many ünusual words '.repeat(100_000)}`), null)
  const short = derive(Buffer.from('Subject: short\r\n\r\ntext'), null)
  for (const one of [short, record, null, short]) packer.add(one)
  assert.deepEqual([...unpack(packer.take())].map(stored), [short, record, null, short].map(stored))
  packer.add(short)
  assert.deepEqual([...unpack(packer.take())].map(stored), [stored(short)])
})
