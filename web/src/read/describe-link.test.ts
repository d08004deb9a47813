import assert from 'node:assert/strict'
import { test } from 'node:test'
import { describeLink } from './describe-link.ts'

test('the words of a link do not decide where it is said to lead', () => {
  const link = describeLink('https://evil.example/login', 'www.bank.example')
  assert.ok(link?.kind === 'web')
  assert.equal(link.host, 'evil.example')
  assert.equal(link.claims, 'www.bank.example')
  assert.equal((describeLink('https://www.bank.example/x', 'bank.example') as { claims: unknown }).claims, null)
})

test('a name before the host is not taken for it', () => {
  const link = describeLink('https://bank.example@evil.example/', '')
  assert.ok(link?.kind === 'web')
  assert.equal(link.href, 'https://evil.example/')
})

test('names in other scripts are shown as the browser asks for them', () => {
  const link = describeLink('https://аpple.example/', '')
  assert.ok(link?.kind === 'web')
  assert.match(link.host, /^xn--/)
})

test('tracking parameters are named', () => {
  const link = describeLink('https://shop.example/?utm_source=mail&id=1&gclid=2', '')
  assert.ok(link?.kind === 'web')
  assert.deepEqual(link.tracking, ['utm_source', 'gclid'])
})

test('only the web and mail are followed', () => {
  for (const href of ['javascript:alert(1)', 'data:text/html,x', 'file:///etc/passwd', 'blob:https://x/y', '//x']) {
    assert.equal(describeLink(href, ''), null)
  }
})
