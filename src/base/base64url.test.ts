import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeBase64url, encodeBase64url } from './base64url.ts'
import { codePoint } from './code-point.test-support.ts'

test('bytes come back, and no other text stands for them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (bytes) => {
      const text = encodeBase64url(bytes)
      assert.deepEqual(decodeBase64url(text, 70), Buffer.from(bytes))
      if (bytes.length > 0) assert.equal(decodeBase64url(text, bytes.length - 1), null)
      for (const other of [`${text}=`, `${text} `, `${text}A===`, `+${text}`])
        assert.equal(decodeBase64url(other, 80), null)
    }),
  )
  // Bits behind the last byte, and a length that no bytes have.
  for (const text of ['AB', 'AAB', 'A', 'AAAAA']) assert.equal(decodeBase64url(text, 10), null, text)
})

test('any text is decoded or refused', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint, maxLength: 60 }), (text) => {
      const bytes = decodeBase64url(text, 45)
      if (bytes !== null) assert.equal(encodeBase64url(bytes), text)
    }),
  )
})
