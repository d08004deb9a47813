// Registrations and assertions as authenticators make them, and as somebody would make them who wants to be let in.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { encodeCbor } from '#keys/cbor.ts'
import { verifyAssertion } from './assertion.ts'
import {
  type Algorithm,
  ATTESTED,
  BACKUP_ELIGIBLE,
  EXTENDED,
  ORIGIN,
  PRESENT,
  RELYING_PARTY,
  SoftAuthenticator,
  VERIFIED,
  type Wrong,
} from './authenticator.test-support.ts'
import type { WebAuthnProblem } from './problem.ts'
import { describeWebAuthnProblem } from './problem.ts'
import { verifyRegistration } from './registration.ts'

const challenge = Buffer.alloc(32, 9)
const expected = { challenge, origins: ['http://localhost:8080', ORIGIN] }
const key = new SoftAuthenticator()

function whyNotRegistered(wrong: Wrong): WebAuthnProblem | null {
  const outcome = verifyRegistration(key.create(challenge, wrong), expected)
  return outcome.ok ? null : outcome.error
}

function whyNotAsserted(wrong: Wrong, from = key): WebAuthnProblem | null {
  const outcome = verifyAssertion(from.get(challenge, wrong), expected, key.publicKey)
  return outcome.ok ? null : outcome.error
}

for (const algorithm of ['ES256', 'EdDSA', 'RS256'] satisfies Algorithm[]) {
  test(`${algorithm}: what is registered asserts, and nothing else does`, () => {
    const own = new SoftAuthenticator(algorithm)
    const registered = verifyRegistration(own.create(challenge), expected)
    assert.ok(registered.ok)
    assert.deepEqual(registered.value, {
      id: own.id,
      publicKey: own.publicKey,
      relyingParty: RELYING_PARTY,
      isBackupEligible: false,
    })
    own.counter = 7
    const asserted = verifyAssertion(own.get(challenge), expected, own.publicKey)
    assert.deepEqual(asserted, {
      ok: true,
      value: { relyingParty: RELYING_PARTY, isBackupEligible: false, counter: 7 },
    })
    const stranger = new SoftAuthenticator(algorithm).get(challenge)
    assert.deepEqual(verifyAssertion(stranger, expected, own.publicKey), { ok: false, error: 'signature' })
  })
}

test('each check of a ceremony', () => {
  const cases: readonly (readonly [Wrong, WebAuthnProblem])[] = [
    [{ type: 'payment.get' }, 'clientData'],
    [{ members: { tokenBinding: { status: 'present', id: 'x' } } }, 'clientData'],
    [{ members: { challenge: Buffer.alloc(32, 8).toString('base64url') } }, 'challenge'],
    [{ members: { challenge: challenge.toString('base64') } }, 'challenge'],
    [{ members: { challenge: [challenge.toString('base64url')] } }, 'challenge'],
    [{ origin: 'https://mail.example.org.evil.test' }, 'origin'],
    [{ origin: 'https://mail.example.org:8443' }, 'origin'],
    [{ origin: 'http://mail.example.org' }, 'origin'],
    [{ origin: 'https://sub.mail.example.org' }, 'origin'],
    [{ members: { crossOrigin: true } }, 'crossOrigin'],
    [{ members: { crossOrigin: 'false' } }, 'crossOrigin'],
    [{ members: { topOrigin: 'https://evil.test' } }, 'crossOrigin'],
    [{ relyingParty: 'example.org' }, 'relyingParty'],
    // Right for this server, but not for where the browser was.
    [{ relyingParty: 'localhost' }, 'relyingParty'],
    [{ tail: Buffer.of(0) }, 'authenticatorData'],
    [{ tail: encodeCbor(new Map()) }, 'authenticatorData'],
  ]
  for (const [wrong, problem] of cases) {
    assert.equal(whyNotRegistered(wrong), problem, JSON.stringify(wrong))
    assert.equal(whyNotAsserted(wrong), problem, JSON.stringify(wrong))
  }
  // Members that a browser may add.
  assert.equal(whyNotAsserted({ members: { other_keys_can_be_added_here: 'x' } }), null)
  // A ceremony is not the other.
  assert.equal(whyNotAsserted({ type: 'webauthn.create' }), 'clientData')
  assert.equal(whyNotRegistered({ type: 'webauthn.get' }), 'clientData')
})

