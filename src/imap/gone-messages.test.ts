// RFC 3501 §7.4.1: which messages went is told right in mailboxes of thousands, too, wherever they were.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

test('messages that others expunge from a large mailbox are told, the last one first', async () => {
  const count = 5_000
  const shared = shareAccount(accountWith(count))
  const [writer, reader] = [new TestClient(shared), new TestClient(shared)]
  for (const client of [writer, reader]) await client.command('a SELECT INBOX')
  const left = Array.from({ length: count }, (_, at) => at + 1)
  for (const set of ['1', '1024:1026,3000', '5000', '2,2047:2049,4999', '100:1300']) {
    await writer.command(`a UID STORE ${set} +FLAGS.SILENT (\\Deleted)`)
    await writer.command('a EXPUNGE')
    // New ones are told after those that went.
    await writer.say('a APPEND INBOX {6+}\r\nA: b\r\n\r\n')
    const numbers = [...(await reader.command('b NOOP')).matchAll(/^\* (\d+) EXPUNGE/gm)].map(([, number]) =>
      Number(number),
    )
    const ranges = set.split(',').map((range) => range.split(':').map(Number) as [number, number?])
    const isGone = (uid: number): boolean => ranges.some(([first, last = first]) => uid >= first && uid <= last)
    const gone = left.map((uid, at) => (isGone(uid) ? at + 1 : 0)).filter((number) => number > 0)
    assert.deepEqual(numbers, gone.toReversed())
    for (const number of numbers) left.splice(number - 1, 1)
    left.push((left.at(-1) as number) + 1 > count ? (left.at(-1) as number) + 1 : count + 1)
  }
  assert.match(await reader.command('b STATUS INBOX (MESSAGES)'), new RegExp(`MESSAGES ${left.length}\\b`))
  for (const client of [writer, reader]) client.engine.close()
})
