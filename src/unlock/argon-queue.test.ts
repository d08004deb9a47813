import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ArgonQueue, BusyError } from './argon-queue.ts'

function work(): { readonly run: () => Promise<void>; readonly end: () => void; readonly hasBegun: () => boolean } {
  const { promise, resolve } = Promise.withResolvers<void>()
  let began = false
  return {
    run() {
      began = true
      return promise
    },
    end: resolve,
    hasBegun: () => began,
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

test('a few run, some wait in their order, and the rest is sent away', async () => {
  const queue = new ArgonQueue(2, 2)
  const works = Array.from({ length: 5 }, work)
  const runs = works.map(({ run }) => queue.run(run))
  await assert.rejects(runs[4] as Promise<void>, BusyError)
  assert.deepEqual(
    works.map(({ hasBegun }) => hasBegun()),
    [true, true, false, false, false],
  )
  works[1]?.end()
  await turn()
  assert.deepEqual(
    works.map(({ hasBegun }) => hasBegun()),
    [true, true, true, false, false],
  )
  for (const { end } of works) end()
  await Promise.all(runs.slice(0, 4))
})

test('work that fails gives its place away too', async () => {
  const queue = new ArgonQueue(1, 8)
  const failures = Array.from({ length: 5 }, () => queue.run(() => Promise.reject(new RangeError('broken'))))
  for (const failure of failures) await assert.rejects(failure, RangeError)
  assert.equal(await queue.run(() => Promise.resolve('done')), 'done')
})
