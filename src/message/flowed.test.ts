import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { makeFlowed, unfoldFlowed } from './flowed.ts'

test('soft line breaks are undone (RFC 3676 §4)', () => {
  assert.equal(unfoldFlowed('one \ntwo \r\nthree\nfour', false), 'one two three\nfour')
  assert.equal(unfoldFlowed('one \ntwo', true), 'onetwo')
})

test('quoting marks paragraphs (§4.5)', () => {
  assert.equal(unfoldFlowed('>> a \n>> b\n> c \nd', false), '>> a b\n> c \nd')
})

test('space-stuffing (§4.4) and the signature separator (§4.3)', () => {
  assert.equal(unfoldFlowed(' > not quoted\n From me\n  indented', false), '> not quoted\nFrom me\n indented')
  assert.equal(unfoldFlowed('text \n-- \nname', false), 'text \n-- \nname')
})

test('long lines become flowed ones', () => {
  const flowed = makeFlowed(`${'word '.repeat(30).trim()}\n> ${'quoted '.repeat(15).trim()}\nFrom me\n >x\n-- \nend  `)
  for (const line of flowed.split('\r\n')) assert.ok(line.length <= 78, line)
  assert.ok(flowed.includes('\r\n From me\r\n'))
  assert.ok(flowed.includes('\r\n-- \r\n'))
})

test('what is made flowed is read back', () => {
  const word = fc.constantFrom('a', 'word', 'longer-word', '>', '>>', 'From', '-', 'x'.repeat(90), '')
  const line = fc.array(word, { maxLength: 40 }).map((words) => words.join(' '))
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), (lines) => {
      const text = lines.map((written) => written.replace(/ +$/, '')).join('\n')
      // A line that quotes is given back with one space after its marks.
      const expected = text
        .replace(/^(>+) ?(?=[^\n]|$)/gm, (_, marks: string) => `${marks} `)
        .replace(/^(>+) $/gm, '$1 ')
      const normalized = unfoldFlowed(makeFlowed(text), false).replace(
        /^(>+) ?(?=[^\n]|$)/gm,
        (_, marks: string) => `${marks} `,
      )
      assert.equal(normalized, expected)
    }),
  )
})
