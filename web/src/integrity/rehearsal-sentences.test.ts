import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerRehearsal } from './check.ts'
import { findingSentence, rehearsalSentences } from './rehearsal-sentences.ts'

type Last = NonNullable<ServerRehearsal['last']>

const LAST: Last = {
  ended: '2026-11-27T10:00:00.000Z',
  seconds: 12,
  isWhole: true,
  isDirect: true,
  payloads: 2310,
  bytes: 81_200_000,
  messages: 1204,
  mailboxes: 7,
  point: { time: '2026-05-01T10:00:00.000Z', messages: 900, gone: 0 },
  found: 0,
  findings: [],
}

function said(change: Partial<ServerRehearsal>, last: Partial<Last> | null = {}): string {
  const all = last === null ? null : { ...LAST, ...last }
  const known = {
    every: 30 * 86_400,
    isOverdue: false,
    isUnderWay: false,
    isAlarming: false,
    noRoom: null,
    whole: LAST.ended,
  }
  return rehearsalSentences({ ...known, last: all, ...change }).join(' ')
}

test('what was restored, and what was planned', () => {
  assert.match(
    said({}),
    /^A restore of your mail was rehearsed .*2026.*: 2,310 records \(82 MB\) were read from the disk, verified and opened, and your account was made again from them: 1,204 messages in 7 mailboxes, as you see it\. Restoring it to .*2026.* was planned, with 900 messages\. The server rehearses it every 30 days, while you are logged in\.$/,
  )
  assert.match(said({}, { isDirect: false }), /may say nothing about its disk/)
  assert.match(
    said({}, { point: { time: LAST.ended, messages: 1, gone: 3 } }),
    /1 message, of which 3 cannot come back/,
  )
})

test('what is missing is said, and when it was whole', () => {
  const failed = said({}, { isWhole: false, found: 2 })
  assert.match(failed, /with 2 things missing or different\..* Everything was there when it was rehearsed .*2026/)
  assert.match(
    said({ whole: null }, { isWhole: false, found: 1 }),
    /1 thing missing.*No rehearsal has found everything yet/,
  )
  assert.match(said({}, { isWhole: false, messages: null, mailboxes: null }), /could not be made again from them\./)
  assert.equal(findingSentence({ text: 'record 3: payloadChanged', name: null }), 'record 3: payloadChanged.')
  assert.equal(findingSentence({ text: 'mailbox 3: mailboxMissing', name: 'Work' }), 'mailbox 3: mailboxMissing: Work.')
})

test('nothing is claimed that is not so', () => {
  assert.match(said({}, null), /^A restore of your mail has not been rehearsed yet\. The server rehearses/)
  assert.match(said({ isOverdue: true }), /; the next one is overdue\.$/)
  assert.match(said({ every: null }), /only when somebody asks\.$/)
  assert.match(said({ noRoom: LAST.ended }), /There was no room on the server's disk for one/)
  assert.match(said({ isUnderWay: true }), /One is under way\.$/)
})
