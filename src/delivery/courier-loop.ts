// The courier's loop: takes from the queue what is due, attempts it, and records what became of it, for as long as it runs.
//
// A message's turn is a *round*: everybody of its recipients who is due. Each delivery of a round is recorded as soon as it has an outcome; failures at
// the round's end, with one notice to the sender. Bounds: deliveries under way in all and for each destination, rounds of each submitter; submitters
// take turns, so that who sends much does not make others wait. While something cannot be recorded (the disk is full), nothing new
// begins: a crash would repeat it.

import { wipe } from '#base/bytes.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { TlsReport } from '#platform/smtp-client.ts'
import { type AttemptParts, type Delivery, type Outcomes, attemptDelivery, planDeliveries } from './attempt.ts'
import { composeNotice, headerForNotice } from './bounce.ts'
import { DestinationLoad } from './destination-load.ts'
import { DueList } from './due-list.ts'
import type { Outcome } from './outcome.ts'
import { type QueueId, type QueuedMessage, type RecipientChange, changedMessage } from './queue-message.ts'
import type { Notice, Queue } from './queue.ts'
import { ReadyList } from './ready-list.ts'
import { Recorder } from './recorder.ts'
import type { Schedule } from './schedule.ts'
import { isToBeTold, recipientChanges, roundEnd } from './verdict.ts'

export interface CourierLimits {
  /** Deliveries under way. */
  readonly deliveries: number
  readonly perDestination: number
  /** Rounds of one submitter at a time. */
  readonly perSubmitter: number
}

export const DEFAULT_COURIER_LIMITS: CourierLimits = { deliveries: 20, perDestination: 5, perSubmitter: 50 }

/** For log and metrics: nothing of a message's content. */
export interface AttemptReport {
  readonly id: QueueId
  readonly destination: string
  readonly outcomes: readonly Outcome[]
  readonly tls: TlsReport | null
  readonly durationMs: number
}

export interface CourierParts extends Omit<AttemptParts, 'content' | 'now'> {
  readonly queue: Pick<Queue, 'messages' | 'get' | 'content' | 'change' | 'watch' | 'halted'>
  readonly clock: Clock
  readonly schedule: Schedule
  readonly limits: CourierLimits
  attempted(report: AttemptReport): void
}

interface Round {
  readonly id: QueueId
  readonly submitter: string
  /** Deliveries without an outcome. */
  left: number
  readonly failures: RecipientChange[]
  /** Positions whose destination rests, until when. */
  readonly resting: Map<number, number>
}

interface ReadyDelivery {
  readonly round: Round
  readonly delivery: Delivery
}

/** For what cannot be cut off. */
const LAST_GRACE_MS = 5000
/** The clock may jump: it is looked at now and then. */
const LONGEST_TIMER_MS = 60_000

export class Courier {
  readonly #parts: CourierParts
  readonly #attemptParts: AttemptParts
  readonly #load = new DestinationLoad()
  readonly #due = new DueList<QueueId>()
  readonly #rounds = new Map<QueueId, Round>()
  readonly #roundsOf = new Map<string, number>()
  readonly #ready = new ReadyList<ReadyDelivery>()
  readonly #cut = new AbortController()
  readonly #recorder: Recorder
  readonly #watch: Disposable
  #running = 0
  #timer: { readonly at: number; readonly timer: Timer } | null = null
  #stopping = false
  readonly #idle = Promise.withResolvers<void>()

  /** Begins with what is in the queue. */
  constructor(parts: CourierParts) {
    this.#parts = parts
    const { queue, clock } = parts
    this.#attemptParts = { ...parts, content: (id) => queue.content(id), now: () => clock.now() }
    this.#recorder = new Recorder(queue, clock, parts.report, this.#cut.signal)
    this.#watch = queue.watch((id) => this.#expect(id))
    for (const { id } of queue.messages()) this.#expect(id)
  }

