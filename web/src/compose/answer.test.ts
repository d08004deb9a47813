import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Email, Identity } from '#web/jmap/types.ts'
import { quote, references, replyRecipients, withPrefix } from './answer.ts'
import { formatAddress, parseAddresses } from './addresses.ts'

const me = { id: 'i1', name: 'Garden', email: 'me@example.org', textSignature: '', mayDelete: false } satisfies Identity
const address = (email: string, name: string | null = null): { name: string | null; email: string } => ({ name, email })
const email = (given: Partial<Email>): Email =>
  ({
    from: null,
    to: null,
    cc: null,
    replyTo: null,
    messageId: null,
    references: null,
    inReplyTo: null,
    receivedAt: '2026-11-27T10:00:00Z',
    sentAt: null,
    ...given,
  }) as Email

test('a reply to all leaves out oneself and says nobody twice', () => {
  const given = email({
    from: [address('orchard@example.net')],
    to: [address('Me@example.org'), address('shed@example.com')],
    cc: [address('ORCHARD@example.net'), address('shed@example.com'), address('workshop@example.net')],
  })
  assert.deepEqual(replyRecipients(given, true, [me]), {
    to: [address('orchard@example.net')],
    cc: [address('shed@example.com'), address('workshop@example.net')],
  })
  assert.deepEqual(replyRecipients(given, false, [me]).cc, [])
})

test('Reply-To decides, and to a message of one’s own one goes on writing', () => {
  const given = email({ from: [address('a@example.net')], replyTo: [address('list@example.net')] })
  assert.deepEqual(replyRecipients(given, false, [me]).to, [address('list@example.net')])
  const own = email({ from: [address('me@example.org')], to: [address('orchard@example.net')] })
  assert.deepEqual(replyRecipients(own, false, [me]).to, [address('orchard@example.net')])
})

test('references end with the message that is answered', () => {
  assert.deepEqual(references(email({ messageId: ['c@x'], references: ['a@x', 'b@x'] })), ['a@x', 'b@x', 'c@x'])
  assert.deepEqual(references(email({ messageId: ['c@x'], inReplyTo: ['b@x'] })), ['b@x', 'c@x'])
  const many = Array.from({ length: 80 }, (_, at) => `${at}@x`)
  const kept = references(email({ messageId: ['last@x'], references: many })) ?? []
  assert.equal(kept.length, 30)
  assert.equal(kept[0], '0@x')
  assert.equal(kept.at(-1), 'last@x')
})

test('subjects are not prefixed twice', () => {
  assert.equal(withPrefix('Re', 'Plan'), 'Re: Plan')
  assert.equal(withPrefix('Re', 'AW: Plan'), 'AW: Plan')
  assert.equal(withPrefix('Fwd', 'Re: Plan'), 'Fwd: Re: Plan')
})

test('quoted text is quoted once more', () => {
  const text = quote(email({ from: [address('orchard@example.net', 'Orchard')] }), 'One\n\n> Two\n')
  assert.match(text, /^On .*, Orchard wrote:\n> One\n>\n>> Two\n$/)
})

test('addresses as they are typed and pasted', () => {
  const { addresses, rest } = parseAddresses(
    'Orchard <orchard@example.net>, "Shed, Tool" <shed@example.com>; me@example.org, nobody',
  )
  assert.deepEqual(addresses, [
    address('orchard@example.net', 'Orchard'),
    address('shed@example.com', 'Shed, Tool'),
    address('me@example.org'),
  ])
  assert.equal(rest, 'nobody')
  assert.equal(formatAddress(address('shed@example.com', 'Shed, Tool')), '"Shed, Tool" <shed@example.com>')
})
