import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { mailAddress, parsePath } from './mail-address.ts'

/** The canonical text and what follows; `null` for `<>`; or the failure. */
function read(text: string, kind: 'reverse' | 'forward' = 'forward'): string | null {
  const path = parsePath(text, kind)
  if (!path.ok) return `- ${path.error}`
  return path.value.address === null ? null : `${path.value.address.text}|${path.value.rest}`
}

const long = (length: number): string => 'x'.repeat(length)
const MALFORMED = '- The address is malformed'
const LOCAL = '- The local part is malformed'

const cases: readonly [path: string, text: string][] = [
  // RFC 5321 §4.1.2
  ['<ann@example.org>', 'ann@example.org|'],
  ['<Ann.Smith+tag@Example.ORG> SIZE=1', 'Ann.Smith+tag@example.org| SIZE=1'],
  ["<!#$%&'*+/=?^_`{|}~-@example.org>", "!#$%&'*+/=?^_`{|}~-@example.org|"],
  ['<"ann"@example.org>', 'ann@example.org|'],
  ['<"a\\nn.b"@example.org>', 'ann.b@example.org|'],
  ['<"a b"@example.org>', '"a b"@example.org|'],
  ['<"a@b>c"@example.org>', '"a@b>c"@example.org|'],
  ['<"a\\"\\\\b"@example.org>', '"a\\"\\\\b"@example.org|'],
  ['<"> SIZE=1"@example.org>', '"> SIZE=1"@example.org|'],
  ['<".."@example.org>', '".."@example.org|'],
  ['<a@host_name.example.org>', 'a@host_name.example.org|'],
  ['<a@localhost>', 'a@localhost|'],
  ['<a@example.org>x', 'a@example.org|x'],
  // Appendix C: source routes
  ['<@one.example,@two.example:ann@example.org>', 'ann@example.org|'],
  ['<@one.example:"a:b"@example.org>', '"a:b"@example.org|'],
  ['<@:ann@example.org>', '- The source route is malformed'],
  ['<@one.example,:ann@example.org>', '- The source route is malformed'],
  ['<@one.example:postmaster>', '- A domain is expected'],
  // §4.5.1
  ['<Postmaster>', 'postmaster|'],
  ['<POSTMASTER> X', 'postmaster| X'],
  ['<ann>', '- A domain is expected'],
  // §4.1.3
  ['<a@[192.0.2.1]>', 'a@[192.0.2.1]|'],
  ['<a@[IPv6:2001:DB8:0::0:1]>', 'a@[IPv6:2001:db8::1]|'],
  ['<a@[ipv6:::ffff:192.0.2.1]>', 'a@[IPv6:::ffff:c000:201]|'],
  ['<a@[192.0.2.01]>', MALFORMED],
  ['<a@[192.0.2.256]>', MALFORMED],
  ['<a@[192.0.2]>', MALFORMED],
  ['<a@[2001:db8::1]>', MALFORMED],
  ['<a@[IPv6:1:2]>', MALFORMED],
  ['<a@[IPv6:fe80::1%eth0]>', MALFORMED],
  ['<a@[X-tag:content]>', MALFORMED],
  ['<a@[192.0.2.1>', MALFORMED],
  ['<a@192.0.2.1>', MALFORMED],
  // What is no address
  ['ann@example.org', '- An address in angle brackets is expected'],
  ['', '- An address in angle brackets is expected'],
  ['<>', '- An address is expected'],
  ['<ann@example.org', '- The closing angle bracket is missing'],
  ['<@example.org>', LOCAL],
  ['<ann@>', MALFORMED],
  ['<ann@example..org>', MALFORMED],
  ['<ann@example.org.>', MALFORMED],
  ['<ann@-example.org>', MALFORMED],
  ['<ann@exam ple.org>', MALFORMED],
  ['<ann@b@example.org>', MALFORMED],
  ['<a..b@example.org>', LOCAL],
  ['<.a@example.org>', LOCAL],
  ['<a.@example.org>', LOCAL],
  ['<a b@example.org>', LOCAL],
  ['<a(b)@example.org>', LOCAL],
  ['<"a@example.org>', LOCAL],
  ['<"a"b@example.org>', '- A domain is expected'],
  ['<""@example.org>', MALFORMED],
  ['<-oQ@example.org>', MALFORMED],
  ['<"-oQ/tmp"@example.org>', MALFORMED],
  ['<"a\\\u00e4"@example.org>', LOCAL],
  ['<"a\u0085b"@example.org>', MALFORMED],
  ['<a\u2028b@example.org>', MALFORMED],
  ['<a\u00a0b@example.org>', LOCAL],
  // RFC 6531 §3.3
  ['<jürgen@example.org>', 'jürgen@example.org|'],
  ['<ann@BÜCHER.example>', 'ann@xn--bcher-kva.example|'],
  ['<ann@xn--BCHER-kva.example>', 'ann@xn--bcher-kva.example|'],
  ['<用户@例え.テスト>', '用户@xn--r8jz45g.xn--zckzah|'],
  ['<ann@１２７.0.0.1>', MALFORMED],
  ['<ann@ex＠mple.org>', MALFORMED],
  ['<ann@a／b.org>', MALFORMED],
  ['<ann@a%62.örg>', MALFORMED],
  // §4.5.3.1
  [`<${long(64)}@example.org>`, `${long(64)}@example.org|`],
  [`<${long(65)}@example.org>`, '- The local part is too long'],
  [`<a@${long(63)}.org>`, `a@${long(63)}.org|`],
  [`<a@${long(64)}.org>`, MALFORMED],
  [`<ab@${Array(4).fill(long(62)).join('.')}>`, `ab@${Array(4).fill(long(62)).join('.')}|`],
  [`<abc@${Array(4).fill(long(62)).join('.')}>`, MALFORMED],
]

