// Real mail through the SMTP engine, by DATA and by BDAT, in pieces of any size: it arrives byte for byte.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ENVELOPE, TestClient } from '#smtp/memory-host.test-support.ts'
import { asSmtp, corpusMessages } from './corpora.ts'

const messages = corpusMessages(600).map((message) => {
  const text = asSmtp(message)
  return text.subarray(-2).equals(Buffer.from('\r\n')) ? text : Buffer.concat([text, Buffer.from('\r\n')])
})

/** Different for each message, and the same in each run. */
function cutsOf(index: number, length: number): number[] {
  const step = 1 + ((index * 7_919) % 9_000)
  return Array.from({ length: Math.floor(length / step) }, (_, at) => (at + 1) * step)
}

test('by DATA', async () => {
  const client = new TestClient()
  for (const [index, message] of messages.entries()) {
    const stuffed = Buffer.from(message.toString('latin1').replaceAll(/(^|\r\n)\./g, '$1..'), 'latin1')
    const input = Buffer.concat([Buffer.from(`${ENVELOPE}DATA\r\n`), stuffed, Buffer.from('.\r\n')])
    assert.match(await client.say(input, cutsOf(index, input.length)), /250 2\.0\.0 Accepted as m[0-9]+\r\n$/)
    assert(client.host.arrived.pop()?.content.equals(message), `message ${index}`)
  }
})

test('by BDAT', async () => {
  const client = new TestClient()
  for (const [index, message] of messages.entries()) {
    const half = message.length >> 1
    const input = Buffer.concat([
      Buffer.from(`${ENVELOPE}BDAT ${half}\r\n`),
      message.subarray(0, half),
      Buffer.from(`BDAT ${message.length - half} LAST\r\n`),
      message.subarray(half),
    ])
    assert.match(await client.say(input, cutsOf(index, input.length)), /250 2\.0\.0 Accepted as m[0-9]+\r\n$/)
    assert(client.host.arrived.pop()?.content.equals(message), `message ${index}`)
  }
})
