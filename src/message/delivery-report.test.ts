import assert from 'node:assert/strict'
import { test } from 'node:test'
import { decodeText } from './body.ts'
import { type DeliveryReport, composeDeliveryReport } from './delivery-report.ts'
import { parseMessage } from './parse.ts'
import { summarize } from './summary.ts'

const REPORT: DeliveryReport = {
  from: { name: 'Mail Delivery System', email: 'mailer-daemon@example.org' },
  to: 'sender@example.com',
  subject: 'Undelivered mail',
  messageId: 'r1@example.org',
  date: { ms: 0, zoneMinutes: 0 },
  boundarySeed: 'abcdefgh12',
  explanation: 'Your message could not be delivered.',
  reportingMta: 'mx.example.org',
  arrivalDate: { ms: 0, zoneMinutes: 0 },
  originalEnvelopeId: 'e1',
  recipients: [
    {
      address: 'a@b.example',
      originalRecipient: 'rfc822;alias@example.com',
      action: 'failed',
      status: '5.1.1',
      remoteMta: 'mx.b.example',
      diagnostic: '550 5.1.1 no such user\r\nFinal-Recipient: rfc822; forged@x\r\n',
      lastAttempt: { ms: 0, zoneMinutes: 0 },
    },
    { address: 'ü@b.example', action: 'delayed', status: '4.4.1', willRetryUntil: { ms: 86_400_000, zoneMinutes: 0 } },
  ],
  original: { header: Buffer.from('Subject: original\r\nX: Grüße\r\n') },
  originalMessageId: 'o1@example.com',
}

test('a delivery status notification (RFC 3464)', () => {
  const bytes = composeDeliveryReport(REPORT)
  const part = parseMessage(bytes)
  assert.equal(part.subtype, 'report')
  assert.deepEqual(part.parameters[0], { name: 'report-type', value: 'delivery-status' })
  assert.deepEqual(
    part.children.map((child) => `${child.type}/${child.subtype}`),
    ['text/plain', 'message/delivery-status', 'text/rfc822-headers'],
  )
  const [explanation, status, original] = part.children
  assert.ok(explanation !== undefined && status !== undefined && original !== undefined)
  assert.equal(decodeText(bytes, explanation), 'Your message could not be delivered.')
  assert.equal(
    decodeText(bytes, status),
    'Original-Envelope-Id: e1\nReporting-MTA: dns; mx.example.org\nArrival-Date: Thu, 1 Jan 1970 00:00:00 +0000\n\n' +
      'Original-Recipient: rfc822;alias@example.com\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1\n' +
      'Remote-MTA: dns; mx.b.example\nDiagnostic-Code: smtp; 550 5.1.1 no such user Final-Recipient: rfc822; forged@x\n' +
      'Last-Attempt-Date: Thu, 1 Jan 1970 00:00:00 +0000\n\n' +
      'Final-Recipient: utf-8; \\x{FC}@b.example\nAction: delayed\nStatus: 4.4.1\nWill-Retry-Until: Fri, 2 Jan 1970 00:00:00 +0000\n',
  )
  assert.equal(decodeText(bytes, original), 'Subject: original\nX: Grüße\n')
  assert.deepEqual(summarize(bytes, part).references, ['o1@example.com'])
  assert.ok(bytes.includes('Auto-Submitted: auto-replied'))
})

test('with the whole message', () => {
  const bytes = composeDeliveryReport({ ...REPORT, original: { message: Buffer.from('Subject: original\n\nbody\n') } })
  const message = parseMessage(bytes).children[2]
  assert.ok(message?.children[0] !== undefined)
  assert.equal(decodeText(bytes, message.children[0]), 'body\n')
})
