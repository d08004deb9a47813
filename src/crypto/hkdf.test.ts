import assert from 'node:assert/strict'
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

test('only equal bytes of equal length compare as equal', () => {
  assert.equal(constantTimeEqual(hex('0102'), hex('0102')), true)
  assert.equal(constantTimeEqual(hex('0102'), hex('0103')), false)
  assert.equal(constantTimeEqual(hex('0102'), hex('010200')), false)
})
