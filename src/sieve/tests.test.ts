// Tests of RFC 5228 §2.7 and §5, and of the extensions that add tests or match types.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { A_MESSAGE, holds, mistakes, runOn, summary } from './run.test-support.ts'

test('RFC 5228 §2.7.1: is, contains and matches', () => {
  for (const [written, is] of [
    ['header :is "subject" "i HAVE a present for you"', true],
    ['header :is "subject" "i HAVE a present"', false],
    ['header :comparator "i;octet" :is "subject" "i HAVE a present for you"', false],
    ['header :contains "subject" "PRESENT"', true],
    ['header :contains "subject" ""', true],
    ['header :matches "subject" "*present*"', true],
    ['header :matches "subject" "i ???? a*"', true],
    ['header :matches "subject" "i ??? a*"', false],
    ['header :matches "subject" "present"', false],
    ['header :matches "x-empty" "?*"', false],
    ['header :is "x-empty" ""', true],
    ['header :contains "x-empty" ""', true],
    ['header :contains "x-nothing" ""', false],
    ['header :is "x-nothing" ""', false],
    ['header :contains ["x-nothing", "cc"] ["x", "gr\u00fc\u00dfe"]', true],
    ['not header :matches "x-nothing" "?*"', true],
  ] as const) {
    assert.equal(holds(written), is, written)
  }
})

test('a backslash takes the meaning from what follows it in a pattern', () => {
  const message = 'Subject: 2*3?\r\n\r\n'
  assert.equal(holds('header :matches "subject" "2\\\\*3\\\\?"', { message }), true)
  assert.equal(holds('header :matches "subject" "2\\\\*4*"', { message }), false)
})

test('§5.1: addresses, and parts of them', () => {
  for (const [written, is] of [
    ['address "from" "coyote@desert.example.org"', true],
    ['address :contains "from" "Wile"', false],
    ['address :domain "from" "DESERT.example.org"', true],
    ['address :localpart "to" "bird"', true],
    ['address :all :contains ["to", "cc"] "other"', true],
    ['address :is "to" "friends"', false],
  ] as const) {
    assert.equal(holds(written), is, written)
  }
  assert.deepEqual(mistakes('if address "subject" "x" { }'), ['1:12 "subject" is no field of addresses: use "header"'])
  // §2.7.4: an address that is none is matched as a whole only.
  const message = 'From: nobody\r\n\r\n'
  assert.equal(holds('address :contains "from" "nobody"', { message }), true)
  assert.equal(holds('address :localpart :contains "from" ""', { message }), false)
})

test('RFC 5233: user and detail', () => {
  const subaddress = ['subaddress', 'envelope']
  assert.equal(holds('envelope :detail "to" "lists"', {}, subaddress), true)
  assert.equal(holds('envelope :user "to" "roadrunner"', {}, subaddress), true)
  assert.equal(holds('address :user "from" "coyote"', {}, subaddress), true)
  assert.equal(holds('address :detail :contains "from" ""', {}, subaddress), false)
  assert.equal(holds('address :detail "to" ""', { message: 'To: ada+@example.org\r\n\r\n' }, subaddress), true)
  assert.deepEqual(mistakes('if address :user "from" "x" { }'), ['1:12 ":user" needs require "subaddress"'])
})

test('§5.4: the envelope', () => {
  assert.equal(holds('envelope :all :is "from" "coyote@desert.example.org"', {}, ['envelope']), true)
  assert.equal(holds('envelope :domain "TO" "acme.example.com"', {}, ['envelope']), true)
  const bounce = { envelope: { from: '', to: 'ada@example.org' } }
  assert.equal(holds('envelope :localpart "from" ""', bounce, ['envelope']), true)
  const unknown = { envelope: { from: null, to: null } }
  assert.equal(holds('envelope :contains "from" ""', unknown, ['envelope']), false)
  assert.deepEqual(mistakes('require "envelope"; if envelope "auth" "x" { }'), [
    '1:33 the envelope has the parts "from" and "to", and no "auth"',
  ])
})

