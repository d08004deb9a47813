import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { InvariantError } from '#base/assert.ts'
import { hybridIdentityFromSeed, recipientOf, x25519IdentityFromScalar } from './identity.ts'
import { openAge, openAgeHeader } from './open.ts'
import { sealAge, sealedLength } from './seal.ts'
import { AgeSealer } from './sealer.ts'
import { agePayloadLength, agePlaintextLength, openAgePayload, sealPayloadInto } from './stream.ts'

const seeds = [1, 2, 3].map((byte) => Buffer.alloc(32, byte))
const identities = { x25519: seeds.map(x25519IdentityFromScalar), hybrid: seeds.map(hybridIdentityFromSeed) }
const kind = fc.constantFrom('x25519' as const, 'hybrid' as const)

/** Lengths near the edges of chunks as often as others. */
const length = fc.oneof(
  fc.nat(300),
  fc.nat(400_000),
  fc.tuple(fc.nat(4), fc.integer({ min: -2, max: 2 })).map(([chunks, by]) => Math.max(0, chunks * 65_536 + by)),
)
const chunking = fc.array(fc.oneof(fc.nat(200), fc.nat(70_000), fc.constant(65_536), fc.constant(200_000)), {
  maxLength: 8,
})

function patterned(length: number): Buffer {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; at++) bytes[at] = (at * 31 + (at >>> 8) * 7) & 0xff
  return bytes
}

test('in whatever pieces the plaintext comes, the payload is the same as at once, of the length that was told', () => {
  fc.assert(
    fc.property(kind, fc.nat(2), length, chunking, (kind, others, length, chunking) => {
      const recipients = identities[kind].slice(0, others + 1).map(recipientOf)
      const plaintext = patterned(length)
      using sealer = new AgeSealer(recipients)
      const start = sealer.start()
      const pieces: Buffer[] = []
      let at = 0
      for (const size of chunking) {
        const piece = Buffer.from(plaintext.subarray(at, at + size))
        pieces.push(...sealer.push(piece))
        // The sealer holds no view of what it was given.
        piece.fill(0xee)
        at += size
      }
      pieces.push(...sealer.push(plaintext.subarray(at)), ...sealer.finish())
      const payload = Buffer.concat(pieces)
      const atOnce = Buffer.alloc(agePayloadLength(length))
      sealPayloadInto(atOnce, 0, sealer.payloadKey, plaintext)
      assert.ok(payload.equals(atOnce))
      assert.equal(start.length + payload.length, sealedLength(length, recipients))
      assert.equal(sealAge(recipients, plaintext).length, sealedLength(length, recipients))
      assert.equal(agePlaintextLength(payload.length), length)
      assert.ok(openAgePayload(sealer.payloadKey, payload)?.equals(plaintext))
    }),
    { numRuns: 60 },
  )
})

test('each recipient opens the file, and nobody else', () => {
  fc.assert(
    fc.property(kind, fc.nat(300), fc.nat(2), (kind, length, stranger) => {
      const recipients = identities[kind].filter((_, index) => index !== stranger).map(recipientOf)
      const plaintext = patterned(length)
      const file = sealAge(recipients, plaintext)
      for (const [index, identity] of identities[kind].entries()) {
        const opened = openAge(file, [identity])
        if (index === stranger) assert.deepEqual(opened, { ok: false, error: 'noMatch' })
        else assert.ok(opened.ok && opened.value.equals(plaintext))
      }
    }),
    { numRuns: 30 },
  )
})

test('one changed bit anywhere is noticed', () => {
  for (const kind of ['x25519', 'hybrid'] as const) {
    const [identity] = identities[kind]
    assert.ok(identity !== undefined)
    const file = sealAge([recipientOf(identity)], patterned(100))
    const positions = kind === 'x25519' ? file.keys() : fc.sample(fc.nat(file.length - 1), { numRuns: 150, seed: 1 })
    for (const at of positions) {
      for (const bit of [1, 0x20, 0x80]) {
        file[at] = (file[at] as number) ^ bit
        assert.equal(openAge(file, [identity]).ok, false, `byte ${at}`)
        file[at] ^= bit
      }
    }
    for (let length = 0; length < file.length; length++) {
      assert.equal(openAge(file.subarray(0, length), [identity]).ok, false, `cut at ${length}`)
    }
    assert.equal(openAge(file, [identity]).ok, true)
  }
})

test('files are never sealed twice the same', () => {
  const recipients = identities.x25519.slice(0, 1).map(recipientOf)
  const files = Array.from({ length: 20 }, () => sealAge(recipients, Buffer.from('text')).toString('latin1'))
  assert.equal(new Set(files).size, files.length)
})

test('recipients that may not be together are refused', () => {
  const [classic, hybrid] = [identities.x25519, identities.hybrid].map((all) => all.map(recipientOf))
  assert.ok(classic !== undefined && hybrid !== undefined)
  const most = Array.from({ length: 20 }, (_, index) => hybrid[index % 3] as (typeof hybrid)[0])
  assert.throws(() => sealAge([], Buffer.alloc(0)), RangeError)
  assert.throws(() => sealAge([...classic, ...hybrid], Buffer.alloc(0)), RangeError)
  assert.throws(() => sealAge([...most, ...hybrid], Buffer.alloc(0)), RangeError)
  assert.ok(openAge(sealAge(most, Buffer.alloc(0)), identities.hybrid.slice(1, 2)).ok)
})

test('a sealer overwrites the plaintext it held: after each sealed chunk, and when it is disposed', (context) => {
  const allocate = context.mock.method(Buffer, 'allocUnsafeSlow')
  const sealer = new AgeSealer(identities.x25519.map(recipientOf))
  sealer.start()
  sealer.push(Buffer.alloc(65_536, 0xaa))
  const pending = allocate.mock.calls.find((call) => call.arguments[0] === 65_536)?.result ?? assert.fail('none')
  assert.ok(pending.equals(Buffer.alloc(65_536, 0xaa)))
  assert.equal(sealer.push(Buffer.alloc(3, 0xbb)).length, 1)
  assert.ok(pending.equals(Buffer.concat([Buffer.alloc(3, 0xbb), Buffer.alloc(65_533)])))
  assert.equal(sealer.push(Buffer.alloc(65_540, 0xcc)).length, 1)
  assert.ok(pending.equals(Buffer.concat([Buffer.alloc(7, 0xcc), Buffer.alloc(65_529)])))
  sealer[Symbol.dispose]()
  assert.ok(pending.equals(Buffer.alloc(65_536)))
})

test('a sealer that was disposed holds neither key nor plaintext, and seals no more', () => {
  const sealer = new AgeSealer(identities.x25519.map(recipientOf))
  assert.throws(() => sealer.push(Buffer.from('text')), InvariantError)
  const start = sealer.start()
  const { payloadKey } = sealer
  const header = openAgeHeader(start, identities.x25519)
  assert.ok(header.ok && header.value.payloadKey.equals(payloadKey))
  assert.equal(header.value.payloadOffset, start.length)
  sealer.push(Buffer.from('text'))
  sealer[Symbol.dispose]()
  assert.ok(payloadKey.equals(Buffer.alloc(32)))
  assert.throws(() => sealer.finish(), InvariantError)
  assert.throws(() => sealer.push(Buffer.from('text')), InvariantError)
  assert.throws(() => sealer.start(), InvariantError)
  assert.throws(() => sealer.payloadKey, InvariantError)
})
