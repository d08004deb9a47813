// Sessions that may read and no more: RFC 9051 §6.3.2 (SELECT), RFC 5530 §3 (NOPERM).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { CommitRefusedError } from '#account/account.ts'
import { readOnlyAccount } from '#account/read-only-account.ts'
import { commandNamed } from './commands.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

const CHANGING = [
  'APPEND',
  'COPY',
  'CREATE',
  'DELETE',
  'EXPUNGE',
  'MOVE',
  'RENAME',
  'REPLACE',
  'STORE',
  'SETMETADATA',
  'SUBSCRIBE',
  'UID COPY',
  'UID EXPUNGE',
  'UID MOVE',
  'UID REPLACE',
  'UID STORE',
  'UNSUBSCRIBE',
]
const READING = [
  'CAPABILITY',
  'CHECK',
  'CLOSE',
  'COMPRESS',
  'DELETEACL',
  'ENABLE',
  'EXAMINE',
  'FETCH',
  'GETACL',
  'GETJMAPACCESS',
  'GETMETADATA',
  'GETQUOTA',
  'GETQUOTAROOT',
  'ID',
  'IDLE',
  'LIST',
  'LISTRIGHTS',
  'LOGOUT',
  'LSUB',
  'MYRIGHTS',
  'NAMESPACE',
  'NOOP',
  'SEARCH',
  'SELECT',
  'SETACL',
  'SORT',
  'STATUS',
  'UID FETCH',
  'UID SEARCH',
  'UID SORT',
  'UNSELECT',
]

const COMMANDS: readonly string[] = [
  'STORE 1 +FLAGS (\\Deleted)',
  'UID STORE 1 FLAGS ()',
  'COPY 1 Archive',
  'UID COPY 1 Archive',
  'MOVE 1 Archive',
  'UID MOVE 1 Archive',
  'REPLACE 1 INBOX CATENATE (URL "/INBOX/;UID=1")',
  'APPEND INBOX CATENATE (URL "/INBOX/;UID=1")',
  'EXPUNGE',
  'UID EXPUNGE 1',
  'CREATE Mine',
  'CREATE Mine (USE (\\Flagged))',
  'DELETE Archive',
  'RENAME Archive Old',
  'SETMETADATA INBOX (/shared/comment "x")',
  'GETACL INBOX',
  'LISTRIGHTS INBOX x',
  'SETACL INBOX x lr',
  'DELETEACL INBOX x',
  'SUBSCRIBE Archive',
  'UNSUBSCRIBE INBOX',
]

test('every command is known to change something or not to', () => {
  for (const name of CHANGING) assert.equal(commandNamed(name)?.changes, true, name)
  for (const name of READING) assert.notEqual(commandNamed(name)?.changes, true, name)
})

test('SELECT is as EXAMINE, and what would change something is refused as not permitted', async () => {
  const account = accountWith(2)
  const { modseq } = account
  const client = new TestClient(shareAccount(account), 1_000_000, true)
  const selected = await client.command('a SELECT INBOX')
  assert.match(selected, /^a OK \[READ-ONLY\] /m)
  assert.match(selected, /\[PERMANENTFLAGS \(\)\]/)
  for (const command of COMMANDS) {
    assert.equal(await client.command(`b ${command}`), 'b NO [NOPERM] This password may only read\r\n', command)
  }
  // Before the message comes, where the client waits; passed over where it does not.
  assert.equal(await client.command('c APPEND INBOX {5}'), 'c NO [NOPERM] This password may only read\r\n')
  assert.equal(await client.say('d APPEND INBOX {5+}\r\nhello\r\n'), 'd NO [NOPERM] This password may only read\r\n')
  assert.match(await client.command('e FETCH 1:2 (BODY[] FLAGS)'), /^e OK/m)
  assert.match(await client.command('f UID SEARCH UNSEEN'), /^\* SEARCH 1 2\r\nf OK/)
  assert.match(await client.command('g CLOSE'), /^g OK/)
  assert.equal(account.modseq, modseq)
})

test('other sessions of the same account change it, and this one is told', async () => {
  const shared = shareAccount(accountWith(1))
  const [reader, owner] = [new TestClient(shared, 1_000_000, true), new TestClient(shared)]
  await reader.command('a SELECT INBOX')
  await owner.command('a SELECT INBOX')
  assert.match(await owner.command('b STORE 1 +FLAGS (\\Seen)'), /^b OK/m)
  assert.match(await reader.command('b NOOP'), /^\* 1 FETCH \(UID 1 FLAGS \([^)]*\\Seen/)
})

test('behind the commands is an account that takes nothing', async () => {
  const account = readOnlyAccount(accountWith(1))
  const refused = (error: unknown): boolean => error instanceof CommitRefusedError && error.reason === 'readOnly'
  await assert.rejects(account.commit([]), refused)
  assert.throws(() => account.stage(1), refused)
  assert.throws(() => account.timeTravel, refused)
  assert.equal(account.mailboxByPath('INBOX')?.messages, 1)
})