test('§5.2, §5.3, §5.5, §5.8, §5.9', () => {
  for (const [written, is] of [
    ['allof (true, true)', true],
    ['allof (true, false)', false],
    ['anyof (false, true)', true],
    ['anyof (false, false)', false],
    ['not anyof (false, not true)', true],
    ['exists ["from", "DATE"]', true],
    ['exists ["from", "x-nothing"]', false],
    [`size :over ${A_MESSAGE.length - 1}`, true],
    [`size :over ${A_MESSAGE.length}`, false],
    [`size :under ${A_MESSAGE.length}`, false],
    [`size :under ${A_MESSAGE.length + 1}`, true],
    ['header :is "bad name:" "x"', false],
  ] as const) {
    assert.equal(holds(written), is, written)
  }
  assert.deepEqual(mistakes('if size 1 { }'), ['1:4 "size" needs ":over" or ":under"'])
  assert.deepEqual(mistakes('if size :over :under 1 { }'), ['1:15 ":under" and ":over" exclude each other'])
})

test('RFC 5231: value and count', () => {
  const relational = ['relational', 'comparator-i;ascii-numeric']
  for (const [written, is] of [
    ['header :value "lt" :comparator "i;ascii-numeric" "x-number" "8"', true],
    ['header :value "gt" :comparator "i;ascii-numeric" "x-number" "7"', false],
    ['header :value "eq" :comparator "i;ascii-numeric" "x-number" "000007"', true],
    ['header :value "gt" :comparator "i;ascii-numeric" "subject" "99999999999999999999999999"', true],
    ['header :is :comparator "i;ascii-numeric" "x-number" "7"', true],
    ['address :count "ge" :comparator "i;ascii-numeric" ["to", "cc"] "3"', true],
    ['address :count "eq" :comparator "i;ascii-numeric" "to" ["3", "2"]', true],
    ['header :count "eq" :comparator "i;ascii-numeric" "x-twice" "2"', true],
    ['header :count "ne" :comparator "i;ascii-numeric" "x-nothing" "0"', false],
    ['address :value "gt" "from" "B"', true],
  ] as const) {
    assert.equal(holds(written, {}, relational), is, written)
  }
  assert.deepEqual(mistakes('require "relational"; if header :value "xx" "a" "b" { }'), [
    '1:40 a relation is one of gt, ge, lt, le, eq and ne',
  ])
  assert.deepEqual(
    mistakes('require "comparator-i;ascii-numeric"; if header :contains :comparator "i;ascii-numeric" "a" "1" { }'),
    ['1:42 ":contains" cannot be used with the comparator i;ascii-numeric'],
  )
})

const PARTS = Buffer.from(
  [
    'From: a@example.org',
    'Content-Type: multipart/mixed; boundary=outer',
    '',
    'This is a multi-part message in MIME format.',
    '',
    '--outer',
    'Content-Type: multipart/alternative; boundary=inner',
    '',
    'This is a nested multi-part message in MIME format.',
    '',
    '--inner',
    'Content-Type: text/plain; charset="us-ascii"',
    '',
    'Hello plain',
    '--inner',
    'Content-Type: text/html; charset="us-ascii"',
    '',
    '<html><body>Hello <b>bold</b></body></html>',
    '--inner--',
    'This is the end of the inner MIME multipart.',
    '--outer',
    'Content-Type: message/rfc822',
    '',
    'From: Someone Else',
    'Subject: hello request',
    '',
    'Please say Hello',
    '--outer--',
    'This is the end of the outer MIME multipart.',
    '',
  ].join('\r\n'),
)

test('RFC 5173: the body, by its example', () => {
  for (const [written, is] of [
    ['body :content "multipart" :contains "MIME"', true],
    ['body :content "multipart" :contains "end of the inner"', true],
    ['body :content "multipart" :contains "end of the outer"', true],
    ['body :content "multipart" :contains "Hello"', false],
    ['body :content "multipart" :contains "boundary"', false],
    ['body :content "text/plain" :contains "Hello plain"', true],
    ['body :content "text/plain" :contains "Please say"', true],
    ['body :content "text/html" :contains "<body>Hello"', true],
    ['body :content "text" :contains "<b>bold</b>"', true],
    ['body :content "message/rfc822" :contains "hello request"', true],
    ['body :content "message/rfc822" :contains "Please"', false],
    ['body :content "" :contains "nested"', true],
    ['body :content "/" :contains ""', false],
    ['body :content "text/" :contains ""', false],
    ['body :content "audio/mp3" :contains ""', false],
    ['body :raw :contains "--inner"', true],
    ['body :raw :contains "boundary=outer"', false],
    ['body :text :contains "Hello bold"', true],
    ['body :contains "Hello plain"', true],
  ] as const) {
    assert.equal(holds(written, { message: PARTS }, ['body']), is, written)
  }
  assert.equal(holds('body :contains "sorry \u00fc\r\nsecond"', {}, ['body']), true)
  assert.equal(holds('body :raw :contains ""', { message: 'From: x\r\n' }, ['body']), false)
  assert.equal(holds('body :raw :is ""', { message: 'From: x\r\n\r\n' }, ['body']), true)
})

