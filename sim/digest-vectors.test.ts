import assert from 'node:assert/strict'
import fs from 'node:fs'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import { isSignedDigests, parseDigests } from '#ledger/digests.ts'
import { FILE, makeVectors } from './digest-vectors.ts'

interface Vectors {
  readonly account: AccountId
  readonly publicKey: string
  readonly records: readonly { readonly first: number; readonly said: readonly string[]; readonly payload: string }[]
}

const vectors = JSON.parse(fs.readFileSync(FILE, 'utf8')) as Vectors
const publicKey = Buffer.from(vectors.publicKey, 'hex')

test('the vectors of added digests are what is written now, and each is read back', () => {
  assert.deepEqual(vectors, makeVectors())
  for (const { first, said, payload } of vectors.records) {
    const bytes = Buffer.from(payload, 'hex')
    const digests = parseDigests(bytes) ?? assert.fail('no digests')
    assert.deepEqual([digests.first, digests.entries.map(({ kind }) => kind)], [first, said])
    assert.ok(isSignedDigests(publicKey, vectors.account, bytes))
    assert.ok(!isSignedDigests(publicKey, 'ff112233445566778899aabbccddeeff' as AccountId, bytes))
  }
})

test('no other bytes are added digests', () => {
  const payload = Buffer.from(vectors.records[0]?.payload ?? '', 'hex')
  fc.assert(
    fc.property(fc.nat(payload.length * 8 - 1), (bit) => {
      const changed = Buffer.from(payload)
      changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7))
      assert.ok(parseDigests(changed) === null || !isSignedDigests(publicKey, vectors.account, changed))
    }),
  )
  fc.assert(fc.property(fc.nat(payload.length - 1), (length) => parseDigests(payload.subarray(0, length)) === null))
  fc.assert(fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => void parseDigests(bytes)))
})
