import assert from 'node:assert/strict'
import { test } from 'node:test'
import { signingKeyFromSeed, verifySignature } from './ed25519.ts'

const hex = (text: string): Buffer => Buffer.from(text, 'hex')

test('RFC 8032 §7.1, test 2', () => {
  const key = signingKeyFromSeed(hex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb'))
  assert.equal(key.publicKey.toString('hex'), '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c')
  const signature = key.sign(hex('72'))
  assert.equal(
    signature.toString('hex'),
    '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
  )
  assert.equal(verifySignature(key.publicKey, hex('72'), signature), true)
})

test('nothing else verifies, and nothing throws', () => {
  const key = signingKeyFromSeed(Buffer.alloc(32, 5))
  const message = Buffer.from('message')
  const signature = key.sign(message)
  const changed = Buffer.from(signature)
  changed[40] = (changed[40] as number) ^ 1
  assert.equal(verifySignature(key.publicKey, Buffer.from('other'), signature), false)
  assert.equal(verifySignature(key.publicKey, message, changed), false)
  assert.equal(verifySignature(key.publicKey, message, signature.subarray(1)), false)
  assert.equal(verifySignature(key.publicKey.subarray(1), message, signature), false)
  assert.equal(verifySignature(Buffer.alloc(32, 0xff), message, signature), false)
  assert.equal(verifySignature(Buffer.alloc(0), message, Buffer.alloc(0)), false)
  assert.throws(() => signingKeyFromSeed(Buffer.alloc(31)))
})
