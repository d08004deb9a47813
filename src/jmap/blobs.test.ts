// RFC 8620 §6: uploading and downloading.

import assert from 'node:assert/strict'
import { beforeEach, test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { encodeBase64 } from '#message/base64.ts'
import { encodeQuotedPrintable } from '#message/quoted-printable.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { OWNER_ACCESS } from './access.ts'
import type { ByteRange, Download } from './engine.ts'
import { TestClient, message, parseReply } from './test-client.test-support.ts'

let account: MemoryAccount
let client: TestClient

beforeEach(() => {
  account = new MemoryAccount()
  client = new TestClient(account)
})

async function openFound(blobId: string, range: ByteRange | null = null): Promise<Download> {
  const found = await client.engine.download(client.accountId, blobId, range)
  return 'pieces' in found ? found : assert.fail(`${blobId} is not there`)
}

async function status(blobId: string, accountId = client.accountId, range: ByteRange | null = null): Promise<number> {
  const found = await client.engine.download(accountId, blobId, range)
  if (!('pieces' in found)) {
    assert.equal(found.contentType, 'application/problem+json')
    assert.equal(parseReply(found).status, found.status)
    return found.status
  }
  found[Symbol.dispose]()
  return 200
}

test('what is uploaded can be downloaded, by an id that nobody can guess', async () => {
  const bytes = Buffer.from([0, 1, 2, 255])
  const first = client.upload(bytes, 'image/png')
  const second = client.upload(bytes, 'image/png')
  assert.deepEqual(first, { accountId: client.accountId, blobId: first.blobId, type: 'image/png', size: 4 })
  assert.match(first.blobId, /^u[0-9a-f]{32}$/)
  assert.notEqual(first.blobId, second.blobId)
  assert.deepEqual(await client.download(first.blobId), bytes)
  assert.deepEqual(await client.download(client.upload('').blobId), Buffer.alloc(0))
})

test('uploads have bounds: of size, of number at a time, of all together', () => {
  const { engine, accountId } = client
  const large = engine.beginUpload(OWNER_ACCESS, accountId)
  assert.ok('write' in large)
  for (let at = 0; at < 50; at++) assert.equal(large.write(Buffer.alloc(1_000_000)), true)
  assert.equal(large.write(Buffer.alloc(1)), false)
  assert.equal(large.write(Buffer.alloc(1)), false)
  const reply = engine.finishUpload(large, 'x/y')
  assert.deepEqual([reply.status, parseReply(reply).limit], [413, 'maxSizeUpload'])
  large[Symbol.dispose]()
  const open = Array.from({ length: 4 }, () => engine.beginUpload(OWNER_ACCESS, accountId))
  const refused = engine.beginUpload(OWNER_ACCESS, accountId)
  assert.ok(!('write' in refused))
  assert.equal(parseReply(refused).limit, 'maxConcurrentUpload')
  for (const upload of open) if ('write' in upload) upload[Symbol.dispose]()
  assert.ok('write' in engine.beginUpload(OWNER_ACCESS, accountId))
  const other = engine.beginUpload(OWNER_ACCESS, 'anobody')
  assert.equal('write' in other ? 0 : other.status, 404)
})

test('the oldest give way to a new one; each for an hour at least, and then none is kept (§6)', async () => {
  const blobs = [1, 2, 3].map((value) => client.upload(Buffer.alloc(40_000_000, value)).blobId)
  assert.deepEqual([await status(blobs[0]), await status(blobs[1]), await status(blobs[2])], [404, 200, 200])
  client.host.advance(60 * 60_000)
  assert.equal(await status(blobs[1]), 200)
  client.host.advance(31 * 60_000)
  assert.equal(await status(blobs[1]), 404)
  assert.equal(client.host.timers, 0)
  client.upload('x')
  assert.equal(client.host.timers, 1)
  client.engine[Symbol.dispose]()
  assert.equal(client.host.timers, 0)
})

const PARTS = message(
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  'Content-Type: text/plain',
  '',
  'plain text',
  '--b',
  'Content-Type: application/octet-stream',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('decoded bytes').toString('base64'),
  '--b',
  'Content-Type: text/plain',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'a=3Db',
  '--b',
  'Content-Type: text/plain',
  'Content-Transfer-Encoding: x-unknown',
  '',
  'as it is',
  '--b--',
)

test('a message, its parts with the encoding undone, and what there is not', async () => {
  account.deliver(PARTS)
  assert.deepEqual(await client.download('b1'), PARTS)
  const texts = await Promise.all(['b1-1', 'b1-2', 'b1-3', 'b1-4'].map((id) => client.download(id)))
  assert.deepEqual(texts.map(String), ['plain text', 'decoded bytes', 'a=b', 'as it is'])
  for (const blobId of [
    'b2',
    'b1-5',
    'b1-0',
    'b1-',
    'b1-1-1-1',
    'b01',
    'e1',
    '',
    'b1-1-1-1-1-1-1-1-1-1',
    `u${'0'.repeat(32)}`,
  ]) {
    const found = await status(blobId)
    // A part of plain text, read as a message, has itself as its only part.
    assert.equal(found, blobId === 'b1-1-1-1' ? 200 : 404, blobId)
  }
  assert.equal(await status('b1', `a${'b'.repeat(32)}`), 404)
  await account.commit([
    { kind: 'markDeleted', mailbox: 1 as MailboxId, set: [[1, 1]], deleted: true, unchangedSince: null },
  ])
  assert.deepEqual([await status('b1'), await status('b1-1')], [404, 404])
})

async function range(blobId: string, first: number | null, last: number | null): Promise<string> {
  const found = await client.engine.download(client.accountId, blobId, { first, last })
  if (!('pieces' in found)) return String(found.status)
  using download = found
  const pieces: Buffer[] = []
  for await (const piece of download.pieces()) pieces.push(Buffer.from(piece))
  const bytes = Buffer.concat(pieces)
  assert.equal(bytes.length, download.end - download.start)
  return `${download.start}-${download.end}/${download.sizeBytes} ${bytes.toString()}`
}

test('ranges', async () => {
  account.deliver(PARTS)
  for (const blobId of ['b1-1', client.upload('plain text').blobId]) {
    assert.equal(await range(blobId, 2, 4), '2-5/10 ain')
    assert.equal(await range(blobId, 6, null), '6-10/10 text')
    assert.equal(await range(blobId, 6, 99), '6-10/10 text')
    assert.equal(await range(blobId, null, 3), '7-10/10 ext')
    assert.equal(await range(blobId, null, 99), '0-10/10 plain text')
    assert.equal(await range(blobId, 10, null), '416')
    assert.equal(await range(blobId, 4, 2), '416')
    assert.equal(await range(blobId, null, 0), '416')
  }
})

test('a large message comes in pieces, which are wiped', async () => {
  const large = Buffer.concat([Buffer.from('Subject: large\r\n\r\n'), Buffer.alloc(3_000_000, 'x')])
  account.deliver(large)
  const found = await client.engine.download(client.accountId, 'b1')
  assert.ok('pieces' in found)
  const seen: Buffer[] = []
  let length = 0
  for await (const piece of found.pieces()) {
    assert.ok(piece.length <= 262_144)
    assert.ok(seen.every((before) => before.every((byte) => byte === 0)))
    seen.push(piece)
    length += piece.length
  }
  assert.equal(length, large.length)
  // Stopping in the middle.
  const again = await client.engine.download(client.accountId, 'b1')
  assert.ok('pieces' in again)
  const pieces = again.pieces()
  const first = (await pieces.next()).value
  await pieces.return()
  assert.ok(first?.every((byte) => byte === 0))
})

test('a large part is decoded piece by piece: its size, all of it, ranges of it', async () => {
  const content = Buffer.from(Array.from({ length: 1_500_000 }, (_, at) => (at * 7919) >> 5))
  const text = Buffer.alloc(700_000, 'Größe = Länge \r\n')
  account.deliver(
    message(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: text/plain; charset=utf-8',
      'Content-Transfer-Encoding: quoted-printable',
      '',
      encodeQuotedPrintable(text).toString('latin1'),
      '--b',
      'Content-Type: image/png',
      'Content-Transfer-Encoding: base64',
      '',
      encodeBase64(content).toString('latin1'),
      '--b--',
    ),
  )
  const [email] = (await client.call('Email/get', { ids: ['e1'], properties: ['textBody', 'attachments'] })).list
  const sizes = [...email.textBody, ...email.attachments].map(({ size }) => size)
  const decoded = [await client.download('b1-1'), await client.download('b1-2')]
  assert.deepEqual(
    decoded.map(({ length }) => length),
    sizes,
  )
  assert.ok(decoded[1]?.equals(content))
  // The line break before the delimiter is not of the part.
  assert.ok(decoded[0]?.equals(text))
  for (const [first, last] of [
    [0, 9],
    [190_000, 400_000],
    [1_499_990, null],
  ] as const) {
    using found = await openFound('b1-2', { first, last })
    const pieces: Buffer[] = []
    for await (const piece of found.pieces()) pieces.push(Buffer.from(piece))
    assert.ok(Buffer.concat(pieces).equals(content.subarray(first, last === null ? undefined : last + 1)))
  }
  using found = await openFound('b1-2')
  const pieces = found.pieces()
  const first = (await pieces.next()).value
  await pieces.return()
  assert.ok(first?.every((byte) => byte === 0))
  account.damaged.add(1)
  assert.equal(await status('b1-1'), 200)
  const other = new TestClient(account)
  const reply = await other.engine.download(other.accountId, 'b1-1')
  assert.equal('status' in reply ? reply.status : 0, 500)
})

test('a damaged message is not served, nor sent, nor attached', async () => {
  account.deliver(
    message('From: owner@example.org', 'To: x@example.com', 'Date: Fri, 27 Nov 2026 12:00:00 +0000', '', 'x'),
  )
  account.damaged.add(1)
  const found = await client.engine.download(client.accountId, 'b1')
  assert.ok('pieces' in found)
  await assert.rejects(
    async () => {
      for await (const piece of found.pieces()) void piece
    },
    { name: 'DamagedMessageError' },
  )
  const { notCreated } = await client.call('Email/set', {
    create: { k: { mailboxIds: { m1: true }, attachments: [{ blobId: 'b1', type: 'message/rfc822' }] } },
  })
  assert.equal(notCreated.k.type, 'forbidden')
  const [{ id }] = (await client.call('Identity/get')).list
  const sent = await client.call('EmailSubmission/set', { create: { k: { identityId: id, emailId: 'e1' } } })
  assert.equal(sent.notCreated.k.type, 'invalidEmail')
  assert.deepEqual((await client.call('Email/parse', { blobIds: ['b1'] })).notParsable, ['b1'])
})
