import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { AccountId } from '#base/ids.ts'
import {
  APP_ACCESSES,
  APP_PROTOCOLS,
  type AppPasswordScope,
  generateAppPassword,
  isExpired,
  meantAppPassword,
  scopePermits,
} from './app-password.ts'
import { encodeCbor } from './cbor.ts'
import { gcmSeal } from '#crypto/aead.ts'
import { RootSecret } from './root.ts'
import { openSlotProperties, sealSlotProperties } from './slot-properties.ts'

const account = '00112233445566778899aabbccddeeff' as AccountId

test('what is generated can be typed into a phone, and every letter is as likely as any other', () => {
  const counts = new Map<string, number>()
  const rounds = 2_000
  for (let round = 0; round < rounds; round++) {
    const password = generateAppPassword().toString()
    assert.match(password, /^(?:[a-z]{4}-){4}[a-z]{4}$/)
    assert.doesNotMatch(password, /[ilo]/)
    for (const letter of password.replaceAll('-', '')) counts.set(letter, (counts.get(letter) ?? 0) + 1)
  }
  assert.equal(counts.size, 23)
  const expected = (rounds * 20) / 23
  // Ten standard deviations.
  for (const count of counts.values()) assert.ok(Math.abs(count - expected) < 10 * Math.sqrt(expected))
})

test('it is read however it was typed', () => {
  const typing = fc.array(fc.record({ upper: fc.boolean(), before: fc.constantFrom('', '-', ' ', ' - ') }), {
    minLength: 20,
    maxLength: 20,
  })
  fc.assert(
    fc.property(typing, (choices) => {
      const password = generateAppPassword()
      const letters = password.toString().replaceAll('-', '')
      const typed = choices.map(({ upper, before }, at) => {
        const letter = letters[at] as string
        return before + (upper ? letter.toUpperCase() : letter)
      })
      const meant = meantAppPassword(Buffer.from(typed.join('')))
      if (typed.join('') === password.toString()) assert.equal(meant, null)
      else assert.deepEqual(meant, password)
    }),
  )
})

test('what is none is left as it is', () => {
  const password = generateAppPassword().toString()
  for (const typed of ['', password, `${password}a`, password.slice(1), password.replace(/^./, 'i'), 'x'.repeat(1e5)]) {
    assert.equal(meantAppPassword(Buffer.from(typed)), null)
  }
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => void meantAppPassword(bytes)))
})

const scopes: fc.Arbitrary<AppPasswordScope> = fc
  .tuple(fc.subarray([...APP_PROTOCOLS]), fc.constantFrom(...APP_ACCESSES), fc.option(fc.nat(2 ** 40)))
  .map(([protocols, access, expires]) => ({ protocols, access, expires }))

test('a slot tells its owner what it is good for', () => {
  using root = RootSecret.generate()
  fc.assert(
    fc.property(scopes, fc.string({ unit: 'grapheme', maxLength: 50 }), (scope, label) => {
      const sealed = sealSlotProperties(root, account, { label, scope })
      assert.deepEqual(openSlotProperties(root, account, sealed), { label, scope })
    }),
    { numRuns: 50 },
  )
  assert.deepEqual(openSlotProperties(root, account, sealSlotProperties(root, account, { label: 'x' })), { label: 'x' })
})

test('what says nothing that can be understood of its scope says nothing at all', () => {
  using root = RootSecret.generate()
  const open = (entries: [number, unknown][]): unknown => {
    const key = root.derive('journal')
    const additional = Buffer.concat([Buffer.from('mailkeep/slot/v1'), Buffer.from(account, 'hex'), Buffer.of(1)])
    const sealed = gcmSeal(key, additional, encodeCbor(new Map<number, unknown>([[1, 'label'], ...entries])))
    return openSlotProperties(root, account, Buffer.concat([Buffer.of(1), sealed]))
  }
  for (const entries of [
    [[2, [1]]],
    [[3, 1]],
    [[4, 1]],
    [
      [2, 1],
      [3, 1],
    ],
    [
      [2, [1]],
      [3, 4],
    ],
    [
      [2, [1]],
      [3, 1],
      [4, 'never'],
    ],
  ] as [number, unknown][][]) {
    assert.equal(open(entries), null)
  }
  // A protocol of a later version is none of these.
  const later = open([
    [2, [1, 9]],
    [3, 1],
  ])
  assert.deepEqual(later, { label: 'label', scope: { protocols: ['imap'], access: 'full', expires: null } })
})

test('an access bounds the protocols, whatever they say', () => {
  const all: AppPasswordScope = { protocols: APP_PROTOCOLS, access: 'full', expires: null }
  const allowed = (scope: AppPasswordScope): string[] =>
    APP_PROTOCOLS.filter((protocol) => scopePermits(scope, protocol))
  assert.deepEqual(allowed(all), [...APP_PROTOCOLS])
  assert.deepEqual(allowed({ ...all, access: 'readOnly' }), ['imap', 'pop3', 'jmap'])
  assert.deepEqual(allowed({ ...all, access: 'sendOnly' }), ['submission'])
  assert.deepEqual(allowed({ ...all, protocols: ['pop3'] }), ['pop3'])
  assert.deepEqual(allowed({ ...all, protocols: [] }), [])
  assert.deepEqual(
    [null, 99, 100, 101].map((expires) => isExpired({ ...all, expires }, 100)),
    [false, true, true, false],
  )
})
