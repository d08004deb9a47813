// STORE, played.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { type TestClient, newClient, play } from './test-client.test-support.ts'
import { PLAIN, RECEIVED, accountWith } from './test-messages.test-support.ts'

async function selected(account: MemoryAccount): Promise<TestClient> {
  const client = newClient(account)
  await client.command('s SELECT INBOX')
  return client
}

test('RFC 3501 §6.4.6: STORE', async () => {
  await play(
    await selected(accountWith(3)),
    `
    C: a STORE 1:2 +FLAGS (\\Deleted $Label1)
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $label1)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft $label1 \\*)] Limited
    S: * 1 FETCH (UID 1 FLAGS ($label1 \\Deleted \\Recent))
    S: * 2 FETCH (UID 2 FLAGS ($label1 \\Deleted \\Recent))
    S: a OK Stored
    C: b STORE 2 -FLAGS \\Deleted
    S: * 2 FETCH (UID 2 FLAGS ($label1 \\Recent))
    S: b OK Stored
    C: c UID STORE 2 FLAGS (\\Seen \\Flagged)
    S: * 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen \\Recent))
    S: c OK Stored
    C: d STORE 3 FLAGS.SILENT \\Seen
    S: d OK Stored
    C: e STORE 3 +FLAGS ()
    S: * 3 FETCH (UID 3 FLAGS (\\Seen \\Recent))
    S: e OK Stored
    C: f STORE 3 FLAGS (\\Recent)
    S: f BAD Malformed command: \\Recent cannot be changed
    C: g STORE 4 FLAGS ()
    S: g BAD There is no message with that number
    C: h STORE 1 FROB (\\Seen)
    S: h BAD Malformed command: there is no item FROB
    C: i UID STORE 99 +FLAGS (\\Seen)
    S: i OK Stored
    `,
  )
})

test('a STORE that changes nothing writes nothing', async () => {
  const account = accountWith(2)
  const client = await selected(account)
  await client.command('a STORE 1:2 +FLAGS (\\Seen)')
  const { commits } = account
  await client.command('b STORE 1:2 +FLAGS (\\Seen)')
  await client.command('c FETCH 1:2 BODY[]')
  assert.equal(account.commits, commits)
})

test('RFC 3501 §6.4.6: .SILENT is silent about its own changes only', async () => {
  const account = accountWith(3)
  const [client, other] = [await selected(account), await selected(account)]
  const others: Promise<string>[] = []
  account.beforeCommit = () => {
    account.beforeCommit = () => Promise.resolve()
    others.push(other.command('x STORE 1:2 +FLAGS.SILENT (\\Flagged)'))
    return Promise.all(others).then(() => undefined)
  }
  assert.equal(
    await client.command('a STORE 2:3 +FLAGS.SILENT (\\Seen)'),
    '* 1 FETCH (UID 1 FLAGS (\\Flagged \\Recent))\r\n* 2 FETCH (UID 2 FLAGS (\\Flagged \\Seen \\Recent))\r\na OK Stored\r\n',
  )
  assert.equal(await client.command('b NOOP'), 'b OK Done\r\n')
  await Promise.all(others)
})

