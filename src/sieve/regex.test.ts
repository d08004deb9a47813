// The match type ":regex" (draft-ietf-sieve-regex-01), as scripts use it.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { holds, mistakes, runOn, summary } from './run.test-support.ts'

const REGEX = ['regex']

/** As it is written in a script. */
function quoted(pattern: string): string {
  return `"${pattern.replace(/["\\]/g, '\\$&')}"`
}

function matches(pattern: string, subject: string, comparator = 'i;ascii-casemap'): boolean {
  const message = Buffer.from(`Subject: ${subject}\r\n\r\n`)
  return holds(`header :regex :comparator "${comparator}" "subject" ${quoted(pattern)}`, { message }, REGEX)
}

/** What is said of the pattern. */
function wrong(pattern: string): string {
  return (
    mistakes(`require "regex"; if header :regex "a" ${quoted(Buffer.from(pattern).toString('latin1'))} { }`)[0] ?? ''
  )
}

test('§6: what extended regular expressions have', () => {
  for (const [pattern, subject, is] of [
    ['present', 'I have a PRESENT for you', true],
    ['^present', 'I have a present', false],
    ['^I .* you$', 'I have a present for you', true],
    ['a.c', 'abc', true],
    ['a.c', 'ac', false],
    ['^.$', '\u00fc', true],
    ['^[\u00e0-\u00ff]+$', '\u00fc\u00e4', true],
    ['^[^\u00fc]+$', '\u00fc', false],
    ['colou?r', 'color', true],
    ['^(ab)+$', 'ababab', true],
    ['^(ab)+$', 'ababa', false],
    ['^a{2,3}$', 'aa', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{3}$', 'aaa', true],
    ['^a{2,}b', 'aaaaab', true],
    ['^(cat|dog|)s$', 's', true],
    ['^(cat|dog)s$', 'dogs', true],
    ['[[:digit:]]{4}-[[:digit:]]{2}', 'on 2026-11', true],
    ['^[][]+$', '[]', true],
    ['^[^]]+$', 'a]', false],
    ['^[a-c-]+$', 'a-c', true],
    ['^[\\.]+$', '.', true],
    ['^\\[acme\\]', '[acme] hello', true],
    ['^[[.a.][=b=]]+$', 'ab', true],
    ['^[[:alpha:]_]+$', 'a_b1', false],
    ['^()$', '', true],
    ['1\\.0$', 'version 1x0', false],
  ] as const) {
    assert.equal(matches(pattern, subject), is, `${pattern} ${subject}`)
  }
})

test('§5: the comparator says whether case counts', () => {
  assert.equal(matches('^ABC$', 'abc'), true)
  assert.equal(matches('^ABC$', 'abc', 'i;octet'), false)
  assert.equal(matches('^[^[:lower:]]+$', 'ALL UPPER', 'i;octet'), true)
  assert.equal(matches('^[^[:lower:]]+$', 'Not All', 'i;octet'), false)
  assert.equal(matches('^[^a]$', 'A'), false)
  assert.deepEqual(
    mistakes(
      'require ["regex", "comparator-i;ascii-numeric"]; if header :regex :comparator "i;ascii-numeric" "a" "1" { }',
    ),
    ['1:53 ":regex" cannot be used with the comparator i;ascii-numeric'],
  )
})

test('lines: in a body the period and negated sets keep to one', () => {
  const message = 'From: a@example.org\r\n\r\none\r\ntwo words\r\n'
  const body = (pattern: string): boolean => holds(`body :regex ${quoted(pattern)}`, { message }, ['regex', 'body'])
  assert.equal(body('^two words$'), true)
  assert.equal(body('^one$'), true)
  assert.equal(body('one.*two'), false)
  assert.equal(body('one[^x]*two'), false)
  assert.equal(body('one[[:space:]]*two'), true)
})

test('§7.1: the groups of what begins first and is longest are match variables', () => {
  const value = (pattern: string, subject: string): string => {
    const script = `require ["regex", "variables", "vacation"]; if header :regex "subject" ${quoted(pattern)} { vacation "\${0}|\${1}|\${2}|\${3}"; }`
    return runOn(script, { message: Buffer.from(`Subject: ${subject}\r\n\r\n`) }).vacation?.reason ?? ''
  }
  assert.equal(value('^\\[(.*)\\] (.*)$', '[acme-users] [fwd] version 1.0 is out'),
    '[acme-users] [fwd] version 1.0 is out|acme-users] [fwd|version 1.0 is out|') // prettier-ignore
  assert.equal(value('<(.*)@', 'List <users@example.org>'), '<users@|users||')
  assert.equal(value('(a|ab)(c|bcd)?', 'xabcd'), 'abcd|a|bcd|')
  assert.equal(value('a|abc', 'abc'), 'abc|||')
  assert.equal(value('(x)|(b)', 'abc'), 'b||b|')
  assert.equal(value('b*', 'abb'), '|||')
  assert.equal(value('(A)(b)', 'ab'), 'ab|a|b|')
})

test('§7.2: what is quoted stands for itself', () => {
  const script = (value: string): string =>
    `require ["regex", "variables"]; set :quoteregex "v" ${quoted(value)}; if header :regex "subject" "^\${v}$" { discard; }`
  const special = 'a.b*c+d?e^f$g|h(i)j[k]l{m}n\\o'
  assert.equal(summary(runOn(script(special), { message: `Subject: ${special}\r\n\r\n` })), 'discard')
  assert.equal(summary(runOn(script('a.b'), { message: 'Subject: axb\r\n\r\n' })), 'INBOX')
  assert.deepEqual(mistakes('require "variables"; set :quoteregex "a" "b";'), [
    '1:26 ":quoteregex" needs require "regex"',
  ])
})

test('what is no expression is told with line and column, with variables when it is reached', () => {
  assert.equal(wrong('(a'), '1:39 that is no regular expression: a parenthesis is not closed')
  for (const [pattern, why] of [
    ['a)', 'a parenthesis is closed that was not opened'],
    ['*a', 'nothing before "*"'],
    ['a|+', 'nothing before "+"'],
    ['a**', 'a repetition cannot be repeated'],
    ['a+?', 'a repetition cannot be repeated'],
    ['^*', 'a position cannot be repeated'],
    ['[a', 'a bracket is not closed'],
    ['[z-a]', 'ends before it begins'],
    ['[[:word:]]', 'no class of characters "word"'],
    ['[[.space.]]', 'must be one character'],
    ['\\w', 'a backslash before "w"'],
    ['(a)\\1', 'a backslash before "1"'],
    ['a\\', 'a backslash must not be the last'],
    ['a{x}', 'a brace must begin a repetition'],
    ['a{3,2}', 'more at least than at most'],
    ['a{999}', 'may be repeated 255 times'],
    ['((a{200}){200}){200}', 'it is too long'],
    ['('.repeat(40) + ')'.repeat(40), 'nested too deep|may be 32 groups'],
    ['()'.repeat(40), 'there may be 32 groups'],
  ] as const) {
    assert.match(wrong(pattern), new RegExp(why.replaceAll('"', '\\"').replaceAll(/[*+{}()]/g, '\\$&')), pattern)
  }
  assert.deepEqual(mistakes('if header :regex "a" "b" { }'), ['1:11 ":regex" needs require "regex"'])
  assert.equal(
    summary(runOn('require ["regex", "variables"]; set "v" "("; if header :regex "subject" "${v}" { discard; }')),
    'error 1:49 what the variables make is no regular expression: a parenthesis is not closed',
  )
})

test('what takes others without end is over soon, or ends as an error', () => {
  const bomb = { message: `Subject: ${'a'.repeat(60)}!\r\n\r\n` }
  assert.equal(holds('header :regex "subject" "^(a*)*(a|a)*(a|aa)+$"', bomb, REGEX), false)
  const body = { message: `From: x\r\n\r\n${'a'.repeat(1 << 20)}` }
  const script = 'require ["regex", "body"]; if body :regex "(a{0,200}){0,4}b" { discard; }'
  assert.match(summary(runOn(script, body)), /^error 1:31 the script takes too long/)
})
