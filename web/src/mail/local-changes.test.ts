import assert from 'node:assert/strict'
import { test } from 'node:test'
import { LocalChanges } from './local-changes.ts'

test('an answer is older than a change that is under way, and than one that ended after the question', () => {
  const changes = new LocalChanges()
  const before = changes.sequence
  changes.begin(['a'])
  assert.ok(changes.isNewer('a', before))
  const during = changes.sequence
  changes.end(['a'])
  assert.ok(changes.isNewer('a', during))
  assert.ok(!changes.isNewer('a', changes.sequence))
  assert.ok(!changes.isNewer('b', before))
})

test('of two changes both have to be through', () => {
  const changes = new LocalChanges()
  changes.begin(['a'])
  changes.begin(['a'])
  changes.end(['a'])
  assert.deepEqual(changes.newerThan(changes.sequence), ['a'])
  changes.end(['a'])
  assert.deepEqual(changes.newerThan(changes.sequence), [])
})
