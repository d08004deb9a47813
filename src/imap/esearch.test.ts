// ESEARCH over several mailboxes (RFC 7377).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, play } from './test-client.test-support.ts'
import { NESTED, PLAIN } from './test-messages.test-support.ts'

/** INBOX, a, a/b, a/b/c and "d e", each with a message of its own and, but for INBOX, another that all have. */
async function manyMailboxes(): Promise<{ account: MemoryAccount; client: TestClient }> {
  const account = new MemoryAccount()
  const paths = ['a', 'b', 'c', 'd e']
  for (const [at, name] of paths.entries()) {
    const parent = at === 0 || at === 3 ? null : ((at + 1) as MailboxId)
    await account.commit([
      { kind: 'createMailbox', parent, name, role: null, uidValidity: 2000 + at, subscribed: at === 2 },
    ])
  }
  for (let id = 1; id <= 5; id++) {
    account.deliver(NESTED, id as MailboxId)
    if (id > 1) account.deliver(PLAIN, id as MailboxId, id === 3 ? ['$seen'] : [])
  }
  return { account, client: new TestClient(shareAccount(account)) }
}

const hit = (tag: string, mailbox: string, uidValidity: number): string =>
  `* ESEARCH (TAG "${tag}" MAILBOX ${mailbox} UIDVALIDITY ${uidValidity}) UID ALL 2\r\n`

const A = ['a', 2000] as const
const B = ['a/b', 2001] as const
const C = ['a/b/c', 2002] as const
const D = ['"d e"', 2003] as const

test('mailboxes by what they are; those without a result are not named', async () => {
  const { client } = await manyMailboxes()
  const cases: readonly [filters: string, found: readonly (readonly [string, number])[]][] = [
    ['personal', [A, B, C, D]],
    ['inboxes', [A, B, C, D]],
    ['subscribed', [C]],
    ['mailboxes a', [A]],
    ['mailboxes (a "d e" a none)', [A, D]],
    ['subtree a', [A, B, C]],
    ['subtree-one a', [A, B]],
    ['SUBTREE (a/b none) mailboxes inbox', [B, C]],
    ['subtree a mailboxes "d e"', [A, B, C, D]],
    ['mailboxes none', []],
    ['subtree ""', [A, B, C, D]],
    ['subtree-one ""', [A, D]],
  ]
  for (const [filters, found] of cases) {
    const expected = found.map(([name, uidValidity]) => hit('a', name, uidValidity)).join('')
    assert.equal(
      await client.command(`a ESEARCH IN (${filters}) SUBJECT hello`),
      `${expected}a OK That is all\r\n`,
      filters,
    )
  }
})

test('without IN it is the selected mailbox, as the client knows it', async () => {
  const { account, client } = await manyMailboxes()
  assert.equal(await client.command('x ESEARCH ALL'), 'x BAD Select a mailbox first\r\n')
  assert.equal(await client.command('x ESEARCH IN (selected inboxes) ALL'), 'x BAD Select a mailbox first\r\n')
  await client.command('s SELECT a')
  account.deliver(PLAIN, 2 as MailboxId)
  await play(
    client,
    `
    C: a ESEARCH RETURN (SAVE COUNT MIN) ALL
    S: * ESEARCH (TAG "a" MAILBOX a UIDVALIDITY 2000) UID MIN 1 COUNT 2
    S: * 3 EXISTS
    S: * 3 RECENT
    S: a OK That is all
    C: b ESEARCH IN (selected) RETURN (COUNT) $
    S: * ESEARCH (TAG "b" MAILBOX a UIDVALIDITY 2000) UID COUNT 2
    S: b OK That is all
    C: e ESEARCH 9:12
    S: e OK That is all
    C: f ESEARCH 2:9 RETURN (COUNT) 2
    S: f BAD Malformed command: there is no search key RETURN
    C: c ESEARCH 1
    S: * ESEARCH (TAG "c" MAILBOX a UIDVALIDITY 2000) UID ALL 1
    S: c OK That is all
    C: d ESEARCH IN (selected subtree a/b) RETURN (PARTIAL -1:-1) UNSEEN
    S: * ESEARCH (TAG "d" MAILBOX a UIDVALIDITY 2000) UID PARTIAL (-1:-1 3)
    S: * ESEARCH (TAG "d" MAILBOX a/b UIDVALIDITY 2001) UID PARTIAL (-1:-1 1)
    S: * ESEARCH (TAG "d" MAILBOX a/b/c UIDVALIDITY 2002) UID PARTIAL (-1:-1 2)
    S: d OK That is all
    `,
  )
})

test('what means nothing in several mailboxes, and what is malformed', async () => {
  const { client } = await manyMailboxes()
  await client.command('s SELECT a')
  for (const rest of [
    'IN (personal) 1',
    'IN (personal) NOT (SEEN 1:*)',
    'IN (selected inboxes) $',
    'IN (inboxes) RETURN (SAVE) ALL',
    'IN () ALL',
    'IN (inboxes)',
    'IN (selected-delayed) ALL',
    'IN (constructor) ALL',
    'IN (mailboxes) ALL',
    'IN (mailboxes ()) ALL',
    'IN (mailboxes &bad) ALL',
    'IN (inboxes (option)) ALL',
    'IN inboxes ALL',
    'RETURN (NONE) ALL',
  ]) {
    assert.match(await client.command(`a ESEARCH ${rest}`), /^a BAD /, rest)
    await client.command('n NOOP')
  }
  assert.match(await client.command('a ESEARCH IN (personal) CHARSET KOI8-R ALL'), /^a NO \[BADCHARSET/)
  await client.command('e ENABLE UIDONLY')
  assert.match(await client.command('a ESEARCH 1'), /^a BAD \[UIDREQUIRED\]/)
  assert.match(
    await client.command('a ESEARCH IN (mailboxes INBOX) UID 1'),
    /MAILBOX INBOX UIDVALIDITY 1000\) UID ALL 1\r\n/,
  )
})

test('with MODSEQ the response tells it', async () => {
  const { client } = await manyMailboxes()
  assert.match(
    await client.command('a ESEARCH IN (mailboxes inbox) MODSEQ 1'),
    /^\* ESEARCH \(TAG "a" MAILBOX INBOX UIDVALIDITY 1000\) UID ALL 1 MODSEQ \d+\r\na OK/,
  )
})

test('a mailbox that is destroyed while others are searched is left out', async () => {
  const { account, client } = await manyMailboxes()
  const search = account.searchText.bind(account)
  account.searchText = async (...args) => {
    const found = await search(...args)
    if (account.mailbox(5 as MailboxId) !== null) {
      await account.commit([{ kind: 'destroyMailbox', mailbox: 5 as MailboxId, destroyEmails: true }])
    }
    return found
  }
  const reply = await client.command('a ESEARCH IN (personal) SUBJECT hello')
  assert.equal(
    reply,
    `${[A, B, C].map(([name, uidValidity]) => hit('a', name, uidValidity)).join('')}a OK That is all\r\n`,
  )
})
