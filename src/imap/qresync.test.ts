// QRESYNC (RFC 7162 §3.2): what a client that was away is told, and how those that are there hear of what was expunged.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareAccount } from './shared-account.ts'
import { TestClient, newClient, play } from './test-client.test-support.ts'
import { PLAIN, accountWith } from './test-messages.test-support.ts'
import type { MemoryAccount } from './memory-account.test-support.ts'

function together(account: MemoryAccount): [TestClient, TestClient] {
  const shared = shareAccount(account)
  return [new TestClient(shared), new TestClient(shared)]
}

async function modseqOf(client: TestClient): Promise<number> {
  return Number(/STATUS INBOX \(HIGHESTMODSEQ (\d+)/.exec(await client.command('m STATUS INBOX (HIGHESTMODSEQ)'))?.[1])
}

/** The lines of a SELECT that tell what happened meanwhile. */
function news(reply: string): string[] {
  return reply.split('\r\n').filter((line) => /VANISHED|FETCH|^s /.test(line))
}

/** Ten messages, of which 2 and 5 to 7 went and 4 was flagged after the modseq. */
async function changedMailbox(): Promise<{ client: TestClient; modseq: number }> {
  const [client, other] = together(accountWith(10))
  await other.command('a SELECT INBOX')
  const modseq = await modseqOf(other)
  await other.command('b STORE 2,5:7 +FLAGS.SILENT (\\Deleted)')
  await other.command('c EXPUNGE')
  await other.command('d UID STORE 4 +FLAGS.SILENT (\\Flagged)')
  await client.command('e ENABLE QRESYNC')
  return { client, modseq }
}

test('ENABLE QRESYNC is needed, and switches CONDSTORE on', async () => {
  await play(
    newClient(accountWith(1)),
    `
    C: a SELECT INBOX (QRESYNC (1000 1))
    S: a BAD Malformed command: QRESYNC has to be enabled first
    C: b ENABLE QRESYNC
    S: * ENABLED QRESYNC
    S: b OK Enabled
    C: c ENABLE CONDSTORE
    S: * ENABLED
    S: c OK Enabled
    `,
  )
})

test('a client that was away is told what was expunged, then which flags changed', async () => {
  const { client, modseq } = await changedMailbox()
  const reply = await client.command(`s SELECT INBOX (QRESYNC (1000 ${modseq}))`)
  assert.deepEqual(news(reply), [
    '* VANISHED (EARLIER) 2,5:7',
    `* 3 FETCH (UID 4 FLAGS (\\Flagged) MODSEQ (${await modseqOf(client)}))`,
    's OK [READ-WRITE] Selected',
  ])
})

test('only what the client knows, and not what is before a pair that matches', async () => {
  const { client, modseq } = await changedMailbox()
  const vanished = async (rest: string): Promise<string | undefined> =>
    news(await client.command(`s SELECT INBOX (QRESYNC (1000 ${modseq}${rest}))`)).find((line) => /VANISHED/.test(line))
  assert.equal(await vanished(' 1:5,7:20'), '* VANISHED (EARLIER) 2,5,7')
  assert.equal(await vanished(' 1:5,7:20 (1,2 1,2)'), '* VANISHED (EARLIER) 2,5,7')
  // 3 is the second message now, and 4 the third.
  assert.equal(await vanished(' 1:10 (1:3 2:4)'), '* VANISHED (EARLIER) 5:7')
  assert.equal(await vanished(' (1:9 2:10)'), '* VANISHED (EARLIER) 5:7')
  assert.equal(await vanished(' (2,4,6 3,8,10)'), undefined)
  assert.equal(await vanished(' 1:4294967295 (1:4294967294 2:4294967295)'), '* VANISHED (EARLIER) 5:7')
  assert.equal(await vanished(' 9:4294967295'), undefined)
})

test('another UIDVALIDITY, or nothing new: nothing is told', async () => {
  const { client, modseq } = await changedMailbox()
  assert.deepEqual(news(await client.command(`s SELECT INBOX (QRESYNC (999 ${modseq}))`)), [
    's OK [READ-WRITE] Selected',
  ])
  const now = await modseqOf(client)
  assert.deepEqual(news(await client.command(`s EXAMINE INBOX (QRESYNC (1000 ${now}) CONDSTORE)`)), [
    's OK [READ-ONLY] Examining',
  ])
})

test('malformed parameters', async () => {
  const client = newClient(accountWith(3))
  await client.command('e ENABLE QRESYNC')
  for (const parameters of [
    'QRESYNC',
    'QRESYNC ()',
    'QRESYNC (0 1)',
    'QRESYNC (1000 0)',
    'QRESYNC (1000 99999999999999999999)',
    'QRESYNC (1000 1 *)',
    'QRESYNC (1000 1 1:*)',
    'QRESYNC (1000 1 $)',
    'QRESYNC (1000 1 0)',
    'QRESYNC (1000 1 1 (1 1,2))',
    'QRESYNC (1000 1 1 (2,1 3,4))',
    'QRESYNC (1000 1 1 (1 *))',
    'QRESYNC (1000 1 1 (1 1) 1)',
    'QRESYNC (1000 1) QRESYNC (1000 1)',
  ]) {
    assert.match(await client.command(`s SELECT INBOX (${parameters})`), /^s BAD Malformed/, parameters)
    if (parameters.length % 2 === 0) assert.match(await client.command('n NOOP'), /n OK/)
  }
})

test('UID FETCH with VANISHED', async () => {
  const { client, modseq } = await changedMailbox()
  await client.command('s SELECT INBOX')
  const flagged = `* 3 FETCH (UID 4 FLAGS (\\Flagged) MODSEQ (${await modseqOf(client)}))`
  await play(
    client,
    `
    C: x EXAMINE INBOX
    S: * OK [CLOSED] The mailbox is closed
    S: * FLAGS (\\Answered \\Flagged \\Deleted \\Seen \\Draft)
    S: * OK [PERMANENTFLAGS ()] Limited
    S: * 6 EXISTS
    S: * 0 RECENT
    S: * OK [UNSEEN 1] The first unseen message
    S: * OK [UIDVALIDITY 1000] UIDs are valid
    S: * OK [UIDNEXT 11] The next UID
    S: * OK [HIGHESTMODSEQ ${await modseqOf(client)}] The latest change
    S: x OK [READ-ONLY] Examining
    C: a UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)
    S: * VANISHED (EARLIER) 2,5:7
    S: ${flagged}
    S: a OK That is all
    C: b UID FETCH 1:6 (FLAGS) (VANISHED CHANGEDSINCE ${modseq})
    S: * VANISHED (EARLIER) 2,5:6
    S: ${flagged}
    S: b OK That is all
    C: c UID FETCH 1:* (FLAGS) (VANISHED)
    S: c BAD Malformed command: VANISHED needs UID and CHANGEDSINCE
    C: d FETCH 1:* (FLAGS) (CHANGEDSINCE 1 VANISHED)
    S: d BAD Malformed command: VANISHED needs UID and CHANGEDSINCE
    `,
  )
  const plain = newClient(accountWith(1))
  await plain.command('s SELECT INBOX')
  assert.match(await plain.command('a UID FETCH 1 FLAGS (CHANGEDSINCE 1 VANISHED)'), /^a BAD QRESYNC/)
})

test('the last message that went is within 1:*', async () => {
  const [client, other] = together(accountWith(3))
  await other.command('a SELECT INBOX')
  const modseq = await modseqOf(other)
  await other.command('b STORE 3 +FLAGS (\\Deleted)')
  await other.command('c EXPUNGE')
  await client.command('e ENABLE QRESYNC')
  await client.command('s SELECT INBOX')
  assert.match(
    await client.command(`a UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${modseq} VANISHED)`),
    /^\* VANISHED \(EARLIER\) 3\r\n/,
  )
})

test('expunged messages are told by VANISHED, with the modseq in the tagged OK', async () => {
  const client = newClient(accountWith(5))
  await client.command('e ENABLE QRESYNC')
  await client.command('s SELECT INBOX')
  await client.command('a STORE 1:2,4 +FLAGS.SILENT (\\Deleted)')
  const reply = await client.command('b UID EXPUNGE 1:3')
  assert.equal(reply, `* VANISHED 1:2\r\nb OK [HIGHESTMODSEQ ${await modseqOf(client)}] Expunged\r\n`)
  assert.match(await client.command('c EXPUNGE'), /^\* VANISHED 4\r\nc OK \[HIGHESTMODSEQ \d+\] Expunged\r\n$/)
  assert.equal(await client.command('d EXPUNGE'), 'd OK Expunged\r\n')
  await client.command('f CREATE box')
  assert.match(
    await client.command('g MOVE 1 box'),
    /^\* OK \[COPYUID \d+ 3 1\] Moved\r\n\* VANISHED 3\r\ng OK \[HIGHESTMODSEQ \d+\] Moved\r\n$/,
  )
  await client.command('h STORE 1 +FLAGS.SILENT (\\Deleted)')
  // RFC 7162 §3.2.8: no HIGHESTMODSEQ, for the client is not told what went.
  assert.equal(await client.command('i CLOSE'), 'i OK Closed\r\n')
})

test('with CONDSTORE alone it is EXPUNGE', async () => {
  const client = newClient(accountWith(2))
  await client.command('s SELECT INBOX (CONDSTORE)')
  await client.command('a STORE 1 +FLAGS.SILENT (\\Deleted)')
  assert.match(await client.command('b EXPUNGE'), /^\* 1 EXPUNGE\r\nb OK \[HIGHESTMODSEQ \d+\] Expunged\r\n$/)
})

test('while an expunge waits the client hears up to which modseq it knows everything', async () => {
  const [client, other] = together(accountWith(3))
  await client.command('e ENABLE QRESYNC')
  await client.command('s SELECT INBOX')
  await other.command('a SELECT INBOX')
  const before = await modseqOf(client)
  await other.command('b STORE 1 +FLAGS.SILENT (\\Deleted)')
  await other.command('c EXPUNGE')
  await other.command('d STORE 1 +FLAGS.SILENT (\\Seen)')
  const reply = await client.command('f FETCH 2 FLAGS')
  assert.match(reply, /^\* 2 FETCH \(UID 2 FLAGS \(\\Seen \\Recent\) MODSEQ \(\d+\)\)\r$/m)
  assert(reply.endsWith(`* OK [HIGHESTMODSEQ ${before}] Later changes are told later\r\nf OK That is all\r\n`), reply)
  const now = await modseqOf(other)
  // And no UID that the client still knows is said to have gone before.
  assert.equal(
    await client.command(`g UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${now} VANISHED)`),
    `* VANISHED 1\r\n* OK [HIGHESTMODSEQ ${now}] Up to date\r\ng OK That is all\r\n`,
  )
})

test('VANISHED EARLIER leaves out what a VANISHED will tell', async () => {
  const [client, other] = together(accountWith(4))
  await client.command('e ENABLE QRESYNC')
  await other.command('a SELECT INBOX')
  const before = await modseqOf(other)
  await other.command('b STORE 2 +FLAGS.SILENT (\\Deleted)')
  await other.command('c EXPUNGE')
  await client.command('s SELECT INBOX')
  await other.command('d STORE 2 +FLAGS.SILENT (\\Deleted)')
  await other.command('f EXPUNGE')
  assert.match(
    await client.command(`g UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${before} VANISHED)`),
    /^\* VANISHED \(EARLIER\) 2\r\n\* VANISHED 3\r\n/,
  )
})

test('what changes while a reply waits for a slow reader is not taken for known', async () => {
  const [client, other] = together(accountWith(2_000))
  await client.command('e ENABLE QRESYNC')
  await client.command('s SELECT INBOX')
  await other.command('a SELECT INBOX')
  const slowly = async (): Promise<{ reply: Promise<string>; readOn: () => void }> => {
    const { promise, resolve } = Promise.withResolvers<void>()
    client.drain = promise
    const reply = client.command('n NOOP')
    while (client.sentBytes === 0) await client.pause()
    await client.pause()
    return { reply, readOn: resolve }
  }
  await other.command('b STORE 1:* +FLAGS.SILENT (\\Flagged)')
  const before = await modseqOf(other)
  client.sentBytes = 0
  const first = await slowly()
  await other.command('c STORE 1 +FLAGS.SILENT (\\Deleted)')
  await other.command('d EXPUNGE')
  await other.command('f UID STORE 2000 +FLAGS.SILENT (\\Seen)')
  client.drain = null
  first.readOn()
  const reply = await first.reply
  assert.match(reply, /^\* 2000 FETCH \(UID 2000 FLAGS \(\\Flagged \\Seen \\Recent\)/m)
  assert(
    reply.endsWith(`* OK [HIGHESTMODSEQ ${before}] Later changes are told later\r\nn OK Done\r\n`),
    reply.slice(-200),
  )
  const now = await modseqOf(other)
  const rest = await client.command('o NOOP')
  assert.match(rest, /^\* VANISHED 1\r\n/)
  assert(rest.endsWith(`* OK [HIGHESTMODSEQ ${now}] Up to date\r\no OK Done\r\n`), rest)
  // The same of flags: of two changes in a pause the later one may be told and the earlier one not.
  await other.command('g UID STORE 2:* -FLAGS.SILENT (\\Flagged)')
  const between = await modseqOf(other)
  client.sentBytes = 0
  const second = await slowly()
  await other.command('h UID STORE 2 +FLAGS.SILENT (\\Seen)')
  await other.command('i UID STORE 2000 -FLAGS.SILENT (\\Seen)')
  client.drain = null
  second.readOn()
  assert((await second.reply).endsWith(`* OK [HIGHESTMODSEQ ${between}] Later changes are told later\r\nn OK Done\r\n`))
})

test('a search by sequence numbers tells of no expunge, whatever it returns', async () => {
  const [client, other] = together(accountWith(3))
  await client.command('e ENABLE QRESYNC')
  await client.command('s SELECT INBOX')
  await other.command('a SELECT INBOX')
  await other.command('b STORE 1 +FLAGS.SILENT (\\Deleted)')
  await other.command('c EXPUNGE')
  for (const command of ['UID SEARCH 1:2', 'UID SORT (DATE) UTF-8 OR 2 SEEN', 'UID THREAD REFERENCES UTF-8 NOT 3']) {
    const reply = await client.command(`t ${command}`)
    assert.match(
      reply,
      /^\* [A-Z]+ \(?2\)?\r\n\* OK \[HIGHESTMODSEQ \d+\] Later changes are told later\r\nt OK/,
      command,
    )
  }
  assert.match(await client.command('u UID SEARCH UID 1:2'), /^\* SEARCH 2\r\n\* VANISHED 1\r\n/)
})

test('the command that shows that the client knows CONDSTORE is answered with the modseq', async () => {
  const commands = [
    'ENABLE CONDSTORE',
    'ENABLE QRESYNC',
    'STATUS INBOX (HIGHESTMODSEQ)',
    'FETCH 1 MODSEQ',
    'UID FETCH 1 FLAGS (CHANGEDSINCE 1)',
    'STORE 1 (UNCHANGEDSINCE 1) FLAGS (\\Seen)',
    'SEARCH MODSEQ 1',
    'UID SORT (DATE) UTF-8 MODSEQ 1',
    'THREAD REFERENCES UTF-8 MODSEQ 1',
  ]
  for (const command of commands) {
    const client = newClient(accountWith(1))
    await client.command('s SELECT INBOX')
    const reply = await client.command(`a ${command}`)
    assert.match(reply, /^\* OK \[HIGHESTMODSEQ \d+\] CONDSTORE is enabled\r\n/, command)
    assert.doesNotMatch(await client.command(`b ${command}`), /CONDSTORE is enabled/, command)
  }
})

test('in IDLE it is VANISHED, too', async () => {
  const [client, other] = together(accountWith(3))
  await client.command('e ENABLE QRESYNC')
  await client.command('s SELECT INBOX')
  await client.command('i IDLE')
  await other.command('a SELECT INBOX')
  await other.command('b STORE 1:2 +FLAGS.SILENT (\\Deleted)')
  await other.command('c EXPUNGE')
  await client.pause()
  assert.match(client.take(), /\* VANISHED 1:2\r\n$/)
})

test('many ranges come in several lines', async () => {
  const [client, other] = together(accountWith(1_000))
  await client.command('e ENABLE QRESYNC')
  await other.command('a SELECT INBOX')
  const modseq = await modseqOf(other)
  const odd = Array.from({ length: 500 }, (_, index) => 2 * index + 1).join(',')
  await other.command(`b UID STORE ${odd} +FLAGS.SILENT (\\Deleted)`)
  await other.command('c EXPUNGE')
  const lines = news(await client.command(`s SELECT INBOX (QRESYNC (1000 ${modseq}))`)).slice(0, -1)
  assert.equal(lines.length, 2)
  assert.equal(lines.map((line) => line.replace('* VANISHED (EARLIER) ', '')).join(','), odd)
})

test('a message that came and went while the client was away does it no harm', async () => {
  const account = accountWith(1)
  const [client, other] = together(account)
  await other.command('a SELECT INBOX')
  const modseq = await modseqOf(other)
  account.deliver(PLAIN)
  await other.command('b NOOP')
  await other.command('c STORE 2 +FLAGS.SILENT (\\Deleted)')
  await other.command('d EXPUNGE')
  await client.command('e ENABLE QRESYNC')
  const reply = await client.command(`s SELECT INBOX (QRESYNC (1000 ${modseq} 1:1))`)
  assert.deepEqual(news(reply), ['s OK [READ-WRITE] Selected'])
})
