// What the suite takes for right and what not: a matcher that lets everything pass would find nothing wrong with anybody.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { problemsOf } from './expectation.ts'
import { type Response, SyntaxProblem, parseResponse } from './response.ts'

/** Lines of a server, read. */
const heard = (...lines: readonly string[]): readonly Response[] => lines.map((line) => parseResponse(line))

function isRight(expected: string, ...lines: readonly string[]): boolean {
  return problemsOf([parseResponse(expected, true)], [], heard(...lines), new Map([['x', '7']])).length === 0
}

test('what the RFC leaves free is free', () => {
  const right: readonly (readonly [string, ...string[]])[] = [
    ['a OK', 'a OK [READ-WRITE] Selected'],
    ['a NO|BAD', 'a BAD no'],
    ['* LIST () "/" box', '* LIST (\\HasNoChildren) "/" "box"'],
    ['* 1 FETCH (FLAGS (\\Seen x) UID 7)', '* 1 FETCH (UID 7 MODSEQ (3) FLAGS (X \\Recent \\Seen))'],
    ['* 1 FETCH (BODY[] "a\\r\\nb")', '* 1 FETCH (UID 1)', '* 1 FETCH (BODY[] {4}\r\na\r\nb)'],
    ['* SEARCH 3 1', '* SEARCH 1 3'],
    ['* ESEARCH (TAG "a") ALL 1:3 COUNT 3', '* ESEARCH (TAG "a") COUNT 3 ALL 3,1:2'],
    ['* OK [UIDNEXT <gt:$x>]', '* OK [UIDNEXT 8] Next'],
    ['* STATUS box (UNSEEN 1 MESSAGES 2)', '* STATUS box (MESSAGES 2 UNSEEN 1)'],
  ]
  for (const [expected, ...lines] of right) assert(isRight(expected, ...lines), `${expected}: ${lines.join()}`)
})

test('what it does not leave free is noticed', () => {
  const wrong: readonly (readonly [string, ...string[]])[] = [
    ['a OK', 'a NO'.concat(' x')],
    ['a NO [TRYCREATE]', 'a NO There is none'],
    ['a NO [TRYCREATE]', 'a NO [NONEXISTENT] There is none'],
    ['* LIST () "/" box', '* LIST () "/" box2'],
    ['* LIST () "/" box', '* LIST () "/" box', '* LIST () "/" more'],
    ['* 1 FETCH (FLAGS (\\Seen))', '* 1 FETCH (FLAGS (\\Seen \\Flagged))'],
    ['* 1 FETCH (UID 7)', '* 1 FETCH (UID 7)', '* 2 FETCH (ENVELOPE NIL)'],
    ['* 1 FETCH (BODY[TEXT] "")', '* 1 FETCH (BODY[TEXT] NIL)'],
    ['* 1 FETCH (RFC822.SIZE 7)', '* 1 FETCH (RFC822.SIZE "7")'],
    ['* SEARCH 1 3', '* SEARCH 1 2 3'],
    ['* SORT 1 3', '* SORT 3 1'],
    ['* OK [UIDNEXT <gt:$x>]', '* OK [UIDNEXT 7] Next'],
    ['* STATUS box (MESSAGES 2)', '* STATUS box (MESSAGES 2 UNSEEN 1)'],
    ['* 2 EXPUNGE', '* 3 EXPUNGE'],
    ['* 2 EXPUNGE', '* 2 EXPUNGE', '* 2 EXPUNGE'],
  ]
  for (const [expected, ...lines] of wrong) assert(!isRight(expected, ...lines), `${expected}: ${lines.join()}`)
})

test('messages that go may be told in any order, if they are the same', () => {
  const expected = ['* 2 EXPUNGE', '* 2 EXPUNGE'].map((line) => parseResponse(line, true))
  assert.deepEqual(problemsOf(expected, [], heard('* 3 EXPUNGE', '* 2 EXPUNGE'), new Map()), [])
  assert.notDeepEqual(problemsOf(expected, [], heard('* 2 EXPUNGE', '* 3 EXPUNGE'), new Map()), [])
})

test('what must not come is noticed', () => {
  const forbidden = [parseResponse('* <number> EXPUNGE', true)]
  assert.deepEqual(problemsOf([], forbidden, heard('* 1 EXISTS', 'a OK x'), new Map()), [])
  assert.notDeepEqual(problemsOf([], forbidden, heard('* 1 EXPUNGE', 'a OK x'), new Map()), [])
})

test('responses that are against the formal syntax cannot be read', () => {
  for (const line of [
    '* 1 FETCH (FLAGS (\\Seen)',
    '* LIST () "/" "box',
    'a FINE',
    '* 1 FETCH (BODY[] {9}\r\nshort)',
    'a OK',
  ])
    assert.throws(() => parseResponse(line), SyntaxProblem, line)
})