test('RFC 5260: dates', () => {
  const date = ['date', 'relational', 'index']
  for (const [written, is] of [
    ['date :originalzone "date" "hour" "09"', true],
    ['date :zone "+0000" "date" "hour" "17"', true],
    ['date :zone "+0530" "date" "time" "22:36:31"', true],
    ['date :originalzone "date" "date" "1997-04-01"', true],
    ['date :originalzone "date" "weekday" "2"', true],
    ['date :originalzone "date" "zone" "-0800"', true],
    ['date :originalzone "date" "julian" "50539"', true],
    ['date :originalzone "date" "iso8601" "1997-04-01T09:06:31-08:00"', true],
    ['date :zone "+0000" "date" "iso8601" "1997-04-01T17:06:31Z"', true],
    ['date :originalzone "date" "std11" "Tue, 1 Apr 1997 09:06:31 -0800"', true],
    ['date :value "ge" :originalzone "date" "year" "1997"', true],
    ['date :zone "+0000" "received" "minute" "07"', true],
    ['date :index 1 :last :zone "+0000" "received" "minute" "07"', true],
    ['date :index 2 :zone "+0000" "received" "minute" "07"', false],
    ['date :contains "x-nothing" "year" ""', false],
    ['date :contains "subject" "year" ""', false],
    ['date :count "eq" "date" "year" "1"', true],
    ['currentdate :zone "+0000" "date" "2026-11-28"', true],
    ['currentdate :zone "-0600" "date" "2026-11-27"', true],
    ['currentdate :zone "+0000" "weekday" "6"', true],
    ['currentdate :count "eq" "date" "1"', true],
  ] as const) {
    assert.equal(holds(written, {}, date), is, written)
  }
  assert.deepEqual(mistakes('require "date"; if date "date" "century" "1" { }'), [
    '1:32 "century" is no part of a date',
  ])
  assert.deepEqual(mistakes('require "date"; if currentdate :zone "1" "date" "1" { }'), [
    '1:38 a zone is written as "+0100"',
  ])
  assert.deepEqual(mistakes('require "date"; if date :zone "+0000" :originalzone "d" "date" "1" { }'), [
    '1:39 ":originalzone" and ":zone" exclude each other',
  ])
})

test('RFC 5260 §6: the index of a field', () => {
  assert.equal(holds('header :index 2 "x-twice" "second"', {}, ['index']), true)
  assert.equal(holds('header :index 2 "x-twice" "first"', {}, ['index']), false)
  assert.equal(holds('header :index 1 :last "x-twice" "second"', {}, ['index']), true)
  assert.equal(holds('header :index 3 :contains "x-twice" ""', {}, ['index']), false)
  assert.equal(holds('address :index 2 ["from", "cc"] "other+box@acme.example.com"', {}, ['index']), true)
  assert.deepEqual(mistakes('require "index"; if header :last "a" "b" { }'), ['1:21 ":last" needs ":index"'])
  assert.deepEqual(mistakes('require "index"; if header :index 0 "a" "b" { }'), ['1:21 fields are counted from 1'])
})

test('RFC 5183: the environment', () => {
  assert.equal(holds('environment "name" "mailkeep"', {}, ['environment']), true)
  assert.equal(holds('environment :contains "x" ""', {}, ['environment']), false)
  assert.equal(holds('environment :count "eq" "remote-host" "0"', {}, ['environment', 'relational']), true)
})

test('RFC 5490 and RFC 8579: mailboxes', () => {
  const situation = { mailboxes: ['Lists', 'Spam'], specialUse: { '\\Junk': 'Spam' } }
  const required = ['mailbox', 'special-use']
  assert.equal(holds('mailboxexists "Lists"', situation, required), true)
  assert.equal(holds('mailboxexists ["Lists", "Other"]', situation, required), false)
  assert.equal(holds('specialuse_exists "\\\\Junk"', situation, required), true)
  assert.equal(holds('specialuse_exists ["\\\\Junk", "\\\\Sent"]', situation, required), false)
  assert.equal(holds('specialuse_exists "Spam" "\\\\Junk"', situation, required), true)
  assert.equal(holds('specialuse_exists "Lists" "\\\\Junk"', situation, required), false)
})

