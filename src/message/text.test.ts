import assert from 'node:assert/strict'
import { test } from 'node:test'
import { parseMessage } from './parse.ts'
import { type SearchLimits, type SearchableText, htmlToText, searchableText } from './text.ts'

function searchable(text: string, limits?: SearchLimits): SearchableText {
  const bytes = Buffer.from(text, 'utf8')
  return searchableText(bytes, parseMessage(bytes), limits)
}

const MESSAGE =
  'From: A <a@b>\nTo: c@d\nTo: e@f\nSubject: =?utf-8?Q?=C3=84?= b\nContent-Type: multipart/mixed; boundary=b\n\n' +
  '--b\n\nplain text\n--b\nContent-Type: text/html\nContent-Disposition: attachment; filename=page.html\n\n<p>html &amp; more<script>no</script>\n' +
  '--b\nContent-Type: image/png; name="a cat.png"\n\nbytes\n' +
  '--b\nContent-Type: message/rfc822\n\nSubject: inner\n\ninner text\n--b\nContent-Type: message/delivery-status\n\nStatus: 5.1.1\n--b--\n'

test('addresses, subject, the text of all text parts, names of files', () => {
  assert.deepEqual(searchable(MESSAGE), {
    subject: 'Ä b',
    from: 'A <a@b>',
    to: 'c@d, e@f',
    cc: '',
    bcc: '',
    body: 'plain text\nhtml & more\ninner\ninner text\nStatus: 5.1.1',
    attachmentNames: 'page.html\na cat.png',
  })
})

test('the text is bounded, and so is what it is made from', () => {
  assert.equal(searchable(MESSAGE, { bodyLength: 12, sourceBytes: 1000 }).body, 'plain text\nh')
  assert.equal(searchable(MESSAGE, { bodyLength: 1000, sourceBytes: 12 }).body, 'plain text\ninner')
  assert.equal(searchable(MESSAGE, { bodyLength: 0, sourceBytes: 0 }).body, '')
})

test('a message of many and large texts costs no more than the limits allow', () => {
  const part = `--b\nContent-Type: text/html\n\n${'<b>x'.repeat(50_000)}\n`
  const text = `Content-Type: multipart/mixed; boundary=b\n\n${part.repeat(100)}`
  const started = process.threadCpuUsage()
  assert.ok(searchable(text).body.length <= 1 << 20)
  assert.ok(process.threadCpuUsage(started).user < 2_000_000)
})

test('HTML as text is what is searched', () => {
  const html = '<h1>Title</h1><p>one &amp; two'
  assert.equal(searchable(`Content-Type: text/html\n\n${html}`).body, htmlToText(html))
})
