import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMessage } from './parse.ts'
import { type Summary, summarize, truncate } from './summary.ts'

function summary(text: string): Summary {
  const bytes = Buffer.from(text, 'utf8')
  return summarize(bytes, parseMessage(bytes))
}

test('the convenience properties (RFC 8621 §4.1.3)', () => {
  assert.deepEqual(
    summary(
      'From: A <a@b>, c@d\nSender: s@t\nReply-To: r@s\nTo: G: x@y;\nCc: =?utf-8?Q?=C3=84?= <e@f>\nBcc: g@h\n' +
        'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\n\tund mehr\nDate: Fri, 21 Nov 1997 09:55:06 -0600\nMessage-ID: <1@x>\nIn-Reply-To: <0@x>\n' +
        'References: <a@x>\n <0@x>\n\nHallo  Welt\n',
    ),
    {
      subject: 'Grüße\tund mehr',
      from: [
        { name: 'A', email: 'a@b' },
        { name: null, email: 'c@d' },
      ],
      to: [{ name: null, email: 'x@y' }],
      cc: [{ name: 'Ä', email: 'e@f' }],
      bcc: [{ name: null, email: 'g@h' }],
      replyTo: [{ name: null, email: 'r@s' }],
      sender: [{ name: null, email: 's@t' }],
      sentAt: { ms: 880_127_706_000, zoneMinutes: -360 },
      messageId: ['1@x'],
      inReplyTo: ['0@x'],
      references: ['a@x', '0@x'],
      hasAttachment: false,
      preview: 'Hallo Welt',
    },
  )
})

test('what is missing is empty; of several fields the last counts', () => {
  const empty = summary('\nx')
  assert.deepEqual([empty.subject, empty.from, empty.sentAt, empty.messageId, empty.references], ['', [], null, [], []])
  const twice = summary('Subject: one\nFrom: a@b\nSubject: two\nFrom: c@d\n\n')
  assert.deepEqual([twice.subject, twice.from], ['two', [{ name: null, email: 'c@d' }]])
})

test('a preview is at most 256 characters of the text, without quoted lines', () => {
  assert.equal(summary(`\n${'word '.repeat(200)}`).preview, 'word '.repeat(200).slice(0, 256))
  assert.equal(summary('\n> quoted\nmine\n> quoted\n').preview, 'mine')
  assert.equal(summary('\n> only quoted\n').preview, '> only quoted')
  assert.equal(summary('\n').preview, '')
  assert.equal(summary(`\n${'x'.repeat(255)}😀`).preview, 'x'.repeat(255))
})

test('a preview of HTML, whose styles may be long', () => {
  const html = `<style>${'p {}'.repeat(10_000)}</style><div>Shown\u200c \u034f\u00ad</div><p>text`
  assert.equal(summary(`Content-Type: text/html; charset=utf-8\n\n${html}`).preview, 'Shown text')
})

test('text to show is cut between characters', () => {
  assert.equal(truncate('ab', 2), 'ab')
  assert.equal(truncate('a😀', 2), 'a')
  assert.equal(truncate('a😀b', 3), 'a😀')
})
