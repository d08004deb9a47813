// What changed since any moment, for a client that was there at that moment and took what it was told in portions: the same as what an observer
// wrote down who saw everything.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import type { EmailId, Modseq } from '#base/ids.ts'
import { MemoryHistory } from '#imap/memory-history.test-support.ts'
import { makeFixture } from './account-fixture.ts'
import type { Change, EmailChange } from './account.ts'
import type { OpenAccount } from './open-account.ts'
import { operationArbitrary } from './operation-arbitrary.test-support.ts'
import type { Operation } from './operation.ts'

const operation = operationArbitrary(fc.integer({ min: 1, max: 6 })).filter(
  (operation) =>
    operation.kind !== 'file' ||
    ('seq' in operation.record && (operation.thread === null || typeof operation.thread === 'number')),
) as fc.Arbitrary<Operation>

const marks: fc.Arbitrary<Operation> = fc.record({
  kind: fc.constant('markDeleted' as const),
  mailbox: fc.constantFrom(1, 2) as fc.Arbitrary<never>,
  set: fc.constantFrom([[1, 2]] as const, [[1, 4]] as const, [[3, 3]] as const),
  deleted: fc.boolean(),
  unchangedSince: fc.constant(null),
})

function valueOf(account: OpenAccount, id: EmailId): string | null {
  const shown = account.uidsOf(id).filter(({ mailbox, uid }) => {
    const view = account.view(mailbox)
    return view !== null && !account.flagSet(view.flags[view.indexOf(uid)] as number).deleted
  })
  if (shown.length === 0) return null
  return JSON.stringify([shown.map(({ mailbox }) => mailbox), account.email(id)?.keywords])
}

class Observer {
  readonly history = new MemoryHistory()
  readonly values: Map<number, string | null>[] = []
  readonly #threads = new Map<EmailId, number>()

  see(account: OpenAccount, change: Change): void {
    for (const id of change.emails) {
      const email = account.email(id)
      if (email !== null) this.#threads.set(id, email.thread)
      this.history.saw(id, (this.#threads.get(id) ?? 0) as never, change.modseq, valueOf(account, id))
    }
  }
}

const byId = (changes: readonly EmailChange[]): Map<EmailId, EmailChange> => new Map(changes.map((c) => [c.email, c]))

function compare(account: OpenAccount, { history }: Observer, modseq: Modseq, after: number): void {
  const told = account.changesSince(modseq, after)
  const seen = history.since(modseq, after)
  assert.deepEqual(
    told.created.map(({ email, thread, modseq }) => [email, thread, modseq]),
    seen.created.map(({ email, thread, modseq }) => [email, thread, modseq]),
  )
  const destroyed = byId(told.destroyed)
  for (const { email, thread } of seen.destroyed) assert.equal(destroyed.get(email)?.thread, thread)
  for (const { email } of told.destroyed) assert.equal(valueOf(account, email), null)
  const updated = byId(told.updated)
  for (const { email, thread } of seen.updated) assert.equal(updated.get(email)?.thread, thread)
  for (const { email } of told.updated) assert.notEqual(valueOf(account, email), null)
}

/** A client that was there at `modseq`, and is told at most `portion` changes at a time. */
function follow(account: OpenAccount, then: ReadonlyMap<EmailId, string>, modseq: Modseq, portion: number): void {
  const known = new Map(then)
  let at: [Modseq, number] = [modseq, Infinity]
  for (;;) {
    const { created, updated, destroyed } = account.changesSince(...at)
    const all = [
      ...created.map((change) => ({ ...change, gone: false })),
      ...updated.map((change) => ({ ...change, gone: false })),
      ...destroyed.map((change) => ({ ...change, gone: true })),
    ].sort((a, b) => a.modseq - b.modseq || a.email - b.email)
    if (all.length === 0) break
    for (const { email, gone, modseq } of all.slice(0, portion)) {
      if (gone) known.delete(email)
      else known.set(email, valueOf(account, email) ?? 'gone')
      assert.ok(modseq > at[0] || (modseq === at[0] && email > at[1]))
      at = [modseq, email]
    }
  }
  assert.deepEqual(known, snapshot(account))
}

function snapshot(account: OpenAccount): Map<EmailId, string> {
  const values = new Map<EmailId, string>()
  for (let id = 1; id < account.nextEmail; id++) {
    const value = valueOf(account, id as EmailId)
    if (value !== null) values.set(id as EmailId, value)
  }
  return values
}

test('what changed since any moment is exact', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-changes-'))
  let run = 0
  try {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.oneof(operation, marks), { minLength: 1, maxLength: 3 }), { minLength: 5, maxLength: 20 }),
        fc.boolean(),
        async (commits, reopens) => {
          const fixture = await makeFixture(`${directory}/${run++}`, { quick: true })
          let account = await fixture.open()
          const observer = new Observer()
          let subscription = account.subscribe((change) => observer.see(account, change))
          const moments: [Modseq, Map<EmailId, string>][] = [[account.modseq, snapshot(account)]]
          await fixture.deliver(
            ...Array.from({ length: 4 }, (_, index) => Buffer.from(`Subject: ${index}\r\n\r\nx\r\n`)),
          )
          // Until then the account may not have heard of all.
          await fixture.log.settled((fixture.ledger.size(fixture.id) - 1) as never)
          await account.filed()
          for (const operations of commits) {
            await account.commit(operations)
            moments.push([account.modseq, snapshot(account)])
          }
          if (reopens) {
            subscription[Symbol.dispose]()
            await account.close()
            fs.rmSync(fixture.indexDirectory, { recursive: true })
            const { latest, modseq } = account
            account = await fixture.open()
            assert.deepEqual([account.latest, account.modseq], [latest, modseq])
            subscription = account.subscribe((change) => observer.see(account, change))
          }
          for (const [modseq, then] of moments) {
            compare(account, observer, modseq, Infinity)
            for (const after of [0, 2]) compare(account, observer, modseq, after)
            for (const portion of [1, 3]) follow(account, then, modseq, portion)
          }
          subscription[Symbol.dispose]()
          await account.close()
          await fixture.close()
        },
      ),
      { numRuns: 12 },
    )
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
})
