// One simulated machine with an outgoing queue on it, and a model of what the queue must hold.

import assert from 'node:assert/strict'
import { openQueue } from '#delivery/queue-open.ts'
import { QueueRefusedError } from '#delivery/queue-errors.ts'
import type { QueueLimits } from '#delivery/queue-limits.ts'
import type { MessageChange, QueueId, RecipientState } from '#delivery/queue-message.ts'
import type { Queue } from '#delivery/queue.ts'
import type { Disk } from '#platform/disk.ts'
import { SimulatedClock } from './clock.ts'
import { SimulatedDisk } from './disk.ts'
import { quiesce } from './ledger-world.ts'
import { type ModelChange, QueueModel } from './queue-model.ts'
import type { Random } from './random.ts'

export const DIRECTORY = '/mailkeep/queue'
export const KEY = Buffer.alloc(32, 0x51)

/** Small, so that a few messages fill files and are large. */
export const LIMITS: Partial<QueueLimits> = {
  inlineBytes: 5000,
  fileBytes: 40 * 1024,
  groupBytes: 12 * 1024,
  untidyFiles: 2,
}

interface Pending {
  settle(acknowledged: boolean): void
}

export class QueueWorld {
  readonly random: Random
  readonly #wrap: (disk: Disk) => Disk
  readonly model = new QueueModel()
  clock = new SimulatedClock()
  disk: SimulatedDisk
  #queue: Queue | null = null
  /** Neither acknowledged nor refused. */
  readonly #pending = new Set<Pending>()
  acknowledged = 0
  readonly reasons = new Set<string>()
  #changes = 0

  /** `wrap` puts something between the queue and its disk, to break it on purpose. */
  constructor(random: Random, wrap: (disk: Disk) => Disk = (disk) => disk) {
    this.random = random
    this.#wrap = wrap
    this.disk = new SimulatedDisk(random)
  }

  get queue(): Queue {
    assert.ok(this.#queue !== null, 'the queue is open')
    return this.#queue
  }

  /** Opens the queue and checks it against the model. Throws what opening throws. */
  async open(): Promise<void> {
    this.disk.automatic = true
    this.clock = new SimulatedClock(this.clock.now())
    const queue = await openQueue({
      disk: this.#wrap(this.disk),
      clock: this.clock,
      directory: DIRECTORY,
      key: KEY,
      limits: LIMITS,
      random: (bytes) => this.random.bytes(bytes),
    })
    assert.deepEqual(queue.damage, [])
    this.model.check(queue)
    const large = this.disk.list(`${DIRECTORY}/large`)
    for (const name of large) assert.ok(queue.get(name as QueueId) !== null, 'nothing is left that no message needs')
    this.#queue = queue
  }

  /** One random thing happens. */
  async step(): Promise<void> {
    const { random } = this
    const dice = random.below(100)
    if (dice < 35) void this.submit(random.pick([60, 400, 3000, 4900]))
    else if (dice < 40) void this.submit(random.pick([5100, 20_000]))
    else if (dice < 65) void this.changeRandom()
    else if (dice < 67) this.clock.advance(random.pick([10, 1000]))
    else for (let count = random.below(4); count >= 0; count--) this.disk.completeSync()
    await quiesce()
  }

  /** Resolves with whether it was acknowledged. */
  async submit(length: number): Promise<boolean> {
    const { random, queue, clock } = this
    const content = Buffer.concat([Buffer.from('Subject: x\n\n'), random.bytes(length)])
    const recipients = Array.from({ length: 1 + random.below(3) }, (_, index) => `r${index}@example.org`)
    const submission = { sender: 's@example.net', recipients, submitter: null, smtpUtf8: false }
    using writer = queue.begin(submission)
    const { id } = writer
    for (let at = 0; at < content.length; at += 3000) await writer.write(content.subarray(at, at + 3000))
    const now = clock.now()
    return await this.#track(
      () => writer.commit(),
      (acknowledged) => this.model.submitted(id, submission, content, now, acknowledged),
    )
  }

  async changeRandom(): Promise<boolean> {
    const { random, queue } = this
    const known = [...queue.messages()]
    const message = known.length === 0 ? null : random.pick(known)
    if (message === null) return false
    const { id } = message
    const change = random.chance(0.1) ? null : this.#randomChange(message.recipients.length)
    return this.#track(
      () => (change === null ? queue.cancel(id) : queue.change(id, change)),
      (acknowledged) => this.model.changed(id, change, acknowledged),
    )
  }

  #randomChange(recipients: number): MessageChange {
    const { random } = this
    const state = random.pick<RecipientState>(['waiting', 'delivered', 'delivered', 'failed'])
    const attempts = ++this.#changes
    return {
      held: random.pick([null, null, true, false]),
      delayTold: null,
      recipients: [
        {
          index: random.below(recipients),
          state,
          attempts,
          nextAttempt: attempts,
          lastAttempt: this.clock.now(),
          lastReply: { code: 451, status: '4.3.0', text: 'later', host: 'mx.example.net' },
        },
      ],
    }
  }

  /** Every recipient of every message gets it. */
  async deliverAll(): Promise<void> {
    const delivered = { state: 'delivered', attempts: 1, nextAttempt: 0, lastAttempt: 1, lastReply: null } as const
    const deliveries = [...this.queue.messages()].map(({ id, recipients }) => {
      const change: ModelChange = {
        held: null,
        delayTold: null,
        recipients: recipients.map((_, index) => ({ index, ...delivered })),
      }
      return this.#track(
        () => this.queue.change(id, change),
        (acknowledged) => this.model.changed(id, change, acknowledged),
      )
    })
    await Promise.all(deliveries)
  }

  /** The power fails, or only the process ends. */
  stop(how: 'crash' | 'kill'): void {
    for (const pending of this.#pending) pending.settle(false)
    this.#pending.clear()
    this.disk = how === 'crash' ? this.disk.crash() : this.disk.kill()
    this.#queue = null
  }

  async close(): Promise<void> {
    this.disk.automatic = true
    while (this.disk.pendingSyncs > 0) this.disk.completeSync()
    await this.queue.close()
    await quiesce()
    assert.equal(this.#pending.size, 0, 'everything has an outcome')
    this.#queue = null
  }

  async #track(action: () => Promise<unknown>, settle: (acknowledged: boolean) => void): Promise<boolean> {
    const pending = { settle }
    this.#pending.add(pending)
    const outcome = await action().catch((error: unknown) => error as Error)
    // After a crash nobody hears of it.
    if (!this.#pending.delete(pending)) return false
    if (outcome instanceof Error) {
      assert.ok(outcome instanceof QueueRefusedError, `refused, and not failed with ${String(outcome)}`)
      this.reasons.add(outcome.reason)
      settle(false)
      return false
    }
    if (outcome !== false) settle(true)
    this.acknowledged++
    return true
  }
}
