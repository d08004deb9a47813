import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId } from '#base/ids.ts'
import { WrongTries } from './wrong-tries.ts'

const ADA = 'a'.repeat(32) as AccountId
const BOB = 'b'.repeat(32) as AccountId

test('after eight wrong passwords none is looked at for ten minutes, in this account', () => {
  let passed = 0
  const tries = new WrongTries({ now: () => 0, monotonic: () => passed, after: () => ({ cancel: () => undefined }) })
  for (let count = 0; count < 8; count++) {
    assert.ok(tries.mayTry(ADA))
    tries.wrong(ADA)
  }
  assert.deepEqual([tries.mayTry(ADA), tries.mayTry(BOB)], [false, true])
  passed += 600_000 - 1
  assert.ok(!tries.mayTry(ADA))
  passed += 1
  assert.ok(tries.mayTry(ADA))
  tries.wrong(ADA)
  assert.ok(tries.mayTry(ADA))
  tries.right(ADA)
  for (let count = 0; count < 7; count++) tries.wrong(ADA)
  assert.ok(tries.mayTry(ADA))
})
