import assert from 'node:assert/strict'
import { test } from 'node:test'
import { dataHeaders, frameHeaders, isOurHost, pageHeaders } from './web-headers.ts'

const HOSTNAME = 'mail.example.org'

test('this server answers for its name, localhost and addresses', () => {
  for (const host of [
    HOSTNAME,
    `${HOSTNAME}:443`,
    'MAIL.example.ORG',
    'localhost:8443',
    '127.0.0.1:80',
    '192.0.2.1',
    '[::1]:443',
  ]) {
    assert(isOurHost(host, HOSTNAME), host)
  }
})

test('a name of somebody else that was made to lead here is none of ours', () => {
  for (const host of [
    null,
    '',
    'evil.example',
    `${HOSTNAME}.evil.example`,
    `evil.example/${HOSTNAME}`,
    `x@${HOSTNAME}`,
    'localhost.',
    '1.2.3',
  ]) {
    assert(!isOurHost(host, HOSTNAME), String(host))
  }
})

test('pages take scripts, styles and pictures from here alone, and nobody may frame them', () => {
  const policy = pageHeaders(true)['Content-Security-Policy'] ?? ''
  for (const rule of [
    "default-src 'none'",
    "script-src 'self'",
    "connect-src 'self'",
    "frame-ancestors 'none'",
    "require-trusted-types-for 'script'",
  ]) {
    assert(policy.split('; ').includes(rule), rule)
  }
  assert(!/unsafe-(?:inline|eval)|\*/.test(policy))
  assert.equal(pageHeaders(true)['X-Content-Type-Options'], 'nosniff')
  assert('Strict-Transport-Security' in pageHeaders(true) && !('Strict-Transport-Security' in pageHeaders(false)))
})

test('where mail is shown there is no origin and no network', () => {
  const policy = (frameHeaders()['Content-Security-Policy'] ?? '').split('; ')
  assert(policy.includes('sandbox allow-scripts') && policy.includes("default-src 'none'"))
  assert(policy.includes('img-src data: blob:'))
  assert(!policy.some((rule) => rule.includes('http') || rule.startsWith('connect-src')))
})

test('data is never a page and never kept', () => {
  const headers = dataHeaders(true)
  assert.match(headers['Content-Security-Policy'] ?? '', /default-src 'none'; sandbox/)
  assert.equal(headers['Cache-Control'], 'no-store')
})
