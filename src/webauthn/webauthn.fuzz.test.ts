// Hostile bytes in place of what browsers and authenticators send: nothing throws, and nothing that was changed is taken for what it was.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { type Assertion, verifyAssertion } from './assertion.ts'
import { parseAuthenticatorData } from './authenticator-data.ts'
import { ORIGIN, SoftAuthenticator } from './authenticator.test-support.ts'
import { parseClientData } from './client-data.ts'
import { parseCoseKey } from './cose-key.ts'
import { type Registration, verifyRegistration } from './registration.ts'

const challenge = Buffer.alloc(32, 3)
const expected = { challenge, origins: [ORIGIN] }
const seed = 20_261_128

function flipped(bytes: Uint8Array, at: number, change: number): Buffer {
  const copy = Buffer.from(bytes)
  copy[at % copy.length] = (copy[at % copy.length] as number) ^ change
  return copy
}

test('no bytes throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, hasCredential) => {
      parseAuthenticatorData(bytes, hasCredential)
      parseCoseKey(bytes)
      parseClientData(bytes, 'webauthn.get', expected)
      verifyRegistration({ clientData: bytes, attestationObject: bytes }, expected)
      verifyAssertion({ clientData: bytes, authenticatorData: bytes, signature: bytes }, expected, bytes)
    }),
    { seed, numRuns: 400 },
  )
})

test('a text of any members is client data or refused', () => {
  const value = fc.oneof(
    fc.constantFrom('webauthn.get', ORIGIN, challenge.toString('base64url')),
    fc.json(),
    fc.anything(),
  )
  const members = fc.record({ type: value, challenge: value, origin: value, crossOrigin: value, topOrigin: value })
  fc.assert(
    fc.property(members, (members) => {
      let text: string
      try {
        text = JSON.stringify(members)
      } catch {
        return
      }
      const parsed = parseClientData(Buffer.from(text), 'webauthn.get', expected)
      if (parsed.ok) assert.deepEqual([members.type, members.origin], ['webauthn.get', ORIGIN])
    }),
    { seed, numRuns: 400 },
  )
})

test('one byte changed anywhere in an assertion is noticed', () => {
  const key = new SoftAuthenticator('EdDSA')
  const good = key.get(challenge)
  fc.assert(
    fc.property(
      fc.constantFrom<keyof Assertion>('clientData', 'authenticatorData', 'signature'),
      fc.nat(),
      fc.integer({ min: 1, max: 255 }),
      (field, at, change) => {
        const changed = { ...good, [field]: flipped(good[field], at, change) }
        assert.equal(verifyAssertion(changed, expected, key.publicKey).ok, false)
      },
    ),
    { seed, numRuns: 300 },
  )
  assert.ok(verifyAssertion(good, expected, key.publicKey).ok)
})

test('a registration that was changed or cut is refused, or says what it says', () => {
  const key = new SoftAuthenticator('ES256')
  const good = key.create(challenge)
  fc.assert(
    fc.property(
      fc.constantFrom<keyof Registration>('clientData', 'attestationObject'),
      fc.nat(),
      fc.integer({ min: 0, max: 255 }),
      (field, at, change) => {
        const bytes = good[field]
        const wrong = change === 0 ? bytes.subarray(0, at % bytes.length) : flipped(bytes, at, change)
        const outcome = verifyRegistration({ ...good, [field]: wrong }, expected)
        if (change === 0) assert.equal(outcome.ok, false)
        // Nobody signs it: the id, the counter and the make of the authenticator may be others.
        if (outcome.ok) assert.equal(outcome.value.id.length, key.id.length)
      },
    ),
    { seed, numRuns: 300 },
  )
})

test('deep nesting and long input are refused at once', () => {
  const deep = Buffer.alloc(4_000, 0x81)
  assert.equal(parseCoseKey(deep), null)
  assert.equal(
    parseAuthenticatorData(Buffer.concat([Buffer.alloc(32), Buffer.of(0x85), Buffer.alloc(4), deep]), false),
    null,
  )
  assert.equal(parseAuthenticatorData(Buffer.alloc(5_000), false), null)
  const long = Buffer.from(`{"type":"webauthn.get","pad":"${'x'.repeat(5_000)}"}`)
  assert.equal(parseClientData(long, 'webauthn.get', expected).ok, false)
  assert.equal(parseClientData(Buffer.from('['.repeat(4_000)), 'webauthn.get', expected).ok, false)
})
