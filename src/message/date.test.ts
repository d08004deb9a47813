import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatDate, parseDate } from './date.ts'

/** ISO 8601 in UTC and the zone's minutes. */
function parsed(text: string): string | null {
  const date = parseDate(text)
  return date === null ? null : `${new Date(date.ms).toISOString().replace('.000', '')} ${date.zoneMinutes}`
}

test('dates (RFC 5322 §3.3)', () => {
  assert.equal(parsed('Fri, 21 Nov 1997 09:55:06 -0600'), '1997-11-21T15:55:06Z -360')
  assert.equal(parsed('21 Nov 1997 09:55 +0530'), '1997-11-21T04:25:00Z 330')
  assert.equal(parsed('Thu, 13 Feb 1969 23:32 -0330 (Newfoundland Time)'), '1969-02-14T03:02:00Z -210')
  assert.equal(parsed('Sat, 31 Dec 2016 23:59:60 +0000'), '2017-01-01T00:00:00Z 0')
})

test('obsolete dates (RFC 5322 §4.3)', () => {
  assert.equal(parsed('21 Nov 97 09:55:06 GMT'), '1997-11-21T09:55:06Z 0')
  assert.equal(parsed('1 Jan 49 0:0:0 EST'), '2049-01-01T05:00:00Z -300')
  assert.equal(parsed('1 Jan 103 0:0 PDT'), '2003-01-01T07:00:00Z -420')
  assert.equal(parsed('Fri, 21 Nov 1997 09(comment):   55  :  06 -0600'), '1997-11-21T15:55:06Z -360')
  assert.equal(parsed('Fri, 21 Nov 1997 (comment) 09:55:06 A'), '1997-11-21T09:55:06Z 0')
})

test('dates as senders write them', () => {
  assert.equal(parsed('Fri Nov 21 09:55:06 1997'), '1997-11-21T09:55:06Z 0')
  assert.equal(parsed('Fri Nov 21 09:55:06 EST 1997'), '1997-11-21T14:55:06Z -300')
  assert.equal(parsed('12-Jan-2001 10:00:00 +0100'), '2001-01-12T09:00:00Z 60')
  assert.equal(parsed('2001-02-03T04:05:06.789+01:00'), '2001-02-03T03:05:06Z 60')
  assert.equal(parsed('21 November 1997 9:55 PM'), '1997-11-21T21:55:00Z 0')
  assert.equal(parsed('21 Nov 1997 12:05 am'), '1997-11-21T00:05:00Z 0')
  assert.equal(parsed('Fri, 23 Aug 2002 22:46:34 GMT+1'), '2002-08-23T21:46:34Z 60')
  assert.equal(parsed('Thu, 18 Jul 0102 19:51:35 -0100'), '2002-07-18T20:51:35Z -60')
  assert.equal(parsed('Sun, 27 May 2001 12:39:01 -1600'), '2001-05-28T04:39:01Z -960')
  assert.equal(parsed('Sun, 27 May 2001 12:39:01 -9999'), '2001-05-27T12:39:01Z 0')
  assert.equal(parsed('27 May 2001'), '2001-05-27T00:00:00Z 0')
})

test('what is no date', () => {
  for (const text of [
    '',
    'now',
    '31 Feb 2001 00:00',
    '0 Jan 2001',
    '32 Jan 2001',
    '1 Foo 2001',
    '1 Jan 2001 24:00',
    '1 Jan 2001 00:60',
    '(1 Jan 2001',
    '((((',
  ]) {
    assert.equal(parsed(text), null, text)
  }
})

test('a date that is written is read back', () => {
  assert.equal(formatDate(880_127_706_000, -360), 'Fri, 21 Nov 1997 09:55:06 -0600')
  fc.assert(
    fc.property(
      fc.integer({ min: -2_000_000_000, max: 250_000_000_000 }),
      fc.integer({ min: -1439, max: 1439 }),
      (seconds, zoneMinutes) => {
        const ms = seconds * 1000
        const local = new Date(ms + zoneMinutes * 60_000).getUTCFullYear()
        if (local >= 1907 && local <= 9999)
          assert.deepEqual(parseDate(formatDate(ms, zoneMinutes)), { ms, zoneMinutes: zoneMinutes })
      },
    ),
  )
})

test('any text is read in bounded time', () => {
  fc.assert(fc.property(fc.string(), (text) => void parseDate(text)))
  for (const piece of ['(', ')', '1 ', 'Jan ', '+0000', ':']) parseDate(piece.repeat(1_000_000))
})
