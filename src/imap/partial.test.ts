// ESORT (RFC 5267 §3) and PARTIAL (RFC 9394).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient, newClient, play } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

/** Five messages, the sizes of which give the order 3 1 5 4 2; UIDs are one more. */
async function sizedMailbox(): Promise<TestClient> {
  const account = new MemoryAccount()
  for (const size of [1, 20, 50, 10, 40, 30])
    account.deliver(Buffer.from(`Subject: s\r\n\r\n${'x'.repeat(size)}\r\n`), 1 as MailboxId)
  const client = newClient(account)
  await client.command('a SELECT INBOX')
  await client.command('b STORE 1 +FLAGS.SILENT (\\Deleted)')
  await client.command('c EXPUNGE')
  return client
}

test('ESORT: results in the order asked for', async () => {
  await play(
    await sizedMailbox(),
    `
    C: a SORT RETURN (MIN MAX COUNT) (SIZE) UTF-8 ALL
    S: * ESEARCH (TAG "a") MIN 3 MAX 2 COUNT 5
    S: a OK That is all
    C: b UID SORT RETURN () (SIZE) UTF-8 ALL
    S: * ESEARCH (TAG "b") UID ALL 4,2,6,5,3
    S: b OK That is all
    C: c SORT RETURN (ALL) (REVERSE SIZE) UTF-8 2,4:5
    S: * ESEARCH (TAG "c") ALL 2,4:5
    S: c OK That is all
    C: d SORT RETURN (ALL MIN COUNT) (SIZE) UTF-8 KEYWORD none
    S: * ESEARCH (TAG "d") COUNT 0
    S: d OK That is all
    C: e SORT RETURN (SAVE PARTIAL 1:2) (SIZE) UTF-8 ALL
    S: * ESEARCH (TAG "e") PARTIAL (1:2 3,1)
    S: e OK That is all
    C: f UID SEARCH RETURN (ALL) $
    S: * ESEARCH (TAG "f") UID ALL 2,4
    S: f OK That is all
    C: g SORT RETURN (SAVE) (SIZE) KOI8-R ALL
    S: g NO [BADCHARSET (UTF-8 US-ASCII)] Only UTF-8 and US-ASCII are known
    C: h SEARCH RETURN (COUNT) $
    S: * ESEARCH (TAG "h") COUNT 0
    S: h OK That is all
    C: i SORT RETURN (COUNT)(SIZE) UTF-8 ALL
    S: i BAD Malformed command: a space expected at character 22
    C: j SORT RETURN (PARTIAL 1:2 ALL) (SIZE) UTF-8 ALL
    S: j BAD Malformed command: ALL and PARTIAL exclude each other
    `,
  )
})

test('SEARCH in parts, from either end', async () => {
  await play(
    await sizedMailbox(),
    `
    C: a UID SEARCH RETURN (PARTIAL 1:2) ALL
    S: * ESEARCH (TAG "a") UID PARTIAL (1:2 2:3)
    S: a OK That is all
    C: b SEARCH RETURN (PARTIAL -1:-2 COUNT) NOT 4
    S: * ESEARCH (TAG "b") PARTIAL (-1:-2 3,5) COUNT 4
    S: b OK That is all
    C: c SEARCH RETURN (PARTIAL -4:-99) ALL
    S: * ESEARCH (TAG "c") PARTIAL (-4:-99 1:2)
    S: c OK That is all
    C: d SEARCH RETURN (PARTIAL 6:9) ALL
    S: * ESEARCH (TAG "d") PARTIAL (6:9 NIL)
    S: d OK That is all
    C: e SEARCH RETURN (PARTIAL -6:-4294967295) ALL
    S: * ESEARCH (TAG "e") PARTIAL (-6:-4294967295 NIL)
    S: e OK That is all
    C: f SEARCH RETURN (PARTIAL 4:2) ALL
    S: * ESEARCH (TAG "f") PARTIAL (4:2 2:4)
    S: f OK That is all
    C: g SEARCH RETURN (SAVE PARTIAL 2:2 MAX) ALL
    S: * ESEARCH (TAG "g") MAX 5 PARTIAL (2:2 2)
    S: g OK That is all
    C: h SEARCH RETURN (SAVE PARTIAL 9:9) $
    S: * ESEARCH (TAG "h") PARTIAL (9:9 NIL)
    S: h OK That is all
    C: i SEARCH RETURN (COUNT) $
    S: * ESEARCH (TAG "i") COUNT 0
    S: i OK That is all
    `,
  )
})

test('malformed parts', async () => {
  const client = await sizedMailbox()
  for (const partial of [
    '',
    '1',
    '0:1',
    '1:0',
    '-1:2',
    '1:-2',
    '*:1',
    '1:4294967296',
    '-0:-1',
    '1:2 PARTIAL 3:4',
    '1:2 ALL',
  ]) {
    const commands = [`SEARCH RETURN (PARTIAL ${partial}) ALL`, `UID FETCH 1:* FLAGS (PARTIAL ${partial})`]
    for (const command of commands) assert.match(await client.command(`a ${command}`), /^a BAD Malformed/, command)
    await client.command('n NOOP')
  }
  assert.match(await client.command('a FETCH 1:* FLAGS (PARTIAL 1:2)'), /^a BAD Malformed command: PARTIAL needs UID/)
})

test('UID FETCH of a part of what is there, and with CHANGEDSINCE what of that part changed', async () => {
  const shared = shareAccount(accountWith(6))
  const [client, other] = [new TestClient(shared), new TestClient(shared)]
  await client.command('a SELECT INBOX')
  await other.command('a EXAMINE INBOX')
  const fetched = async (command: string): Promise<number[]> =>
    [...(await client.command(command)).matchAll(/^\* \d+ FETCH \(UID (\d+)/gm)].map((match) => Number(match[1]))
  assert.deepEqual(await fetched('b UID FETCH 1:* (UID) (PARTIAL 1:2)'), [1, 2])
  assert.deepEqual(await fetched('c UID FETCH 1:5 (UID) (PARTIAL -1:-2)'), [4, 5])
  assert.deepEqual(await fetched('d UID FETCH 1:5 (UID) (PARTIAL 6:7)'), [])
  const modseq = Number(/MODSEQ \((\d+)\)/.exec(await client.command('e FETCH 6 MODSEQ'))?.[1])
  await client.command('f STORE 2,4,5 +FLAGS.SILENT (\\Flagged)')
  assert.deepEqual(await fetched(`g UID FETCH 1:* (UID) (CHANGEDSINCE ${modseq} PARTIAL -1:-2)`), [5])
  assert.deepEqual(await fetched(`h UID FETCH 1:* (UID) (PARTIAL 1:4 CHANGEDSINCE ${modseq})`), [2, 4])
  assert.deepEqual(await fetched('i UID FETCH 2:3,5:6 (UID) (PARTIAL 2:3)'), [3, 5])
  const writer = new TestClient(shared)
  await writer.command('a SELECT INBOX')
  await writer.command('b STORE 1,6 +FLAGS.SILENT (\\Deleted)')
  await writer.command('c EXPUNGE')
  // What is gone, though the client was not told yet, is not counted.
  const reply = await other.command('i UID FETCH 1:* (UID) (PARTIAL -1:-1)')
  assert.match(reply, /^\* 5 FETCH \(UID 5\)\r\n/)
})
