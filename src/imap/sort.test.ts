// SORT (RFC 5256), played.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { newClient } from './test-client.test-support.ts'

const messages = [
  'From: zoe@example.org\r\nTo: b@x\r\nCc: k@x\r\nSubject: Re: beta\r\nDate: Tue, 17 Nov 2026 10:00:00 +0100\r\n\r\nlonger',
  'From: Ann <amy@example.org>\r\nTo: a@x\r\nSubject: alpha\r\nDate: Tue, 17 Nov 2026 09:30:00 +0000\r\n\r\nx',
  'From: "Aaron" <max@example.org>\r\nTo: c@x\r\nSubject: Beta (fwd)\r\n\r\nthe longest of them all',
]

for (const [command, expected] of [
  ['SORT (ARRIVAL) UTF-8 ALL', '* SORT 3 2 1'],
  ['SORT (REVERSE ARRIVAL) US-ASCII ALL', '* SORT 1 2 3'],
  ['SORT (DATE) UTF-8 ALL', '* SORT 3 1 2'],
  ['SORT (SUBJECT REVERSE DATE) UTF-8 ALL', '* SORT 2 1 3'],
  ['SORT (FROM) UTF-8 ALL', '* SORT 2 3 1'],
  ['SORT (DISPLAYFROM) UTF-8 ALL', '* SORT 3 2 1'],
  ['UID SORT (TO) UTF-8 1:2', '* SORT 2 1'],
  ['SORT (CC) UTF-8 ALL', '* SORT 2 3 1'],
  ['SORT (SIZE) UTF-8 NOT 2', '* SORT 3 1'],
  ['SORT (SIZE) UTF-8 DELETED', '* SORT'],
] as const) {
  test(command, async () => {
    const account = new MemoryAccount()
    for (const [index, message] of messages.entries()) {
      account.deliver(Buffer.from(message), 1 as MailboxId, [], Date.UTC(2026, 0, 9 - index))
    }
    const client = newClient(account)
    await client.command('s SELECT INBOX')
    assert.equal(await client.command(`a ${command}`), `${expected}\r\na OK That is all\r\n`)
  })
}

test('malformed sorts', async () => {
  const client = newClient()
  await client.command('s SELECT INBOX')
  assert.equal(
    await client.command('a SORT (FROB) UTF-8 ALL'),
    'a BAD Malformed command: there is no sort criterion FROB\r\n',
  )
  assert.equal(
    await client.command('b SORT (DATE) KOI8-R ALL'),
    'b NO [BADCHARSET (UTF-8 US-ASCII)] Only UTF-8 and US-ASCII are known\r\n',
  )
})
