// RFC 5464: annotations of mailboxes and of the server, played.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, newClient, play } from './test-client.test-support.ts'

test('RFC 5464 §4.2, §4.3: what is noted is told, for a mailbox and for the account', async () => {
  await play(
    newClient(),
    `
    C: a SETMETADATA INBOX (/Shared/Comment "Mine" /private/vendor/x/y {3+}
    a"b)
    S: a OK Noted
    C: b GETMETADATA INBOX (/shared/comment /private/comment)
    S: * METADATA INBOX (/shared/comment "Mine" /private/comment NIL)
    S: b OK That is all
    C: c GETMETADATA (DEPTH infinity) "INBOX" /private/vendor
    S: * METADATA INBOX (/private/vendor/x/y "a\\"b")
    S: c OK That is all
    C: d GETMETADATA INBOX (DEPTH 1) (/private/vendor)
    S: d OK That is all
    C: e GETMETADATA INBOX (MAXSIZE 3) (/shared/comment /private/vendor/x/y)
    S: * METADATA INBOX (/private/vendor/x/y "a\\"b")
    S: e OK [METADATA LONGENTRIES 4] That is all
    C: f GETMETADATA "" /shared/comment
    S: * METADATA "" (/shared/comment NIL)
    S: f OK That is all
    C: g SETMETADATA "" (/shared/comment "All")
    S: g OK Noted
    C: h GETMETADATA "" /shared/comment
    S: * METADATA "" (/shared/comment All)
    S: h OK That is all
    `.replace('comment All)', 'comment "All")'),
  )
})

test('NIL removes an entry, and a mailbox takes its own along', async () => {
  const account = new MemoryAccount()
  const client = newClient(account)
  await client.command('a CREATE x')
  assert.match(await client.command('b SETMETADATA x (/shared/comment "1" /private/comment "2")'), /^b OK/)
  assert.match(await client.command('c RENAME x y'), /^c OK/)
  assert.match(await client.command('d SETMETADATA y (/shared/comment NIL)'), /^d OK/)
  assert.equal(
    await client.command('e GETMETADATA y (/shared/comment /private/comment)'),
    '* METADATA y (/shared/comment NIL /private/comment "2")\r\ne OK That is all\r\n',
  )
  assert.match(await client.command('f DELETE y'), /^f OK/)
  assert.match(await client.command('g SETMETADATA "" (/shared/comment "x")'), /^g OK/)
  assert.deepEqual(Object.keys(account.setting('imap/metadata') as object), ['0'])
  assert.match(await client.command('h SETMETADATA "" (/shared/comment NIL)'), /^h OK/)
  assert.equal(account.setting('imap/metadata'), null)
})

test('a value may have any bytes', async () => {
  const client = newClient()
  assert.equal(await client.say('a SETMETADATA INBOX (/shared/x ~{3+}\r\n\u0000\u00ff\n)\r\n'), 'a OK Noted\r\n')
  assert.equal(
    await client.command('b GETMETADATA INBOX /shared/x'),
    '* METADATA INBOX (/shared/x ~{3}\r\n\u0000\u00ff\n)\r\nb OK That is all\r\n',
  )
  assert.match(await client.say('c SETMETADATA INBOX (/shared/x {1+}\r\n\u0000)\r\n'), /^c BAD/)
  assert.match(await client.command('d SETMETADATA INBOX (/shared/x ~"y")'), /^d BAD/)
})

test('changes of two sessions at once are both kept', async () => {
  const shared = shareAccount(new MemoryAccount())
  const [one, other] = [new TestClient(shared), new TestClient(shared)]
  const replies = await Promise.all([
    one.command('a SETMETADATA INBOX (/shared/one "1")'),
    other.command('a SETMETADATA INBOX (/shared/other "2")'),
  ])
  assert.deepEqual(replies, ['a OK Noted\r\n', 'a OK Noted\r\n'])
  assert.equal(
    await one.command('b GETMETADATA INBOX (/shared/one /shared/other)'),
    '* METADATA INBOX (/shared/one "1" /shared/other "2")\r\nb OK That is all\r\n',
  )
})

