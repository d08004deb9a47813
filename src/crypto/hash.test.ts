import assert from 'node:assert/strict'
import { test } from 'node:test'
import { IncrementalHash, sha256, sha512 } from './hash.ts'

// FIPS 180-4's examples.
const ABC_256 = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'
const ABC_512 =
  'ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f'

const [a, b, c] = [Buffer.from('a'), Buffer.from('b'), Buffer.from('c')] as const

test('digests are the same at once, in parts, and as the bytes come', () => {
  assert.equal(sha256(Buffer.from('abc')).toString('hex'), ABC_256)
  assert.equal(sha256(a, b, c).toString('hex'), ABC_256)
  assert.equal(sha512(Buffer.from('abc')).toString('hex'), ABC_512)
  assert.equal(sha512(a, b, c).toString('hex'), ABC_512)
  for (const [algorithm, expected] of [
    ['sha256', ABC_256],
    ['sha512', ABC_512],
  ] as const) {
    const hash = new IncrementalHash(algorithm)
    for (const part of [a, b, c]) hash.update(part)
    assert.equal(hash.digest().toString('hex'), expected)
    assert.throws(() => hash.update(a))
  }
})

test('no parts are the empty message', () => {
  assert.equal(sha256().toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
})
