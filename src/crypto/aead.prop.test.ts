import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { gcmOpen, gcmSeal } from './aead.ts'

const key = fc.uint8Array({ minLength: 32, maxLength: 32 })
const bytes = fc.uint8Array({ maxLength: 200 })

test('what was sealed opens to the same bytes, with the same key and additional data only', () => {
  fc.assert(
    fc.property(key, bytes, bytes, fc.nat(), (key, aad, plaintext, where) => {
      const sealed = gcmSeal(key, aad, plaintext)
      assert.equal(sealed.length, 12 + plaintext.length + 16)
      assert.ok(gcmOpen(key, aad, sealed)?.equals(plaintext))
      assert.equal(gcmOpen(key, Buffer.concat([aad, Buffer.alloc(1)]), sealed), null)
      const otherKey = Uint8Array.from(key)
      otherKey[where % 32] = (otherKey[where % 32] as number) ^ 1
      assert.equal(gcmOpen(otherKey, aad, sealed), null)
      sealed[where % sealed.length] = (sealed[where % sealed.length] as number) ^ 0x80
      assert.equal(gcmOpen(key, aad, sealed), null)
    }),
  )
})

test('anything else does not open: cut off at each length, and arbitrary bytes', () => {
  const fixed = Buffer.alloc(32, 7)
  const sealed = gcmSeal(fixed, Buffer.alloc(0), Buffer.from('text'))
  for (let length = 0; length < sealed.length; length++) {
    assert.equal(gcmOpen(fixed, Buffer.alloc(0), sealed.subarray(0, length)), null)
  }
  fc.assert(fc.property(bytes, (hostile) => assert.equal(gcmOpen(fixed, Buffer.alloc(0), hostile), null)))
})

test('equal plaintext is sealed differently each time', () => {
  const sealed = Array.from({ length: 50 }, () => gcmSeal(Buffer.alloc(32), Buffer.alloc(0), Buffer.from('text')))
  assert.equal(new Set(sealed.map((bytes) => bytes.toString('hex'))).size, 50)
})
