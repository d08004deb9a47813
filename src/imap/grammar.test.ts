// Tokens and small forms of the grammar.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { Cursor, SyntaxFailure } from './cursor.ts'
import { formatDateTime, parseDateTime, parseDay } from './date-time.ts'
import { parseFlags } from './flag-names.ts'
import { pathMatcher } from './list-pattern.ts'
import { canonicalPath, isValidPath, parseMailboxPath, renderMailboxName } from './mailbox-name.ts'
import { encodeModifiedUtf7, parseModifiedUtf7 } from './modified-utf7.ts'
import { formatRanges, normalizeRanges, parseSequenceSet } from './sequence-set.ts'

const cursor = (text: string): Cursor => new Cursor(Buffer.from(text, 'latin1'))

test('astrings: atom, quoted, literal', () => {
  assert.equal(cursor('foo] bar').astring().toString(), 'foo]')
  assert.equal(cursor('"a\\"b\\\\c" x').astring().toString(), 'a"b\\c')
  assert.equal(cursor('{3}\r\na b').astring().toString(), 'a b')
  assert.equal(cursor('""').astring().toString(), '')
})

for (const text of ['', '"open', '"a\\x"', '"a\rb"', '{3}\r\nab', '{3}ab', '(', '\u0000', '{1}\r\n\u0000']) {
  test(`not an astring: ${JSON.stringify(text)}`, () => {
    assert.throws(() => cursor(text).astring(), SyntaxFailure)
  })
}

test('numbers are bounded', () => {
  assert.equal(cursor('4294967295').number(), 4294967295)
  assert.throws(() => cursor('4294967296').number(), SyntaxFailure)
  assert.equal(cursor('9007199254740991').number64(), 2 ** 53 - 1)
  assert.throws(() => cursor('99999999999999999999').number64(), SyntaxFailure)
})

const nest = (at: Cursor): unknown => at.list(() => (at.isAtList ? nest(at) : at.atom()))

test('lists are bounded in depth and length', () => {
  assert.throws(() => nest(cursor('('.repeat(10_000))), /deep/)
  assert.throws(() => nest(cursor(`(${'a '.repeat(5_000)}a)`)), /more than/)
})

for (const [text, largest, expected] of [
  ['1', 9, '1'],
  ['3:1,2', 9, '1:3'],
  ['*', 9, '9'],
  ['5:*', 3, '3:5'],
  ['1:2,4,5:7', 9, '1:2,4:7'],
  ['*:4,1', 9, '1,4:9'],
] as const) {
  test(`sequence set ${text}`, () => {
    const set = parseSequenceSet(cursor(text))
    assert(set.kind === 'ranges')
    assert.equal(formatRanges(normalizeRanges(set.ranges, largest)), expected)
  })
}

for (const text of ['0', '', ',1', '1,', '1:', 'a', '1:0']) {
  test(`not a sequence set: ${JSON.stringify(text)}`, () => {
    assert.throws(() => parseSequenceSet(cursor(text)), SyntaxFailure)
  })
}

test('dates and times', () => {
  assert.equal(parseDateTime(cursor('"17-Jul-1996 02:44:25 -0700"')), Date.UTC(1996, 6, 17, 9, 44, 25))
  assert.equal(parseDateTime(cursor('" 1-jan-2026 00:00:00 +0130"')), Date.UTC(2025, 11, 31, 22, 30))
  assert.equal(formatDateTime(Date.UTC(1996, 6, 7, 9, 4, 5)), '"07-Jul-1996 09:04:05 +0000"')
  for (const bad of [
    '"31-Feb-2026 00:00:00 +0000"',
    '"1-Jan-2026 00:00:00 +0000"',
    '"01-Jan-2026 24:00:00 +0000"',
    '""',
  ]) {
    assert.throws(() => parseDateTime(cursor(bad)), SyntaxFailure)
  }
  assert.equal(parseDay(cursor('1-Feb-1994')), Date.UTC(1994, 1, 1) / 86_400_000)
  assert.equal(parseDay(cursor('"01-feb-1994"')), Date.UTC(1994, 1, 1) / 86_400_000)
  assert.throws(() => parseDay(cursor('30-Feb-1994')), SyntaxFailure)
})

test('a date and time comes back as it was', () => {
  fc.assert(
    fc.property(fc.integer({ min: -62_000_000_000, max: 250_000_000_000 }), (seconds) => {
      assert.equal(parseDateTime(cursor(formatDateTime(seconds * 1000))), seconds * 1000)
    }),
  )
})

