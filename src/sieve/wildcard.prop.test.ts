import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { findText } from './find-text.ts'
import { matchWildcard, parseWildcard } from './wildcard.ts'

/** What the RFC says, tried in the order in which stars take little first: exponential, for short texts. */
function slowMatch(
  pattern: string,
  value: string,
  at = 0,
  from = 0,
  spans: readonly string[] = [],
): readonly string[] | null {
  if (at === pattern.length) return from === value.length ? spans : null
  const char = pattern[at]
  if (char === '*') {
    for (let end = from; end <= value.length; end++) {
      const found = slowMatch(pattern, value, at + 1, end, [...spans, value.slice(from, end)])
      if (found !== null) return found
    }
    return null
  }
  if (from >= value.length) return null
  if (char === '?') return slowMatch(pattern, value, at + 1, from + 1, [...spans, value.slice(from, from + 1)])
  const isQuoted = char === '\\' && at + 1 < pattern.length
  const literal = isQuoted ? pattern[at + 1] : char
  return literal === value[from] ? slowMatch(pattern, value, at + (isQuoted ? 2 : 1), from + 1, spans) : null
}

const few = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 14 })
const pattern = fc.string({ unit: fc.constantFrom('a', 'a', 'b', '*', '*', '?', '\\'), maxLength: 9 })

test('wildcards match what the RFC says, and stand for as little as possible', () => {
  fc.assert(
    fc.property(pattern, few, (written, value) => {
      const spans = matchWildcard(parseWildcard(written), value)
      assert.deepEqual(
        spans === null ? null : spans.map(([start, end]) => value.slice(start, end)),
        slowMatch(written, value),
      )
    }),
    { numRuns: 3_000 },
  )
})

test('long pieces with question marks are found as well', () => {
  fc.assert(
    fc.property(fc.nat(90), fc.array(fc.nat(90), { maxLength: 4 }), few, few, (length, singles, before, after) => {
      const text = 'x'.repeat(length) + 'y'
      const piece = text
        .split('')
        .map((char, at) => (char === 'x' && singles.includes(at) ? '?' : char))
        .join('')
      const spans = matchWildcard(parseWildcard(`*${piece}*`), before + text + after)
      assert.deepEqual(spans?.[0], [0, before.length])
    }),
    { numRuns: 300 },
  )
})

test('text is found where it is first', () => {
  const long = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 25, maxLength: 40 })
  fc.assert(
    fc.property(few, long, few, (before, key, after) => {
      const text = before + key.slice(0, -1) + key + after
      assert.equal(findText(text, key), text.indexOf(key))
      assert.equal(findText(text, `${key}d`), -1)
    }),
    { numRuns: 500 },
  )
})

test('what takes others long is over at once', () => {
  const value = 'a'.repeat(1 << 20)
  const hard = `${'a*'.repeat(200)}b`
  assert.equal(matchWildcard(parseWildcard(hard), value), null)
  assert.equal(matchWildcard(parseWildcard(`*${'?a'.repeat(100)}b*`), value), null)
  assert.equal(findText(value, `${'a'.repeat(60_000)}b`), -1)
})
