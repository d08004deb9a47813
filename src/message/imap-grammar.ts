// Checks ENVELOPE and BODYSTRUCTURE replies against the formal grammar (RFC 3501 §9), character by character: what a strict client
// would accept, and nothing else. Used by tests.

import type { Octets } from './part.ts'

class GrammarError extends Error {
  override name = 'GrammarError'
}

/** Null if `reply` is an `envelope`, else what is wrong and where. */
export function checkEnvelope(reply: Octets): string | null {
  return check(reply, envelope)
}

/** Null if `reply` is a `body`, with extension data or without any, else what is wrong and where. */
export function checkBody(reply: Octets, extended: boolean): string | null {
  return check(reply, (cursor) => body(cursor, extended))
}

interface Cursor {
  readonly text: Octets
  at: number
}

function check(text: Octets, rule: (cursor: Cursor) => void): string | null {
  const cursor: Cursor = { text, at: 0 }
  try {
    rule(cursor)
    return cursor.at === text.length ? null : `at ${cursor.at}: more than the reply`
  } catch (error) {
    if (error instanceof GrammarError) return error.message
    throw error
  }
}

function fail(cursor: Cursor, expected: string): never {
  throw new GrammarError(`at ${cursor.at}: not ${expected}: ${cursor.text.slice(cursor.at, cursor.at + 40)}`)
}

function expect(cursor: Cursor, token: string): void {
  if (!accept(cursor, token)) fail(cursor, token)
}

function accept(cursor: Cursor, token: string): boolean {
  if (!cursor.text.startsWith(token, cursor.at)) return false
  cursor.at += token.length
  return true
}

function number(cursor: Cursor): number {
  const digits = /^\d{1,10}/.exec(cursor.text.slice(cursor.at, cursor.at + 11))?.[0] ?? fail(cursor, 'a number')
  cursor.at += digits.length
  if (Number(digits) > 0xffff_ffff) fail(cursor, 'a number')
  return Number(digits)
}

function string(cursor: Cursor): Octets {
  if (accept(cursor, '{')) {
    const length = number(cursor)
    expect(cursor, '}\r\n')
    const value = cursor.text.slice(cursor.at, cursor.at + length)
    // CHAR8 is any byte but NUL.
    if (value.length !== length || value.includes('\0')) fail(cursor, 'a literal')
    cursor.at += length
    return value
  }
  expect(cursor, '"')
  let value = ''
  for (;;) {
    const char = cursor.text[cursor.at]
    if (char === undefined || char === '\r' || char === '\n' || char === '\0' || char > '\x7f')
      fail(cursor, 'a quoted string')
    cursor.at++
    if (char === '"') return value
    if (char === '\\') {
      const escaped = cursor.text[cursor.at++]
      if (escaped !== '"' && escaped !== '\\') fail(cursor, 'a quoted pair')
      value += escaped
    } else value += char
  }
}

function nstring(cursor: Cursor): Octets | null {
  return accept(cursor, 'NIL') ? null : string(cursor)
}

function envelope(cursor: Cursor): void {
  expect(cursor, '(')
  nstring(cursor)
  expect(cursor, ' ')
  nstring(cursor)
  for (let list = 0; list < 6; list++) {
    expect(cursor, ' ')
    addresses(cursor)
  }
  expect(cursor, ' ')
  nstring(cursor)
  expect(cursor, ' ')
  nstring(cursor)
  expect(cursor, ')')
}

function addresses(cursor: Cursor): void {
  if (accept(cursor, 'NIL')) return
  expect(cursor, '(')
  let inGroup = false
  do {
    expect(cursor, '(')
    const name = nstring(cursor)
    expect(cursor, ' ')
    const route = nstring(cursor)
    expect(cursor, ' ')
    const mailbox = nstring(cursor)
    expect(cursor, ' ')
    const host = nstring(cursor)
    expect(cursor, ')')
    // RFC 3501 §9: without a host it begins a group, without a mailbox too it ends one.
    if (host === null) {
      if (name !== null || route !== null || (mailbox === null) !== inGroup) fail(cursor, 'a group')
      inGroup = mailbox !== null
    } else if (mailbox === null) fail(cursor, 'an address')
  } while (cursor.text[cursor.at] === '(')
  if (inGroup) fail(cursor, 'the end of a group')
  expect(cursor, ')')
}

function body(cursor: Cursor, extended: boolean): void {
  expect(cursor, '(')
  if (cursor.text[cursor.at] === '(') {
    do body(cursor, extended)
    while (cursor.text[cursor.at] === '(')
    expect(cursor, ' ')
    string(cursor)
    if (extended) {
      expect(cursor, ' ')
      parameters(cursor)
    }
  } else singlePart(cursor, extended)
  if (extended) {
    expect(cursor, ' ')
    disposition(cursor)
    expect(cursor, ' ')
    language(cursor)
    expect(cursor, ' ')
    nstring(cursor)
  }
  expect(cursor, ')')
}

function singlePart(cursor: Cursor, extended: boolean): void {
  const type = string(cursor).toLowerCase()
  expect(cursor, ' ')
  const subtype = string(cursor).toLowerCase()
  if (type === 'multipart') fail(cursor, 'a single part')
  expect(cursor, ' ')
  parameters(cursor)
  for (let field = 0; field < 2; field++) {
    expect(cursor, ' ')
    nstring(cursor)
  }
  expect(cursor, ' ')
  string(cursor)
  expect(cursor, ' ')
  number(cursor)
  if (type === 'message' && subtype === 'rfc822') {
    expect(cursor, ' ')
    envelope(cursor)
    expect(cursor, ' ')
    body(cursor, extended)
  }
  if (type === 'text' || (type === 'message' && subtype === 'rfc822')) {
    expect(cursor, ' ')
    number(cursor)
  }
  if (extended) {
    expect(cursor, ' ')
    nstring(cursor)
  }
}

function parameters(cursor: Cursor): void {
  if (accept(cursor, 'NIL')) return
  expect(cursor, '(')
  do {
    string(cursor)
    expect(cursor, ' ')
    string(cursor)
  } while (accept(cursor, ' '))
  expect(cursor, ')')
}

function disposition(cursor: Cursor): void {
  if (accept(cursor, 'NIL')) return
  expect(cursor, '(')
  string(cursor)
  expect(cursor, ' ')
  parameters(cursor)
  expect(cursor, ')')
}

function language(cursor: Cursor): void {
  if (!accept(cursor, '(')) {
    nstring(cursor)
    return
  }
  do string(cursor)
  while (accept(cursor, ' '))
  expect(cursor, ')')
}
