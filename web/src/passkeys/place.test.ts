import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passkeyPlace } from './place.ts'

const at = (url: string, hasPasskeys = true): ReturnType<typeof passkeyPlace> => passkeyPlace(new URL(url), hasPasskeys)

test('at a name they work, where the browser has them', () => {
  assert.deepEqual(at('https://mail.example.org/'), { kind: 'works' })
  assert.deepEqual(at('http://localhost:10080/'), { kind: 'works' })
  assert.deepEqual(at('https://mail.example.org/', false), { kind: 'browser' })
})

test('at an address they do not, and this machine has a name', () => {
  assert.deepEqual(at('http://127.0.0.1:10080/'), { kind: 'address', url: 'http://localhost:10080/' })
  assert.deepEqual(at('https://[::1]/'), { kind: 'address', url: 'https://localhost/' })
  assert.deepEqual(at('https://192.0.2.1/'), { kind: 'address', url: null })
  assert.deepEqual(at('https://[2001:db8::1]:8443/', false), { kind: 'address', url: null })
})
