import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { test } from 'node:test'
import { imapNstring, imapString } from './imap-string.ts'
import { checkBody } from './imap-grammar.ts'
import { parseMessage } from './parse.ts'
import { renderBodyStructure, renderEnvelope } from './structure.ts'

const VECTORS = path.join(import.meta.dirname, '..', '..', 'test', 'vectors', 'message')

function vectors(file: string): unknown {
  return JSON.parse(fs.readFileSync(path.join(VECTORS, file), 'utf8'))
}

function envelope(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  return renderEnvelope(bytes, parseMessage(bytes)).toString('latin1')
}

function bodyStructure(text: string, extended = true): string {
  const bytes = Buffer.from(text, 'latin1')
  return renderBodyStructure(bytes, parseMessage(bytes), extended).toString('latin1')
}

test('what Dovecot gives too', () => {
  const agreed = vectors('dovecot-agrees.json') as {
    name: string
    message: string
    envelope: string
    bodystructure: string
  }[]
  assert.ok(agreed.length >= 200)
  for (const vector of agreed) {
    assert.equal(envelope(vector.message), vector.envelope, vector.name)
    assert.equal(bodyStructure(vector.message), vector.bodystructure, vector.name)
  }
})

test('what Dovecot gives differently, with the reason', () => {
  const differ = vectors('dovecot-differs.json') as {
    name: string
    message: string
    item: string
    ours: string
    why: string
  }[]
  assert.ok(differ.length >= 40)
  for (const { name, message, item, ours, why } of differ) {
    assert.equal(item === 'envelope' ? envelope(message) : bodyStructure(message), ours, name)
    assert.ok(why.length > 10, name)
  }
})

test('the envelope of RFC 3501 §8', () => {
  assert.equal(
    envelope(
      'Date: Wed, 17 Jul 1996 02:23:25 -0700 (PDT)\r\nFrom: Terry Gray <gray@cac.washington.edu>\r\n' +
        'Subject: IMAP4rev1 WG mtg summary and minutes\r\nTo: imap@cac.washington.edu\r\n' +
        'cc: minutes@CNRI.Reston.VA.US, John Klensin <KLENSIN@MIT.EDU>\r\nMessage-Id: <B27397-0100000@cac.washington.edu>\r\n\r\n',
    ),
    '("Wed, 17 Jul 1996 02:23:25 -0700 (PDT)" "IMAP4rev1 WG mtg summary and minutes" ' +
      '(("Terry Gray" NIL "gray" "cac.washington.edu")) (("Terry Gray" NIL "gray" "cac.washington.edu")) ' +
      '(("Terry Gray" NIL "gray" "cac.washington.edu")) ((NIL NIL "imap" "cac.washington.edu")) ' +
      '((NIL NIL "minutes" "CNRI.Reston.VA.US")("John Klensin" NIL "KLENSIN" "MIT.EDU")) NIL NIL "<B27397-0100000@cac.washington.edu>")',
  )
})

test('groups are marked (RFC 3501 §7.4.2)', () => {
  assert.ok(
    envelope('To: G: a@b;, c@d\r\n\r\n').includes(
      '((NIL NIL "G" NIL)(NIL NIL "a" "b")(NIL NIL NIL NIL)(NIL NIL "c" "d"))',
    ),
  )
})

test('an empty Sender or Reply-To is From (RFC 3501 §7.4.2)', () => {
  const text = envelope('From: a@b\r\nSender:\r\nReply-To: \r\n\r\n')
  assert.equal(text, `(NIL NIL ${'((NIL NIL "a" "b")) '.repeat(3)}NIL NIL NIL NIL NIL)`)
})

test('address fields of one name are joined (RFC 5322 §4.5.3), of others the last counts', () => {
  assert.equal(
    envelope('To: a@b\r\nTo: c@d\r\nSubject: 1\r\nSubject: 2\r\n\r\n'),
    '(NIL "2" NIL NIL NIL ((NIL NIL "a" "b")(NIL NIL "c" "d")) NIL NIL NIL NIL)',
  )
})

test('strings that cannot be quoted are literals', () => {
  assert.equal(imapString('a "b" \\'), '"a \\"b\\" \\\\"')
  assert.equal(imapString('\xe4'), '{1}\r\n\xe4')
  assert.equal(imapString('a\r\nb'), '{4}\r\na\r\nb')
  assert.equal(imapString('a\0b'), '{5}\r\na\xef\xbf\xbdb')
  assert.equal(imapNstring(null), 'NIL')
})

test('BODY is BODYSTRUCTURE without its extension data', () => {
  const text =
    'Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Disposition: inline\r\n\r\nx\r\n--b--\r\n'
  assert.equal(
    bodyStructure(text),
    '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0 NIL ("inline" NIL) NIL NIL) "mixed" ("boundary" "b") NIL NIL NIL)',
  )
  assert.equal(bodyStructure(text, false), '(("text" "plain" ("charset" "us-ascii") NIL NIL "7bit" 1 0) "mixed")')
})

test('a reply is not much longer than the message, whatever that holds', () => {
  const part = `--b\n\nFrom: ${'a,'.repeat(2000)}\n\n`
  const text = `Content-Type: multipart/digest; boundary=b\n\n${part.repeat(300)}`
  const reply = bodyStructure(text)
  assert.ok(reply.length < 8 << 20)
  assert.equal(checkBody(reply, true), null)
})
