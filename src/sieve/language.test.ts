// The language itself: what is written, and where it is wrong (RFC 5228 §2, §3, §8).

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds, mistakes, runOn, summary } from './run.test-support.ts'

test('§2.3: comments are white space, also between an identifier and its arguments', () => {
  assert.deepEqual(mistakes('# one\r\n/* two * / ** */ keep /* three */ ; # four'), [])
  assert.deepEqual(mistakes('keep; /* never'), ['1:7 the comment that begins here does not end'])
})

test('§2.4.1: numbers with K, M and G', () => {
  assert.equal(holds('size :under 1K', { message: `A: b\r\n\r\n${'x'.repeat(1016)}` }), false)
  assert.equal(holds('size :over 1023', { message: `A: b\r\n\r\n${'x'.repeat(1016)}` }), true)
  assert.deepEqual(mistakes('if size :over 9007199254740992 { }'), ['1:15 the number is too large'])
  assert.deepEqual(mistakes('if size :over 8388608G { }'), ['1:15 the number is too large'])
  assert.deepEqual(mistakes('if size :over 1T { }'), ['1:15 1T is no number: K, M or G may follow the digits'])
  assert.deepEqual(mistakes('if size :over 2g { }'), [])
})

test('§2.4.2: strings in quotes and of several lines', () => {
  assert.equal(holds('header :is "subject" "I have \\a present for \\you"'), true)
  assert.equal(holds('header :contains "subject" "\\""', { message: 'Subject: a"b\r\n\r\n' }), true)
  const text = runOn('require "vacation"; vacation text: # comment\r\nline\r\n..dot\r\n.one\r\n.\r\n;')
  assert.equal(text.vacation?.reason, 'line\r\n.dot\r\n.one\r\n')
  assert.deepEqual(mistakes('redirect "ada'), ['1:10 the string that begins here does not end'])
  assert.deepEqual(mistakes('redirect text:\r\nada\r\n'), [
    '1:10 the text that begins here does not end: a line with a period alone is missing',
  ])
})

test('lines may end in LF alone, and are CRLF in strings', () => {
  assert.equal(runOn('require "vacation";\nvacation "a\nb";').vacation?.reason, 'a\r\nb')
  assert.equal(runOn('require "vacation";\nvacation "a\r\nb";').vacation?.reason, 'a\r\nb')
  assert.deepEqual(mistakes('keep;\rkeep;'), ['1:6 a control character is not allowed here'])
})

test('§2.4.2.4: encoded characters, by the examples of the RFC', () => {
  for (const [written, meant] of [
    ['$${hex:40}', '$@'],
    ['${hex: 40 }', '@'],
    ['${HEX: 40}', '@'],
    ['${hex:40', '${hex:40'],
    ['${hex:400}', '${hex:400}'],
    ['${hex:4${hex:30}}', '${hex:40}'],
    ['${unicode:40}', '@'],
    ['${ unicode:40}', '${ unicode:40}'],
    ['${UNICODE:40}', '@'],
    ['${UnICoDE:0000040}', '@'],
    ['${Unicode:40}', '@'],
    ['${Unicode:Cool}', '${Unicode:Cool}'],
    ['${unicode:fc 20AC}', '\u00fc\u20ac'],
  ] as const) {
    const subject = Buffer.from(`Subject: ${meant}\r\n\r\n`)
    assert.equal(holds(`header :is "subject" "${written}"`, { message: subject }, ['encoded-character']), true, written)
  }
  assert.deepEqual(mistakes('require "encoded-character"; redirect "${unicode:200000}";'), [
    '1:39 a character is named that Unicode does not have',
  ])
  assert.deepEqual(mistakes('require "encoded-character"; redirect "${Unicode:DF01}";'), [
    '1:39 a character is named that Unicode does not have',
  ])
})

