// Records of the queue: what is written is read, what is not one is refused and never thrown at; replies of others fit.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import type { AccountId } from '#base/ids.ts'
import {
  type ContentPlace,
  boundedReply,
  decodeChange,
  decodeGone,
  decodeMessage,
  encodeChange,
  encodeGone,
  encodeMessage,
} from './queue-codec.ts'
import { type QueueId, type QueuedMessage, changedMessage, isFinished } from './queue-message.ts'

/** As decoding makes them. */
function plainRecord<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true })
}

const hex = (bytes: number): fc.Arbitrary<string> =>
  fc.uint8Array({ minLength: bytes, maxLength: bytes }).map((value) => Buffer.from(value).toString('hex'))
const time = fc.maxSafeNat()
const text = fc.string({ unit: 'grapheme', maxLength: 30 })
const id = hex(10).map((value) => value as QueueId)

const reply = plainRecord({ code: fc.nat(999), status: fc.constantFrom('4.3.0', '5.1.1'), text, host: fc.option(text) })
const progress = {
  state: fc.constantFrom('waiting', 'delivered', 'failed', 'cancelled'),
  attempts: fc.nat(1000),
  nextAttempt: time,
  lastAttempt: fc.option(time),
  lastReply: fc.option(reply),
} as const

const message: fc.Arbitrary<QueuedMessage> = plainRecord({
  id,
  sender: text,
  submitter: fc.option(hex(16).map((value) => value as AccountId)),
  submittedAt: time,
  expiresAt: time,
  smtpUtf8: fc.boolean(),
  eightBit: fc.boolean(),
  sizeBytes: time,
  headerBytes: time,
  held: fc.boolean(),
  delayTold: fc.boolean(),
  recipients: fc.array(plainRecord({ address: text, ...progress }), { minLength: 1, maxLength: 5 }),
})

const content: fc.Arbitrary<ContentPlace> = fc.oneof(
  fc.constantFrom({ kind: 'inline' } as const, { kind: 'lost' } as const),
  plainRecord({
    kind: fc.constant('large' as const),
    key: fc.uint8Array({ minLength: 32, maxLength: 32 }).map((key) => Buffer.from(key)),
    sealedBytes: time,
  }),
)

const change = plainRecord({
  held: fc.option(fc.boolean()),
  delayTold: fc.option(fc.boolean()),
  recipients: fc.array(plainRecord({ index: fc.nat(6), ...progress }), { maxLength: 5 }),
})

test('what is written is read', () => {
  fc.assert(
    fc.property(message, content, change, (message, content, change) => {
      assert.deepEqual(decodeMessage(encodeMessage(message, content)), { message, content })
      assert.deepEqual(decodeChange(encodeChange(message.id, change)), { id: message.id, change })
      assert.equal(decodeGone(encodeGone(message.id)), message.id)
    }),
  )
})

test('what is cut off, or has something behind it, is none', () => {
  fc.assert(
    fc.property(message, content, fc.nat(), (message, content, at) => {
      const bytes = encodeMessage(message, content)
      assert.equal(decodeMessage(bytes.subarray(0, at % bytes.length)), null)
      assert.equal(decodeMessage(Buffer.concat([bytes, Buffer.alloc(1)])), null)
    }),
  )
})

test('a recipient who waits no more stays as they are', () => {
  fc.assert(
    fc.property(message, change, (message, change) => {
      const changed = changedMessage(message, change)
      for (const [index, before] of message.recipients.entries()) {
        if (before.state !== 'waiting') assert.deepEqual(changed.recipients[index], before)
        assert.equal(changed.recipients[index]?.address, before.address)
      }
      if (isFinished(message)) assert.ok(isFinished(changed))
    }),
  )
})

test('whatever another server answers can be kept', () => {
  const hostile = fc.string({ unit: codePoint, maxLength: 700 })
  fc.assert(
    fc.property(message, fc.integer(), hostile, hostile, hostile, (message, code, status, text, host) => {
      const lastReply = boundedReply({ code, status, text, host })
      assert.doesNotMatch(lastReply.text, /[\r\n\0]/)
      const recipients = message.recipients.map((recipient) => ({ ...recipient, lastReply }))
      const bytes = encodeMessage({ ...message, recipients }, { kind: 'inline' })
      assert.deepEqual(decodeMessage(bytes)?.message.recipients[0]?.lastReply, lastReply)
    }),
  )
})
