import assert from 'node:assert/strict'
import { test } from 'node:test'
import PostalMime from 'postal-mime'
import { type EscrowNotice, composeEscrowNotice } from './escrow-notice.ts'

const HOUR = 3_600_000

async function read(changes: Partial<EscrowNotice>): Promise<{ readonly subject: string; readonly text: string }> {
  const message = composeEscrowNotice({
    address: 'ada@example.org',
    hostName: 'mail.example.org',
    what: { kind: 'asked', delayMs: 72 * HOUR },
    now: Date.UTC(2026, 10, 20, 9, 30),
    messageId: 'notice@mail.example.org',
    boundarySeed: 'notice0notice',
    ...changes,
  })
  const { subject = '', text = '', to } = await PostalMime.parse(message)
  assert.equal(to?.[0]?.address, changes.address ?? 'ada@example.org')
  return { subject, text: text.replaceAll(/\s+/g, ' ') }
}

test('what was asked is said, when it can be done, and how to refuse it', async () => {
  const { subject, text } = await read({})
  assert.equal(subject, 'The operator asks to open your account')
  for (const said of [
    'On 2026-11-20 at 09:30 UTC the operator of mail.example.org asked to open your account',
    'when the server has run for 3 days',
    'mailkeep account escrow refuse ada@example.org',
    'page "Recovery"',
  ]) {
    assert.ok(text.includes(said), text)
  }
  assert.match(
    (await read({ what: { kind: 'asked', delayMs: 30 * HOUR } })).text,
    /when the server has run for 30 hours/,
  )
  assert.match((await read({ what: { kind: 'asked', delayMs: 24 * HOUR } })).text, /when the server has run for 1 day/)
})

test('what was done is said, and where it is noted', async () => {
  const { subject, text } = await read({
    what: { kind: 'used', requested: Date.UTC(2026, 10, 17) },
    address: 'жук@example.org',
  })
  assert.equal(subject, 'The operator has opened your account')
  for (const said of [
    'as was asked for on 2026-11-17 at 00:00 UTC',
    'жук@example.org',
    'mailkeep audit',
    'change your password',
  ]) {
    assert.ok(text.includes(said), text)
  }
})
