// THREAD (RFC 5256).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { type TestClient, newClient, play } from './test-client.test-support.ts'
import { PLAIN } from './test-messages.test-support.ts'

interface Mail {
  readonly id?: string
  readonly refs?: string
  readonly inReplyTo?: string
  readonly subject?: string
  /** Minutes after an hour. */
  readonly minute: number
}

function mail({ id, refs, inReplyTo, subject = 's', minute }: Mail): Buffer {
  const ids = (text: string): string =>
    text
      .split(' ')
      .map((one) => `<${one}@example.org>`)
      .join(' ')
  return Buffer.from(
    [
      ...(id === undefined ? [] : [`Message-ID: ${ids(id)}`]),
      ...(refs === undefined ? [] : [`References: ${ids(refs)}`]),
      ...(inReplyTo === undefined ? [] : [`In-Reply-To: ${ids(inReplyTo)}`]),
      `Subject: ${subject}`,
      `Date: Tue, 17 Nov 2026 10:${String(minute).padStart(2, '0')}:00 +0000`,
      '',
      'text',
      '',
    ].join('\r\n'),
  )
}

async function clientWith(mails: readonly Mail[]): Promise<TestClient> {
  const account = new MemoryAccount()
  for (const one of mails) account.deliver(mail(one), 1 as MailboxId, [], 0)
  const client = newClient(account)
  await client.command('a SELECT INBOX')
  return client
}

async function threads(algorithm: string, mails: readonly Mail[]): Promise<string> {
  const client = await clientWith(mails)
  return /^\* THREAD ?(.*)\r\n/.exec(await client.command(`t THREAD ${algorithm} UTF-8 ALL`))?.[1] ?? 'no response'
}

test('RFC 5256 §3: ORDEREDSUBJECT: the first message with a subject, and the others below it', async () => {
  const mails = [
    { subject: 'Re: b', minute: 5 },
    { subject: 'a', minute: 3 },
    { subject: 'B', minute: 2 },
    { subject: 'Fwd: b', minute: 4 },
    { subject: '', minute: 1 },
    { subject: '[x] a', minute: 9 },
  ]
  assert.equal(await threads('ORDEREDSUBJECT', mails), '(5)(3 (4)(1))(2 6)')
})

test('RFC 5256 §3: REFERENCES: replies below what they reply to, siblings by date', async () => {
  assert.equal(
    await threads('REFERENCES', [
      { id: '1', minute: 1 },
      { id: '4', refs: '1', subject: 'Re: s', minute: 4 },
      { id: '2', refs: '1', subject: 'Re: s', minute: 2 },
      { id: '3', refs: '1 2', subject: 'Re: s', minute: 3 },
      { id: '5', inReplyTo: '3 1', subject: 'Re: s', minute: 5 },
      { id: '6', subject: 'other', minute: 0 },
    ]),
    '(6)(1 (3 4 5)(2))',
  )
})

test('messages that are not there: their replies stay together, and one alone stands for itself', async () => {
  assert.equal(
    await threads('REFERENCES', [
      { id: '1', refs: 'x', subject: 'a', minute: 1 },
      { id: '2', refs: 'x', subject: 'b', minute: 2 },
      { id: '3', refs: 'y z', subject: 'c', minute: 3 },
      { id: '4', refs: '3 gone', subject: 'c', minute: 4 },
    ]),
    '((1)(2))(3 4)',
  )
})

test('step 5: the same subject joins threads', async () => {
  // A reply comes below what it seems to reply to.
  assert.equal(
    await threads('REFERENCES', [
      { subject: 'Re: a', minute: 1 },
      { subject: 'a', minute: 2 },
    ]),
    '(2 1)',
  )
  // Two that are no replies become siblings.
  assert.equal(
    await threads('REFERENCES', [
      { subject: 'a', minute: 1 },
      { subject: 'A', minute: 2 },
    ]),
    '((1)(2))',
  )
  assert.equal(
    await threads('REFERENCES', [
      { subject: 'Re: a', minute: 1 },
      { subject: 'Re: a', minute: 2 },
    ]),
    '((1)(2))',
  )
  // Of an empty subject nothing is thought.
  assert.equal(
    await threads('REFERENCES', [
      { subject: '', minute: 1 },
      { subject: 'Re:', minute: 2 },
    ]),
    '(1)(2)',
  )
  // Both are without their first message.
  assert.equal(
    await threads('REFERENCES', [
      { refs: 'x', subject: 'a', minute: 1 },
      { refs: 'x', subject: 'b', minute: 4 },
      { refs: 'y', subject: 'a', minute: 2 },
      { refs: 'y', subject: 'c', minute: 3 },
      { subject: 'a', minute: 5 },
    ]),
    '((1)(3)(4)(2)(5))',
  )
})

