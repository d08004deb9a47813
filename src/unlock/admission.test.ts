import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AppPasswordScope } from '#keys/app-password.ts'
import type { Clock } from '#platform/clock.ts'
import { Admission, refusalFor } from './admission.ts'

class TestClock implements Clock {
  time = 1_000_000
  readonly timers = new Map<() => void, number>()

  now(): number {
    return this.time
  }

  monotonic(): number {
    return 0
  }

  after(delayMs: number, action: () => void): { cancel(): void } {
    this.timers.set(action, delayMs)
    return { cancel: () => void this.timers.delete(action) }
  }

  /** The timers' time has passed; by the wall clock it may be another. */
  pass(wallMs: number): void {
    this.time += wallMs
    const due = [...this.timers.keys()]
    this.timers.clear()
    for (const action of due) action()
  }
}

const scope: AppPasswordScope = { protocols: ['imap'], access: 'readOnly', expires: null }

test('what it is for, and until when', () => {
  const phone = { slot: 'a1', scope: { ...scope, expires: 100 } }
  assert.equal(refusalFor(phone, 'imap', 99), null)
  assert.equal(refusalFor(phone, 'imap', 100), 'expired')
  assert.equal(refusalFor(phone, 'pop3', 99), 'protocol')
  assert.equal(refusalFor({ slot: 'a1', scope: { ...scope, protocols: ['submission'] } }, 'submission', 0), 'protocol')
  for (const use of ['imap', 'pop3', 'submission', 'jmap', 'owner'] as const) {
    assert.equal(refusalFor({ slot: 'b2', scope: null }, use, 1e15), null)
  }
  assert.equal(refusalFor({ slot: 'a1', scope: { ...scope, access: 'full' } }, 'owner', 0), 'protocol')
})

test('who came in by it goes with it, once, and who has left is not told', () => {
  const clock = new TestClock()
  let ended = 0
  const admission = new Admission({ slot: 'a1', scope }, clock, () => ended++)
  assert.deepEqual([admission.isOwner, admission.isReadOnly], [false, true])
  const told: string[] = []
  admission.join((reason) => told.push(`first ${reason}`))
  admission.join((reason) => told.push(`second ${reason}`))[Symbol.dispose]()
  admission.end('revoked')
  admission.end('expired')
  assert.deepEqual([told, ended, admission.isOver], [['first revoked'], 1, true])
  // Whoever comes too late goes at once.
  admission.join((reason) => told.push(`late ${reason}`))
  assert.deepEqual(told, ['first revoked', 'late revoked'])
})

test('it ends when its time has come, by the clock on the wall, however far that is', () => {
  const clock = new TestClock()
  const year = 365 * 86_400_000
  const admission = new Admission(
    { slot: 'a1', scope: { ...scope, expires: clock.time + year } },
    clock,
    () => undefined,
  )
  const told: string[] = []
  admission.join((reason) => told.push(reason))
  const [first] = clock.timers.values()
  assert(first !== undefined && first <= 60_000)
  clock.pass(60_000)
  assert.deepEqual([told, clock.timers.size], [[], 1])
  // The clock was set.
  clock.pass(year)
  assert.deepEqual([told, clock.timers.size], [['expired'], 0])
})

test('that of a locked account waits for nothing', () => {
  const clock = new TestClock()
  const admission = new Admission({ slot: 'a1', scope: { ...scope, expires: clock.time + 10 } }, clock, () =>
    assert.fail(),
  )
  admission[Symbol.dispose]()
  assert.deepEqual([clock.timers.size, admission.isOver], [0, true])
})