test('§2.6: tags before positions, each once, none that exclude each other', () => {
  assert.deepEqual(mistakes('if header "a" :is "b" { }'), ['1:15 ":is" must stand before the arguments without a tag'])
  assert.deepEqual(mistakes('if header :is :is "a" "b" { }'), ['1:15 ":is" is given twice'])
  assert.deepEqual(mistakes('if header :is :contains "a" "b" { }'), ['1:15 ":contains" and ":is" exclude each other'])
  assert.deepEqual(mistakes('if header "a" { }'), [
    '1:4 "header" lacks a string or a list of strings: its argument "key-list"',
  ])
  assert.deepEqual(mistakes('if header "a" "b" "c" { }'), ['1:19 "header" does not take so many arguments'])
  assert.deepEqual(mistakes('if header 1 "b" { }'), ['1:11 a string or a list of strings is expected for "header"'])
  assert.deepEqual(mistakes('redirect ["a@example.org"];'), ['1:10 one string is expected for "redirect", and no list'])
  assert.deepEqual(mistakes('if header :upward "a" "b" { }'), ['1:11 "header" has no argument ":upward"'])
})

test('many mistakes are told at once, with line and column in characters', () => {
  const script =
    'keep\r\n;\r\nfoo;\r\nif headr "\u00fc\u00fc" "b" { stop "x"; }\r\nif anyof (true false) { keep; }\r\nelse { bar; }'
  assert.deepEqual(mistakes(script), [
    '3:1 there is no command "foo"',
    '4:4 there is no test "headr"',
    '4:26 "stop" does not take so many arguments',
    '5:11 "true" takes no test',
    '6:8 there is no command "bar"',
  ])
})

test('§3.1: exactly one block of an if is run', () => {
  const chosen = (a: boolean, b: boolean): string =>
    summary(
      runOn(`require "fileinto"; if ${a} { fileinto "A"; } elsif ${b} { fileinto "B"; } else { fileinto "C"; }`, {
        mailboxes: ['A', 'B', 'C'],
      }),
    )
  assert.deepEqual([chosen(true, true), chosen(false, true), chosen(false, false)], ['A', 'B', 'C'])
  assert.deepEqual(mistakes('elsif true { }'), ['1:1 "elsif" must follow an "if" or "elsif"'])
  assert.deepEqual(mistakes('if true { } else { } else { }'), ['1:22 "else" must follow an "if" or "elsif"'])
  assert.deepEqual(mistakes('if true;'), ['1:1 "if" must be followed by a block'])
  assert.deepEqual(mistakes('if { }'), ['1:1 "if" takes one test'])
  assert.deepEqual(mistakes('if true, false { }'), ['1:8 ";" is missing after "if"'])
})

test('§3.2: require comes first, and names what this server has', () => {
  assert.deepEqual(mistakes('keep; require "fileinto";'), ['1:7 "require" must stand before all other commands'])
  assert.deepEqual(mistakes('require ["fileinto", "x-nothing"];'), ['1:22 this server does not have "x-nothing"'])
  assert.deepEqual(mistakes('require "Fileinto";'), ['1:9 this server does not have "Fileinto"'])
  assert.deepEqual(mistakes('fileinto "A";'), ['1:1 "fileinto" needs require "fileinto"'])
  assert.deepEqual(mistakes('if header :comparator "i;ascii-numeric" "a" "1" { }'), [
    '1:23 the comparator "i;ascii-numeric" needs require "comparator-i;ascii-numeric"',
  ])
})

test('§2.10.7: fifteen levels of blocks and of tests, and not without end', () => {
  const blocks = (depth: number): string => `${'if true { '.repeat(depth)}discard;${' }'.repeat(depth)}`
  assert.equal(summary(runOn(blocks(15))), 'discard')
  assert.equal(summary(runOn(`if ${'not '.repeat(15)}false { discard; }`)), 'discard')
  assert.match(mistakes(blocks(40))[0] ?? '', /^1:\d+ blocks may be nested 32 deep$/)
  assert.match(mistakes(`if ${'not '.repeat(40)}true { }`)[0] ?? '', /^1:\d+ tests may be nested 32 deep$/)
  assert.deepEqual(mistakes('#'.repeat(200_000)), ['1:1 a script may have 131072 bytes'])
})

test('names are no properties of objects', () => {
  assert.deepEqual(mistakes('constructor;'), ['1:1 there is no command "constructor"'])
  assert.deepEqual(mistakes('if __proto__ { }'), ['1:4 there is no test "__proto__"'])
  assert.deepEqual(mistakes('if header :constructor "a" "b" { }'), ['1:11 "header" has no argument ":constructor"'])
})
