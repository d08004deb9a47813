// The delay of a request to open an account by escrow, on a real log, with a clock that the test moves.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type AccountId, SYSTEM_ACCOUNT } from '#base/ids.ts'
import { LedgerLog } from '#account/ledger-log.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import { RootSecret } from '#keys/root.ts'
import { openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { DirectoryLog } from './directory-log.ts'
import { Directory } from './directory.ts'
import { EscrowWatch } from './escrow-watch.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const ADA = 'a'.repeat(32) as AccountId

class MovedClock implements Clock {
  wall = 1_800_000_000_000
  passed = 0
  #due: { readonly at: number; readonly action: () => void }[] = []

  now(): number {
    return this.wall
  }

  monotonic(): number {
    return this.passed
  }

  after(delayMs: number, action: () => void): { cancel(): void } {
    const entry = { at: this.passed + delayMs, action }
    this.#due.push(entry)
    return { cancel: () => void (this.#due = this.#due.filter((other) => other !== entry)) }
  }

  /** In steps, so that what is written now and then is written. */
  async advance(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= HOUR) {
      const step = Math.min(left, HOUR)
      this.wall += step
      this.passed += step
      const due = this.#due.filter(({ at }) => at <= this.passed)
      this.#due = this.#due.filter(({ at }) => at > this.passed)
      for (const { action } of due) action()
      // What was due sets its next time when it is done.
      while (this.#due.length === 0) await new Promise((resolve) => setTimeout(resolve, 1))
    }
  }
}

interface World {
  clock: MovedClock
  watch: EscrowWatch
  /** The process ends, and begins again after so much time of the wall clock. */
  restart(awayMs: number, delayMs?: number): Promise<void>
}

async function world(t: TestContext, delayMs = 3 * DAY): Promise<World> {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-escrow-'))
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory: folder })
  t.after(async () => {
    await ledger.close()
    fs.rmSync(folder, { recursive: true })
  })
  const made = {} as World & { directory: Directory }
  made.restart = async (awayMs, delay = delayMs) => {
    const wall = (made.clock?.wall ?? 1_800_000_000_000) + awayMs
    made.clock = new MovedClock()
    made.clock.wall = wall
    made.directory = new Directory(made.clock)
    using reader = new LogReader(systemDisk, folder, SYSTEM_ACCOUNT)
    using root = new RootSecret(Buffer.alloc(32, 9))
    const parts = { log: new LedgerLog(ledger, SYSTEM_ACCOUNT), reader, root, clock: made.clock }
    made.directory.opened(await DirectoryLog.open(parts, (setting) => made.directory.apply(setting)))
    made.watch = new EscrowWatch(made.directory, made.clock, delay, (error) => assert.fail(String(error)))
    made.watch.start()
  }
  await made.restart(0)
  await made.directory.addDomain('example.org')
  using root = RootSecret.generate()
  const recipientText = formatRecipient(root.recipient('x25519'))
  await made.directory.addAccount({ id: ADA, address: 'ada@example.org', recipientText, quotaBytes: null })
  return made
}

type Answer = Awaited<ReturnType<EscrowWatch['ask']>>
const refusal = (answer: Answer): string => (answer.ok ? 'done' : answer.error)

test('a request waits for its delay, is used once, and can be asked for anew', async (t) => {
  const made = await world(t)
  assert.equal(made.watch.request(ADA), null)
  assert.equal(refusal(await made.watch.use(ADA)), 'noSuchAddress')
  assert.equal(refusal(await made.watch.ask('b'.repeat(32) as AccountId)), 'noSuchAddress')
  assert.equal(refusal(await made.watch.ask(ADA)), 'done')
  assert.equal(refusal(await made.watch.ask(ADA)), 'exists')
  const requested = made.clock.wall
  await made.clock.advance(3 * DAY - 1)
  assert.deepEqual(made.watch.request(ADA), { requested, delayMs: 3 * DAY, leftMs: 1, state: 'waiting' })
  assert.equal(refusal(await made.watch.use(ADA)), 'notDue')
  await made.clock.advance(1)
  assert.equal(made.watch.request(ADA)?.leftMs, 0)
  assert.equal(refusal(await made.watch.use(ADA)), 'done')
  assert.equal(refusal(await made.watch.use(ADA)), 'noSuchAddress')
  assert.equal(refusal(await made.watch.ask(ADA)), 'done')
  assert.equal(refusal(await made.watch.use(ADA)), 'notDue')
})

test('a clock that jumps shortens nothing, nor does the time that the server stood still', async (t) => {
  const made = await world(t)
  await made.watch.ask(ADA)
  made.clock.wall += 1000 * DAY
  assert.equal(made.watch.request(ADA)?.leftMs, 3 * DAY)
  made.clock.wall -= 5000 * DAY
  await made.clock.advance(HOUR)
  assert.equal(made.watch.request(ADA)?.leftMs, 3 * DAY - HOUR)
  await made.restart(1000 * DAY)
  assert.equal(made.watch.request(ADA)?.leftMs, 3 * DAY - HOUR)
  assert.equal(refusal(await made.watch.use(ADA)), 'notDue')
  // A configuration that was changed meanwhile is for requests to come.
  await made.restart(0, DAY)
  assert.equal(made.watch.request(ADA)?.leftMs, 3 * DAY - HOUR)
  await made.clock.advance(2 * DAY)
  await made.restart(0)
  await made.clock.advance(23 * HOUR)
  assert.equal(made.watch.request(ADA)?.leftMs, 0)
})

test('what the owner has refused cannot be used', async (t) => {
  const made = await world(t)
  assert.equal(refusal(await made.watch.refuse(ADA)), 'noSuchAddress')
  await made.watch.ask(ADA)
  await made.clock.advance(4 * DAY)
  assert.equal(refusal(await made.watch.refuse(ADA)), 'done')
  assert.equal(refusal(await made.watch.use(ADA)), 'noSuchAddress')
  await made.restart(DAY)
  assert.equal(made.watch.request(ADA)?.state, 'refused')
  assert.equal(refusal(await made.watch.use(ADA)), 'noSuchAddress')
})

test('a request that nobody uses expires', async (t) => {
  const made = await world(t, DAY)
  await made.watch.ask(ADA)
  await made.clock.advance(8 * DAY - HOUR)
  assert.equal(made.watch.request(ADA)?.state, 'waiting')
  await made.clock.advance(HOUR)
  assert.equal(made.watch.request(ADA)?.state, 'expired')
  assert.equal(refusal(await made.watch.use(ADA)), 'noSuchAddress')
  await made.restart(0)
  assert.equal(made.watch.request(ADA)?.state, 'expired')
  assert.equal(refusal(await made.watch.ask(ADA)), 'done')
})
