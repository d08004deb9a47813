import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId, Seq } from '#base/ids.ts'
import { signingKeyFromSeed } from '#crypto/ed25519.ts'
import {
  CHECKPOINT_BYTES,
  decodeCheckpoint,
  encodeCheckpoint,
  formatCheckpoint,
  formatVerifier,
  parseCheckpoint,
  parseVerifier,
  signCheckpoint,
  verifyCheckpoint,
} from './checkpoint.ts'

const key = signingKeyFromSeed(Buffer.alloc(32, 1))
const other = signingKeyFromSeed(Buffer.alloc(32, 2))
const account = '0123456789abcdef0123456789abcdef' as AccountId
const head = { account, size: 12_345, root: Buffer.alloc(32, 9), time: 1_800_000_000_000 }

test('a checkpoint is a signed note that its key verifies', () => {
  const checkpoint = signCheckpoint(key, head)
  const note = formatCheckpoint(checkpoint, key.publicKey)
  assert.match(
    note,
    /^mailkeep\/0123456789abcdef0123456789abcdef\n12345\n[A-Za-z0-9+/]{43}=\n\n— mailkeep-ledger \S+\n$/,
  )
  assert.deepEqual(parseCheckpoint(note, key.publicKey), { ...checkpoint, time: 0 })
  assert.ok(verifyCheckpoint(checkpoint, key.publicKey))
  assert.equal(verifyCheckpoint(checkpoint, other.publicKey), false)
  assert.equal(verifyCheckpoint({ ...checkpoint, size: 12_346 }, key.publicKey), false)
})

test('a note may have other signatures, and must have this one', () => {
  const note = formatCheckpoint(signCheckpoint(key, head), key.publicKey)
  const [body = '', line = ''] = note.split('\n\n')
  const foreign = formatCheckpoint(signCheckpoint(other, head), other.publicKey).split('\n\n')[1] ?? ''
  assert.notEqual(parseCheckpoint(`${body}\n\n${foreign}${line}`, key.publicKey), null)
  assert.notEqual(parseCheckpoint(`${body}\n\n— witness.example AAAA\n${line}`, key.publicKey), null)
  assert.equal(parseCheckpoint(`${body}\n\n${foreign}`, key.publicKey), null)
  assert.equal(parseCheckpoint(`${body}\n\n`, key.publicKey), null)
})

test('hostile notes never throw, and no change is accepted', () => {
  const note = formatCheckpoint(signCheckpoint(key, head), key.publicKey)
  fc.assert(
    fc.property(fc.nat(note.length - 1), fc.string({ minLength: 1, maxLength: 1 }), (at, character) => {
      const changed = note.slice(0, at) + character + note.slice(at + 1)
      if (changed !== note) assert.equal(parseCheckpoint(changed, key.publicKey), null)
    }),
    { numRuns: 500 },
  )
  fc.assert(fc.property(fc.string(), (text) => assert.equal(parseCheckpoint(text, key.publicKey), null)))
  assert.equal(parseCheckpoint(note.replace('\n12345\n', '\n012345\n'), key.publicKey), null)
})

test('the verifier line is read back; hostile ones are not', () => {
  const line = formatVerifier(key.publicKey)
  assert.deepEqual(parseVerifier(line), key.publicKey)
  assert.equal(parseVerifier(line.replace('mailkeep-ledger', 'another')), null)
  assert.equal(parseVerifier(line.replace(/\+[0-9a-f]{8}\+/, '+00000000+')), null)
  fc.assert(fc.property(fc.string(), (text) => assert.equal(parseVerifier(text), null)))
  // A key whose Base64 has `+` in it.
  for (let seed = 0; seed < 20; seed++) {
    const { publicKey } = signingKeyFromSeed(Buffer.alloc(32, seed))
    assert.deepEqual(parseVerifier(formatVerifier(publicKey)), publicKey)
  }
})

test('an entry of the checkpoints file is read back; zeros and cut ones are no entry', () => {
  const stored = { ...signCheckpoint(key, head), segment: 12_000 as Seq, end: 99_999 }
  const entry = encodeCheckpoint(stored)
  assert.equal(entry.length, CHECKPOINT_BYTES)
  assert.deepEqual(decodeCheckpoint(account, entry), stored)
  assert.equal(decodeCheckpoint(account, Buffer.alloc(CHECKPOINT_BYTES)), null)
  assert.equal(decodeCheckpoint(account, entry.subarray(1)), null)
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => void decodeCheckpoint(account, bytes)))
})