test('modified UTF-7: examples of RFC 3501 §5.1.3', () => {
  assert.equal(encodeModifiedUtf7('~peter/mail/台北/日本語'), '~peter/mail/&U,BTFw-/&ZeVnLIqe-')
  assert.equal(parseModifiedUtf7('~peter/mail/&U,BTFw-/&ZeVnLIqe-'), '~peter/mail/台北/日本語')
  assert.equal(parseModifiedUtf7('a&-b'), 'a&b')
  for (const bad of ['&', '&Jjo!', '&U,BTFw-&ZeVnLIqe-', '&AGE-', '&2AA-', '&U,BTF-', 'ä']) {
    assert.equal(parseModifiedUtf7(bad), null, bad)
  }
})

test('modified UTF-7 has one spelling for each text', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint }), (text) => {
      assert.equal(parseModifiedUtf7(encodeModifiedUtf7(text)), text)
    }),
  )
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('&', '-', 'A', 'Z', 'e', 'V', ',', '2') }), (encoded) => {
      const text = parseModifiedUtf7(encoded)
      if (text !== null) assert.equal(encodeModifiedUtf7(text), encoded)
    }),
  )
})

test('mailbox names', () => {
  assert.equal(canonicalPath('inbox'), 'INBOX')
  assert.equal(canonicalPath('iNbOx/a'), 'INBOX/a')
  assert.equal(canonicalPath('inboxes'), 'inboxes')
  assert.equal(parseMailboxPath(Buffer.from('Entw&APw-rfe'), false), 'Entwürfe')
  assert.equal(parseMailboxPath(Buffer.from('Entwürfe'), false), null)
  assert.equal(parseMailboxPath(Buffer.from('Entwu\u0308rfe'), true), 'Entwürfe')
  assert.equal(renderMailboxName('a b"c', false).toString(), '"a b\\"c"')
  assert.equal(renderMailboxName('nil', false).toString(), '"nil"')
  assert.equal(renderMailboxName('Entwürfe', true).toString(), '"Entwürfe"')
  assert.equal(isValidPath('a/b c'), true)
  for (const bad of ['', '/', 'a/', '/a', 'a//b', ' a', 'a /b', 'a\u0007', 'x'.repeat(256), 'a/'.repeat(501)]) {
    assert.equal(isValidPath(bad), false, JSON.stringify(bad))
  }
})

test('flags', () => {
  assert.deepEqual(parseFlags(cursor('(\\seen $Label1 \\DELETED $label1)'), false), {
    keywords: ['$label1', '$seen'],
    deleted: true,
  })
  assert.deepEqual(parseFlags(cursor('()'), true), { keywords: [], deleted: false })
  assert.deepEqual(parseFlags(cursor('\\Answered foo'), true), { keywords: ['$answered', 'foo'], deleted: false })
  for (const bad of ['(\\Recent)', '(\\Nonsense)', '($Seen)', `(${'x'.repeat(101)})`]) {
    assert.throws(() => parseFlags(cursor(bad), false), SyntaxFailure)
  }
})

for (const [reference, pattern, path, expected] of [
  ['', '*', 'a/b', true],
  ['', '%', 'a/b', false],
  ['', '%', 'a', true],
  ['', 'a/%', 'a/b', true],
  ['', 'a/%', 'a/b/c', false],
  ['', 'a/*', 'a', false],
  ['', '%/%', 'a/b', true],
  ['a/', '%', 'a/b', true],
  ['', '*b*', 'a/b/c', true],
  ['', 'in%', 'INBOX', true],
  ['', 'inbox', 'INBOX', true],
  ['', 'inbox/*', 'INBOX/x', true],
  ['', 'a%%*c', 'a/b/c', true],
  ['', 'a.c', 'abc', false],
] as const) {
  test(`pattern ${reference}${pattern} ${expected ? 'matches' : 'does not match'} ${path}`, () => {
    assert.equal(pathMatcher(reference, pattern)(path), expected)
  })
}

test('patterns match as a regular expression says, in bounded time', () => {
  const text = fc.string({ unit: fc.constantFrom('a', 'b', '/'), maxLength: 12 })
  const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', '*', '%'), maxLength: 8 })
  fc.assert(
    fc.property(pattern, text, (pattern, path) => {
      const expression = pattern.replaceAll('*', '.*').replaceAll('%', '[^/]*')
      assert.equal(pathMatcher('', pattern)(path), new RegExp(`^${expression}$`).test(path))
    }),
  )
  const started = performance.now()
  pathMatcher('', '%a*'.repeat(300))('a'.repeat(1_000))
  assert(performance.now() - started < 1_000)
})
