import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { parseCredential, parseLogin, vaultOfToken } from './gate-credential.ts'

const TOKEN = `2.${'A'.repeat(43)}`

function basic(text: string): string {
  return `Basic ${Buffer.from(text).toString('base64')}`
}

test('tokens and passwords are told apart', () => {
  assert.deepEqual(parseCredential(`Bearer ${TOKEN}`), { kind: 'token', token: TOKEN })
  assert.deepEqual(parseCredential(`bearer ${TOKEN}`), { kind: 'token', token: TOKEN })
  assert.deepEqual(parseCredential(basic('ann@example.org:a:b')), {
    kind: 'password',
    login: Buffer.from('ann@example.org'),
    password: Buffer.from('a:b'),
  })
})

test('anything else is no credential', () => {
  for (const header of [
    null,
    '',
    'Basic',
    'Basic !',
    'Bearer x',
    `Bearer ${TOKEN}x`,
    `Digest ${TOKEN}`,
    basic('no colon'),
    basic(':no name'),
    basic('no password:'),
    basic(`${'x'.repeat(1_025)}:p`),
    basic(`a:${'x'.repeat(5_000)}`),
  ]) {
    assert.equal(parseCredential(header), null, String(header))
  }
})

function parse(value: unknown): unknown {
  return parseLogin(Buffer.from(JSON.stringify(value)))
}

test('a login is a name and a password, and nothing less', () => {
  assert.deepEqual(parse({ name: 'ann', password: 'p' }), { login: Buffer.from('ann'), password: Buffer.from('p') })
  for (const value of [
    null,
    1,
    [],
    'x',
    {},
    { name: 'ann' },
    { name: 1, password: 'p' },
    { name: '', password: 'p' },
  ]) {
    assert.equal(parse(value), null)
  }
  assert.equal(parseLogin(Buffer.from('{"name":')), null)
  assert.equal(parseLogin(Buffer.from([0x7b, 0xff, 0x7d])), null)
})

test('a token names its vault; other text names none', () => {
  assert.equal(vaultOfToken(TOKEN), 2)
  assert.equal(vaultOfToken(`1000.${'A'.repeat(43)}`), null)
  assert.equal(vaultOfToken('2.A'), null)
})

test('no header and no body throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint, maxLength: 80 }), fc.uint8Array({ maxLength: 80 }), (header, body) => {
      parseCredential(header)
      parseCredential(`Basic ${header}`)
      parseLogin(body)
      vaultOfToken(header)
    }),
    { numRuns: 500 },
  )
})
