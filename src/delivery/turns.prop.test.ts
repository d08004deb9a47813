// Whose turn it is: the lists of what is due and what is ready, against lists that are sorted every time.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import * as fc from 'fast-check'
import { DestinationLoad } from './destination-load.ts'
import { DueHeap } from './due-heap.ts'
import { DueList } from './due-list.ts'
import { ReadyList } from './ready-list.ts'
import { DEFAULT_SCHEDULE, retryDelayMs } from './schedule.ts'

test('a heap gives what is due, earliest first, at the time it was given last', () => {
  const step = fc.oneof(
    fc.record({ kind: fc.constant('set' as const), key: fc.nat(8), at: fc.nat(20) }),
    fc.record({ kind: fc.constant('delete' as const), key: fc.nat(8), at: fc.constant(0) }),
    fc.record({ kind: fc.constant('take' as const), key: fc.constant(0), at: fc.nat(20) }),
  )
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const heap = new DueHeap<number>()
      const model = new Map<number, number>()
      for (const { kind, key, at } of steps) {
        if (kind === 'set') {
          heap.set(key, at)
          model.set(key, at)
        } else if (kind === 'delete') {
          heap.delete(key)
          model.delete(key)
        } else {
          const first = Math.min(...model.values())
          const taken = heap.take(at)
          assert.equal(taken !== null, first <= at)
          if (taken !== null) assert.equal(model.get(taken), first)
          if (taken !== null) model.delete(taken)
        }
        assert.equal(heap.size, model.size)
        assert.equal(heap.next ?? Infinity, Math.min(...model.values()))
      }
    }),
  )
})

function all(): boolean {
  return true
}

test('submitters take turns, however much one of them has', () => {
  const due = new DueList<string>()
  for (let count = 0; count < 100; count++) due.set('bulk', `bulk ${count}`, count)
  due.set('ada', 'ada 0', 500)
  due.set('ben', 'ben 0', 600)
  due.set('ben', 'ben 1', 600)
  due.set('late', 'late 0', 5000)
  const order = Array.from({ length: 5 }, () => due.take(1000, all))
  assert.deepEqual(order, ['bulk 0', 'ada 0', 'ben 0', 'bulk 1', 'ben 1'])
  assert.equal(
    due.next((submitter) => submitter !== 'bulk'),
    5000,
  )
  assert.equal(
    due.take(1000, (submitter) => submitter !== 'bulk'),
    null,
  )
  assert.equal(due.take(1000, all), 'bulk 2')
})

function isFast(item: string): boolean {
  return item.includes('fast')
}

test('what may not begin is passed over, and keeps its place', () => {
  const ready = new ReadyList<string>()
  for (const item of ['a slow', 'a slow 2', 'a fast']) ready.add('a', item)
  for (const item of ['b slow', 'b fast']) ready.add('b', item)
  assert.deepEqual([ready.take(isFast), ready.take(isFast), ready.take(isFast)], ['a fast', 'b fast', null])
  assert.deepEqual(
    ready.remove((item) => item.startsWith('b')),
    ['b slow'],
  )
  assert.deepEqual([ready.take(() => true), ready.take(() => true), ready.count], ['a slow', 'a slow 2', 0])
})

test('a destination that is down rests, longer each time, and is tried by one', () => {
  const load = new DestinationLoad()
  let now = 0
  for (const minutes of [1, 2, 4, 8, 16, 30, 30]) {
    load.begin('x')
    load.end('x', true, now)
    assert.equal(load.restsUntil('x', now), now + minutes * 60_000)
    assert.ok(!load.mayBegin('x', 5, now))
    now += minutes * 60_000
    assert.equal(load.restsUntil('x', now), 0)
  }
  assert.ok(load.mayBegin('x', 5, now))
  load.begin('x')
  assert.ok(!load.mayBegin('x', 5, now), 'one at first')
  load.end('x', false, now)
  for (let count = 0; count < 5; count++) {
    assert.ok(load.mayBegin('x', 5, now))
    load.begin('x')
  }
  assert.ok(!load.mayBegin('x', 5, now))
  load.begin('y')
  load.end('y', true, now)
  load.wake()
  assert.ok(load.mayBegin('y', 5, now))
})

function minutes(attempts: number, random: number): number {
  return retryDelayMs(DEFAULT_SCHEDULE, attempts, random) / 60_000
}

test('delays double from a quarter of an hour to four hours, and differ a little', () => {
  assert.deepEqual(
    [1, 2, 3, 4, 5, 6, 1000].map((attempts) => minutes(attempts, 0.5)),
    [15, 30, 60, 120, 240, 240, 240],
  )
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (attempts, random) => {
      const delay = minutes(attempts, random)
      assert.ok(delay >= 13.5 && delay <= 264)
    }),
  )
})
