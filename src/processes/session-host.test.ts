// COMPRESS=DEFLATE (RFC 4978) of a session's connection.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { ImapEngine } from '#imap/engine.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { shareAccount } from '#imap/shared-account.ts'
import { Inflater } from '#platform/deflate.ts'
import { TestConnection } from '#protocol/test-connection.test-support.ts'
import { connectionHost, driveEngine } from './session-host.ts'

function session(): { say(bytes: Buffer): Promise<Buffer>; isDestroyed(): boolean } {
  const connection = new TestConnection()
  const host = connectionHost(connection, (error) => assert.fail(String(error)))
  const engine = new ImapEngine(shareAccount(new MemoryAccount()), host, { messageBytesMax: 1_000 })
  driveEngine(connection, host, engine, Buffer.alloc(0), () => undefined)
  return {
    async say(bytes) {
      await connection.receive(Buffer.from(bytes))
      const said = connection.written
      connection.written = Buffer.alloc(0)
      return said
    },
    isDestroyed: () => connection.isDestroyed,
  }
}

const deflated = (text: string): Buffer =>
  zlib.deflateRawSync(Buffer.from(text), { finishFlush: zlib.constants.Z_SYNC_FLUSH })

async function inflated(inflater: Inflater, bytes: Buffer): Promise<string> {
  let text = ''
  assert(
    await inflater.push(bytes, (piece) => {
      text += piece.toString('latin1')
      return Promise.resolve()
    }),
  )
  return text
}

test('behind the answer both directions are compressed, whatever the pieces', async () => {
  const { say } = session()
  assert.match((await say(Buffer.from('a CAPABILITY\r\n'))).toString(), / COMPRESS=DEFLATE /)
  assert.equal((await say(Buffer.from('b COMPRESS DEFLATE\r\n'))).toString(), 'b OK Compressed from here on\r\n')
  using inflater = new Inflater()
  const list = await say(deflated('c LIST "" *\r\nd NOOP\r\n'))
  assert.equal(
    await inflated(inflater, list),
    '* LIST (\\HasNoChildren) "/" INBOX\r\nc OK That is all\r\nd OK Done\r\n',
  )
  let said = ''
  for (const byte of deflated('e COMPRESS DEFLATE\r\n')) {
    const bytes = await say(Buffer.from([byte]))
    if (bytes.length > 0) said += await inflated(inflater, bytes)
  }
  assert.equal(said, 'e BAD [COMPRESSIONACTIVE] The connection is compressed already\r\n')
})

test('what is not compressed as it should be ends the connection', async () => {
  const { say, isDestroyed } = session()
  await say(Buffer.from('a COMPRESS DEFLATE\r\n'))
  assert(!isDestroyed())
  await say(Buffer.from('b NOOP\r\n'.repeat(10)))
  assert(isDestroyed())
})

test('nothing more is made of what a client sent before its session ended', async () => {
  const { say, isDestroyed } = session()
  await say(Buffer.from('a COMPRESS DEFLATE\r\n'))
  using inflater = new Inflater()
  const said = await inflated(inflater, await say(deflated(`b LOGOUT\r\n${'x'.repeat(40_000_000)}`)))
  assert.match(said, /^\* BYE .*\r\nb OK .*\r\n$/)
  assert(isDestroyed())
})