  /**
   * Nothing new begins. Resolves when what is under way has ended: by itself within `graceMs`, or cut off after that, and then in a few
   * seconds. What was cut off is attempted again after the next start.
   */
  async stop(graceMs: number): Promise<void> {
    const { clock } = this.#parts
    this.#stopping = true
    this.#watch[Symbol.dispose]()
    this.#timer?.timer.cancel()
    for (const { round } of this.#ready.remove(() => true)) this.#ended(round)
    if (this.#rounds.size === 0) return
    const last = Promise.withResolvers<void>()
    const timers = [
      clock.after(graceMs, () => this.#cut.abort()),
      clock.after(graceMs + LAST_GRACE_MS, () => last.resolve()),
    ]
    await Promise.race([this.#idle.promise, last.promise])
    for (const timer of timers) timer.cancel()
  }

  /** Destinations that are left alone for a while are tried at once: the network is back, or somebody asks for it. */
  wakeDestinations(): void {
    this.#load.wake()
    for (const { id } of this.#parts.queue.messages()) this.#expect(id)
  }

  /** Sees to it that a message gets its turn. */
  #expect(id: QueueId, resting: ReadonlyMap<number, number> = NOBODY): void {
    if (this.#stopping || this.#rounds.has(id)) return
    const message = this.#parts.queue.get(id)
    if (message === null || message.held) return
    const waiting = message.recipients.flatMap(({ state, nextAttempt }, position) =>
      state === 'waiting' ? [resting.get(position) ?? nextAttempt] : [],
    )
    const at = Math.min(...waiting, this.#tellsDelayAt(message))
    this.#due.set(submitterOf(message), id, at)
    this.#wakeAt(at)
  }

  /** When there is something to do for a message although no attempt is due. */
  #tellsDelayAt(message: QueuedMessage): number {
    const { tellDelayAfterMs } = this.#parts.schedule
    return isToBeTold(message) ? message.submittedAt + tellDelayAfterMs : Infinity
  }

  #wakeAt(at: number): void {
    if (this.#timer !== null && this.#timer.at <= at) return
    this.#timer?.timer.cancel()
    const { clock } = this.#parts
    const delay = Math.min(Math.max(at - clock.now(), 0), LONGEST_TIMER_MS)
    this.#timer = { at, timer: clock.after(delay, () => this.#turn()) }
  }

  /** Begins rounds, and deliveries, as many as may be. */
  #turn(): void {
    this.#timer?.timer.cancel()
    this.#timer = null
    if (this.#stopping || this.#recorder.isBehind) return
    const mayHaveTurn = (submitter: string): boolean =>
      (this.#roundsOf.get(submitter) ?? 0) < this.#parts.limits.perSubmitter
    for (;;) {
      const id = this.#due.take(this.#parts.clock.now(), mayHaveTurn)
      if (id === null) break
      this.#beginRound(id)
    }
    this.#beginDeliveries()
    const next = this.#due.next(mayHaveTurn)
    if (next !== null) this.#wakeAt(next)
  }

  #beginRound(id: QueueId): void {
    const message = this.#parts.queue.get(id)
    if (message === null || message.held || this.#rounds.has(id)) return
    const now = this.#parts.clock.now()
    const positions = message.recipients.flatMap(({ state, nextAttempt }, position) =>
      state === 'waiting' && nextAttempt <= now ? [position] : [],
    )
    if (positions.length === 0 && now < this.#tellsDelayAt(message)) return this.#expect(id)
    const submitter = submitterOf(message)
    const round: Round = { id, submitter, left: 1, failures: [], resting: new Map() }
    this.#rounds.set(id, round)
    this.#roundsOf.set(submitter, (this.#roundsOf.get(submitter) ?? 0) + 1)
    void this.#plan(round, message, positions)
  }

  /** Never rejects. */
  async #plan(round: Round, message: QueuedMessage, positions: readonly number[]): Promise<void> {
    const deliveries = await planDeliveries(this.#attemptParts, message, positions)
    const now = this.#parts.clock.now()
    for (const delivery of deliveries) {
      const restsUntil = this.#load.restsUntil(delivery.key, now)
      if (restsUntil > 0 || this.#stopping) {
        for (const position of delivery.recipients) round.resting.set(position, restsUntil)
      } else {
        round.left++
        this.#ready.add(round.submitter, { round, delivery })
      }
    }
    this.#ended(round)
    this.#beginDeliveries()
  }

  #beginDeliveries(): void {
    const { clock, limits } = this.#parts
    while (!this.#stopping && !this.#recorder.isBehind && this.#running < limits.deliveries) {
      const now = clock.now()
      const ready = this.#ready.take(({ delivery }) => this.#load.mayBegin(delivery.key, this.#atATime(delivery), now))
      if (ready === null) return
      this.#running++
      this.#load.begin(ready.delivery.key)
      void this.#deliver(ready)
    }
  }

  /** The relay and this server itself serve everybody. */
  #atATime({ kind, key }: Delivery): number {
    const { deliveries, perDestination } = this.#parts.limits
    return kind === 'remote' && !key.startsWith('relay ') ? perDestination : deliveries
  }

  /** Never rejects. */
  async #deliver({ round, delivery }: ReadyDelivery): Promise<void> {
    const { clock, queue } = this.#parts
    const message = queue.get(round.id)
    let down = false
    if (message !== null) {
      const began = clock.monotonic()
      const { outcomes, tls } = await attemptDelivery(this.#attemptParts, message, delivery, this.#cut.signal)
      const durationMs = clock.monotonic() - began
      const all = [...outcomes.values()]
      down = all.every((outcome) => outcome.kind === 'delayed' && outcome.hostDown) && !this.#cut.signal.aborted
      this.#parts.attempted({ id: round.id, destination: delivery.key, outcomes: all, tls, durationMs })
      await this.#settle(round, outcomes)
    }
    this.#running--
    this.#load.end(delivery.key, down, clock.now())
    if (down) this.#rest(delivery.key)
    this.#ended(round)
    this.#turn()
  }

  /** Whoever else is for that destination waits, too, without an attempt. */
  #rest(key: string): void {
    const until = this.#load.restsUntil(key, this.#parts.clock.now())
    for (const { round, delivery } of this.#ready.remove((ready) => ready.delivery.key === key)) {
      for (const position of delivery.recipients) round.resting.set(position, until)
      this.#ended(round)
    }
  }

  /** Records what became of a delivery, but for failures, which are kept for the round's end. */
  async #settle(round: Round, outcomes: Outcomes): Promise<void> {
    const { queue, schedule, clock, random } = this.#parts
    const message = queue.get(round.id)
    if (message === null) return
    // What was cut off was no attempt.
    const counted = [...outcomes].filter(([, { kind }]) => kind !== 'delayed' || !this.#cut.signal.aborted)
    const changes = recipientChanges(message, new Map(counted), schedule, clock.now(), random())
    round.failures.push(...changes.filter(({ state }) => state === 'failed'))
    const recipients = changes.filter(({ state }) => state !== 'failed')
    if (recipients.length > 0)
      await this.#recorder.record(round.id, { held: null, delayTold: null, recipients }, () => [])
  }

  /** One of the round's deliveries, or its planning, is over. */
  #ended(round: Round): void {
    round.left--
    if (round.left === 0) void this.#endRound(round)
  }

  /** Never rejects. */
  async #endRound(round: Round): Promise<void> {
    const { queue, schedule, clock } = this.#parts
    const message = queue.get(round.id)
    if (message !== null) {
      const { change, failed, delayed } = roundEnd(message, round.failures, schedule, clock.now())
      if (change !== null) {
        const after = changedMessage(message, change)
        await this.#recorder.record(round.id, change, () => this.#notices(after, failed, delayed))
      }
    }
    this.#rounds.delete(round.id)
    const others = (this.#roundsOf.get(round.submitter) ?? 1) - 1
    if (others === 0) this.#roundsOf.delete(round.submitter)
    else this.#roundsOf.set(round.submitter, others)
    this.#expect(round.id, round.resting)
    if (this.#stopping && this.#rounds.size === 0) this.#idle.resolve()
    this.#turn()
  }

  #notices(message: QueuedMessage, failed: readonly number[], delayed: readonly number[]): readonly Notice[] {
    const { queue, clock, hostName, report } = this.#parts
    const header = headerForNotice(message, queue.content(message.id), report)
    const parts = { hostName, now: clock.now() }
    const notices = [
      composeNotice(parts, message, 'failed', failed, header),
      composeNotice(parts, message, 'delayed', delayed, header),
    ]
    wipe(header)
    return notices.filter((notice) => notice !== null)
  }
}

const NOBODY: ReadonlyMap<number, number> = new Map()

/** Notices and other mail of the server's own share one turn. */
function submitterOf({ submitter }: QueuedMessage): string {
  return submitter ?? 'server'
}
