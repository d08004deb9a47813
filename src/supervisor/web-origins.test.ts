import assert from 'node:assert/strict'
import { test } from 'node:test'
import { webOrigins } from './web-origins.ts'

test('the name over TLS, and localhost', () => {
  const listeners = [
    { protocol: 'http', port: 80 },
    { protocol: 'https', port: 443 },
    { protocol: 'imaps', port: 993 },
    // The same on another address.
    { protocol: 'https', port: 443 },
  ]
  assert.deepEqual(webOrigins('Mail.example.org', listeners, ['https://mail.example.org:8443']), [
    'http://localhost',
    'https://mail.example.org',
    'https://localhost',
    'https://mail.example.org:8443',
  ])
  assert.deepEqual(webOrigins('localhost', [{ protocol: 'https', port: 10_443 }], []), ['https://localhost:10443'])
})
