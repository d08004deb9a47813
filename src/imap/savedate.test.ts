// SAVEDATE (RFC 8514), played.

import { test } from 'node:test'
import { MemoryAccount } from './memory-account.test-support.ts'
import { newClient, play } from './test-client.test-support.ts'
import { PLAIN } from './test-messages.test-support.ts'

test('RFC 8514 §3: when a message came into its mailbox, whatever its other date, and anew when it is copied or moved', async () => {
  const account = new MemoryAccount()
  account.nowMs = Date.UTC(2026, 0, 2, 23, 59, 59)
  account.deliver(PLAIN)
  account.nowMs = Date.UTC(2026, 0, 3)
  account.deliver(PLAIN)
  const client = newClient(account)
  await client.command('s CREATE x')
  await client.command('s SELECT INBOX')
  await play(
    client,
    `
    C: a FETCH 1:2 (SAVEDATE INTERNALDATE)
    S: * 1 FETCH (SAVEDATE "02-Jan-2026 23:59:59 +0000" INTERNALDATE "01-Jan-1970 00:00:00 +0000")
    S: * 2 FETCH (SAVEDATE "03-Jan-2026 00:00:00 +0000" INTERNALDATE "01-Jan-1970 00:00:00 +0000")
    S: a OK That is all
    C: b SEARCH SAVEDBEFORE 3-Jan-2026
    S: * SEARCH 1
    S: b OK That is all
    C: c SEARCH SAVEDON 3-Jan-2026
    S: * SEARCH 2
    S: c OK That is all
    C: d SEARCH SAVEDSINCE 2-Jan-2026 SAVEDATESUPPORTED
    S: * SEARCH 1 2
    S: d OK That is all
    C: e SEARCH NOT SAVEDATESUPPORTED
    S: * SEARCH
    S: e OK That is all
    C: f SEARCH SAVEDON
    S: f BAD Malformed command: a space expected, but the command ends
    `,
  )
  account.nowMs = Date.UTC(2026, 5, 7, 8, 9, 10)
  await client.command('c COPY 2 x')
  await client.command('m MOVE 1 x')
  await client.say('a APPEND x "17-Jul-1996 02:44:25 -0700" {3+}\r\nabc\r\n')
  await play(
    client,
    `
    C: a UID FETCH 2 SAVEDATE
    S: * 1 FETCH (UID 2 SAVEDATE "03-Jan-2026 00:00:00 +0000")
    S: a OK That is all
    `,
  )
  await client.command('s EXAMINE x')
  await play(
    client,
    `
    C: a FETCH 1:3 SAVEDATE
    S: * 1 FETCH (SAVEDATE "07-Jun-2026 08:09:10 +0000")
    S: * 2 FETCH (SAVEDATE "07-Jun-2026 08:09:10 +0000")
    S: * 3 FETCH (SAVEDATE "07-Jun-2026 08:09:10 +0000")
    S: a OK That is all
    `,
  )
})
