import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Operation, SettingValue } from './operation.ts'
import { noteRefusal, noteUse, readUse } from './slot-use.ts'

const DAY = 86_400_000
const NOON = Date.UTC(2026, 10, 27, 12, 34, 56)
const HOUR = Date.UTC(2026, 10, 27, 12)

function valueOf(operation: Operation | null): SettingValue {
  assert(operation?.kind === 'set')
  assert.equal(operation.key, 'keys/use/a1')
  return operation.value
}

test('a use is written once a day for each protocol, cut to the hour', () => {
  const first = valueOf(noteUse('a1', null, 'imap', NOON))
  assert.deepEqual([...readUse(first).used], [['imap', HOUR]])
  for (const later of [NOON, NOON + 1, HOUR + DAY - 1]) assert.equal(noteUse('a1', first, 'imap', later), null)
  const both = valueOf(noteUse('a1', first, 'submission', NOON))
  assert.deepEqual(Object.fromEntries(readUse(both).used), { imap: HOUR, submission: HOUR })
  const next = valueOf(noteUse('a1', both, 'imap', NOON + DAY))
  assert.deepEqual(Object.fromEntries(readUse(next).used), { imap: HOUR + DAY, submission: HOUR })
  // A clock that was set back is believed.
  assert.deepEqual(readUse(valueOf(noteUse('a1', next, 'imap', NOON))).used.get('imap'), HOUR)
})

test('so is a refusal, which keeps the uses', () => {
  const used = valueOf(noteUse('a1', null, 'imap', NOON))
  const refused = valueOf(noteRefusal('a1', used, { protocol: 'submission', why: 'protocol' }, NOON))
  assert.deepEqual(readUse(refused), {
    used: new Map([['imap', HOUR]]),
    refused: { at: HOUR, protocol: 'submission', why: 'protocol' },
    counter: 0,
  })
  assert.equal(noteRefusal('a1', refused, { protocol: 'submission', why: 'protocol' }, NOON + 1), null)
  assert.notEqual(noteRefusal('a1', refused, { protocol: 'submission', why: 'expired' }, NOON + 1), null)
  assert.notEqual(noteRefusal('a1', refused, { protocol: 'submission', why: 'protocol' }, NOON + DAY), null)
})

test('what is no such note is as if there was none', () => {
  const nothing = { used: new Map(), refused: null, counter: 0 }
  for (const value of [
    null,
    1,
    'x',
    [],
    new Uint8Array(3),
    { imap: 'x', refused: 1 },
    { imap: -1, refused: { at: 1 } },
    { counter: -1 },
    { counter: 1.5 },
  ]) {
    assert.deepEqual(readUse(value), nothing)
  }
})
