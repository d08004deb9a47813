// RFC 8620 §2, RFC 8621 §1.3.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { OWNER_ACCESS } from './access.ts'
import { INTEGRITY, KEYS, RECOVERY } from './capabilities.ts'
import { CORE, MAIL, RESTORE, SUBMISSION, TestClient, URLS, parseReply } from './test-client.test-support.ts'

test('the Session object', () => {
  const client = new TestClient(new MemoryAccount())
  const session = parseReply(client.engine.session(OWNER_ACCESS, URLS))
  const { accountId } = client
  assert.match(accountId, /^[A-Za-z][A-Za-z0-9_-]{0,254}$/)
  assert.deepEqual(Object.keys(session.capabilities), [CORE, MAIL, SUBMISSION, INTEGRITY, RESTORE, RECOVERY, KEYS])
  const core = session.capabilities[CORE]
  for (const [name, least] of Object.entries({
    maxSizeUpload: 50_000_000,
    maxConcurrentUpload: 4,
    maxSizeRequest: 10_000_000,
    maxConcurrentRequests: 4,
    maxCallsInRequest: 16,
    maxObjectsInGet: 500,
    maxObjectsInSet: 500,
  })) {
    assert.ok(core[name] >= least, name)
  }
  assert.deepEqual(core.collationAlgorithms, ['i;unicode-casemap'])
  assert.deepEqual(session.primaryAccounts, {
    [MAIL]: accountId,
    [SUBMISSION]: accountId,
    [INTEGRITY]: accountId,
    [RESTORE]: accountId,
    [RECOVERY]: accountId,
    [KEYS]: accountId,
  })
  const account = session.accounts[accountId]
  assert.deepEqual([account.name, account.isPersonal, account.isReadOnly], ['owner@example.org', true, false])
  assert.deepEqual(Object.keys(account.accountCapabilities), [MAIL, SUBMISSION, INTEGRITY, RESTORE, RECOVERY, KEYS])
  assert.deepEqual(account.accountCapabilities[SUBMISSION], { maxDelayedSend: 0, submissionExtensions: {} })
  assert.ok(account.accountCapabilities[MAIL].maxSizeMailboxName >= 100)
  assert.equal(session.username, 'owner@example.org')
  assert.equal(session.apiUrl, URLS.api)
  for (const [url, variables] of [
    [session.downloadUrl, ['accountId', 'blobId', 'type', 'name']],
    [session.uploadUrl, ['accountId']],
    [session.eventSourceUrl, ['types', 'closeafter', 'ping']],
  ] as const) {
    for (const variable of variables) assert.ok(url.includes(`{${variable}}`))
  }
})

test('its state is that of every response', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(account)
  const session = parseReply(client.engine.session(OWNER_ACCESS, URLS))
  const { json } = await client.post(JSON.stringify({ using: [], methodCalls: [] }))
  assert.equal(json.sessionState, session.state)
  // Whoever reaches the server by another name has the same session.
  const elsewhere = parseReply(client.engine.session(OWNER_ACCESS, { ...URLS, api: '/elsewhere' }))
  assert.equal(elsewhere.apiUrl, '/elsewhere')
  assert.equal(elsewhere.state, session.state)
})
