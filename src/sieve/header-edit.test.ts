// What a script changes in the header (RFC 5293): seen by what follows, sent with what is sent, and never in the message itself.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { compileScript, warningsOf } from './compile.ts'
import { editedMessage } from './header-edit.ts'
import { describeIssue } from './issue.ts'
import { mistakes, runOn, summary } from './run.test-support.ts'

const TWICE =
  'X-Hello: one\r\nX-Other: o\r\nX-Hello:\r\n two\r\nX-Hello: three\r\nReceived: from a by b\r\n\r\nbody\r\n'

/** The message as it is sent on after these actions. */
function sent(actions: string, message = TWICE): string {
  const outcome = runOn(
    `require ["editheader", "copy", "variables", "relational", "encoded-character"]; ${actions} redirect :copy "ada@example.org";`,
    { message },
  )
  assert.equal(outcome.failure, null)
  const bytes = Buffer.from(message, 'latin1')
  const edit = outcome.redirects[0]?.edit ?? null
  return edit === null ? message : editedMessage(bytes, edit).toString('latin1')
}

/** Whether the test is true after these actions. */
function then(actions: string, expected: string, message = TWICE): boolean {
  const extensions = '"editheader", "variables", "relational", "comparator-i;ascii-numeric", "index"'
  return summary(runOn(`require [${extensions}]; ${actions} if ${expected} { discard; }`, { message })) === 'discard'
}

test('§4: a field is added at the beginning, or at the end', () => {
  assert.equal(sent('addheader "X-New" "a";'), `X-New: a\r\n${TWICE}`)
  assert.equal(sent('addheader :last "X-New" "a";'), TWICE.replace('\r\n\r\n', '\r\nX-New: a\r\n\r\n'))
  assert.equal(sent('addheader "A" "1"; addheader "B" "2"; addheader :last "C" "3"; addheader :last "D" "4";'),
    `B: 2\r\nA: 1\r\n${TWICE.replace('\r\n\r\n', '\r\nC: 3\r\nD: 4\r\n\r\n')}`) // prettier-ignore
  assert.equal(sent('addheader :last "X-New" "a";', 'Subject: x'), 'Subject: x\r\nX-New: a\r\n')
  assert.equal(sent('addheader :last "X-New" "a";', '\r\nbody'), 'X-New: a\r\n\r\nbody')
})

test('§4: values are folded and encoded; what is no field name is an error', () => {
  assert.equal(
    sent('addheader "X-New" "gr\u00fc\u00dfe";').slice(0, TWICE.length * -1),
    'X-New: =?utf-8?Q?gr=C3=BC=C3=9Fe?=\r\n',
  )
  assert.equal(
    sent('addheader "X-New" text:\na\nBcc: evil@example.org\n.\n;').split('\r\n')[0],
    'X-New: a Bcc: evil@example.org',
  )
  const long = sent(`addheader "X-New" "${'word '.repeat(400)}";`).split('\r\n')
  assert.ok(long.length > 20 && long.every((line) => line.length <= 78))
  assert.deepEqual(mistakes('require "editheader"; addheader "X New" "a";'), [
    '1:33 "X New" cannot be a header field\'s name',
  ])
  assert.deepEqual(mistakes('require "editheader"; deleteheader "X:" "a";'), [
    '1:36 "X:" cannot be a header field\'s name',
  ])
  assert.match(
    summary(runOn('require ["editheader", "variables"]; addheader "${a}" "b";')),
    /^error 1:38 that cannot be a header field's name$/,
  )
  assert.match(
    summary(runOn(`require "editheader"; addheader "A" "${'x '.repeat(5_000)}";`)),
    /the header field is too long/,
  )
  assert.match(
    summary(runOn(`require "editheader"; ${`addheader "A" "${'x '.repeat(3_000)}";`.repeat(12)}`)),
    /are too long in sum/,
  )
})

