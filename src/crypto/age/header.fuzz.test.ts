import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { encodeHeaderEnd, encodeHeaderStart, parseHeader, type Header } from './header.ts'
import { hybridIdentityFromSeed, recipientOf, x25519IdentityFromScalar } from './identity.ts'
import { openAge } from './open.ts'
import { sealAge } from './seal.ts'

const argument = fc.stringMatching(/^[!-~]{1,20}$/)
const stanza = fc.record(
  {
    type: argument,
    args: fc.array(argument, { maxLength: 4 }),
    body: fc.uint8Array({ maxLength: 150 }).map((bytes) => Buffer.from(bytes)),
  },
  { noNullPrototype: true },
)
const header = fc.record({
  stanzas: fc.array(stanza, { minLength: 1, maxLength: 5 }),
  mac: fc.uint8Array({ minLength: 32, maxLength: 32 }),
})

const encode = ({ stanzas, mac }: Pick<Header, 'stanzas'> & { mac: Uint8Array }): Buffer =>
  Buffer.from(encodeHeaderStart(stanzas) + encodeHeaderEnd(mac), 'latin1')

const identities = [x25519IdentityFromScalar(Buffer.alloc(32, 1)), hybridIdentityFromSeed(Buffer.alloc(32, 2))]

test('what was encoded parses to the same, whatever follows it', () => {
  fc.assert(
    fc.property(header, fc.uint8Array({ maxLength: 50 }), (header, rest) => {
      const bytes = encode(header)
      const parsed = parseHeader(Buffer.concat([bytes, rest]))
      assert.ok(parsed !== null)
      assert.deepEqual([...parsed.stanzas], header.stanzas)
      assert.ok(parsed.mac.equals(header.mac))
      assert.equal(parsed.length, bytes.length)
      assert.equal(parsed.authenticated.toString('latin1'), encodeHeaderStart(header.stanzas))
    }),
  )
})

/** What a hostile writer would try: bytes changed, inserted, dropped, lines joined, broken, doubled. */
const mutation = fc.record({
  where: fc.nat(),
  length: fc.nat(70),
  insert: fc.oneof(
    fc.constantFrom(
      '\n',
      '\r\n',
      ' ',
      '  ',
      '-> ',
      '---',
      '--- ',
      '=',
      '==',
      '\n\n',
      '\0',
      '\t',
      '-',
      '_',
      '+',
      'A',
      'é',
    ),
    fc.constant('A'.repeat(64)),
    fc.string({ maxLength: 5 }),
  ),
})

function mutate(bytes: Buffer, { where, length, insert }: { where: number; length: number; insert: string }): Buffer {
  const at = where % (bytes.length + 1)
  return Buffer.concat([bytes.subarray(0, at), Buffer.from(insert), bytes.subarray(at + length)])
}

test('whatever is accepted is exactly what would be written, and nothing throws', () => {
  let accepted = 0
  fc.assert(
    fc.property(header, fc.array(mutation, { minLength: 1, maxLength: 3 }), fc.boolean(), (header, mutations, keep) => {
      const changed = keep ? mutations.map((mutation) => ({ ...mutation, length: 0 })) : mutations
      const hostile = changed.reduce(mutate, encode(header))
      const parsed = parseHeader(hostile)
      if (parsed === null) return
      accepted++
      assert.ok(encode(parsed).equals(hostile.subarray(0, parsed.length)))
    }),
    { numRuns: 5000, seed: 20_261_120 },
  )
  // If nothing that was changed is ever accepted, this looks at nothing.
  assert.ok(accepted > 100, `${accepted} accepted`)
})

test('a changed file never opens to anything but its plaintext, and nothing throws', () => {
  const plaintext = Buffer.from('text')
  const files = identities.map((identity) => sealAge([recipientOf(identity)], plaintext))
  fc.assert(
    fc.property(fc.nat(1), fc.array(mutation, { minLength: 1, maxLength: 3 }), (which, mutations) => {
      const file = files[which] as Buffer
      const hostile = mutations.reduce(mutate, file)
      const opened = openAge(hostile, identities)
      assert.equal(opened.ok, hostile.equals(file))
    }),
    { numRuns: 1500, seed: 20_261_120 },
  )
})

test('arbitrary bytes are no header', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => assert.equal(parseHeader(bytes), null)))
})

test('hostile headers cost little', () => {
  const mac = Buffer.alloc(32)
  const body = Buffer.alloc(32)
  const many = (count: number, type: string, argumentLength: number): Buffer => {
    const args = [Buffer.alloc(argumentLength, 9).toString('base64').replaceAll('=', '')]
    return encode({ stanzas: Array.from({ length: count }, () => ({ type, args, body })), mac })
  }
  assert.equal(parseHeader(many(64, 'X25519', 32))?.stanzas.length, 64)
  assert.equal(parseHeader(many(65, 'X25519', 32)), null)
  assert.equal(parseHeader(many(43, 'mlkem768x25519', 1120)), null)
  const intro = 'age-encryption.org/v1\n'
  for (const hostile of [
    many(64, 'X25519', 32),
    many(42, 'mlkem768x25519', 1120),
    many(300_000, 'x', 3),
    Buffer.alloc(50_000_000, 'A'),
    Buffer.from(`${intro}-> ${'a '.repeat(10_000_000)}`),
    Buffer.from(`${intro}-> x\n${`${'A'.repeat(64)}\n`.repeat(200_000)}`),
    Buffer.from(intro.repeat(1_000_000)),
  ]) {
    const before = performance.now()
    assert.equal(openAge(hostile, identities).ok, false)
    // Milliseconds when the machine is idle.
    assert.ok(performance.now() - before < 250)
  }
})
