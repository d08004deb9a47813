import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { RootSecret } from '#keys/root.ts'
import { systemClock } from '#platform/clock.ts'
import { UnlockedAccount } from './unlocked-account.ts'

/** What an account that was opened can be asked for here. */
class FakeAccount {
  readonly #failure = Promise.withResolvers<unknown>()
  readonly failed = this.#failure.promise
  isClosed = false

  setting(): null {
    return null
  }

  close(): Promise<void> {
    this.isClosed = true
    return Promise.resolve()
  }

  fail(): void {
    this.#failure.resolve(new Error('the disk is full'))
  }
}

class Fixture {
  readonly opened: FakeAccount[] = []
  readonly faults: unknown[] = []
  unused = 0
  nextOpens: Promise<unknown> = Promise.resolve()
  readonly root = RootSecret.generate()
  readonly unlocked = new UnlockedAccount({
    clock: systemClock,
    id: 'a'.repeat(32) as AccountId,
    address: 'ann@example.org',
    root: this.root,
    open: async () => {
      await this.nextOpens
      const account = new FakeAccount()
      this.opened.push(account)
      return account as unknown as OpenAccount
    },
    fault: (error) => this.faults.push(error),
    unused: () => this.unused++,
  })
  readonly ends: string[] = []

  holder(name: string): { end(reason: string): Promise<void> } {
    return {
      end: (reason) => {
        this.ends.push(`${name}: ${reason}`)
        return Promise.resolve()
      },
    }
  }
}

test('all who use it share one index, and the last who goes tells', async () => {
  const fixture = new Fixture()
  const { unlocked } = fixture
  const [first, second] = await Promise.all([
    unlocked.lease(fixture.holder('first')),
    unlocked.lease(fixture.holder('second')),
  ])
  assert.equal(fixture.opened.length, 1)
  assert.equal(first.account, second.account)
  first[Symbol.dispose]()
  first[Symbol.dispose]()
  assert.deepEqual([unlocked.isInUse, fixture.unused], [true, 0])
  second[Symbol.dispose]()
  assert.deepEqual([unlocked.isInUse, fixture.unused], [false, 1])
})

test('the lock ends sessions, closes the index and wipes the key', async () => {
  const fixture = new Fixture()
  const { unlocked, root } = fixture
  await unlocked.lease(fixture.holder('only'))
  const admission = unlocked.admit({ slot: 'a1', scope: null })
  unlocked.passwords.remember(Buffer.from('p'), admission)
  await unlocked.lock('locked')
  assert.deepEqual(fixture.ends, ['only: locked'])
  assert(fixture.opened[0]?.isClosed)
  assert(unlocked.isLocked)
  assert.equal(unlocked.passwords.find(Buffer.from('p')), null)
  assert(admission.isOver)
  assert.throws(() => root.derive('journal'))
})

test('an account that fails ends its sessions, and the next one opens it anew', async () => {
  const fixture = new Fixture()
  await fixture.unlocked.lease(fixture.holder('first'))
  fixture.opened[0]?.fail()
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(fixture.ends, ['first: failed'])
  assert.equal(fixture.faults.length, 1)
  await fixture.unlocked.lease(fixture.holder('second'))
  assert.equal(fixture.opened.length, 2)
  assert(fixture.opened[0]?.isClosed && fixture.opened[1]?.isClosed === false)
})

test('an account that cannot be opened now can be opened later', async () => {
  const fixture = new Fixture()
  fixture.nextOpens = Promise.reject(new Error('not now'))
  await assert.rejects(fixture.unlocked.lease(fixture.holder('first')), /not now/)
  assert(!fixture.unlocked.isInUse)
  fixture.nextOpens = Promise.resolve()
  await fixture.unlocked.lease(fixture.holder('second'))
  assert.equal(fixture.opened.length, 1)
})

test('who needs the index for itself has it, and sessions wait', async () => {
  const fixture = new Fixture()
  await fixture.unlocked.lease(fixture.holder('first'))
  const order: string[] = []
  const work = Promise.withResolvers<void>()
  const alone = fixture.unlocked.whileClosed(async () => {
    order.push('begun')
    await work.promise
    order.push('done')
  })
  const lease = fixture.unlocked.lease(fixture.holder('second')).then(() => order.push('opened'))
  await new Promise((resolve) => setImmediate(resolve))
  work.resolve()
  await Promise.all([alone, lease])
  assert.deepEqual(order, ['begun', 'done', 'opened'])
})
