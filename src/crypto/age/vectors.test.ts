// The C2SP CCTV vectors for age: test/vectors/age/README.md. Those of features that are out of scope are counted by feature.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import zlib from 'node:zlib'
import { sha256 } from '#crypto/hash.ts'
import { parseIdentity, type Identity } from './identity.ts'
import { openAge, openAgeHeader } from './open.ts'
import { agePlaintextLength, openAgePayload, openAgeRange, openChunks } from './stream.ts'

const directory = path.join(import.meta.dirname, '../../../test/vectors/age/testdata')

interface Vector {
  readonly name: string
  readonly fields: ReadonlyMap<string, readonly string[]>
  readonly file: Buffer
}

function readVector(name: string): Vector {
  const bytes = fs.readFileSync(path.join(directory, name))
  const end = bytes.indexOf('\n\n')
  assert.ok(end > 0, name)
  const fields = new Map<string, string[]>()
  for (const line of bytes.toString('latin1', 0, end).split('\n')) {
    const colon = line.indexOf(': ')
    const key = line.slice(0, colon)
    fields.set(key, [...(fields.get(key) ?? []), line.slice(colon + 2)])
  }
  const body = bytes.subarray(end + 2)
  const compressed = fields.get('compressed')
  if (compressed !== undefined) assert.deepEqual(compressed, ['zlib'], name)
  return { name, fields, file: compressed === undefined ? body : zlib.inflateSync(body) }
}

const vectors = fs.readdirSync(directory).map(readVector)
const isOutOfScope = ({ fields }: Vector): boolean => fields.has('passphrase') || fields.has('armored')

/** Digests in place of the bytes: a report of how 16 MB differ takes minutes. */
const digestOf = (bytes: Uint8Array | null): string | null => (bytes === null ? null : sha256(bytes).toString('hex'))

function identitiesOf({ name, fields }: Vector): Identity[] {
  return (fields.get('identity') ?? []).map((text) => parseIdentity(text) ?? assert.fail(`${name}: identity`))
}

test('every vector is either run or of a feature that is out of scope', () => {
  const outOfScope = vectors.filter(isOutOfScope)
  assert.deepEqual(
    {
      run: vectors.length - outOfScope.length,
      armor: outOfScope.filter(({ fields }) => fields.has('armored')).length,
      scrypt: outOfScope.filter(({ fields }) => !fields.has('armored')).length,
    },
    { run: 85, armor: 33, scrypt: 25 },
  )
})

for (const vector of vectors.filter((vector) => !isOutOfScope(vector))) {
  const expected = vector.fields.get('expect')?.[0] ?? 'nothing'
  test(`${vector.name}: ${expected}`, () => {
    const identities = identitiesOf(vector)
    const whole = openAge(vector.file, identities)
    const header = openAgeHeader(vector.file, identities)
    const released: Buffer[] = []
    if (header.ok) {
      const { payloadKey, payloadOffset } = header.value
      const payload = vector.file.subarray(payloadOffset)
      for (const chunk of openChunks(payloadKey, payload)) released.push(chunk)
      const plaintext = openAgePayload(payloadKey, payload)
      const read = (offset: number, length: number): Buffer => payload.subarray(offset, offset + length)
      const range = openAgeRange(payloadKey, payload.length, read, 0, agePlaintextLength(payload.length))
      assert.equal(digestOf(plaintext), whole.ok ? digestOf(whole.value) : null)
      assert.equal(digestOf(range), digestOf(plaintext))
      assert.equal(digestOf(Buffer.concat(released)), vector.fields.get('payload')?.[0])
    }
    const outcome = whole.ok ? digestOf(whole.value) : whole.error
    switch (expected) {
      case 'success':
        assert.equal(outcome, digestOf(Buffer.concat(released)))
        break
      case 'payload failure':
        assert.equal(header.ok, true)
        assert.equal(outcome, 'damagedPayload')
        break
      case 'header failure':
        assert.equal(outcome, 'malformedHeader')
        break
      case 'no match':
        assert.equal(outcome, 'noMatch')
        break
      case 'HMAC failure':
        assert.equal(outcome, 'wrongMac')
        break
      default:
        assert.fail(`unknown expectation ${expected}`)
    }
    for (const identity of identities) identity[Symbol.dispose]()
  })
}

test('a file with a passphrase stanza is never opened: alone it has no match, beside others it is malformed', () => {
  const errors = vectors
    .filter(({ name }) => name === 'scrypt' || name === 'scrypt_and_x25519')
    .map((vector) => [vector.name, openAge(vector.file, identitiesOf(vector))])
  assert.deepEqual(errors, [
    ['scrypt', { ok: false, error: 'noMatch' }],
    ['scrypt_and_x25519', { ok: false, error: 'malformedHeader' }],
  ])
})
