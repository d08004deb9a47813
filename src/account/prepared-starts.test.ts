import assert from 'node:assert/strict'
import { test } from 'node:test'
import { hybridIdentityFromSeed, recipientOf, x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { openAge } from '#crypto/age/open.ts'
import { sealAfter } from '#crypto/age/seal.ts'
import type { Clock } from '#platform/clock.ts'
import { PreparedStarts } from './prepared-starts.ts'

class TestClock implements Clock {
  time = 0
  readonly #due: { readonly at: number; readonly action: () => void }[] = []
  now = (): number => this.time
  monotonic = (): number => this.time
  after(delayMs: number, action: () => void): { cancel(): void } {
    const timer = { at: this.time + delayMs, action }
    this.#due.push(timer)
    return { cancel: () => void this.#due.splice(this.#due.indexOf(timer), 1) }
  }

  pass(ms: number): void {
    this.time += ms
    for (const timer of this.#due.filter(({ at }) => at <= this.time)) {
      this.#due.splice(this.#due.indexOf(timer), 1)
      timer.action()
    }
  }

  get timers(): number {
    return this.#due.length
  }
}

/** Everything that can be prepared is. */
async function quiet(): Promise<void> {
  for (let round = 0; round < 40; round++) await Promise.resolve()
}

const identity = hybridIdentityFromSeed(Buffer.alloc(32, 1))
const recipient = recipientOf(identity)

const recipients = Array.from({ length: 40 }, (_, number) =>
  recipientOf(x25519IdentityFromScalar(Buffer.alloc(32, number + 1))),
)

function prepared(clock = new TestClock()): PreparedStarts {
  return new PreparedStarts(clock, async () => undefined)
}

test('every beginning is another, and opens what follows it', async () => {
  using starts = prepared()
  const seen = new Set<string>()
  for (let message = 0; message < 40; message++) {
    if (message % 3 === 0) starts.expect(recipient)
    if (message % 5 === 0) await quiet()
    const start = starts.take(recipient)
    seen.add(start.payloadKey.toString('hex'))
    const file = sealAfter(start, Buffer.from(`message ${message}`))
    assert.ok(
      start.payloadKey.every((byte) => byte === 0),
      'the key is wiped',
    )
    const opened = openAge(file, [identity])
    assert.equal(opened.ok ? opened.value.toString() : opened.error, `message ${message}`)
  }
  assert.equal(seen.size, 40)
})

test('one message has one prepared, and none afterwards', async () => {
  using starts = prepared()
  starts.expect(recipient)
  starts.expect(recipient)
  assert.equal(starts.kept, 0, 'not before what is under way is done')
  await quiet()
  assert.equal(starts.kept, 1)
  starts.take(recipient)
  await quiet()
  assert.equal(starts.kept, 0)
})

test('who gets many gets more prepared, but never more than there were messages', async () => {
  using starts = prepared()
  for (let messages = 1; messages <= 100; messages++) {
    starts.expect(recipient)
    await quiet()
    starts.take(recipient)
    await quiet()
    assert.ok(starts.kept <= Math.min(messages, 8), `${starts.kept} after ${messages}`)
  }
  assert.equal(starts.kept > 4, true)
})

test('many recipients have a bounded number together, and each still gets theirs', async () => {
  using starts = prepared()
  for (const each of recipients) {
    for (let message = 0; message < 12; message++) {
      starts.take(each)
      await quiet()
    }
  }
  assert.ok(starts.kept > 200 && starts.kept <= 256, `${starts.kept}`)
  for (const each of recipients) assert.equal(starts.take(each).payloadKey.length, 32)
})

test('what nobody uses is wiped', async () => {
  const clock = new TestClock()
  using starts = prepared(clock)
  const kept = starts.take(recipient)
  for (let message = 0; message < 10; message++) starts.take(recipient)
  await quiet()
  assert.ok(starts.kept > 0)
  clock.pass(1000)
  clock.pass(1000)
  assert.equal(starts.kept, 0)
  assert.equal(clock.timers, 0)
  assert.ok(
    kept.payloadKey.some((byte) => byte !== 0),
    'but not what was given away',
  )
  starts.expect(recipient)
  await quiet()
  assert.equal(starts.kept, 1, 'as if nothing had been')
})

test('disposing leaves nothing', async () => {
  const clock = new TestClock()
  const starts = prepared(clock)
  for (let message = 0; message < 10; message++) starts.take(recipient)
  starts[Symbol.dispose]()
  await quiet()
  assert.equal(starts.kept, 0)
  assert.equal(clock.timers, 0)
})
