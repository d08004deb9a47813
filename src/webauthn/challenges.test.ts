import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Clock } from '#platform/clock.ts'
import { Challenges } from './challenges.ts'

function make(): { readonly challenges: Challenges; pass(ms: number): void } {
  let nowMs = 0
  const clock: Clock = { now: () => 0, monotonic: () => nowMs, after: () => ({ cancel: () => undefined }) }
  return { challenges: new Challenges(clock), pass: (ms) => void (nowMs += ms) }
}

test('each is good once, for whoever it was given to', () => {
  const { challenges } = make()
  const [first, second] = [challenges.issue('a'), challenges.issue('b')]
  assert.equal(first.length, 32)
  assert.notDeepEqual(first, second)
  assert.equal(challenges.take(first)?.holder, 'a')
  assert.equal(challenges.take(first), null)
  assert.equal(challenges.take(second)?.holder, 'b')
  assert.equal(challenges.take(Buffer.alloc(32)), null)
  assert.equal(challenges.take(Buffer.alloc(0)), null)
})

test('not after five minutes, also where it was given back', () => {
  const { challenges, pass } = make()
  const [late, inTime] = [challenges.issue('a'), challenges.issue('a')]
  pass(299_999)
  challenges.take(inTime)?.giveBack()
  assert.notEqual(challenges.take(inTime), null)
  const again = challenges.issue('a')
  challenges.take(again)?.giveBack()
  pass(1)
  assert.equal(challenges.take(late), null)
  pass(300_000)
  assert.equal(challenges.take(again), null)
})

test('who asks for many drives out their own, and all together the oldest', () => {
  const { challenges } = make()
  const quiet = challenges.issue('quiet')
  const first = challenges.issue('loud')
  const later = Array.from({ length: 256 }, () => challenges.issue('loud'))
  assert.equal(challenges.take(first), null)
  assert.notEqual(challenges.take(later[0] as Buffer), null)
  assert.notEqual(challenges.take(quiet), null)

  const oldest = challenges.issue('oldest')
  for (let holder = 0; holder < 20_000; holder++) challenges.issue(`holder ${holder}`)
  assert.equal(challenges.take(oldest), null)
})
