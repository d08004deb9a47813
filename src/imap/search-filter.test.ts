// Stored searches (RFC 5466).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { MemoryAccount } from './memory-account.test-support.ts'
import { type TestClient, newClient, play } from './test-client.test-support.ts'

async function selected(): Promise<TestClient> {
  const account = new MemoryAccount()
  for (const subject of ['boss one', 'two', 'boss three']) {
    account.deliver(Buffer.from(`Subject: ${subject}\r\n\r\n${'x'.repeat(subject.length * 10)}\r\n`))
  }
  const client = newClient(account)
  await client.command('s SELECT INBOX')
  return client
}

test('RFC 5466 §3.1, §3.2: FILTER', async () => {
  const client = await selected()
  await play(
    client,
    `
    C: a SETMETADATA "" (/shared/filters/values/work "SUBJECT boss" /private/filters/values/Seen-Work "FILTER work SEEN")
    S: a OK Noted
    C: b SEARCH 2:3 FILTER WORK
    S: * SEARCH 3
    S: b OK That is all
    C: c STORE 1 +FLAGS.SILENT (\\Seen)
    S: c OK Stored
    C: d UID SEARCH RETURN (COUNT) NOT FILTER seen-work
    S: * ESEARCH (TAG "d") UID COUNT 2
    S: d OK That is all
    C: e SETMETADATA "" (/private/filters/values/work "OR SMALLER 5 SUBJECT two")
    S: e OK Noted
    C: f SORT (REVERSE ARRIVAL) UTF-8 FILTER work
    S: * SORT 2
    S: f OK That is all
    C: g THREAD ORDEREDSUBJECT UTF-8 (FILTER work ALL)
    S: * THREAD (2)
    S: g OK That is all
    C: h SETMETADATA "" (/private/filters/values/work NIL /private/filters/descriptions/work "OR SMALLER")
    S: h OK Noted
    C: i ESEARCH FILTER work
    S: * ESEARCH (TAG "i" MAILBOX INBOX UIDVALIDITY 1000) UID ALL 1,3
    S: i OK That is all
    `,
  )
})

test('RFC 5466 §3.1: filters that are not there, are no search, or name themselves', async () => {
  const client = await selected()
  await client.command('a SEARCH RETURN (SAVE) ALL')
  await play(
    client,
    `
    C: b SEARCH RETURN (SAVE) FILTER none
    S: b NO [UNDEFINED-FILTER none] There is no such filter, or it is no whole search
    C: c FETCH $ UID
    S: c OK That is all
    C: d SETMETADATA "" (/private/filters/values/half "OR SMALLER")
    S: d NO The filter is no whole search
    C: e SETMETADATA "" (/private/filters/values/self "FILTER other" /private/filters/values/other "SEEN FILTER self")
    S: e OK Noted
    C: f SEARCH FILTER self
    S: f NO [UNDEFINED-FILTER other] There is no such filter, or it is no whole search
    C: g SEARCH CHARSET KOI8-R SUBJECT x FILTER self
    S: g BAD [BADCHARSET (UTF-8 US-ASCII)] Only UTF-8 and US-ASCII are known
    C: h SEARCH FILTER a/b
    S: h BAD Malformed command: the name of a filter has no /
    `,
  )
  // Three within each other are as many as there must be.
  const names = ['one', 'two', 'three', 'four', 'five', 'six']
  for (const [index, name] of names.entries()) {
    const value = index === 0 ? 'ALL' : `FILTER ${names[index - 1]}`
    await client.command(`m SETMETADATA "" (/private/filters/values/${name} "${value}")`)
  }
  assert.match(await client.command('n SEARCH FILTER five'), /^\* SEARCH 1 2 3\r$/m)
  assert.match(await client.command('o SEARCH FILTER six'), /^o NO \[UNDEFINED-FILTER one\]/)
})

test('filters that multiply are refused, however short they are', async () => {
  const client = await selected()
  await client.command('a SETMETADATA "" (/private/filters/values/f0 "ALL")')
  for (let level = 1; level < 5; level++) {
    const value = `FILTER f${level - 1} `.repeat(300).trim()
    await client.say(`b SETMETADATA "" (/private/filters/values/f${level} {${value.length}+}\r\n${value})\r\n`)
  }
  assert.match(await client.command('c SEARCH FILTER f4'), /^c NO \[UNDEFINED-FILTER f0\]/)
})
