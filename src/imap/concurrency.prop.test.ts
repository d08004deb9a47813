// Several sessions on one account, doing what they like at the same time. Whatever the server says must make sense to each client, and
// once it is quiet each must know what is there.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { MailboxId } from '#base/ids.ts'
import { MemoryAccount } from './memory-account.test-support.ts'
import { ModelClient, runTogether } from './model-client.test-support.ts'
import { scripts } from './session-scripts.test-support.ts'
import { shareAccount } from './shared-account.ts'
import { TestClient } from './test-client.test-support.ts'
import { PLAIN } from './test-messages.test-support.ts'

const INBOX = 1 as MailboxId

test('what each client knows is right at every moment, and complete when it is quiet', async () => {
  const delays = fc.array(fc.nat(4), { minLength: 1, maxLength: 20 })
  await fc.assert(
    fc.asyncProperty(scripts, delays, fc.nat(6), async (scripts, delays, initial) => {
      const account = new MemoryAccount()
      await account.commit([
        { kind: 'createMailbox', parent: null, name: 'other', role: null, uidValidity: 2, subscribed: false },
      ])
      for (let index = 0; index < initial; index++) account.deliver(PLAIN)
      const shared = shareAccount(account)
      const models = scripts.map(() => new ModelClient(new TestClient(shared)))
      for (const model of models) {
        await model.say('SELECT INBOX')
        await model.say('FETCH 1:* (UID FLAGS)')
      }
      let turn = 0
      account.beforeCommit = async () => {
        const wait = delays[turn++ % delays.length] as number
        for (let index = 0; index < wait; index++) await new Promise((resolve) => setImmediate(resolve))
        if (wait === 4) account.deliver(PLAIN)
      }
      await runTogether(models, scripts)
      const view = account.view(INBOX)
      assert(view !== null)
      for (const model of models) model.compare(view, (id) => account.flagSet(id))
    }),
    { numRuns: 300 },
  )
})

test('the same, told at any time but of expunges (NOTIFY, SELECTED-DELAYED)', async () => {
  await fc.assert(
    fc.asyncProperty(scripts, fc.nat(6), async (scripts, initial) => {
      const account = new MemoryAccount()
      await account.commit([
        { kind: 'createMailbox', parent: null, name: 'other', role: null, uidValidity: 2, subscribed: false },
      ])
      for (let index = 0; index < initial; index++) account.deliver(PLAIN)
      const shared = shareAccount(account)
      const models = scripts.map(() => new ModelClient(new TestClient(shared)))
      for (const model of models) {
        await model.say('SELECT INBOX')
        await model.say('FETCH 1:* (UID FLAGS)')
        await model.say('NOTIFY SET (SELECTED-DELAYED (MessageNew (UID FLAGS) MessageExpunge FlagChange))')
      }
      account.beforeCommit = () => new Promise((resolve) => setImmediate(resolve))
      // What comes unasked may be on its way while the client works out what its own command did.
      const loud = scripts.map((script) => script.map((line) => line.replace('.SILENT', '')))
      await runTogether(models, loud)
      const view = account.view(INBOX)
      assert(view !== null)
      for (const model of models) model.compare(view, (id) => account.flagSet(id))
    }),
    { numRuns: 100 },
  )
})
