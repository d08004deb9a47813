// Changes of many e-mails at once, which make orders and counts anew.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from '#imap/memory-account.test-support.ts'
import { TestClient, message } from './test-client.test-support.ts'

test('thousands at once', async () => {
  const account = new MemoryAccount()
  const client = new TestClient(account)
  const bytes = message('Subject: x', '', 'x')
  const inbox = 1 as MailboxId
  const first = async (): Promise<unknown[]> => {
    const query = { filter: { inMailbox: 'm1' }, collapseThreads: true, limit: 3, calculateTotal: true }
    const { ids, total } = await client.call('Email/query', query)
    const [{ totalEmails, unreadEmails, totalThreads, unreadThreads }] = (await client.call('Mailbox/get')).list
    assert.equal(totalEmails, total)
    return [ids.join(' '), total, unreadEmails, totalThreads, unreadThreads]
  }
  assert.deepEqual(await first(), ['', 0, 0, 0, 0])
  const deliver = async (count: number): Promise<void> => {
    const before = account.nextEmail
    for (let at = 0; at < count; at++) account.deliver(bytes, inbox, [], before + at)
    await Promise.resolve()
  }
  await deliver(100)
  assert.deepEqual(await first(), ['e100 e99 e98', 100, 100, 100, 100])
  const keywords = async (set: readonly [number, number], mode: 'add' | 'remove'): Promise<void> => {
    await account.commit([
      { kind: 'changeKeywords', mailbox: inbox, set: [set], mode, keywords: ['$seen'], unchangedSince: null },
    ])
  }
  await keywords([1, 90], 'add')
  assert.deepEqual(await first(), ['e100 e99 e98', 100, 10, 100, 10])
  await account.commit([{ kind: 'remove', mailbox: inbox, set: [[20, 99]] }])
  assert.deepEqual(await first(), ['e100 e19 e18', 20, 1, 20, 1])
  await account.commit([{ kind: 'markDeleted', mailbox: inbox, set: [[1, 500]], deleted: true, unchangedSince: null }])
  assert.deepEqual(await first(), ['', 0, 0, 0, 0])
  await account.commit([{ kind: 'markDeleted', mailbox: inbox, set: [[2, 3]], deleted: false, unchangedSince: null }])
  assert.deepEqual(await first(), ['e3 e2', 2, 0, 2, 0])
})
