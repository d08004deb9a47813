import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { MailboxId, Seq } from '#base/ids.ts'
import { FIRST_OPERATION } from '#account/operation-arbitrary.test-support.ts'
import type { JournalOperation } from '#account/operation.ts'
import { PointCollector } from './points.ts'

const INBOX = 1 as MailboxId
const OTHER = 2 as MailboxId

function file(record: number, source: 'delivered' | 'appended' | 'restored'): JournalOperation {
  const fields = { mailboxes: [INBOX], keywords: [], internalDate: 0, thread: null }
  return { kind: 'file', record: { seq: record as Seq }, source, ...fields }
}

const hour = (number: number): number => number * 3_600_000

test('points tell how many of what changed, the newest first', () => {
  const collector = new PointCollector('day', 60)
  for (const record of [1, 2, 3]) collector.records.add(record)
  collector.add(0, hour(1), [FIRST_OPERATION])
  const other = { parent: null, name: 'x', role: null, uidValidity: 1, subscribed: true }
  collector.add(4, hour(22), [
    file(1, 'delivered'),
    file(2, 'delivered'),
    file(3, 'appended'),
    // There is no such record.
    file(9, 'appended'),
    { kind: 'createMailbox', ...other },
  ])
  // 23:00 UTC is the next day of a clock an hour ahead.
  collector.add(5, hour(23), [
    { kind: 'move', from: INBOX, set: [[1, 2]], to: OTHER },
    {
      kind: 'changeKeywords',
      mailbox: null,
      set: [[1, 100]],
      mode: 'add',
      keywords: ['$seen'],
      unchangedSince: null,
    },
    { kind: 'set', key: 'a', value: 1 },
  ])
  collector.add(6, hour(30), [
    { kind: 'destroyMailbox', mailbox: OTHER, destroyEmails: true },
    file(1, 'restored'),
    { kind: 'remove', mailbox: INBOX, set: [[1, 4_294_967_295]] },
  ])
  const none = { delivered: 0, filed: 0, restored: 0, copied: 0, moved: 0, flagged: 0, removed: 0, mailboxes: 0 }
  assert.deepEqual(collector.finish(), [
    {
      record: 6,
      from: hour(23),
      to: hour(30),
      counts: { ...none, restored: 1, moved: 2, flagged: 3, removed: 4, mailboxes: 1, settings: 1 },
    },
    { record: 4, from: hour(1), to: hour(22), counts: { ...none, delivered: 2, filed: 1, mailboxes: 2, settings: 0 } },
  ])
  assert.equal(collector.isCut, false)
})

test('each change is a point of its own, if one wants that', () => {
  const collector = new PointCollector('change', 0)
  collector.add(0, 5, [FIRST_OPERATION])
  collector.add(1, 5, [{ kind: 'set', key: 'a', value: 1 }])
  assert.deepEqual(
    collector.finish().map(({ record, counts }) => [record, counts.mailboxes, counts.settings]),
    [
      [1, 0, 1],
      [0, 1, 0],
    ],
  )
})

test('what the server noted of app passwords is no change of the owner’s', () => {
  const collector = new PointCollector('day', 0)
  const noted: JournalOperation = { kind: 'set', key: 'keys/use/a1', value: { imap: 1 } }
  collector.add(0, hour(1), [FIRST_OPERATION])
  collector.add(1, hour(30), [noted])
  collector.add(2, hour(60), [noted, { kind: 'set', key: 'a', value: 1 }])
  assert.deepEqual(
    collector.finish().map(({ record, counts }) => [record, counts.settings]),
    [
      [2, 1],
      [0, 0],
    ],
  )
})
