// RFC 3501 §7.1: the UNSEEN of SELECT, after whatever happened to the messages, is what SEARCH finds first.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { accountWith } from './test-messages.test-support.ts'

const COUNT = 12

const step = fc.oneof(
  fc.record({
    kind: fc.constantFrom('+FLAGS (\\Seen)', '-FLAGS (\\Seen)'),
    first: fc.integer({ min: 1, max: COUNT }),
    last: fc.integer({ min: 1, max: COUNT }),
  }),
  fc.constantFrom('expunge' as const, 'append' as const, 'select' as const),
)

test('the first unseen message is named by SELECT as SEARCH finds it', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
      const account = accountWith(COUNT)
      const shared = shareAccount(account)
      const writer = new TestClient(shared)
      await writer.command('a SELECT INBOX')
      const look = async (): Promise<void> => {
        const reader = new TestClient(shared)
        const told = /\[UNSEEN (\d+)\]/.exec(await reader.command('b SELECT INBOX'))?.[1]
        const found = /^\* SEARCH (\d+)/m.exec(await reader.command('b SEARCH UNSEEN'))?.[1]
        assert.equal(told, found)
        reader.engine.close()
      }
      for (const one of steps) {
        if (one === 'select') await look()
        else if (one === 'append') await writer.say('a APPEND INBOX {5+}\r\nA: b\r\r\n')
        else if (one === 'expunge') {
          await writer.command('a STORE 1 +FLAGS (\\Deleted)')
          await writer.command('a EXPUNGE')
        } else await writer.command(`a UID STORE ${one.first}:${one.last} ${one.kind}`)
      }
      await look()
    }),
    { numRuns: 60 },
  )
})
