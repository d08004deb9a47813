// Regular expressions against those of JavaScript, over what both have in common and mean alike.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { matchRegex } from './regex-match.ts'
import { compileRegex } from './regex-program.ts'
import { RegexMistake } from './regex-syntax.ts'

const METER = { work: (): void => undefined }

const atom = fc.constantFrom('a', 'b', 'c', '.', '[ab]', '[^a]', '[b-c]', '\\.', '\u00fc')
const repetition = fc.constantFrom('', '*', '+', '?', '{2}', '{1,2}', '{0,1}', '{2,}')
const repeated = fc.tuple(atom, repetition).map((both) => both.join(''))
const list = (of: fc.Arbitrary<string>, join: string) =>
  fc.array(of, { minLength: 1, maxLength: 3 }).map((some) => some.join(join))
const sequence = list(repeated, '')
const choice = fc.tuple(list(sequence, '|'), repetition).map(([inner, times]) => `(${inner})${times}`)
/** Few, and short texts: JavaScript's own may take time without end. */
const plain = list(
  fc.oneof(
    repeated,
    choice,
    fc.tuple(choice, sequence, repetition).map(([one, other, times]) => `(${one}|${other})${times}`),
  ),
  '',
)
/** Groups are not repeated: JavaScript forgets what they had. */
const grouped = list(
  fc.oneof(
    sequence,
    list(sequence, '|').map((inner) => `(${inner})`),
  ),
  '',
)
const text = fc.string({ unit: fc.constantFrom('a', 'a', 'b', 'c', '.', '\u00fc', '\n'), maxLength: 8 })

function run(pattern: string, value: string): (string | undefined)[] | null {
  const octets = Buffer.from(value, 'utf8').toString('latin1')
  const found = matchRegex(compileRegex(pattern, false), octets, METER)
  if (found === null) return null
  const pieces: (string | undefined)[] = []
  for (let slot = 0; slot < found.length; slot += 2) {
    const [start, end] = [found[slot] as number, found[slot + 1]]
    pieces.push(start < 0 ? undefined : Buffer.from(octets.slice(start, end), 'latin1').toString('utf8'))
  }
  return pieces
}

/** As ours: a negated set has no line ends. */
function theirs(pattern: string): RegExp {
  return new RegExp(pattern.replaceAll('[^a]', '[^a\\r\\n]'), 'u')
}

test('whether there is a match, where it begins, and that it is the longest', () => {
  fc.assert(
    fc.property(plain, text, (pattern, value) => {
      const found = run(pattern, value)
      const expected = theirs(pattern).exec(value)
      assert.equal(found === null, expected === null)
      if (found === null || expected === null) return
      const rest = value.slice(expected.index)
      const ends = Array.from({ length: rest.length + 1 }, (_, end) => end)
      const longest = ends.findLast(
        (end) => theirs(`^(?:${pattern})$`).test(rest.slice(0, end)) && rest.slice(0, end).isWellFormed(),
      )
      assert.equal(found[0], rest.slice(0, longest))
    }),
    { numRuns: 800 },
  )
})

test('groups, where the whole text is to match', () => {
  fc.assert(
    fc.property(grouped, text, (pattern, value) => {
      const expected = theirs(`^${pattern}$`).exec(value)
      const found = run(`^${pattern}$`, value)
      // Both ends are lines' ends for us.
      if (value.includes('\n')) return
      assert.equal(found === null, expected === null)
      if (found !== null) assert.deepEqual(found, Array.from(expected ?? []))
    }),
    { numRuns: 800 },
  )
})

test('any pattern is compiled or refused, and any text looked through', () => {
  const pattern = fc.string({
    unit: fc.constantFrom(...Array.from('ab()[]{}*+?|^$.\\-:=,0129'), '[:alpha:]', '\u00fc'),
    maxLength: 20,
  })
  fc.assert(
    fc.property(pattern, fc.uint8Array({ maxLength: 30 }), fc.boolean(), (written, bytes, foldCase) => {
      const octets = Buffer.from(bytes).toString('latin1')
      try {
        const found = matchRegex(compileRegex(written, foldCase), octets, METER)
        if (found === null) return
        assert.ok(
          (found[0] as number) >= 0 &&
            (found[1] as number) >= (found[0] as number) &&
            (found[1] as number) <= octets.length,
        )
      } catch (error) {
        assert.ok(error instanceof RegexMistake)
      }
    }),
    { numRuns: 2_000 },
  )
})
