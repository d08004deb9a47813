// UIDONLY (RFC 9586): a session in which neither side uses message sequence numbers.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareAccount } from './shared-account.ts'
import { TestClient, play } from './test-client.test-support.ts'
import { PLAIN, accountWith } from './test-messages.test-support.ts'

test('a session by UIDs alone', async () => {
  const account = accountWith(4)
  const shared = shareAccount(account)
  const [client, other] = [new TestClient(shared), new TestClient(shared)]
  await other.command('a SELECT INBOX')
  await other.command('b STORE 1 +FLAGS.SILENT (\\Deleted)')
  await other.command('c EXPUNGE')
  await play(
    client,
    `
    C: a ENABLE UIDONLY
    S: * ENABLED UIDONLY
    S: a OK Enabled
    C: b SELECT INBOX
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft \\*)] Limited
    S: * 3 EXISTS
    S: * 0 RECENT
    S: * OK [UIDVALIDITY 1000] UIDs are valid
    S: * OK [UIDNEXT 5] The next UID
    S: * OK [HIGHESTMODSEQ 8] The latest change
    S: b OK [READ-WRITE] Selected
    C: c UID FETCH 2:3 (FLAGS RFC822.SIZE)
    S: * 2 UIDFETCH (FLAGS () RFC822.SIZE 115)
    S: * 3 UIDFETCH (FLAGS () RFC822.SIZE 115)
    S: c OK That is all
    C: d UID FETCH 4 (UID BODY.PEEK[TEXT])
    S: * 4 UIDFETCH (UID 4 BODY[TEXT] {8}
    Hi Bob
    )
    S: d OK That is all
    C: e UID STORE 3 +FLAGS (\\Seen \\Deleted)
    S: * 3 UIDFETCH (FLAGS (\\Seen \\Deleted))
    S: e OK Stored
    C: f UID SEARCH UID 2:4 SEEN
    S: * SEARCH 3
    S: f OK That is all
    C: g EXPUNGE
    S: * VANISHED 3
    S: g OK Expunged
    C: h UID SEARCH RETURN (SAVE) ALL
    S: h OK That is all
    C: i UID FETCH $ FLAGS
    S: * 2 UIDFETCH (FLAGS ())
    S: * 4 UIDFETCH (FLAGS ())
    S: i OK That is all
    `,
  )
  await other.command('d NOOP')
  await other.command('e UID STORE 2 +FLAGS.SILENT (\\Flagged)')
  await other.command('f UID STORE 4 +FLAGS.SILENT (\\Deleted)')
  await other.command('g EXPUNGE')
  account.deliver(PLAIN)
  assert.equal(
    await client.command('n NOOP'),
    '* VANISHED 4\r\n* 2 EXISTS\r\n* 1 RECENT\r\n* 2 UIDFETCH (FLAGS (\\Flagged))\r\nn OK Done\r\n',
  )
})

test('sequence numbers are refused, wherever they stand', async () => {
  const client = new TestClient(shareAccount(accountWith(3)))
  await client.command('a SELECT INBOX')
  await client.command('b ENABLE QRESYNC UIDONLY')
  for (const command of [
    'FETCH 1 FLAGS',
    'STORE 1 +FLAGS (\\Seen)',
    'COPY 1 INBOX',
    'MOVE 1 INBOX',
    'SEARCH ALL',
    'SORT (DATE) UTF-8 ALL',
    'THREAD REFERENCES UTF-8 ALL',
    'UID SEARCH 1',
    'UID SEARCH SEEN (OR 1:* NOT SEEN)',
    'UID SORT (DATE) UTF-8 NOT 1',
    'UID THREAD REFERENCES UTF-8 SEEN 1',
    'SELECT INBOX (QRESYNC (1000 1 1:3 (1 1)))',
  ]) {
    assert.match(await client.command(`a ${command}`), /^a BAD \[UIDREQUIRED\] /, command)
    await client.command('n NOOP')
  }
  assert.match(await client.command('a UID SEARCH OR UID 1 $'), /^\* SEARCH 1\r\n/)
})

test('with QRESYNC, what a client that was away is told', async () => {
  const shared = shareAccount(accountWith(3))
  const [client, other] = [new TestClient(shared), new TestClient(shared)]
  await other.command('a SELECT INBOX')
  const modseq = Number(
    /STATUS INBOX \(HIGHESTMODSEQ (\d+)/.exec(await other.command('b STATUS INBOX (HIGHESTMODSEQ)'))?.[1],
  )
  await other.command('c STORE 1 +FLAGS.SILENT (\\Deleted)')
  await other.command('d EXPUNGE')
  await other.command('e UID STORE 3 +FLAGS.SILENT (\\Seen)')
  await client.command('a ENABLE QRESYNC UIDONLY')
  const reply = await client.command(`b SELECT INBOX (QRESYNC (1000 ${modseq}))`)
  assert.match(reply, /^\* VANISHED \(EARLIER\) 1\r\n\* 3 UIDFETCH \(FLAGS \(\\Seen\) MODSEQ \(\d+\)\)\r\nb OK/m)
  assert.doesNotMatch(reply, /UNSEEN/)
})