test('loops, ids of oneself, and ids that two messages have', async () => {
  assert.equal(
    await threads('REFERENCES', [
      { id: '1', refs: '2', subject: 'a', minute: 1 },
      { id: '2', refs: '1', subject: 'a', minute: 2 },
      { id: '3', refs: '3', subject: 'b', minute: 3 },
      { id: '4', refs: '4 5 4', subject: 'c', minute: 4 },
    ]),
    '(2 1)(3)(4)',
  )
  assert.equal(
    await threads('REFERENCES', [
      { id: '1', subject: 'a', minute: 1 },
      { id: '1', subject: 'b', minute: 2 },
      { id: '2', refs: '1', subject: 'c', minute: 3 },
    ]),
    '(1 3)(2)',
  )
})

test('an id is the same however it is quoted', async () => {
  assert.equal(
    await threads('REFERENCES', [
      { id: '"a..b"', subject: 'a', minute: 1 },
      { id: 'c', refs: '"a.\\.b"', subject: 'b', minute: 2 },
      { id: 'd', refs: '"c"', subject: 'c', minute: 3 },
    ]),
    '(1 2 3)',
  )
})

test('a chain as deep as the mailbox is long', async () => {
  const mails = Array.from({ length: 3_000 }, (_, at) => ({ id: `${at}`, refs: `${at + 1}`, minute: 59 }))
  const numbers = Array.from({ length: 3_000 }, (_, at) => 3_000 - at).join(' ')
  assert.equal(await threads('REFERENCES', mails), `(${numbers})`)
  assert.equal(await threads('REFERENCES', mails.toReversed()), `(${numbers.split(' ').reverse().join(' ')})`)
})

test('UID THREAD, what is searched, and what is malformed', async () => {
  const account = new MemoryAccount()
  for (const minute of [1, 2, 3]) account.deliver(mail({ id: `${minute}`, refs: '1', minute }))
  account.deliver(PLAIN)
  const client = newClient(account)
  await client.command('a SELECT INBOX')
  await client.command('b STORE 1 +FLAGS.SILENT (\\Deleted)')
  await client.command('c EXPUNGE')
  await play(
    client,
    `
    C: a UID THREAD REFERENCES US-ASCII 1:2
    S: * THREAD ((2)(3))
    S: a OK That is all
    C: b THREAD ORDEREDSUBJECT UTF-8 SUBJECT hello
    S: * THREAD (3)
    S: b OK That is all
    C: c THREAD REFERENCES UTF-8 KEYWORD none
    S: * THREAD
    S: c OK That is all
    C: d THREAD REFS UTF-8 ALL
    S: d BAD Malformed command: there is no algorithm REFS
    C: e THREAD constructor UTF-8 ALL
    S: e BAD Malformed command: there is no algorithm CONSTRUCTOR
    C: f THREAD REFERENCES KOI8-R ALL
    S: f NO [BADCHARSET (UTF-8 US-ASCII)] Only UTF-8 and US-ASCII are known
    C: g THREAD REFERENCES ALL
    S: g NO [BADCHARSET (UTF-8 US-ASCII)] Only UTF-8 and US-ASCII are known
    `,
  )
})

test('messages that another session expunges meanwhile are left out', async () => {
  const account = new MemoryAccount()
  for (const minute of [1, 2, 3]) account.deliver(mail({ id: `${minute}`, refs: '1', minute }))
  const client = newClient(account)
  await client.command('a SELECT INBOX')
  const other = newClient(account)
  await other.command('a SELECT INBOX')
  await other.command('b STORE 2 +FLAGS.SILENT (\\Deleted)')
  await other.command('c EXPUNGE')
  assert.equal(await client.command('t THREAD REFERENCES UTF-8 ALL'), '* THREAD (1 3)\r\nt OK That is all\r\n')
  assert.match(await client.command('u UID THREAD REFERENCES UTF-8 ALL'), /^\* THREAD \(1 3\)\r\n\* 2 EXPUNGE\r\n/)
})
