import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBech32, encodeBech32 } from './bech32.ts'

const prefix = fc.stringMatching(/^[!-@[-~]{1,30}$/)

test('what was encoded decodes to the same, in either case', () => {
  fc.assert(
    fc.property(prefix, fc.uint8Array({ maxLength: 1300 }), (prefix, bytes) => {
      const text = encodeBech32(prefix, bytes)
      for (const written of [text, text.toUpperCase()]) {
        const decoded = decodeBech32(written)
        assert.equal(decoded?.prefix, prefix)
        assert.ok(decoded?.bytes.equals(bytes))
      }
    }),
  )
})

test('any one changed character is noticed', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.nat(), fc.integer({ min: 33, max: 126 }), (bytes, where, code) => {
      const text = encodeBech32('age', bytes)
      const at = where % text.length
      const changed = `${text.slice(0, at)}${String.fromCharCode(code)}${text.slice(at + 1)}`
      if (changed.toLowerCase() !== text) assert.equal(decodeBech32(changed), null)
    }),
    { numRuns: 2000 },
  )
})

test('BIP 173: valid strings whose data are whole bytes', () => {
  assert.deepEqual(decodeBech32('A12UEL5L'), { prefix: 'a', bytes: Buffer.alloc(0) })
  assert.equal(
    decodeBech32('abcdef1qpzry9x8gf2tvdw0s3jn54khce6mua7lmqqqxw')?.bytes.toString('hex'),
    '00443214c74254b635cf84653a56d7c675be77df',
  )
  assert.equal(decodeBech32(`11${'q'.repeat(82)}c8247j`)?.prefix, '1')
})

test('BIP 173: invalid strings', () => {
  for (const text of [
    '\x201nwldj5',
    '\x7f1axkwrx',
    '\x801eym55h',
    'pzry9x0s0muk',
    '1pzry9x0s0muk',
    'x1b4n0q5v',
    'li1dgmt3',
    'de1lg7wt\xff',
    'A1G7SGD8',
    '10a06t8',
    '1qzzfhee',
    'A12uel5l',
    '',
    '1',
  ]) {
    assert.equal(decodeBech32(text), null, text)
  }
})

test('padding is zero and less than a word', () => {
  // One byte 0xff is the words 31 and 28. Those of 29 set a bit of the padding, a third one is more than there is to pad, and
  // one alone holds no byte. The checksums are right.
  assert.equal(encodeBech32('age', Buffer.from([0xff])), 'age1luyvfgxs')
  for (const text of ['age1lae6aamz', 'age1luqrr2q7m', 'age1qdd35qf']) assert.equal(decodeBech32(text), null, text)
})

test('letters that only Unicode takes for ASCII ones are refused', () => {
  const text = encodeBech32('age', Buffer.from([0xb5, 0xb5, 0xb5])).toUpperCase()
  assert.ok(text.includes('K'))
  assert.equal(decodeBech32(text)?.prefix, 'age')
  assert.equal(decodeBech32(text.replace('K', '\u212A')), null)
})

test('long text costs nothing', () => {
  assert.equal(decodeBech32(`age1${'q'.repeat(5000)}`), null)
  assert.equal(decodeBech32('1'.repeat(1_000_000)), null)
})
