import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMessage } from '#message/parse.ts'
import { composeNotice, headerForNotice } from './bounce.ts'
import { boundedReply } from './queue-codec.ts'
import type { LastReply, QueueId, QueuedMessage, QueuedRecipient } from './queue-message.ts'
import type { Notice } from './queue.ts'

const HOUR_MS = 3_600_000
const NOW = Date.UTC(2026, 10, 20, 12)
const PARTS = { hostName: 'mail.example.org', now: NOW, random: (bytes: number): Buffer => Buffer.alloc(bytes, 0xab) }

function recipient(address: string, code: number, status: string, text: string, host: string | null): QueuedRecipient {
  const lastReply: LastReply = { code, status, text, host }
  return { address, state: 'failed', attempts: 1, nextAttempt: NOW, lastAttempt: NOW - 1000, lastReply }
}

function message(changes: Partial<QueuedMessage> = {}): QueuedMessage {
  return {
    id: '00112233445566778899' as QueueId,
    sender: 'ada@example.org',
    submitter: null,
    submittedAt: NOW - 5 * HOUR_MS,
    expiresAt: NOW + 115 * HOUR_MS,
    smtpUtf8: false,
    eightBit: false,
    sizeBytes: 100,
    headerBytes: 60,
    held: false,
    delayTold: false,
    recipients: [
      recipient('nobody@example.net', 550, '5.1.1', 'no such user', 'mx.example.net'),
      recipient('late@example.com', 451, '4.7.1', 'greylisted', 'mx.example.com'),
    ],
    ...changes,
  }
}

const HEADER = Buffer.from('Subject: hello\r\nMessage-ID: <1@example.org>\r\nX-Cut: of')

function textOf(notice: Notice | null): string {
  assert.ok(notice !== null)
  return notice.content.toString('utf8').replaceAll('\r\n', '\n')
}

test('a failure, for people and for programs', () => {
  const notice = composeNotice(PARTS, message(), 'failed', [0, 1], HEADER)
  assert.deepEqual(notice?.submission, {
    sender: '',
    recipients: ['ada@example.org'],
    submitter: null,
    smtpUtf8: false,
  })
  const text = textOf(notice)
  assert.match(text, /^From: Mail delivery <postmaster@mail\.example\.org>\nTo: ada@example\.org\n/)
  assert.match(text, /^Auto-Submitted: auto-replied$/m)
  assert.match(text, /^In-Reply-To: <1@example\.org>$/m)
  assert.match(text, /There is no such address\. Please check how it is written\./)
  assert.match(text, /mx\.example\.net said: 550 5\.1\.1 no such user/)
  assert.match(text, /It was tried for a long time, and did not succeed\./)
  assert.match(text, /\nReporting-MTA: dns; mail\.example\.org\n/)
  assert.match(
    text,
    /\nFinal-Recipient: rfc822; nobody@example\.net\nAction: failed\nStatus: 5\.1\.1\nRemote-MTA: dns; mx\.example\.net\nDiagnostic-Code: smtp; 550 5\.1\.1 no such user\n/,
  )
  assert.match(text, /\nFinal-Recipient: rfc822; late@example\.com\nAction: failed\nStatus: 5\.4\.7\n/)
  assert.match(text, /\n\nSubject: hello\nMessage-ID: <1@example\.org>\n\n?--/)
  assert.doesNotMatch(text, /X-Cut/, 'no half lines')
})

test('it is a report that a parser takes apart', () => {
  const notice = composeNotice(PARTS, message(), 'failed', [0], HEADER)
  assert.ok(notice !== null)
  const report = parseMessage(notice.content)
  const types = [report, ...report.children].map(({ type, subtype }) => `${type}/${subtype}`)
  assert.deepEqual(types, ['multipart/report', 'text/plain', 'message/delivery-status', 'text/rfc822-headers'])
})

test('a delay says until when, and that nothing has to be done', () => {
  const text = textOf(composeNotice(PARTS, message(), 'delayed', [1], HEADER))
  assert.match(text, /^Subject: Your message has not been delivered yet$/m)
  assert.match(text.replaceAll(/ ?\n/g, ' '), /There is nothing you need to do: delivery is attempted for 5 days/)
  assert.match(text, /\nAction: delayed\nStatus: 4\.7\.1\n/)
  assert.match(text, /\nWill-Retry-Until: Wed, 25 Nov 2026 07:00:00 \+0000\n/)
  assert.doesNotMatch(text, /nobody@/)
})

test('never about a notice, and never to an address that cannot be written', () => {
  assert.equal(composeNotice(PARTS, message({ sender: '' }), 'failed', [0], HEADER), null)
  assert.equal(composeNotice(PARTS, message(), 'failed', [], HEADER), null)
  assert.equal(composeNotice(PARTS, message({ sender: 'no address' }), 'failed', [0], HEADER), null)
})

test('what a hostile server says stays where it belongs', () => {
  const hostile = 'x\r\nFinal-Recipient: rfc822; eve@example.com\r\n\r\n--=_boundary\r\n'
  const lastReply = boundedReply({ code: 550, status: '5.1.1', text: hostile, host: 'mx.example.net\r\nX: y' })
  const recipients = [{ ...recipient('nobody@example.net', 550, '', '', null), lastReply }]
  const notice = textOf(composeNotice(PARTS, message({ recipients }), 'failed', [0], HEADER))
  assert.equal(notice.match(/^Final-Recipient:/gm)?.length, 1)
  assert.doesNotMatch(notice, /^X: y/m)
})

test('addresses that are not ASCII', () => {
  const recipients = [recipient('жук@example.net', 550, '5.6.7', 'no', null)]
  const notice = composeNotice(PARTS, message({ sender: 'δ@example.org', recipients }), 'failed', [0], HEADER)
  assert.equal(notice?.submission.smtpUtf8, true)
  const text = textOf(notice)
  assert.match(text, /^To: δ@example\.org$/m)
  assert.match(text, /\nFinal-Recipient: utf-8; \\x\{436\}\\x\{443\}\\x\{43A\}@example\.net\n/)
})

test('many recipients: people get a list that can be read, programs all of them', () => {
  const recipients = Array.from({ length: 1000 }, (_, index) =>
    recipient(`user${index}@example.net`, 550, '5.1.1', 'no such user', 'mx.example.net'),
  )
  const positions = recipients.map((_, index) => index)
  const notice = composeNotice(PARTS, message({ recipients }), 'failed', positions, HEADER)
  const text = textOf(notice)
  assert.match(text, /\.\.\. and 950 more\./)
  assert.equal(text.match(/^Final-Recipient:/gm)?.length, 1000)
})

function pieces(): Buffer[] {
  return [Buffer.from('Subject: hello\r\n'), Buffer.from('To: x\r\n\r\nbody')]
}

function* damaged(): Generator<Buffer> {
  yield Buffer.from('Subject: h')
  throw new RangeError('damaged')
}

test('the header of the message, as far as it can be read', () => {
  const reported: unknown[] = []
  const report = (error: unknown): void => void reported.push(error)
  const read = (headerBytes: number): string =>
    headerForNotice(message({ headerBytes }), pieces(), report).toString('latin1')
  assert.equal(read(25), 'Subject: hello\r\nTo: x\r\n\r\n')
  assert.equal(read(5), 'Subje')
  assert.equal(read(1000), 'Subject: hello\r\nTo: x\r\n\r\nbody')
  assert.equal(headerForNotice(message({ headerBytes: 100 }), damaged(), report).toString(), 'Subject: h')
  assert.equal(reported.length, 1)
})
