// The queue is read again from its device: what that has lost is written again, and every message is there after the next start.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openQueue } from '#delivery/queue-open.ts'
import type { Queue } from '#delivery/queue.ts'
import { SmallScrub } from '#ledger/small-scrub.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import { DIRECTORY, KEY, LIMITS } from './queue-world.ts'
import { Random } from './random.ts'

const clock = new SimulatedClock()
const SIZES = [50, 3000, 4900, 200, 9000, 3000, 4000, 60]

class Scene {
  readonly random = new Random(3)
  disk = new SimulatedDisk(this.random)
  queue!: Queue
  readonly contents = new Map<string, Buffer>()

  async open(): Promise<void> {
    this.queue = await openQueue({ disk: this.disk, clock, directory: DIRECTORY, key: KEY, limits: LIMITS })
    assert.deepEqual(this.queue.damage, [])
  }

  async fill(): Promise<void> {
    for (const size of SIZES) {
      const content = Buffer.concat([Buffer.from('Subject: x\r\n\r\n'), this.random.bytes(size)])
      const submission = { sender: 'a@example.org', recipients: ['b@example.net'], submitter: null, smtpUtf8: false }
      using writer = this.queue.begin(submission)
      await writer.write(content)
      this.contents.set(await writer.commit(), content)
    }
    // What was said about a message last stands in another file than the message.
    const [first] = this.contents.keys()
    await this.queue.hold(first as never)
  }

  async scrub(): Promise<{ readonly repaired: number; readonly unrepairable: number }> {
    const scrub = new SmallScrub({
      disk: this.disk,
      clock,
      directory: DIRECTORY,
      everyMs: null,
      subjects: () => new Map([['own', this.queue.examination.bytes]]),
      read: (_, turn) => this.queue.examination.read(turn),
      failed: (error) => assert.fail(String(error)),
    })
    scrub.start()
    scrub.run()
    for (let turn = 0; turn < 500 && (scrub.status.pass?.endedMs ?? null) === null; turn++) {
      clock.advance(1000)
      await quiesce()
    }
    const { pass, bytesDone, repaired, unrepairable } = scrub.status
    assert.notEqual(pass?.endedMs ?? null, null, 'the pass ends')
    assert.ok(bytesDone > 5_000)
    await scrub.stop()
    return { repaired, unrepairable }
  }

  /** As after a power failure. */
  async assertAllThere(lost: readonly string[] = []): Promise<void> {
    await this.queue.close()
    this.disk = this.disk.crash()
    await this.open()
    assert.equal(this.queue.count, this.contents.size)
    for (const [id, content] of this.contents) {
      if (lost.includes(id)) continue
      assert.ok(Buffer.concat([...this.queue.content(id as never)]).equals(content), id)
    }
    const [first] = this.contents.keys()
    assert.equal(this.queue.get(first as never)?.held, true)
    await this.queue.close()
  }

  logFiles(): string[] {
    return this.disk.files().filter((name) => /\/log\/[0-9a-f]{16}$/.test(name))
  }
}

async function scene(): Promise<Scene> {
  const made = new Scene()
  await made.open()
  await made.fill()
  assert.ok(made.logFiles().length >= 2)
  return made
}

test('a queue that is whole is read, and nothing is written', async () => {
  const made = await scene()
  const before = made.disk.operations
  assert.deepEqual(await made.scrub(), { repaired: 0, unrepairable: 0 })
  const writes = made.disk.operations - before
  assert.ok(writes < 12, `${writes} operations, for the progress`)
  await made.assertAllThere()
})

test('what only the device has lost is written again', async () => {
  const made = await scene()
  for (const name of made.logFiles()) {
    made.disk.file(name).corruptDevice(10, Buffer.from('damage'))
    made.disk.file(name).corruptDevice(4096 + 70, Buffer.from('damage'))
  }
  const files = made.logFiles().length
  assert.deepEqual(await made.scrub(), { repaired: 1, unrepairable: 0 })
  assert.equal(made.logFiles().length, files)
  await made.assertAllThere()
})

test('what the page cache has lost, too, is written again from memory; only a content is lost with it', async () => {
  const made = await scene()
  const [name] = made.logFiles() as [string]
  // The first message, and the head.
  made.disk.file(name).corrupt(20, Buffer.from('damage'))
  made.disk.file(name).corrupt(4096 + 100, Buffer.from('damage'))
  assert.deepEqual(await made.scrub(), { repaired: 1, unrepairable: 0 })
  assert.ok(!made.logFiles().includes(name), 'nothing is left there')
  await made.assertAllThere([...made.contents.keys()].slice(0, 1))
})

test('a large content that is damaged is told', async () => {
  const made = await scene()
  const [name] = made.disk.files().filter((one) => one.includes('/large/')) as [string]
  made.disk.file(name).corrupt(500, Buffer.from('damage'))
  assert.deepEqual(await made.scrub(), { repaired: 0, unrepairable: 1 })
  await made.assertAllThere([name.split('/').at(-1) as string])
})
