import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import type { Seq } from '#base/ids.ts'
import { makeFixture } from '#account/account-fixture.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { rehearsalIndexPath, rehearsalPath } from '#account/rehearsal/paths.ts'
import { type RehearsalNotes, readRehearsalNotes } from '#account/rehearsal/rehearsal-file.ts'
import { REHEARSAL_SETTING, isAlarming, isWhole, rehearsedSetting } from '#account/rehearsal/result.ts'
import { makeRecoverySlot } from '#keys/recovery-slot.ts'
import { encodeSlot } from '#keys/slot.ts'
import { accountPaths, segmentPath } from '#ledger/paths.ts'
import { HEAD_BYTES } from '#ledger/record.ts'
import { type Clock, systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { BusyError } from './argon-queue.ts'
import { Rehearsals } from './rehearsals.ts'

const DAY_MS = 86_400_000
const EVERY_MS = 30 * DAY_MS

/** Goes on when it is told to. */
class SetClock implements Clock {
  time = Date.UTC(2026, 10, 27)
  readonly #timers = new Set<{ readonly at: number; readonly action: () => void }>()

  now(): number {
    return this.time
  }

  monotonic(): number {
    return this.time
  }

  after(delayMs: number, action: () => void): { cancel(): void } {
    const timer = { at: this.time + delayMs, action }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  advance(milliseconds: number): void {
    this.time += milliseconds
    for (const timer of [...this.#timers].filter(({ at }) => at <= this.time)) {
      this.#timers.delete(timer)
      timer.action()
    }
  }
}

class Scene {
  readonly clock = new SetClock()
  readonly found: number[] = []
  readonly failures: unknown[] = []
  readonly made: Awaited<ReturnType<typeof makeFixture>>
  account: OpenAccount | null = null
  isBusy = false
  freeBytes: number | null = null
  readonly rehearsals: Rehearsals

  constructor(made: Scene['made']) {
    this.made = made
    this.rehearsals = new Rehearsals({
      disk: systemDisk,
      clock: this.clock,
      ledgerDirectory: made.reader.directory,
      indexDirectory: made.indexDirectory,
      everyMs: EVERY_MS,
      load: { begin: () => undefined, isBusy: () => this.isBusy },
      unlocked: () => [made.id],
      root: () => made.root,
      opened: () => Promise.resolve(this.account),
      damaged: () => undefined,
      rehearsed: (_account, result) => void this.found.push(result.findingCount),
      failed: (_account, error) => void this.failures.push(error),
      freeBytes: () => this.freeBytes,
    })
  }

  async open(): Promise<OpenAccount> {
    let ms = 0
    const clock = { ...systemClock, now: () => this.clock.now(), monotonic: () => (ms += 6) }
    this.account = await this.made.open({ clock })
    return this.account
  }

  get notes(): RehearsalNotes {
    return readRehearsalNotes(systemDisk, rehearsalPath(this.made.indexDirectory, this.made.id), this.made.id)
  }

  /** Time passes, by seconds, until then. */
  async until(isSo: () => boolean, what: string): Promise<void> {
    for (let seconds = 0; seconds < 5_000; seconds++) {
      if (isSo()) return
      this.clock.advance(1_000)
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
    assert.fail(`not in time: ${what}`)
  }

  /** Some minutes in which it would have begun. */
  async idle(): Promise<void> {
    for (let seconds = 0; seconds < 200; seconds++) {
      this.clock.advance(1_000)
      await new Promise((resolve) => setTimeout(resolve, 0))
    }
  }

  damage(record: number): void {
    const place = this.made.reader.locate(record as Seq) ?? assert.fail('no such record')
    const file = segmentPath(accountPaths(this.made.reader.directory, this.made.id), place.location.segment)
    const descriptor = fs.openSync(file, 'r+')
    fs.writeSync(descriptor, Buffer.alloc(40, 7), 0, 40, place.location.offset + HEAD_BYTES + 300)
    fs.closeSync(descriptor)
  }
}

async function scene(t: TestContext): Promise<Scene> {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-rehearsals-'))
  const made = await makeFixture(directory, { quick: true })
  await made.log.append([{ kind: 'slot', payload: encodeSlot(makeRecoverySlot(made.root, made.id, 0).slot) }])
  for (let number = 0; number < 12; number++)
    await made.deliver(Buffer.from(`Subject: ${number}\r\n\r\n${'text '.repeat(200)}\r\n`))
  const set = new Scene(made)
  await set.open()
  set.rehearsals.start()
  t.after(async () => {
    await set.rehearsals.stop()
    await set.account?.close()
    await made.close()
    fs.rmSync(directory, { recursive: true })
  })
  return set
}

test('an account is rehearsed a moment after it was unlocked, and again when it is time; both places say so', async (t) => {
  const set = await scene(t)
  await set.until(() => set.found.length === 1, 'the first')
  assert.deepEqual(set.found, [0])
  await set.until(() => set.account?.setting(REHEARSAL_SETTING) !== null, 'noted')
  const { last, wholeAt, everyMs, progress } = set.notes
  assert.ok(last !== null && isWhole(last))
  assert.deepEqual([last.restored?.messages, wholeAt, everyMs, progress], [12, last.ended, EVERY_MS, null])
  assert.deepEqual(rehearsedSetting(set.account?.setting(REHEARSAL_SETTING) ?? null).last, last)
  await set.idle()
  assert.equal(set.found.length, 1)
  set.clock.advance(EVERY_MS)
  await set.until(() => set.found.length === 2, 'the second')
  assert.deepEqual(set.failures, [])
})

test('one that failed is an alarm until it is acknowledged, which lasts until there is more', async (t) => {
  const set = await scene(t)
  set.damage(5)
  await set.until(() => set.found.length === 1, 'the first')
  const rehearsed = (): ReturnType<typeof rehearsedSetting> =>
    rehearsedSetting(set.account?.setting(REHEARSAL_SETTING) ?? null)
  await set.until(() => isAlarming(rehearsed()), 'the alarm')
  assert.equal(set.account?.integrity.report(null).rehearsal?.last?.findings[0]?.kind, 'payloadChanged')
  assert.equal(await set.account?.integrity.acknowledge(), true)
  assert.equal(await set.account?.integrity.acknowledge(), false)
  await set.until(() => set.notes.isAcknowledged, 'the file')
  set.clock.advance(EVERY_MS)
  await set.until(() => set.found.length === 2, 'the second')
  await set.until(() => rehearsed().last?.ended === set.notes.last?.ended, 'noted')
  assert.ok(!isAlarming(rehearsed()))
  set.damage(7)
  set.clock.advance(EVERY_MS)
  await set.until(() => set.found.length === 3, 'the third')
  await set.until(() => isAlarming(rehearsed()), 'the alarm')
  assert.equal(set.notes.wholeAt, null)
})

test('it waits for others, ends when the account is closed, and goes on when it is opened again', async (t) => {
  const set = await scene(t)
  set.isBusy = true
  await set.until(() => set.notes.progress !== null, 'it has begun')
  await set.idle()
  assert.deepEqual(set.found, [])
  await set.account?.close()
  set.account = null
  const next = set.notes.progress?.reading.next ?? 0
  assert.ok(next > 0)
  await set.idle()
  set.isBusy = false
  await set.open()
  await set.until(() => set.found.length === 1, 'the end')
  assert.deepEqual(set.found, [0])
  assert.deepEqual(set.failures, [])
})

test('without room it is tried again some hours later', async (t) => {
  const set = await scene(t)
  set.freeBytes = 1000
  await set.until(() => set.notes.hindered !== null, 'no room')
  assert.equal(set.notes.hindered?.why, 'noRoom')
  set.freeBytes = null
  await set.idle()
  assert.deepEqual(set.found, [])
  set.clock.advance(6 * 3_600_000)
  await set.until(() => set.found.length === 1, 'room')
  assert.equal(set.notes.hindered, null)
})

test('what one of the two places has lost, the other has', async (t) => {
  const set = await scene(t)
  await set.until(() => set.found.length === 1, 'the first')
  await set.until(() => set.account?.setting(REHEARSAL_SETTING) !== null, 'noted')
  const { last } = set.notes
  fs.rmSync(rehearsalPath(set.made.indexDirectory, set.made.id))
  await set.until(() => set.notes.last !== null, 'the file')
  assert.deepEqual(set.notes.last, last)
  await set.account?.commit([{ kind: 'set', key: REHEARSAL_SETTING, value: null }])
  await set.until(() => set.account?.setting(REHEARSAL_SETTING) !== null, 'the setting')
  assert.deepEqual(rehearsedSetting(set.account?.setting(REHEARSAL_SETTING) ?? null).last, last)
})

test('who asks for one has it at once, from the beginning, and can leave', async (t) => {
  const set = await scene(t)
  set.isBusy = true
  await set.until(() => set.notes.progress !== null, 'it has begun')
  const { id } = set.made
  const never = new AbortController().signal
  const phases: string[] = []
  const first = set.rehearsals.run(id, ({ phase }) => void phases.push(phase), never)
  const outcome = await first
  assert.ok(outcome.kind === 'rehearsed' && isWhole(outcome.result))
  assert.equal(phases[0], 'reading')
  assert.deepEqual(set.notes.last?.ended, outcome.result.ended)
  const gone = new AbortController()
  const left = set.rehearsals.run(id, () => gone.abort(new BusyError('nobody waits')), gone.signal)
  await assert.rejects(left, BusyError)
  // What it left is removed: the next one is a month away.
  assert.notEqual(set.notes.progress, null)
  await set.until(() => set.notes.progress === null, 'forgotten')
  assert.ok(!fs.existsSync(rehearsalIndexPath(set.made.indexDirectory, id)))
  assert.deepEqual(set.failures, [])
})
