// SEARCH, played.

import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { type TestClient, newClient, play } from './test-client.test-support.ts'
import { NESTED, PLAIN } from './test-messages.test-support.ts'

const INBOX = 1 as MailboxId

function message(...lines: string[]): Buffer {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''))
}

async function selected(): Promise<TestClient> {
  const account = new MemoryAccount()
  account.deliver(PLAIN, INBOX, ['$seen'], Date.UTC(2026, 0, 5, 12))
  account.deliver(NESTED, INBOX, ['$flagged', 'todo'], Date.UTC(2026, 1, 5, 12))
  account.deliver(
    message(
      'From: =?utf-8?q?J=C3=BCrgen?= <j@example.net>',
      'Cc: ann@example.org',
      'Subject: =?utf-8?q?=C3=9Cber?= alles',
      'X-Odd: yes',
      '',
      'Grüße',
    ),
    INBOX,
    ['$answered', '$draft'],
    Date.UTC(2026, 10, 19, 23),
  )
  const client = newClient(account)
  await client.command('s SELECT INBOX')
  await client.command('t STORE 1 +FLAGS.SILENT (\\Deleted)')
  return client
}

const cases: readonly [keys: string, found: string][] = [
  ['ALL', '1 2 3'],
  ['1,3', '1 3'],
  ['*', '3'],
  ['5:*', '3'],
  ['UID 2:9', '2 3'],
  ['SEEN', '1'],
  ['UNSEEN', '2 3'],
  ['FLAGGED', '2'],
  ['UNFLAGGED', '1 3'],
  ['ANSWERED DRAFT', '3'],
  ['UNANSWERED UNDRAFT', '1 2'],
  ['DELETED', '1'],
  ['UNDELETED', '2 3'],
  ['KEYWORD ToDo', '2'],
  ['UNKEYWORD todo', '1 3'],
  ['RECENT', '1 2 3'],
  ['NEW', '2 3'],
  ['OLD', ''],
  ['BEFORE 5-Feb-2026', '1'],
  ['ON 5-Feb-2026', '2'],
  ['SINCE "5-Feb-2026"', '2 3'],
  ['SENTON 17-Nov-2026', '1'],
  ['SENTBEFORE 18-Nov-2026', '1'],
  ['SENTSINCE 18-Nov-2026', ''],
  ['LARGER 114 SMALLER 116', '1'],
  ['YOUNGER 7200', '3'],
  ['OLDER 7200', '1 2'],
  ['SUBJECT hello', '1'],
  ['SUBJECT "\u00c3\u00bcber ALLES"', '3'],
  ['CHARSET UTF-8 FROM {7+}\r\nj\u00c3\u00bcrgen', '3'],
  ['TO bob CC ""', ''],
  ['CC ann@example', '3'],
  ['FROM ann', '1'],
  ['BODY "hi bob"', '1'],
  ['BODY inner', '2'],
  ['TEXT "gr\u00c3\u00bc\u00c3\u009fe"', '3'],
  ['TEXT "x-odd: y"', '3'],
  ['HEADER x-odd ""', '3'],
  ['HEADER SUBJECT outer', '2'],
  ['NOT SEEN', '2 3'],
  ['OR SEEN FLAGGED', '1 2'],
  ['NOT (OR SEEN (FLAGGED KEYWORD todo))', '3'],
  ['(1 3) NOT NOT UNSEEN', ''],
]

for (const [keys, found] of cases) {
  test(`RFC 3501 §6.4.4: SEARCH ${keys}`, async () => {
    const client = await selected()
    const reply = await client.command(`a SEARCH ${keys}`)
    const numbers = found === '' ? '' : ` ${found}`
    if (reply !== `* SEARCH${numbers}\r\na OK That is all\r\n`) throw new Error(`found ${reply}`)
  })
}

test('RFC 4731 ESEARCH and RFC 5182 SEARCHRES', async () => {
  await play(
    await selected(),
    `
    C: a SEARCH RETURN (MIN MAX COUNT) UNSEEN
    S: * ESEARCH (TAG "a") MIN 2 MAX 3 COUNT 2
    S: a OK That is all
    C: b UID SEARCH RETURN () ALL
    S: * ESEARCH (TAG "b") UID ALL 1:3
    S: b OK That is all
    C: c SEARCH RETURN (COUNT) OLD
    S: * ESEARCH (TAG "c") COUNT 0
    S: c OK That is all
    C: d SEARCH RETURN (ALL) OLD
    S: * ESEARCH (TAG "d")
    S: d OK That is all
    C: e SEARCH RETURN (SAVE) UNSEEN
    S: e OK That is all
    C: f FETCH $ UID
    S: * 2 FETCH (UID 2)
    S: * 3 FETCH (UID 3)
    S: f OK That is all
    C: g UID SEARCH RETURN (SAVE MIN) $
    S: * ESEARCH (TAG "g") UID MIN 2
    S: g OK That is all
    C: h UID STORE $ +FLAGS.SILENT (\\Deleted)
    S: h OK Stored
    C: i SEARCH DELETED
    S: * SEARCH 1 2
    S: i OK That is all
    C: j SEARCH RETURN (SAVE) CHARSET KOI8-R ALL
    S: j NO [BADCHARSET (UTF-8 US-ASCII)] Only UTF-8 and US-ASCII are known
    C: k SEARCH $
    S: * SEARCH
    S: k OK That is all
    `,
  )
})

test('malformed searches', async () => {
  await play(
    await selected(),
    `
    C: a SEARCH
    S: a BAD Malformed command: a space expected, but the command ends
    C: b SEARCH FROB
    S: b BAD Malformed command: there is no search key FROB
    C: c SEARCH 0
    S: c BAD Malformed command: a number over 0 expected at character 10
    C: d SEARCH OR SEEN
    S: d BAD Malformed command: a space expected, but the command ends
    C: e SEARCH SUBJECT "\u00ff"
    S: e BAD Malformed command: text in UTF-8 expected at character 18
    C: f SEARCH RETURN (FROB) ALL
    S: f BAD Malformed command: there is no return option FROB
    C: g SEARCH ${'('.repeat(500)}
    S: g BAD Malformed command: parentheses are more than 24 deep
    C: h SEARCH ${'NOT '.repeat(500)}ALL
    S: h BAD Malformed command: parentheses are more than 24 deep
    C: i SEARCH BEFORE 32-Jan-2026
    S: i BAD Malformed command: a date such as 1-Feb-1994 expected at character 17
    `,
  )
})

test('RFC 7377 §2: a number beyond the last message is no mistake of a search', async () => {
  const client = await selected()
  await play(
    client,
    `
    C: a SEARCH 999
    S: * SEARCH
    S: a OK That is all
    C: b SEARCH NOT 2:999
    S: * SEARCH 1
    S: b OK That is all
    C: c SORT (ARRIVAL) UTF-8 999:1001
    S: * SORT
    S: c OK That is all
    `,
  )
})
