// RFC 9698: JMAPACCESS, where it is true.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImapEngine } from './engine.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, newClient } from './test-client.test-support.ts'

test('a session whose password may use JMAP is told where', async () => {
  const shared = shareAccount(new MemoryAccount())
  const client = new TestClient(shared)
  const jmapUrl = 'https://mail.example.org/jmap/session'
  Object.assign(client, { engine: new ImapEngine(shared, client, { messageBytesMax: 1_000, jmapUrl }) })
  assert.match(await client.command('a CAPABILITY'), / OBJECTID .* JMAPACCESS\r\n/)
  assert.equal(
    await client.command('b GETJMAPACCESS'),
    '* JMAPACCESS "https://mail.example.org/jmap/session"\r\nb OK That is all\r\n',
  )
  assert.match(await client.command('c GETJMAPACCESS x'), /^c BAD/)
})

test('any other is not', async () => {
  const client = newClient()
  assert.doesNotMatch(await client.command('a CAPABILITY'), /JMAPACCESS/)
  assert.equal(await client.command('b GETJMAPACCESS'), 'b BAD There is no such command\r\n')
})