test('§5: fields are deleted by name, by value and by number', () => {
  assert.equal(sent('deleteheader "x-hello";'), 'X-Other: o\r\nReceived: from a by b\r\n\r\nbody\r\n')
  assert.equal(sent('deleteheader :index 2 "x-hello";'), TWICE.replace('X-Hello:\r\n two\r\n', ''))
  assert.equal(sent('deleteheader :index 1 :last "X-Hello";'), TWICE.replace('X-Hello: three\r\n', ''))
  assert.equal(
    sent('deleteheader :matches "X-Hello" ["t*", "zzz"];'),
    TWICE.replace('X-Hello:\r\n two\r\nX-Hello: three\r\n', ''),
  )
  assert.equal(sent('deleteheader "X-Hello" "two";'), TWICE.replace('X-Hello:\r\n two\r\n', ''))
  // It is counted before it is compared.
  assert.equal(sent('deleteheader :index 1 :contains "X-Hello" "two";'), TWICE)
  assert.equal(sent('deleteheader :index 9 "X-Hello";'), TWICE)
  assert.equal(sent('deleteheader "X-Nothing";'), TWICE)
  assert.deepEqual(mistakes('require "editheader"; deleteheader :last "A";'), ['1:23 ":last" needs ":index"'])
  assert.deepEqual(mistakes('require ["editheader", "relational"]; deleteheader :count "gt" "A" "1";'), [
    '1:39 ":count" says nothing of one field',
  ])
})

test('§6: what may not be changed is left, without a word', () => {
  const message = `Return-Path: <a@example.org>\r\nDelivered-To: b@example.org\r\nAuto-Submitted: no\r\n${TWICE}`
  const script = ['received', 'auto-submitted', 'return-path', 'delivered-to'].map((name) => `deleteheader "${name}";`)
  assert.equal(sent(script.join(' '), message), message)
  assert.equal(sent('addheader "Received" "x"; addheader "Delivered-To" "x"; addheader "return-path" "x";'), TWICE)
  assert.equal(sent('deleteheader "subject"; addheader "Subject" "b";', 'Subject: a\r\n\r\n'), 'Subject: b\r\n\r\n')
})

test('§7: what follows sees what is changed; each action takes the header as it is then', () => {
  assert.equal(then('addheader "X-New" "World";', 'header :contains "x-new" "world"'), true)
  assert.equal(then('addheader "From" "Ada <ada@example.org>";', 'address "from" "ada@example.org"'), true)
  assert.equal(then('deleteheader "x-hello";', 'exists "X-Hello"'), false)
  assert.equal(
    then('deleteheader :index 1 "x-hello"; deleteheader :index 2 "x-hello";', 'header :is "x-hello" "two"'),
    true,
  )
  assert.equal(then('addheader "X-Hello" "zero";', 'header :index 1 "x-hello" "zero"'), true)
  assert.equal(
    then('addheader "X-Hello" "zero";', 'header :count "eq" :comparator "i;ascii-numeric" "x-hello" "4"'),
    true,
  )
  assert.equal(sent('addheader "X-Hello" "World"; deleteheader :index 1 "X-Hello";'), TWICE)
  const outcome = runOn(
    'require ["editheader", "vacation"]; redirect "a@example.org"; addheader "X" "y"; redirect "b@example.org"; deleteheader "Subject"; vacation "x"; addheader "Subject" "later";',
  )
  assert.deepEqual(
    outcome.redirects.map(({ edit }) => edit?.before ?? null),
    [null, 'X: y\r\n'],
  )
  assert.deepEqual(outcome.answered?.fieldsOf('subject'), [])
})

test('§7: an error leaves everything as it was', () => {
  const outcome = runOn(
    'require ["editheader", "fileinto"]; addheader "X" "y"; redirect "a@example.org"; fileinto "No";',
  )
  assert.deepEqual([outcome.redirects, outcome.answered], [[], null])
})

test('the implicit keep is not touched, and who puts the script hears that the stored message stays', () => {
  assert.equal(summary(runOn('require "editheader"; addheader "X" "y"; deleteheader "Subject";')), 'INBOX')
  const compiled = compileScript('require "editheader";\r\n  addheader "X" "y"; deleteheader "Z";')
  assert.ok(compiled.ok)
  const [warning, ...others] = warningsOf(compiled.program).map(describeIssue)
  assert.match(warning ?? '', /^line 2, column 3: the message is stored as it came: /)
  assert.deepEqual(others, [])
})

test('many fields: from too many places, or in too long a header, is an error where it would be sent', () => {
  const scattered = `${'A: 1\r\nB: 2\r\n'.repeat(1_200)}\r\n`
  const script = 'require "editheader"; deleteheader "A";'
  assert.equal(summary(runOn(`${script} if exists "a" { discard; }`, { message: scattered })), 'INBOX')
  assert.match(summary(runOn(`${script} redirect "a@example.org";`, { message: scattered })), /from too many places/)
  const long = `A: ${'x'.repeat(1 << 20)}\r\nB: 2\r\n\r\n`
  assert.match(summary(runOn(script, { message: long })), /too long to be changed/)
})
