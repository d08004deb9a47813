// Both ways with age-encryption (TypeScript) for both kinds of key, and with Debian's `age` (Go) for X25519.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import * as reference from 'age-encryption'
import {
  formatIdentity,
  hybridIdentityFromSeed,
  parseIdentity,
  recipientOf,
  x25519IdentityFromScalar,
  type Identity,
} from './identity.ts'
import { openAge } from './open.ts'
import { formatRecipient, parseRecipient, type Recipient } from './recipient.ts'
import { sealAge } from './seal.ts'
import { AgeSealer } from './sealer.ts'

const LENGTHS = [0, 1, 65_535, 65_536, 65_537, 200_000]
const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-age-'))
after(() => fs.rmSync(directory, { recursive: true }))

const kinds: readonly { readonly kind: string; readonly make: (secret: Uint8Array) => Identity }[] = [
  { kind: 'X25519', make: x25519IdentityFromScalar },
  { kind: 'hybrid', make: hybridIdentityFromSeed },
]

function recipient(text: string): Recipient {
  return parseRecipient(text) ?? assert.fail('not a recipient')
}

function assertOpens(file: Uint8Array, identities: Identity[], plaintext: Uint8Array): void {
  const opened = openAge(file, identities)
  assert.ok(opened.ok, opened.ok ? '' : opened.error)
  assert.ok(opened.value.equals(plaintext))
}

function sealInPieces(recipients: Recipient[], plaintext: Buffer): Buffer {
  using sealer = new AgeSealer(recipients)
  const pieces = [sealer.start()]
  for (let at = 0; at < plaintext.length; at += 10_007) pieces.push(...sealer.push(plaintext.subarray(at, at + 10_007)))
  return Buffer.concat([...pieces, ...sealer.finish()])
}

for (const { kind, make } of kinds) {
  test(`${kind}: keys are written as age-encryption writes them`, async () => {
    for (let round = 0; round < 5; round++) {
      const identity = make(randomBytes(32))
      const text = formatIdentity(identity)
      assert.equal(await reference.identityToRecipient(text), formatRecipient(recipientOf(identity)))
      const read = parseIdentity(text) ?? assert.fail('not an identity')
      assert.equal(formatIdentity(read), text)
      assert.deepEqual(recipientOf(read).key.bytes, recipientOf(identity).key.bytes)
    }
  })

  test(`${kind}: age-encryption opens what we seal`, async () => {
    const [identity, other] = [make(randomBytes(32)), make(randomBytes(32))]
    for (const length of LENGTHS) {
      const plaintext = randomBytes(length)
      const recipients = [other, identity].map((one) => recipient(formatRecipient(recipientOf(one))))
      for (const file of [sealAge(recipients, plaintext), sealInPieces(recipients, plaintext)]) {
        const decrypter = new reference.Decrypter()
        decrypter.addIdentity(formatIdentity(identity))
        assert.ok(Buffer.from(await decrypter.decrypt(file)).equals(plaintext))
      }
    }
  })

  test(`${kind}: we open what age-encryption seals`, async () => {
    const text = await (kind === 'hybrid' ? reference.generateHybridIdentity() : reference.generateX25519Identity())
    const identity = parseIdentity(text) ?? assert.fail('not an identity')
    for (const length of LENGTHS) {
      const plaintext = randomBytes(length)
      const encrypter = new reference.Encrypter()
      encrypter.addRecipient(await reference.identityToRecipient(text))
      encrypter.addRecipient(formatRecipient(recipientOf(make(randomBytes(32)))))
      const file = await encrypter.encrypt(plaintext)
      assertOpens(file, [identity], plaintext)
      assertOpens(file, [x25519IdentityFromScalar(randomBytes(32)), make(randomBytes(32)), identity], plaintext)
      assert.deepEqual(openAge(file, [make(randomBytes(32))]), { ok: false, error: 'noMatch' })
    }
  })
}

test("Debian's age opens what we seal to X25519, and the reverse", () => {
  const key = execFileSync('age-keygen', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
  const identity = parseIdentity(/^AGE-SECRET-KEY-1\S+$/m.exec(key)?.[0] ?? '') ?? assert.fail('no key')
  const name = /age1\S+/.exec(key)?.[0] ?? ''
  assert.equal(formatRecipient(recipientOf(identity)), name)
  const keyFile = path.join(directory, 'key')
  fs.writeFileSync(keyFile, `${formatIdentity(identity)}\n`)
  for (const length of LENGTHS) {
    const plaintext = randomBytes(length)
    for (const file of [sealAge([recipient(name)], plaintext), sealInPieces([recipient(name)], plaintext)]) {
      assert.ok(execFileSync('age', ['--decrypt', '-i', keyFile], { input: file, stdio: 'pipe' }).equals(plaintext))
    }
    assertOpens(execFileSync('age', ['-r', name], { input: plaintext, stdio: 'pipe' }), [identity], plaintext)
  }
})
