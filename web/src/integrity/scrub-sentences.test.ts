import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { ServerScrub } from './check.ts'
import { scrubSentences } from './scrub-sentences.ts'

const DAY = 86_400_000
const NOW = Date.UTC(2026, 10, 27)
const scrub = (change: Partial<ServerScrub>): ServerScrub => ({
  every: 30 * 86_400,
  since: new Date(NOW - 3.5 * DAY).toISOString(),
  isRead: true,
  isDirect: true,
  repaired: 0,
  unrepairable: 0,
  ...change,
})
const said = (change: Partial<ServerScrub>): string => scrubSentences(scrub(change), NOW).join(' ')

test('within how many days every byte was read, and what is promised', () => {
  assert.match(
    said({}),
    /^Every byte of your mail was read from the disk, or came, within the last 4 days; the oldest .*2026/,
  )
  assert.match(said({}), /promises to read every byte again within 30 days\. No damage was found\.$/)
  assert.match(said({ since: new Date(NOW - 1000).toISOString() }), /within the last 1 day;/)
})

test('nothing is claimed that is not so', () => {
  assert.match(said({ isRead: false }), /^Not every byte/)
  assert.match(said({ since: null }), /^The server does not know when/)
  assert.match(said({ since: new Date(NOW - 31 * DAY).toISOString() }), /within 30 days, and has not kept that\./)
  assert.match(said({ every: null }), /does not read your mail again by itself/)
  assert.match(said({ isDirect: false }), /may say nothing about its disk/)
})

test('damage is told', () => {
  assert.match(said({ repaired: 1 }), /Damage was found and repaired once\.$/)
  assert.match(said({ repaired: 2, unrepairable: 1 }), /repaired 2 times\. Something cannot be repaired/)
  assert.match(said({ unrepairable: 1 }), /days\. Something cannot be repaired/)
})
