import assert from 'node:assert/strict'
import { test } from 'node:test'
import { InvariantError } from '#base/assert.ts'
import { encodeBech32 } from '#crypto/bech32.ts'
import {
  formatIdentity,
  hybridIdentityFromSeed,
  parseIdentity,
  recipientOf,
  x25519IdentityFromScalar,
} from './identity.ts'
import { openAge } from './open.ts'
import { formatRecipient, parseRecipient } from './recipient.ts'
import { sealAge } from './seal.ts'

const classic = x25519IdentityFromScalar(Buffer.alloc(32, 1))
const hybrid = hybridIdentityFromSeed(Buffer.alloc(32, 2))

test('recipients and identities read back what was written', () => {
  for (const [identity, recipientStart, identityStart] of [
    [classic, 'age1', 'AGE-SECRET-KEY-1'],
    [hybrid, 'age1pq1', 'AGE-SECRET-KEY-PQ-1'],
  ] as const) {
    const recipient = formatRecipient(recipientOf(identity))
    assert.ok(recipient.startsWith(recipientStart))
    assert.equal(formatRecipient(parseRecipient(recipient) ?? assert.fail()), recipient)
    const text = formatIdentity(identity)
    assert.ok(text.startsWith(identityStart))
    assert.equal(formatIdentity(parseIdentity(text) ?? assert.fail()), text)
  }
})

test('anything else is refused', () => {
  const recipient = formatRecipient(recipientOf(classic))
  const identity = formatIdentity(classic)
  const longer = Buffer.alloc(33, 9)
  for (const text of [
    '',
    recipient.toUpperCase(),
    identity,
    `${recipient} `,
    recipient.slice(0, -1),
    encodeBech32('age', longer),
    encodeBech32('age', longer.subarray(2)),
    encodeBech32('age1pq', longer),
    encodeBech32('age1tag', longer),
    encodeBech32('AGE', longer.subarray(1)),
  ]) {
    assert.equal(parseRecipient(text), null, text)
  }
  for (const text of [
    '',
    identity.toLowerCase(),
    recipient,
    identity.slice(1),
    encodeBech32('age-secret-key-', longer).toUpperCase(),
    encodeBech32('age-secret-key-pq-', longer).toUpperCase(),
    encodeBech32('age-plugin-x-', longer.subarray(1)).toUpperCase(),
  ]) {
    assert.equal(parseIdentity(text), null, text)
  }
})

test('keys that no secret can be agreed with are no recipients', () => {
  // RFC 7748 §6.1: these give zeros with every scalar.
  const lowOrder = [
    Buffer.alloc(32),
    Buffer.from([1, ...Buffer.alloc(31)]),
    Buffer.from('e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800', 'hex'),
    Buffer.from('5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157', 'hex'),
  ]
  const mlkem = recipientOf(hybrid).key.bytes.subarray(0, 1184)
  for (const point of lowOrder) {
    assert.equal(parseRecipient(encodeBech32('age', point)), null)
    assert.equal(parseRecipient(encodeBech32('age1pq', Buffer.concat([mlkem, point]))), null)
  }
  // FIPS 203 §7.2: coefficients that are not less than the modulus.
  const unreduced = Buffer.concat([Buffer.alloc(1184, 0xff), recipientOf(hybrid).key.bytes.subarray(1184)])
  assert.equal(parseRecipient(encodeBech32('age1pq', unreduced)), null)
})

test('an identity that was disposed opens nothing and shows nothing', () => {
  for (const make of [x25519IdentityFromScalar, hybridIdentityFromSeed]) {
    const secret = Buffer.alloc(32, 3)
    const identity = make(secret)
    secret.fill(0)
    const file = sealAge([recipientOf(identity)], Buffer.from('text'))
    assert.ok(openAge(file, [identity]).ok)
    identity[Symbol.dispose]()
    assert.throws(() => openAge(file, [identity]), InvariantError)
    assert.throws(() => formatIdentity(identity), InvariantError)
  }
  assert.throws(() => x25519IdentityFromScalar(Buffer.alloc(31)))
  assert.throws(() => hybridIdentityFromSeed(Buffer.alloc(33)))
})
