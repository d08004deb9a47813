import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { CROCKFORD } from './crockford.ts'
import { SHARE_CHARACTERS, type Share, describeShareProblem, formatShare, parseShare } from './share.ts'

const bytes = (length: number): fc.Arbitrary<Buffer> =>
  fc.uint8Array({ minLength: length, maxLength: length }).map((value) => Buffer.from(value))
const share: fc.Arbitrary<Share> = fc.record(
  {
    threshold: fc.integer({ min: 2, max: 16 }),
    number: fc.integer({ min: 1, max: 16 }),
    set: bytes(5),
    bytes: bytes(33),
  },
  { noNullPrototype: true },
)

test('a share is read back, however a person copies it', () => {
  fc.assert(
    fc.property(share, fc.infiniteStream(fc.boolean()), (made, choices) => {
      const text = formatShare(made)
      assert.match(text, /^0[0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{5}){13}$/)
      const choose = (): boolean => choices.next().value
      const copied = text
        .split('')
        .map((character) => {
          if (character === '-') return choose() ? '' : ' '
          if (character === '0' && choose()) return 'o'
          if (character === '1') return choose() ? 'l' : 'I'
          return choose() ? character.toLowerCase() : character
        })
        .join('')
      const read = parseShare(copied)
      assert.deepEqual(read.ok && read.value, made)
    }),
    { numRuns: 50 },
  )
})

test('every single changed character is noticed, and its group is named', () => {
  fc.assert(
    fc.property(share, fc.nat(SHARE_CHARACTERS - 1), fc.nat(31), (made, where, what) => {
      const text = formatShare(made).replaceAll('-', '')
      const wrong = text.slice(0, where) + CROCKFORD[what] + text.slice(where + 1)
      const read = parseShare(wrong)
      if (wrong === text) return assert.ok(read.ok)
      assert.deepEqual(read, { ok: false, error: { kind: 'mistyped', group: Math.floor(where / 5) + 1 } })
    }),
    { numRuns: 60 },
  )
})

test('two neighbours that changed places are noticed', () => {
  fc.assert(
    fc.property(share, fc.nat(SHARE_CHARACTERS - 2), (made, where) => {
      const text = formatShare(made).replaceAll('-', '')
      const wrong = text.slice(0, where) + text[where + 1] + text[where] + text.slice(where + 2)
      const read = parseShare(wrong)
      if (wrong === text) return
      assert.deepEqual(read, { ok: false, error: { kind: 'mistyped', group: Math.floor(where / 5) + 1 } })
    }),
    { numRuns: 30 },
  )
})

test('what is no share is refused, and says why', () => {
  const text = formatShare({ threshold: 2, number: 1, set: Buffer.alloc(5), bytes: Buffer.alloc(33) })
  const why = (bad: string): string => {
    const read = parseShare(bad)
    return read.ok ? 'read' : describeShareProblem(read.error)
  }
  assert.equal(why(''), 'it has 0 characters, and a share has 70')
  assert.equal(why(text.slice(0, -1)), 'it has 69 characters, and a share has 70')
  assert.equal(why(`${text}0`), 'it has 71 characters, and a share has 70')
  assert.equal(why('x'.repeat(1_000_000)), 'it has 1000000 characters, and a share has 70')
  assert.equal(why(text.replace(/.$/, 'U')), 'in its group 14 is a character that no share has')
  assert.equal(why(text.replace(/.$/, 'ä')), 'in its group 14 is a character that no share has')
  assert.equal(why('0'.repeat(70)), 'several of its characters are wrong: compare it with the paper')
})
