import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { RootSecret } from '#keys/root.ts'
import { systemClock } from '#platform/clock.ts'
import { IndexWorkStoppedError, type RebuildProgress } from './index-work.ts'
import { AccountOpeningError, type OpeningControl, UnlockedAccount } from './unlocked-account.ts'

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

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)))
}

class Fixture {
  readonly opened: FakeAccount[] = []
  readonly faults: unknown[] = []
  unused = 0
  nextOpens: Promise<unknown> = Promise.resolve()
  control: OpeningControl | null = null
  readonly root = RootSecret.generate()
  readonly unlocked = new UnlockedAccount({
    clock: systemClock,
    id: 'a'.repeat(32) as AccountId,
    address: 'ann@example.org',
    root: this.root,
    patienceMs: 40,
    open: async (_root, control) => {
      this.control = control
      await Promise.race([this.nextOpens, aborted(control.signal)])
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

const half = { phase: 'messages', done: 500, total: 1000 } as const
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('who would wait long is told how far it is; the account is opened all the same, and is not locked meanwhile', async () => {
  const fixture = new Fixture()
  const { unlocked } = fixture
  const opening = Promise.withResolvers<void>()
  fixture.nextOpens = opening.promise
  const first = unlocked.lease(fixture.holder('first'))
  await turn()
  fixture.control?.progress(half)
  await assert.rejects(first, (error) => {
    assert.ok(error instanceof AccountOpeningError)
    assert.deepEqual([error.progress.done, error.progress.total, error.progress.secondsLeft], [500, 1000, null])
    return true
  })
  assert.deepEqual([unlocked.isInUse, fixture.unused], [true, 0])
  assert.equal(unlocked.rebuildProgress?.done, 500)
  await assert.rejects(unlocked.lease(fixture.holder('second')), AccountOpeningError)
  opening.resolve()
  const lease = await unlocked.lease(fixture.holder('third'))
  assert.equal(fixture.opened.length, 1)
  assert.equal(unlocked.rebuildProgress, null)
  lease[Symbol.dispose]()
  assert.deepEqual([unlocked.isInUse, fixture.unused], [false, 1])
})

test('a failure that nobody waits for any more is told, and the next who comes opens the account', async () => {
  const fixture = new Fixture()
  const opening = Promise.withResolvers<void>()
  fixture.nextOpens = opening.promise
  const first = fixture.unlocked.lease(fixture.holder('first'))
  await turn()
  fixture.control?.progress(half)
  await assert.rejects(first, AccountOpeningError)
  opening.reject(new Error('the disk is full'))
  await turn()
  await turn()
  assert.match(String(fixture.faults[0]), /the disk is full/)
  assert.deepEqual([fixture.unlocked.isInUse, fixture.unused], [false, 1])
  fixture.nextOpens = Promise.resolve()
  await fixture.unlocked.lease(fixture.holder('second'))
})

test('the lock ends the making of an index', async () => {
  const fixture = new Fixture()
  fixture.nextOpens = new Promise(() => undefined)
  const first = fixture.unlocked.lease(fixture.holder('first'))
  await turn()
  fixture.control?.progress(half)
  const lock = fixture.unlocked.lock('locked')
  await assert.rejects(first, IndexWorkStoppedError)
  await lock
  assert.throws(() => fixture.root.derive('journal'))
})

test('an index is made again while the account is in use, but for the end; all who ask share one', async () => {
  const fixture = new Fixture()
  const { unlocked } = fixture
  await unlocked.lease(fixture.holder('reader'))
  const told: RebuildProgress[] = []
  const made = Promise.withResolvers<void>()
  let builds = 0
  const build = async (
    _root: unknown,
    control: { whileClosed(work: () => Promise<void>): Promise<void>; progress(progress: typeof half): void },
  ): Promise<void> => {
    builds++
    control.progress(half)
    await made.promise
    await control.whileClosed(() => {
      assert(fixture.opened[0]?.isClosed)
      return Promise.resolve()
    })
  }
  const never = new AbortController()
  const both = [1, 2].map(() => unlocked.rebuild(build, (progress) => told.push(progress), never.signal))
  const gone = new AbortController()
  const third = unlocked.rebuild(build, () => undefined, gone.signal)
  gone.abort(new Error('gone'))
  await assert.rejects(third, /gone/)
  assert.deepEqual(fixture.ends, [])
  assert.equal(told[0]?.done, 500)
  made.resolve()
  await Promise.all(both)
  assert.equal(builds, 1)
  assert.deepEqual(fixture.ends, ['reader: failed'])
  await unlocked.lease(fixture.holder('again'))
  assert.equal(fixture.opened.length, 2)
})

test('an index that nobody waits for any more is not made to its end', async () => {
  const fixture = new Fixture()
  const gone = new AbortController()
  const ended = Promise.withResolvers<unknown>()
  const build = (_root: unknown, { signal }: { readonly signal: AbortSignal }): Promise<void> =>
    aborted(signal).catch((error: unknown) => {
      ended.resolve(error)
      throw error
    })
  const rebuild = fixture.unlocked.rebuild(build, () => undefined, gone.signal)
  gone.abort(new Error('gone'))
  await assert.rejects(rebuild, /gone/)
  assert.ok((await ended.promise) instanceof IndexWorkStoppedError)
  await turn()
  assert(!fixture.unlocked.isInUse)
})
