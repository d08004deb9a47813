// Access control lists (RFC 4314), LIST-MYRIGHTS (RFC 8440) and QUOTA (RFC 9208), played.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ImapEngine } from './engine.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, newClient, play } from './test-client.test-support.ts'
import { PLAIN, accountWith } from './test-messages.test-support.ts'

test('RFC 4314 §3: the owner has all rights, and nobody else can have any', async () => {
  await play(
    newClient(),
    `
    C: a CREATE x
    S: a OK [MAILBOXID (m2)] Created
    C: b MYRIGHTS x
    S: * MYRIGHTS x lrswipkxtecda
    S: b OK That is all
    C: c GETACL INBOX
    S: * ACL INBOX owner@example.org lrswipktecda
    S: c OK That is all
    C: d LISTRIGHTS x Owner@example.org
    S: * LISTRIGHTS x Owner@example.org lrswipkxtecda
    S: d OK That is all
    C: e LISTRIGHTS x anyone
    S: * LISTRIGHTS x anyone ""
    S: e OK That is all
    C: f SETACL x bob lr
    S: f NO [CANNOT] The rights are those of the owner, and nobody else can have any
    C: g SETACL x bob -lr
    S: g OK So it is
    C: h SETACL x bob ""
    S: h OK So it is
    C: i SETACL x owner@example.org +a
    S: i OK So it is
    C: j SETACL x owner@example.org -d
    S: j NO [CANNOT] The rights are those of the owner, and nobody else can have any
    C: k SETACL x owner@example.org lrswipkxtecda
    S: k OK So it is
    C: l SETACL x owner@example.org lr
    S: l NO [CANNOT] The rights are those of the owner, and nobody else can have any
    C: m DELETEACL x bob
    S: m OK So it is
    C: n DELETEACL x owner@example.org
    S: n NO [CANNOT] The rights are those of the owner, and nobody else can have any
    C: o SETACL x bob lrQ
    S: o BAD Malformed command: there is no such right
    C: p MYRIGHTS nowhere
    S: p NO [NONEXISTENT] There is no such mailbox
    C: q LISTRIGHTS x {7+}
    a"b\\c d
    S: * LISTRIGHTS x "a\\"b\\\\c d" ""
    S: q OK That is all
    C: r SETACL x bob
    S: r BAD Malformed command: a space expected, but the command ends
    `,
  )
})

test('a session that may only read has the rights to do so, and the list is not its business', async () => {
  await play(
    new TestClient(shareAccount(accountWith(0)), 1_000, true),
    `
    C: a MYRIGHTS INBOX
    S: * MYRIGHTS INBOX lr
    S: a OK That is all
    C: b LIST "" INBOX RETURN (MYRIGHTS)
    S: * LIST (\\HasNoChildren) "/" INBOX
    S: * MYRIGHTS INBOX lr
    S: b OK That is all
    C: c GETACL INBOX
    S: c NO [NOPERM] This password may only read
    C: d LISTRIGHTS INBOX owner@example.org
    S: d NO [NOPERM] This password may only read
    `,
  )
})

test('RFC 8440: LIST RETURN (MYRIGHTS)', async () => {
  await play(
    newClient(),
    `
    C: a CREATE x
    S: a OK [MAILBOXID (m2)] Created
    C: b SUBSCRIBE x
    S: b OK Subscribed
    C: c DELETE x
    S: c OK Deleted
    C: d LIST (SUBSCRIBED) "" * RETURN (MYRIGHTS STATUS (MESSAGES))
    S: * LIST (\\Subscribed \\HasNoChildren) "/" INBOX
    S: * STATUS INBOX (MESSAGES 0)
    S: * MYRIGHTS INBOX lrswipktecda
    S: * LIST (\\NonExistent \\Subscribed \\HasNoChildren) "/" x
    S: d OK That is all
    `,
  )
})

type Use = { readonly usedBytes: number; readonly limitBytes: number | null } | null

function clientWith(use: Use): TestClient {
  const shared = shareAccount(new MemoryAccount())
  const client = new TestClient(shared)
  const engine = new ImapEngine(shared, client, { messageBytesMax: 1_000, storageUse: () => Promise.resolve(use) })
  return Object.assign(client, { engine })
}

test('RFC 9208 §4: GETQUOTA and GETQUOTAROOT', async () => {
  await play(
    clientWith({ usedBytes: 1_025, limitBytes: 10_240 }),
    `
    C: a GETQUOTAROOT INBOX
    S: * QUOTAROOT INBOX ""
    S: * QUOTA "" (STORAGE 2 10)
    S: a OK That is all
    C: b GETQUOTA ""
    S: * QUOTA "" (STORAGE 2 10)
    S: b OK That is all
    C: c GETQUOTA other
    S: c NO [NONEXISTENT] There is no such quota root
    C: d GETQUOTAROOT nowhere
    S: * QUOTAROOT nowhere ""
    S: * QUOTA "" (STORAGE 2 10)
    S: d OK That is all
    C: e GETQUOTA
    S: e BAD Malformed command: a space expected, but the command ends
    `,
  )
  await play(
    clientWith({ usedBytes: 1_025, limitBytes: null }),
    `
    C: a GETQUOTAROOT INBOX
    S: * QUOTAROOT INBOX
    S: a OK That is all
    C: b GETQUOTA ""
    S: b NO [NONEXISTENT] There is no such quota root
    `,
  )
  assert.match(await clientWith(null).command('a GETQUOTAROOT INBOX'), /^a NO \[UNAVAILABLE\]/)
  assert.match(await newClient().command('a GETQUOTA ""'), /^a NO \[UNAVAILABLE\]/)
})

test('RFC 9208 §4.1.4: DELETED and DELETED-STORAGE', async () => {
  const client = newClient(accountWith(3))
  await client.command('a SELECT INBOX')
  assert.match(await client.command('b STATUS INBOX (DELETED-STORAGE)'), /\(DELETED-STORAGE 0\)/)
  await client.command('c STORE 1,3 +FLAGS.SILENT (\\Deleted)')
  assert.equal(
    await client.command('d STATUS INBOX (DELETED DELETED-STORAGE)'),
    `* STATUS INBOX (DELETED 2 DELETED-STORAGE ${2 * PLAIN.length})\r\nd OK That is all\r\n`,
  )
})
