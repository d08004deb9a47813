// COMPRESS=DEFLATE (RFC 4978): when it begins, and that two messages are never in one piece.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareAccount } from './shared-account.ts'
import { TestClient, newClient } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

/** Notes where compression begins, and what is compressed together. */
class CompressingClient extends TestClient {
  readonly pieces: string[] = []
  isCompressed = false

  compress(): void {
    this.isCompressed = true
  }

  override send(bytes: Buffer): Promise<void> | null {
    if (this.isCompressed) this.pieces.push(bytes.toString('latin1'))
    return super.send(bytes)
  }
}

test('it begins behind the tagged response, and only once', async () => {
  const client = new CompressingClient(shareAccount(accountWith(1)))
  assert.equal(await client.command('a COMPRESS DEFLATE'), 'a OK Compressed from here on\r\n')
  assert(client.isCompressed)
  assert.deepEqual(client.pieces, [])
  assert.equal(
    await client.command('b COMPRESS DEFLATE'),
    'b BAD [COMPRESSIONACTIVE] The connection is compressed already\r\n',
  )
  assert.equal(client.pieces.length, 1)
})

test('what cannot be begun is refused, and commands behind it are not taken for compressed', async () => {
  const client = new CompressingClient(shareAccount(accountWith(1)))
  assert.match(await client.command('a COMPRESS LZ4'), /^a BAD Malformed command: DEFLATE is the only mechanism/)
  assert.match(await client.command('a COMPRESS'), /^a BAD/)
  assert.match(await client.command('a COMPRESS DEFLATE x'), /^a BAD/)
  assert.equal(
    await client.say('a COMPRESS DEFLATE\r\nb NOOP\r\n'),
    'a BAD Wait for the answer before you send more\r\nb OK Done\r\n',
  )
  assert(!client.isCompressed)
  assert.match(await newClient().command('a COMPRESS DEFLATE'), /^a NO \[CANNOT\]/)
})

test('no two messages are compressed together, and what is about them only is', async () => {
  const client = new CompressingClient(shareAccount(accountWith(3)))
  await client.command('a SELECT INBOX')
  await client.command('b COMPRESS DEFLATE')
  for (const items of [
    'ENVELOPE',
    'BODY.PEEK[]',
    'PREVIEW',
    'BODY.PEEK[HEADER.FIELDS (Subject)]',
    '(FLAGS BODY[TEXT])',
  ]) {
    client.pieces.length = 0
    await client.command(`c FETCH 1:3 ${items}`)
    const messages = client.pieces.map((piece) => piece.match(/^\* \d+ FETCH \((?!UID)/gm)?.length ?? 0)
    assert.deepEqual(
      messages.filter((count) => count > 0),
      [1, 1, 1],
      items,
    )
  }
  client.pieces.length = 0
  await client.command('d FETCH 1:3 (FLAGS UID INTERNALDATE)')
  assert.equal(client.pieces.length, 1)
})