test('bounds and malformed entries', async () => {
  const account = new MemoryAccount()
  const client = newClient(account)
  const refused = async (said: string, answer: string | RegExp): Promise<void> => {
    const reply = await client.say(`${said}\r\n`)
    if (typeof answer === 'string') assert.equal(reply, `${answer}\r\n`)
    else assert.match(reply, answer)
    assert.equal(account.setting('imap/metadata'), null)
  }
  await refused(
    `a SETMETADATA INBOX (/shared/x {16385+}\r\n${'x'.repeat(16_385)})`,
    'a NO [METADATA MAXSIZE 16384] The value is too long',
  )
  const much = Array.from({ length: 9 }, (_, index) => `/shared/${index} {16000+}\r\n${'x'.repeat(16_000)}`)
  await refused(`a SETMETADATA INBOX (${much.join(' ')})`, 'a NO [METADATA TOOMANY] There would be too many entries')
  await refused('a SETMETADATA nowhere (/shared/x "y")', 'a NO [NONEXISTENT] There is no such mailbox')
  await refused('a SETMETADATA "" (/shared/admin "x")', 'a NO [NOPERM] That is for the server to say')
  for (const name of ['/other/x', '/shared', '/shared/', '/shared//x', '/shared/x/', '"/shared/x*"', '"/shared/%"']) {
    await refused(`a SETMETADATA INBOX (${name} "y")`, /^a BAD Malformed command: an entry name begins/)
  }
  await refused(`a SETMETADATA INBOX (/shared/${'x'.repeat(300)} "y")`, /^a BAD/)
  await refused('a SETMETADATA INBOX ()', /^a BAD/)
  await refused('a SETMETADATA INBOX (/shared/x)', /^a BAD/)
  await refused('a SETMETADATA INBOX /shared/x "y"', /^a BAD/)
  await refused('a GETMETADATA INBOX (DEPTH 2) /shared/x', /^a BAD Malformed command: 0, 1 or infinity expected/)
  await refused('a GETMETADATA INBOX (MAXSIZE -1) /shared/x', /^a BAD/)
  await refused('a GETMETADATA (DEPTH) INBOX /shared/x', /^a BAD/)
  await refused('a GETMETADATA nowhere /shared/x', 'a NO [NONEXISTENT] There is no such mailbox')
  await refused('a GETMETADATA INBOX /shared/__proto__', '* METADATA INBOX (/shared/__proto__ NIL)\r\na OK That is all')
})

test('a setting that somebody else wrote is read as far as it makes sense', async () => {
  const account = new MemoryAccount()
  for (const value of [7, 'x', [1], { 1: 7 }, { 1: { '/shared/comment': 'text' } }, { 1: null }]) {
    await account.commit([{ kind: 'set', key: 'imap/metadata', value }])
    assert.equal(
      await newClient(account).command('a GETMETADATA INBOX /shared/comment'),
      '* METADATA INBOX (/shared/comment NIL)\r\na OK That is all\r\n',
    )
  }
})

test('RFC 5464 §3.2: names that are none', async () => {
  const client = newClient()
  for (const name of [
    '/shared',
    '/shared/',
    '/shared//x',
    '/other/x',
    '/shared/x*',
    '/shared/x%',
    'shared/x',
    '/shared/x/',
  ]) {
    assert.match(await client.command(`a SETMETADATA INBOX ("${name}" "1")`), /^a BAD/, name)
    assert.match(await client.command(`a GETMETADATA INBOX "${name}"`), /^a BAD/, name)
  }
  assert.match(await client.command('a SETMETADATA INBOX (/shared/vendor/x "1")'), /^a BAD/)
  assert.match(await client.command('b SETMETADATA INBOX ("/shared/my note" "1")'), /^b OK/)
  assert.equal(
    await client.command('c GETMETADATA INBOX "/shared/my note"'),
    '* METADATA INBOX ("/shared/my note" "1")\r\nc OK That is all\r\n',
  )
})
