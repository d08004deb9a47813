import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { formatRecoveryCode, parseRecoveryCode } from './recovery-code.ts'

const code = fc.uint8Array({ minLength: 20, maxLength: 20 })

test('a code is read back, however a person copies it', () => {
  fc.assert(
    fc.property(code, fc.infiniteStream(fc.boolean()), (bytes, choices) => {
      const text = formatRecoveryCode(bytes)
      assert.match(text, /^(?:[0-9A-HJKMNP-TV-Z]{5}-){6}[0-9A-HJKMNP-TV-Z]{5}$/)
      assert.deepEqual(parseRecoveryCode(text), Buffer.from(bytes))
      const choose = (): boolean => choices.next().value
      const copied = [...text]
        .map((character) => {
          if (character === '-') return choose() ? '' : ' '
          if (character === '0' && choose()) return 'o'
          if (character === '1') return choose() ? 'l' : 'I'
          return choose() ? character.toLowerCase() : character
        })
        .join('')
      assert.deepEqual(parseRecoveryCode(copied), Buffer.from(bytes))
    }),
  )
})

test('one wrong or two exchanged characters are noticed', () => {
  let accepted = 0
  let tried = 0
  fc.assert(
    fc.property(code, fc.nat(34), fc.nat(31), fc.nat(33), (bytes, where, what, exchanged) => {
      const text = formatRecoveryCode(bytes).replaceAll('-', '')
      const wrong = text.slice(0, where) + '0123456789ABCDEFGHJKMNPQRSTVWXYZ'[what] + text.slice(where + 1)
      const swapped = text.slice(0, exchanged) + text[exchanged + 1] + text[exchanged] + text.slice(exchanged + 2)
      for (const bad of [wrong, swapped]) {
        if (bad === text) continue
        tried++
        if (parseRecoveryCode(bad) !== null) accepted++
      }
    }),
    { numRuns: 500 },
  )
  // The check has 15 bits.
  assert.ok(accepted <= 2, `${accepted} of ${tried}`)
})

test('what is not a code is refused', () => {
  const text = formatRecoveryCode(new Uint8Array(20))
  for (const bad of [
    '',
    text.slice(0, -1),
    `${text}0`,
    text.replace('0', 'U'),
    text.replace('0', 'ä'),
    'x'.repeat(1e6),
  ]) {
    assert.equal(parseRecoveryCode(bad), null)
  }
})
