import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { codePoint } from '#base/code-point.test-support.ts'
import { domainOfAddress, domainOfHost, setupKind } from './setup-request.ts'

test('only the fixed paths ask for a setup', () => {
  assert.equal(setupKind('/.well-known/autoconfig/mail/config-v1.1.xml'), 'autoconfig')
  assert.equal(setupKind('/mail/config-v1.1.xml'), 'autoconfig')
  assert.equal(setupKind('/mailkeep.mobileconfig'), 'appleProfile')
  assert.equal(setupKind('/Autodiscover/Autodiscover.xml'), 'autodiscover')
  for (const path of ['/', '', '/mail/', '/mail/config-v1.1.xml/', '/MAIL/config-v1.1.xml', '/jmap/session']) {
    assert.equal(setupKind(path), null, path)
  }
})

test('a host leads to its domain, however it is written', () => {
  for (const [host, domain] of [
    ['example.org', 'example.org'],
    ['autoconfig.example.org', 'example.org'],
    ['AutoDiscover.Example.ORG:8443', 'example.org'],
    ['autoconfig.example.org.', 'example.org'],
    ['autoconfig.example.org.:443', 'example.org'],
    ['autoconfig.xn--grn-ioa.example', 'xn--grn-ioa.example'],
    // Once: no domain is called so.
    ['autoconfig.autoconfig.example.org', 'autoconfig.example.org'],
    ['localhost', 'localhost'],
  ] as const) {
    assert.equal(domainOfHost(host), domain, host)
  }
  for (const host of [
    null,
    '',
    '.',
    '192.0.2.1',
    '127.0.0.1:443',
    '[::1]',
    '[2001:db8::1]:443',
    'ada@example.org',
    'example.org/x',
    'exam ple.org',
    'grün.example',
    'example.org..',
    `${'a'.repeat(300)}.example`,
  ]) {
    assert.equal(domainOfHost(host), null, String(host))
  }
})

test('of an address only what stands behind its last @ matters', () => {
  assert.equal(domainOfAddress('ada@example.org'), 'example.org')
  assert.equal(domainOfAddress('"a@b"@example.org'), 'example.org')
  assert.equal(domainOfAddress('@example.org'), 'example.org')
  assert.equal(domainOfAddress('ada@'), null)
  assert.equal(domainOfAddress(''), null)
  assert.equal(domainOfAddress(`ada@${'x'.repeat(5_000)}`), null)
})

test('nothing that comes throws, and no host is more than a name', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint, maxLength: 300 }), (text) => {
      const domain = domainOfHost(text)
      assert(domain === null || /^[a-z0-9_.-]+$/.test(domain))
      assert((domainOfAddress(text) ?? '').isWellFormed())
    }),
  )
})
