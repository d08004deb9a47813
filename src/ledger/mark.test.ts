import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import { parseMark, signMark } from './mark.ts'

const key = signingKeyFromSeed(Buffer.alloc(32, 1))
const account = '0123456789abcdef0123456789abcdef' as AccountId
const mark = { account, size: 12_345, root: Buffer.alloc(32, 9), number: 7 }
const payload = signMark(key, mark)

test('a mark is read back with the key that signed it', () => {
  assert.deepEqual(parseMark(payload), { ...mark, publicKey: key.publicKey })
})

test('others may sign it, too; the owner must have', () => {
  const [body = '', line = ''] = payload.toString().split('\n\n')
  assert.notEqual(parseMark(Buffer.from(`${body}\n\n— mailkeep-ledger AAAA\n${line}`)), null)
  assert.equal(parseMark(Buffer.from(`${body}\n\n— mailkeep-ledger AAAA\n`)), null)
  const other = signMark(signingKeyFromSeed(Buffer.alloc(32, 2)), mark)
    .toString()
    .split('\n\n')[1]
  assert.equal(parseMark(Buffer.from(`${body}\n\n${other}`)), null)
})

test('hostile marks never throw, and no changed byte is accepted', () => {
  fc.assert(
    fc.property(fc.nat(payload.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const changed = Buffer.from(payload)
      changed[at] = (changed[at] as number) ^ change
      assert.equal(parseMark(changed), null)
    }),
    { numRuns: 500 },
  )
  fc.assert(fc.property(fc.uint8Array(), (bytes) => assert.equal(parseMark(bytes), null)))
  fc.assert(fc.property(fc.nat(payload.length - 1), (end) => assert.equal(parseMark(payload.subarray(0, end)), null)))
})
