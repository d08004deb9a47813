import assert from 'node:assert/strict'
import { test } from 'node:test'
import PostalMime from 'postal-mime'
import { type Welcome, composeWelcome } from './welcome.ts'

function welcome(changes: Partial<Welcome> = {}): Welcome {
  return {
    address: 'ada@example.org',
    hostName: 'mail.example.org',
    webUrl: 'https://mail.example.org/',
    access: [
      { service: 'IMAP', port: 993, security: 'TLS' },
      { service: 'Sending (SMTP)', port: 465, security: 'TLS' },
      { service: 'IMAP', port: 143, security: 'none' },
    ],
    canOperatorRestore: false,
    now: Date.UTC(2026, 10, 20),
    messageId: 'welcome@mail.example.org',
    boundarySeed: 'welcome0welcome',
    ...changes,
  }
}

test('it says what a new user needs, as text and as HTML', async () => {
  const message = composeWelcome(welcome())
  assert.ok(message.every((byte) => byte < 128))
  assert.ok(message.length < 8000, 'short')
  const mail = await PostalMime.parse(message)
  assert.equal(mail.subject, 'Welcome to Mailkeep')
  for (const body of [mail.text ?? '', mail.html ?? '']) {
    const plain = body.replaceAll(/\s+/g, ' ')
    assert.match(plain, /ada@example\.org/)
    assert.match(plain, /recovery code.*paper/)
    assert.match(plain, /port 993, TLS/)
    assert.match(plain, /https:\/\/mail\.example\.org\//)
    assert.match(plain, /Nobody else can/)
  }
  // Nothing is fetched, and nothing runs.
  assert.doesNotMatch(mail.html ?? '', /<(?:script|img|link|iframe)|url\(|src=/i)
})

test('what the operator can do is said as it is', async () => {
  const mail = await PostalMime.parse(composeWelcome(welcome({ canOperatorRestore: true, webUrl: null })))
  assert.match(mail.text?.replaceAll(/\s+/g, ' ') ?? '', /Whoever runs this server can restore your access, too/)
  assert.doesNotMatch(mail.text ?? '', /browser/)
})

test('an address that is not ASCII, or that looks like HTML', async () => {
  const mail = await PostalMime.parse(composeWelcome(welcome({ address: 'жук@example.org' })))
  assert.match(mail.text ?? '', /жук@example\.org/)
  const odd = await PostalMime.parse(composeWelcome(welcome({ address: '"<b>&"@example.org' })))
  assert.match(odd.html ?? '', /&quot;&lt;b&gt;&amp;&quot;@example\.org/)
})
