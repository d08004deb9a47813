// A host for tests: its clock moves when it is told to, and what is submitted is kept.

import crypto from 'node:crypto'
import type { JmapHost, JmapTimer, SubmitOutcome } from './host.ts'
import { TestKeys } from './test-keys.test-support.ts'

interface Timer {
  readonly at: number
  readonly action: () => void
}

export interface Sent {
  readonly mailFrom: string
  readonly rcptTo: readonly string[]
  readonly message: string
}

export class TestHost implements JmapHost {
  time = Date.UTC(2026, 10, 27, 12)
  /** What each look at the clock costs: with more than a slice of time, all work pauses wherever it may. */
  lookMs = 0.01
  readonly owned = ['owner@example.org', 'other@example.org', '*@wild.example']
  readonly sent: Sent[] = []
  readonly keys = new TestKeys()
  outcome: SubmitOutcome = { kind: 'accepted', id: 'q1' }
  pauses = 0
  /** Called at every pause. */
  atPause: (() => void) | null = null
  recovery: JmapHost['recovery'] = null
  readonly failures: unknown[] = []
  readonly #timers = new Set<Timer>()

  now(): number {
    return Math.floor(this.time)
  }

  monotonic(): number {
    this.time += this.lookMs
    return this.time
  }

  async pause(): Promise<void> {
    this.pauses++
    this.atPause?.()
    await new Promise((resolve) => setImmediate(resolve))
  }

  after(delayMs: number, action: () => void): JmapTimer {
    const timer = { at: this.time + delayMs, action }
    this.#timers.add(timer)
    return { cancel: () => void this.#timers.delete(timer) }
  }

  random(sizeBytes: number): Buffer {
    return crypto.randomBytes(sizeBytes)
  }

  addresses(): readonly string[] {
    return this.owned
  }

  async submit({ mailFrom, rcptTo, message }: Parameters<JmapHost['submit']>[0]): Promise<SubmitOutcome> {
    await Promise.resolve()
    if (this.outcome.kind === 'accepted') {
      this.sent.push({ mailFrom, rcptTo, message: Buffer.from(message).toString('latin1') })
    }
    return this.outcome
  }

  fail(error: unknown): void {
    this.failures.push(error)
  }

  /** Moves the clock, and runs what is due. */
  advance(ms: number): void {
    const until = this.time + ms
    for (;;) {
      const due = [...this.#timers].filter(({ at }) => at <= until).sort((a, b) => a.at - b.at)[0]
      if (due === undefined) break
      this.time = Math.max(this.time, due.at)
      this.#timers.delete(due)
      due.action()
    }
    this.time = until
  }

  get timers(): number {
    return this.#timers.size
  }
}
