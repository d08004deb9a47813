import assert from 'node:assert/strict'
import { test } from 'node:test'
import { passkeyInWords, refusalInWords, scopeInWords, serverInWords, usesInWords } from './slot-words.ts'

test('what an app password is good for', () => {
  assert.equal(
    scopeInWords({ protocols: ['submission', 'imap'], access: 'full' }),
    'IMAP, Sending (SMTP): may read, change and send',
  )
  assert.equal(scopeInWords({ protocols: ['pop3'], access: 'readOnly' }), 'POP3: may only read')
  assert.equal(scopeInWords({ protocols: ['submission'], access: 'sendOnly' }), 'May only send')
  assert.equal(scopeInWords({ protocols: null, access: null }), 'Good for nothing')
})

test('when it was used, and when it was refused', () => {
  assert.equal(usesInWords({ lastUsed: {} }), 'Not used yet')
  const lastUsed = { imap: '2026-01-31T12:00:00Z', jmap: '2026-11-26T09:00:00Z' }
  assert.match(usesInWords({ lastUsed }), /^Last used about .*26.*2026/)
  assert.equal(refusalInWords({ lastRefused: null }), null)
  const at = '2026-11-26T09:00:00Z'
  assert.match(
    refusalInWords({ lastRefused: { at, protocol: 'pop3', why: 'protocol' } }) ?? '',
    /^Somebody tried it for POP3, which/,
  )
  assert.match(refusalInWords({ lastRefused: { at, protocol: 'imap', why: 'expired' } }) ?? '', /after its time/)
})

test('what opens without this server', () => {
  assert.equal(serverInWords({ needsServerSecret: true }), 'Only on this server')
  assert.match(serverInWords({ needsServerSecret: false }), /without this server/)
  assert.equal(serverInWords({ needsServerSecret: null }), '')
})

test('where a passkey is, and what is wrong with one', () => {
  assert.equal(passkeyInWords({ host: 'mail.example.org', isSynced: false }), 'For mail.example.org, on one device')
  assert.match(passkeyInWords({ host: 'localhost', isSynced: true }), /^For localhost, copied to other devices/)
  assert.equal(passkeyInWords({ host: null, isSynced: null }), 'Good for nothing')
  const at = '2026-11-26T09:00:00Z'
  assert.match(
    refusalInWords({ lastRefused: { at, protocol: 'jmap', why: 'counter' } }) ?? '',
    /counted less than before/,
  )
})
