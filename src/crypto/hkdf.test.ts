import assert from 'node:assert/strict'
import { createHmac, hkdfSync } from 'node:crypto'
import { test } from 'node:test'
import { constantTimeEqual } from './constant-time.ts'
import { hkdf, hmacSha256 } from './hkdf.ts'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

test('RFC 5869 appendix A.1: with salt and info', () => {
  const derived = hkdf(Buffer.alloc(22, 0x0b), hex('f0f1f2f3f4f5f6f7f8f9'), 42, hex('000102030405060708090a0b0c'))
  assert.equal(
    derived.toString('hex'),
    '3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865',
  )
})

test('RFC 5869 appendix A.3: without', () => {
  assert.equal(
    hkdf(Buffer.alloc(22, 0x0b), '', 42).toString('hex'),
    '8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8',
  )
})

test('RFC 4231 §4.3: HMAC, whole and in parts', () => {
  const key = Buffer.from('Jefe')
  const expected = '5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843'
  assert.equal(hmacSha256(key, Buffer.from('what do ya want for nothing?')).toString('hex'), expected)
  assert.equal(hmacSha256(key, Buffer.from('what do ya '), Buffer.from('want for nothing?')).toString('hex'), expected)
})

test('of every length: keys and messages up to a block and beyond, outputs up to a digest and beyond', () => {
  const bytes = Buffer.from(Array.from({ length: 3000 }, (_, at) => (at * 7) & 0xff))
  for (const keyLength of [0, 1, 32, 63, 64, 65, 200]) {
    const key = bytes.subarray(1, 1 + keyLength)
    for (const length of [0, 1, 55, 56, 64, 2047, 2048, 2049, 3000]) {
      const expected = createHmac('sha256', key).update(bytes.subarray(0, length)).digest('hex')
      assert.equal(hmacSha256(key, bytes.subarray(0, length)).toString('hex'), expected, `${keyLength}, ${length}`)
    }
    for (const length of [1, 12, 31, 32, 33, 64]) {
      const expected = Buffer.from(hkdfSync('sha256', key, bytes.subarray(0, 16), 'info', length)).toString('hex')
      assert.equal(hkdf(key, 'info', length, bytes.subarray(0, 16)).toString('hex'), expected)
    }
  }
})

test('only equal bytes of equal length compare as equal', () => {
  assert.equal(constantTimeEqual(hex('0102'), hex('0102')), true)
  assert.equal(constantTimeEqual(hex('0102'), hex('0103')), false)
  assert.equal(constantTimeEqual(hex('0102'), hex('010200')), false)
})
