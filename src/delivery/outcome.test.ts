import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { SmtpRecipientResult } from '#platform/smtp-client.ts'
import { noSessionOutcome, ownOutcome, recipientOutcome } from './outcome.ts'
import { reply } from './reply.ts'

function outcome(result: SmtpRecipientResult, others = false): string {
  const { kind, reply } = recipientOutcome('mx.example.net', result, others)
  return `${kind} ${reply.code} ${reply.status} ${reply.text}`
}

const refused = (code: number, text: string): SmtpRecipientResult => ({ kind: 'refused', reply: { code, text } })

test('what replies mean', () => {
  assert.equal(outcome({ kind: 'accepted', reply: { code: 250, text: '2.0.0 ok' } }), 'delivered 250 2.0.0 ok')
  assert.equal(outcome({ kind: 'accepted', reply: { code: 250, text: 'ok' } }), 'delivered 250 2.0.0 ok')
  assert.equal(outcome(refused(550, '5.1.1 nobody')), 'failed 550 5.1.1 nobody')
  assert.equal(outcome(refused(550, 'nobody')), 'failed 550 5.0.0 nobody')
  assert.equal(outcome(refused(451, '4.7.1 greylisted')), 'delayed 451 4.7.1 greylisted')
  assert.equal(outcome(refused(450, '5.1.1 contradiction')), 'delayed 450 4.0.0 5.1.1 contradiction')
  assert.equal(outcome(refused(550, '5.1.1')), 'failed 550 5.1.1 ')
  assert.equal(outcome(refused(550, '5.1.1234 x')), 'failed 550 5.0.0 5.1.1234 x')
  assert.equal(outcome(refused(503, 'bad sequence')), 'delayed 503 5.0.0 bad sequence')
  assert.equal(outcome(refused(354, 'what?')), 'delayed 354 4.0.0 what?')
})

test('too many recipients for one message', () => {
  assert.match(outcome(refused(552, 'too many'), true), /^delayed/)
  assert.match(outcome(refused(552, 'too many'), false), /^failed/)
  assert.match(outcome(refused(552, '5.2.2 full'), true), /^failed/)
  assert.match(outcome(refused(452, 'too many'), true), /^delayed/)
})

test('what cannot be sent unchanged fails; what is not known is tried again', () => {
  assert.match(outcome({ kind: 'unsupported', extension: 'SMTPUTF8' }), /^failed 550 5\.6\.7 /)
  assert.match(outcome({ kind: 'unsupported', extension: '8BITMIME' }), /^failed 554 5\.6\.3 /)
  assert.match(outcome({ kind: 'unsupported', extension: 'SIZE' }), /^failed 552 5\.3\.4 /)
  assert.match(outcome({ kind: 'unknown', reason: 'cut' }), /^delayed 451 4\.4\.2 .*mx\.example\.net.*cut/)
})

test('without a session nothing is for good', () => {
  assert.deepEqual(noSessionOutcome('mx.example.net', 'refused', null), {
    kind: 'delayed',
    hostDown: true,
    reply: { code: 451, status: '4.4.1', text: 'no connection to mx.example.net: refused', host: null },
  })
  const greeted = noSessionOutcome('mx.example.net', 'refused', { code: 554, text: 'go away' })
  assert.deepEqual([greeted.kind, greeted.reply.code], ['delayed', 554])
})

test('what we find ourselves', () => {
  assert.equal(ownOutcome(reply(550, '5.1.1', 'nobody')).kind, 'failed')
  assert.equal(ownOutcome(reply(451, '4.3.0', 'later')).kind, 'delayed')
})