test('RFC 5490 §3.3 to §4.2: annotations', () => {
  const situation = {
    annotations: { Lists: { '/private/sort': 'By Date' }, '': { '/private/mode': 'on', '/shared/empty': '' } },
  }
  const required = ['mboxmetadata', 'servermetadata']
  for (const [written, is] of [
    ['metadata "Lists" "/PRIVATE/Sort" "by date"', true],
    ['metadata :contains "Lists" "/private/sort" "week"', false],
    ['metadata :contains "Lists" "/private/none" ""', false],
    ['metadata :contains "Nowhere" "/private/sort" ""', false],
    ['metadataexists "Lists" ["/private/sort"]', true],
    ['metadataexists "Lists" ["/private/sort", "/private/none"]', false],
    ['servermetadata :is "/private/mode" "ON"', true],
    ['servermetadata :is :comparator "i;octet" "/private/mode" "ON"', false],
    ['servermetadata "/shared/empty" ""', true],
    ['servermetadataexists ["/private/mode", "/shared/empty"]', true],
    ['servermetadataexists "/private/sort"', false],
  ] as const) {
    assert.equal(holds(written, situation, required), is, written)
  }
  assert.deepEqual(mistakes('if metadata "a" "b" "c" { }'), ['1:4 "metadata" needs require "mboxmetadata"'])
  assert.deepEqual(mistakes('if servermetadataexists "b" { }'), [
    '1:4 "servermetadataexists" needs require "servermetadata"',
  ])
})

test('RFC 7352: duplicates', () => {
  const seen = {
    seen: [
      ['', '<one@desert.example.org>'],
      [':h', 'first'],
    ] as const,
  }
  assert.equal(holds('duplicate', seen, ['duplicate']), true)
  assert.equal(holds('duplicate', {}, ['duplicate']), false)
  assert.equal(holds('duplicate :handle "h"', seen, ['duplicate']), false)
  assert.equal(holds('duplicate :handle "h" :header "x-twice"', seen, ['duplicate']), true)
  assert.equal(holds('duplicate :uniqueid "<one@desert.example.org>"', seen, ['duplicate']), true)
  assert.equal(holds('duplicate :seconds 0', seen, ['duplicate']), false)
  const marks = runOn('require "duplicate"; if duplicate :seconds 60 :last { }').seen
  assert.deepEqual(marks, [{ handle: '', uniqueId: '<one@desert.example.org>', seconds: 60, isLast: true }])
  assert.deepEqual(runOn('require "duplicate"; if duplicate :header "x-nothing" { }').seen, [])
  assert.deepEqual(mistakes('require "duplicate"; if duplicate :header "a" :uniqueid "b" { }'), [
    '1:47 ":uniqueid" and ":header" exclude each other',
  ])
})

test('RFC 5463: what is not there is an error only when it is reached', () => {
  const script = (name: string): string =>
    `require "ihave"; if ihave "${name}" { if ${name === 'body' ? 'body :contains "sorry"' : 'x_thing "a"'} { discard; } } else { keep; }`
  assert.equal(summary(runOn(script('body'))), 'discard')
  assert.equal(summary(runOn(script('x-thing'))), 'INBOX')
  assert.equal(summary(runOn('require "ihave"; x_other "a";')), 'error 1:18 there is no command "x_other"')
  assert.equal(summary(runOn('require "ihave"; if false { if ihave "copy" { } }\r\nredirect :copy "a@example.org";')),
    'error 2:10 "copy" was neither required nor found by "ihave"') // prettier-ignore
  assert.equal(summary(runOn('require "ihave"; error "no \u00fc";')), 'error 1:18 no \u00fc')
  assert.equal(
    summary(runOn('require "ihave"; if allof (ihave "date", currentdate :contains "year" "") { discard; }')),
    'discard',
  )
  assert.equal(summary(runOn('require "ihave"; if anyof (true, nothing "a") { discard; }')), 'discard')
  // Mistakes of what is there stay mistakes.
  assert.deepEqual(mistakes('require "ihave"; redirect "x";'), ['1:27 that is not an address mail can be sent to'])
})
