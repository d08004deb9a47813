import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

const ALARM = {
  kind: 'rollback',
  found: Date.UTC(2026, 10, 27),
  known: { size: 9, root: '' },
  met: { size: 4, root: '' },
  acknowledged: null,
} as const

const FAILED = {
  began: 0,
  ended: Date.UTC(2026, 10, 27),
  tookMs: 1,
  records: 9,
  payloads: 8,
  bytes: 100,
  mails: 7,
  dropped: 0,
  isDirect: true,
  restored: { messages: 7, mailboxes: 6 },
  keySlots: 2,
  point: null,
  findingCount: 3,
  findings: [
    {
      kind: 'payloadChanged',
      records: { from: 7, to: 8 },
      file: 'segments/0.seg',
      bytes: { start: 10, end: 20 },
      id: null,
      name: null,
      what: '',
    },
  ],
} as const

test('that the account could not be restored is told in the same way, until somebody knows', async () => {
  const account = accountWith(1)
  const client = new TestClient(shareAccount(account))
  assert.doesNotMatch(await client.say('a SELECT INBOX\r\n'), /ALERT/)
  account.integrity.rehearsed = { ...account.integrity.rehearsed, last: FAILED }
  assert.match(
    await client.say('b NOOP\r\n'),
    /^\* OK \[ALERT\] This account could not be restored .* 2026-11-27T00:00:00\.000Z: record 7: payloadChanged in segments\/0\.seg, bytes 10 to 20; and 2 more\. What to do .*\r\nb OK Done\r\n$/,
  )
  assert.doesNotMatch(await client.say('c NOOP\r\n'), /ALERT/)
  assert.match(await client.say('d SELECT INBOX\r\n'), /\* OK \[ALERT\] This account/)
  account.integrity.rehearsed = { ...account.integrity.rehearsed, isAcknowledged: true }
  assert.doesNotMatch(await client.say('e SELECT INBOX\r\n'), /ALERT/)
})

test('an alarm is told after login, with every mailbox, and when it is found; never without one', async () => {
  const account = accountWith(1)
  const client = new TestClient(shareAccount(account))
  assert.doesNotMatch(await client.say('a NOOP\r\nb SELECT INBOX\r\n'), /ALERT/)
  account.integrity.alarms.push(ALARM)
  const told = await client.say('c NOOP\r\n')
  assert.match(
    told,
    /^\* OK \[ALERT\] This mail store may have been tampered with\. The stored log ends at record 4, but 9 records .*docs\/operations\.md.*\r\nc OK Done\r\n$/,
  )
  assert.doesNotMatch(await client.say('d NOOP\r\n'), /ALERT/)
  assert.match(await client.say('e EXAMINE INBOX\r\n'), /\* OK \[ALERT\]/)
  const next = new TestClient(shareAccount(account))
  assert.match(await next.say('a LIST "" *\r\n'), /\* OK \[ALERT\] .*Found 2026-11-27T00:00:00\.000Z/)
})

/** Without anything said by the client. */
async function told(client: TestClient): Promise<string> {
  await client.pause()
  return client.take()
}

test('in IDLE an alarm is told at once, and once; one that comes after another was acknowledged, too', async () => {
  const account = accountWith(1)
  const client = new TestClient(shareAccount(account))
  await client.say('a SELECT INBOX\r\nb IDLE\r\n')
  account.integrity.raise(ALARM)
  assert.match(await told(client), /^\* OK \[ALERT\] .* ends at record 4, .*\r\n$/)
  assert.equal(await told(client), '')
  assert.equal(await client.say('DONE\r\n'), 'b OK No longer idle\r\n')

  await account.integrity.acknowledge()
  await client.say('c IDLE\r\n')
  account.integrity.raise({ ...ALARM, kind: 'fork', found: ALARM.found + 1 })
  assert.match(await told(client), /^\* OK \[ALERT\] .* is not the one that was seen.*\r\n$/)
  assert.equal(await client.say('DONE\r\n'), 'c OK No longer idle\r\n')
  assert.doesNotMatch(await client.say('d NOOP\r\n'), /ALERT/)
})

test('a client that has gone is told nothing', async () => {
  const account = accountWith(1)
  const client = new TestClient(shareAccount(account))
  await client.say('a IDLE\r\n')
  client.engine.close()
  account.integrity.raise(ALARM)
  assert.equal(await told(client), '')
  assert.equal(account.integrity.watchers.size, 0)
})
