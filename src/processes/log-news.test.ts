import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { AccountId, Seq } from '#base/ids.ts'
import type { CommittedRecord } from '#ledger/group.ts'
import type { Clock } from '#platform/clock.ts'
import { LogNews } from './log-news.ts'

function newsOf(): { readonly news: LogNews; readonly told: number[][]; later(): void } {
  const told: number[][] = []
  let due: (() => void)[] = []
  const clock: Clock = {
    now: () => 0,
    monotonic: () => 0,
    after(_, action) {
      due.push(action)
      return { cancel: () => (due = due.filter((one) => one !== action)) }
    },
  }
  const news = new LogNews(clock, (records) => told.push(records.map(({ header }) => header.seq)))
  return { news, told, later: () => due.splice(0).forEach((action) => action()) }
}

function record(seq: number): CommittedRecord {
  return {
    header: {
      kind: 'journal',
      digestAlgorithm: 'sha256',
      seq: seq as Seq,
      time: 0,
      payloadLength: 0,
      account: '00'.repeat(16) as AccountId,
      digest: Buffer.alloc(32),
    },
    location: { segment: 0 as Seq, offset: 64 },
  }
}

test("somebody else's record is told as soon as it can be read, and not before", () => {
  const { news, told } = newsOf()
  news.committed([record(0), record(1)])
  assert.deepEqual(told, [])
  news.settled(1)
  news.settled(2)
  assert.deepEqual(told, [[0], [1]])
})

test("a client's own records wait for the next news, and come in order", () => {
  const { news, told, later } = newsOf()
  news.committed([record(0)])
  news.appended(0, 1)
  news.settled(1)
  assert.deepEqual(told, [])
  news.committed([record(1), record(2)])
  news.settled(3)
  assert.deepEqual(told, [[0, 1, 2]])
  later()
  assert.deepEqual(told, [[0, 1, 2]])
})

test("a client's own records are told without other news, too, and after it stopped listening not any more", () => {
  const { news, told, later } = newsOf()
  news.committed([record(0)])
  news.appended(0, 1)
  news.settled(1)
  later()
  assert.deepEqual(told, [[0]])
  news.committed([record(1)])
  news.appended(1, 1)
  news.settled(2)
  news.stop()
  later()
  assert.deepEqual(told, [[0]])
})