test('RFC 7162 §3.1: CONDSTORE', async () => {
  await play(
    await selected(accountWith(3)),
    `
    C: a FETCH 1:* MODSEQ
    S: * OK [HIGHESTMODSEQ 5] CONDSTORE is enabled
    S: * 1 FETCH (MODSEQ (3))
    S: * 2 FETCH (MODSEQ (4))
    S: * 3 FETCH (MODSEQ (5))
    S: a OK That is all
    C: b STORE 1:3 (UNCHANGEDSINCE 4) +FLAGS.SILENT (\\Seen \\Deleted)
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Deleted \\Recent) MODSEQ (7))
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Deleted \\Recent) MODSEQ (7))
    S: b OK [MODIFIED 3] Some messages had changed
    C: c UID STORE 1:3 (UNCHANGEDSINCE 0) FLAGS ()
    S: c OK [MODIFIED 1:3] Some messages had changed
    C: d UID FETCH 1:* (FLAGS) (CHANGEDSINCE 6)
    S: * 1 FETCH (UID 1 FLAGS (\\Seen \\Deleted \\Recent) MODSEQ (7))
    S: * 2 FETCH (UID 2 FLAGS (\\Seen \\Deleted \\Recent) MODSEQ (7))
    S: d OK That is all
    C: e SEARCH MODSEQ 7
    S: * SEARCH 1 2 (MODSEQ 7)
    S: e OK That is all
    C: f SEARCH MODSEQ "/flags/\\\\seen" all 99
    S: * SEARCH
    S: f OK That is all
    C: g STATUS INBOX (HIGHESTMODSEQ)
    S: * STATUS INBOX (HIGHESTMODSEQ 7)
    S: g OK That is all
    `,
  )
})

test('RFC 7162 §3.1.3: what others did to messages that were refused is told', async () => {
  const account = accountWith(2)
  const [client, other] = [await selected(account), await selected(account)]
  await client.command('a FETCH 1:* (FLAGS MODSEQ)')
  await other.command('x STORE 1 +FLAGS.SILENT (\\Flagged)')
  assert.equal(
    await client.command('b STORE 1:2 (UNCHANGEDSINCE 4) +FLAGS (\\Seen)'),
    '* 2 FETCH (UID 2 FLAGS (\\Seen \\Recent) MODSEQ (6))\r\n* 1 FETCH (UID 1 FLAGS (\\Flagged \\Recent) MODSEQ (5))\r\nb OK [MODIFIED 1] Some messages had changed\r\n',
  )
})

test('RFC 7162 §3.1.3: of two that store conditionally at the same time, one is refused', async () => {
  for (const item of ['FLAGS (\\Deleted)', '+FLAGS (\\Deleted)', 'FLAGS (\\Seen \\Deleted)', '+FLAGS (\\Flagged)']) {
    const account = accountWith(1)
    const [client, other] = [await selected(account), await selected(account)]
    await client.command('a FETCH 1 MODSEQ')
    const pause = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
    account.beforeCommit = async () => {
      for (let turns = 0; turns < 3; turns++) await pause()
    }
    const replies = await Promise.all([
      client.command(`b STORE 1 (UNCHANGEDSINCE 3) ${item}`),
      other.command('x STORE 1 (UNCHANGEDSINCE 3) +FLAGS (\\Answered)'),
    ])
    assert.equal(replies.filter((reply) => reply.includes('[MODIFIED 1]')).length, 1, replies.join(''))
  }
})

test('RFC 3501 §7.4.1: no EXPUNGE within FETCH, STORE and SEARCH, and numbers stay', async () => {
  const account = accountWith(4)
  const [client, other] = [await selected(account), await selected(account)]
  await other.command('a STORE 2 +FLAGS.SILENT (\\Deleted)')
  await other.command('b EXPUNGE')
  account.deliver(PLAIN, 1 as MailboxId, [], RECEIVED)
  await play(
    client,
    `
    C: a FETCH 1:3 UID
    S: * 1 FETCH (UID 1)
    S: * 3 FETCH (UID 3)
    S: a NO [EXPUNGEISSUED] Some of the messages were expunged
    C: b SEARCH ALL
    S: * SEARCH 1 3 4
    S: b OK That is all
    C: c STORE 4 +FLAGS (\\Seen)
    S: * 4 FETCH (UID 4 FLAGS (\\Seen \\Recent))
    S: c OK Stored
    C: d UID FETCH 3 FLAGS
    S: * 3 FETCH (UID 3 FLAGS (\\Recent))
    S: * 2 EXPUNGE
    S: * 4 EXISTS
    S: * 4 RECENT
    S: d OK That is all
    `,
  )
})