for (const [path, expected] of cases) {
  test(`RFC 5321 §4.1.2: ${path.length > 60 ? `${path.slice(0, 60)}…` : path}`, () =>
    assert.equal(read(path), expected))
}

test('reverse paths: nobody, and the long local parts of mailing lists', () => {
  assert.equal(read('<> SIZE=1', 'reverse'), null)
  assert.equal(
    read(`<bounce-${long(90)}=example.net@example.org>`, 'reverse'),
    `bounce-${long(90)}=example.net@example.org|`,
  )
  assert.equal(read('<Postmaster>', 'reverse'), '- A domain is expected')
})

test('U-labels stay as they were sent beside their ASCII form', () => {
  const path = parsePath('<ann@BÜCHER.example>', 'forward')
  assert(path.ok)
  assert.equal(path.value.address?.domain, 'bücher.example')
  assert.equal(path.value.address?.asciiDomain, 'xn--bcher-kva.example')
  assert.equal(path.value.address?.isLiteral, false)
})

const localPart = fc.oneof(
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 12 }),
  fc.string({ minLength: 1, maxLength: 12 }),
)

test('every address that there is can be written, and is read as the same', () => {
  fc.assert(
    fc.property(localPart, (local) => {
      const address = mailAddress(local, 'example.org')
      if (address === null) return
      const path = parsePath(`<${address.text}> SIZE=1`, 'reverse')
      assert(path.ok)
      assert.deepEqual(path.value, { address, rest: ' SIZE=1' })
    }),
    { numRuns: 1_000 },
  )
})

test('whatever is read cannot be taken for anything else', () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '<',
      '>',
      '@',
      '"',
      '\\',
      ':',
      ',',
      ' ',
      '.',
      '-',
      'a',
      'example.org',
      '[',
      ']',
      '\r',
      '\n',
      '\0',
      'ü',
    ),
    fc.string({ unit: codePoint, maxLength: 3 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
      const path = parsePath(`<${pieces.join('')}`, 'forward')
      if (!path.ok || path.value.address === null) return
      const { text, localPart } = path.value.address
      assert.doesNotMatch(text, /[\p{Cc}\p{Zl}\p{Zp}]/u)
      assert(!localPart.startsWith('-') && localPart !== '')
      assert.equal(read(`<${text}>`), `${text}|`)
    }),
    { numRuns: 2_000 },
  )
})