test('somebody was there and proved who they are, and flags fit together', () => {
  const flags = (wanted: number, tail?: Uint8Array): WebAuthnProblem | null =>
    whyNotAsserted({ flags: wanted, ...(tail === undefined ? {} : { tail }) })
  assert.equal(flags(VERIFIED), 'notPresent')
  assert.equal(flags(PRESENT), 'notVerified')
  assert.equal(flags(PRESENT | VERIFIED | BACKUP_ELIGIBLE), null)
  assert.equal(flags(PRESENT | VERIFIED | BACKUP_ELIGIBLE | 16), null)
  // Backed up, and not eligible for it.
  assert.equal(flags(PRESENT | VERIFIED | 16), 'authenticatorData')
  assert.equal(flags(PRESENT | VERIFIED | 2), 'authenticatorData')
  assert.equal(flags(PRESENT | VERIFIED | 32), 'authenticatorData')
  assert.equal(flags(PRESENT | VERIFIED | ATTESTED), 'authenticatorData')
  assert.equal(flags(PRESENT | VERIFIED | EXTENDED), 'authenticatorData')
  const extensions = encodeCbor(new Map([['hmac-secret', Buffer.alloc(32)]]))
  assert.equal(flags(PRESENT | VERIFIED | EXTENDED, extensions), null)
  assert.equal(flags(PRESENT | VERIFIED | EXTENDED, Buffer.concat([extensions, Buffer.of(0)])), 'authenticatorData')
  assert.equal(flags(PRESENT | VERIFIED | EXTENDED, Buffer.of(0x80)), 'authenticatorData')
  // An indefinite length.
  assert.equal(flags(PRESENT | VERIFIED | EXTENDED, Buffer.of(0xbf, 0xff)), 'authenticatorData')
  assert.equal(whyNotRegistered({ flags: PRESENT | VERIFIED }), 'authenticatorData')
  const all = PRESENT | VERIFIED | ATTESTED | EXTENDED
  assert.equal(whyNotRegistered({ flags: all, tail: encodeCbor(new Map([['credProtect', 2]])) }), null)
})

test('attestation says nothing, and ids are bounded', () => {
  assert.equal(whyNotRegistered({ format: 'packed' }), 'attestation')
  assert.equal(whyNotRegistered({ statement: new Map([['sig', Buffer.alloc(8)]]) }), 'attestation')
  assert.equal(whyNotRegistered({ credentialId: Buffer.alloc(0) }), 'authenticatorData')
  assert.equal(whyNotRegistered({ credentialId: Buffer.alloc(1_023, 1) }), null)
  assert.equal(whyNotRegistered({ credentialId: Buffer.alloc(1_024, 1) }), 'authenticatorData')
})

test('keys of other kinds, and keys that are none', () => {
  const es256 = new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.alloc(32, 1)],
    [-3, Buffer.alloc(32, 1)],
  ])
  const rsa = (n: Buffer, e: Buffer): Map<number, unknown> =>
    new Map<number, unknown>([
      [1, 3],
      [3, -257],
      [-1, n],
      [-2, e],
    ])
  const changed = (...entries: readonly [number, unknown][]): Map<number, unknown> => new Map([...es256, ...entries])
  const f4 = Buffer.of(1, 0, 1)
  for (const [what, wrong] of Object.entries({
    'not on the curve': es256,
    'another curve': changed([-1, 2]),
    'another algorithm': changed([3, -35]),
    'a member more': changed([4, 1]),
    compressed: changed([-3, true]),
    short: changed([-2, Buffer.alloc(31, 1)]),
    'RSA of 1,024 bits': rsa(Buffer.alloc(128, 0xff), f4),
    'RSA of 8,192 bits': rsa(Buffer.alloc(1_024, 0xff), f4),
    'RSA with leading zeros': rsa(Buffer.alloc(256, 1).fill(0, 0, 1), f4),
    'RSA with exponent 3': rsa(Buffer.alloc(256, 0xff), Buffer.of(3)),
    'Ed25519 of 31 bytes': new Map<number, unknown>([
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, Buffer.alloc(31)],
    ]),
    empty: new Map<number, unknown>(),
  })) {
    assert.equal(whyNotRegistered({ publicKey: encodeCbor(wrong) }), 'publicKey', what)
  }
  assert.equal(whyNotRegistered({ publicKey: encodeCbor([1, 2]) }), 'authenticatorData')
})

test('every problem has a sentence', () => {
  assert.match(describeWebAuthnProblem('notVerified'), /PIN/)
  assert.match(describeWebAuthnProblem('challenge'), /Begin again/)
  assert.match(describeWebAuthnProblem('origin'), /address/)
})
