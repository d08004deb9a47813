import assert from 'node:assert/strict'
import { test } from 'node:test'
import { randomBytes } from './random.ts'

test('no bytes are given away twice, and each has memory of its own', () => {
  const seen = new Map<string, Buffer>()
  for (let round = 0; round < 500; round++) {
    for (const length of [9, 16, 32, 64, 65]) {
      const bytes = randomBytes(length)
      assert.equal(bytes.length, length)
      seen.set(bytes.toString('hex'), bytes)
    }
  }
  assert.equal(seen.size, 2500)
  for (const [text, bytes] of seen) assert.equal(bytes.toString('hex'), text, 'not overwritten by later ones')
  assert.equal(randomBytes(0).length, 0)
})
