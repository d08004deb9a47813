import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { decodeText, decodeTransfer } from './body.ts'
import { bodyParts, fileName } from './body-parts.ts'
import {
  type Draft,
  type DraftField,
  type DraftPart,
  arrangeBody,
  composeMessage,
  DraftError,
  needsUtf8,
  replySubject,
} from './compose.ts'
import { unfoldFlowed } from './flowed.ts'
import { fields } from './header.ts'
import { isFieldName } from './header-writer.ts'
import { parseMessage } from './parse.ts'
import { summarize } from './summary.ts'

const SEED = 'abcdefgh12'
const TEXT = { kind: 'text', subtype: 'plain', text: 'Hi' } as const

function compose(fields: readonly DraftField[], body: DraftPart = TEXT, options: Partial<Draft> = {}): string {
  return composeMessage({ boundarySeed: SEED, fields, body, ...options }).toString('latin1')
}

/** What the header begins with, up to MIME-Version. */
function header(...draft: DraftField[]): string {
  const text = compose(draft)
  return text.slice(0, text.indexOf('MIME-Version'))
}

test('fields in all forms', () => {
  assert.equal(
    header(
      { name: 'From', addresses: [{ name: 'A B', email: 'a@b.example' }] },
      {
        name: 'To',
        groups: [
          { name: 'G', addresses: [{ name: null, email: 'c@d' }] },
          { name: null, addresses: [{ name: 'E, F', email: 'e@f' }] },
        ],
      },
      { name: 'Subject', text: 'Hello' },
      { name: 'Date', date: { ms: 0, zoneMinutes: 60 } },
      { name: 'Message-ID', messageIds: ['x@y'] },
      { name: 'References', messageIds: ['1@x', '2@x'] },
      { name: 'List-Post', urls: ['mailto:a@b', 'http://x/'] },
      { name: 'X-Raw', raw: ' a\r\n b' },
      { name: 'X-Empty', text: '' },
      { name: 'Cc', addresses: [] },
    ),
    'From: A B <a@b.example>\r\nTo: G: c@d;, "E, F" <e@f>\r\nSubject: Hello\r\nDate: Thu, 1 Jan 1970 01:00:00 +0100\r\n' +
      'Message-ID: <x@y>\r\nReferences: <1@x> <2@x>\r\nList-Post: <mailto:a@b>, <http://x/>\r\nX-Raw: a\r\n b\r\n',
  )
})

test('text that is not ASCII is encoded in words of at most 75 characters (RFC 2047 §2)', () => {
  assert.equal(header({ name: 'Subject', text: 'Grüße an alle' }), 'Subject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?= an alle\r\n')
  assert.equal(header({ name: 'Subject', text: 'A very long café' }), 'Subject: A very long =?utf-8?Q?caf=C3=A9?=\r\n')
  const long = header({ name: 'Subject', text: '日本語のとても長い件名'.repeat(10) })
  for (const line of long.split('\r\n')) assert.ok(line.length <= 76)
  for (const word of long.match(/=\?\S+/g) ?? []) assert.ok(word.length <= 75)
})

test('text like an encoded word is encoded, so that it is read back', () => {
  assert.equal(header({ name: 'Subject', text: '=?utf-8?Q?x?=' }), 'Subject: =?utf-8?Q?=3D=3Futf-8=3FQ=3Fx=3F=3D?=\r\n')
})

test('nothing given begins another field', () => {
  for (const text of [
    'a\r\nBcc: evil@x',
    'a\nBcc: evil@x',
    'a\rBcc: evil@x',
    'a\u2028Bcc: evil@x',
    'a\r\n\r\nbody',
    '\0',
  ]) {
    const bytes = composeMessage({
      boundarySeed: SEED,
      fields: [
        { name: 'Subject', text },
        { name: 'From', addresses: [{ name: text, email: 'a@b' }] },
        { name: 'To', groups: [{ name: text, addresses: [] }] },
        { name: 'Message-ID', messageIds: [text] },
        { name: 'List-Post', urls: [text] },
        { name: 'X-Raw', raw: text },
      ],
      body: {
        ...TEXT,
        name: text,
        description: text,
        id: text,
        location: text,
        language: [text],
        disposition: 'inline',
      },
    })
    const names = [...fields(bytes, 0, parseMessage(bytes).bodyStart)].map(({ name }) => name.toLowerCase())
    assert.ok(!names.includes('bcc') && !names.includes(''), JSON.stringify(text))
  }
  assert.equal(isFieldName('a:b') || isFieldName('a b') || isFieldName('a\r\nb') || isFieldName(''), false)
  assert.throws(() => header({ name: 'a\r\nb', text: 'x' }))
  assert.throws(() => header({ name: 'Content-Type', text: 'x' }))
})

test('addresses that cannot be written are refused', () => {
  for (const email of [
    '',
    'a',
    'a@',
    '@b',
    'a@b\r\nBcc: c@d',
    'a@b c',
    'a@b>',
    'ü@b',
    'a@b..c',
    'a\0@b',
    `${'a'.repeat(2000)}@b`,
  ]) {
    assert.throws(() => header({ name: 'To', addresses: [{ name: null, email }] }), DraftError, email)
  }
  assert.equal(header({ name: 'To', addresses: [{ name: null, email: '"a b"@c' }] }), 'To: "a b"@c\r\n')
  assert.equal(header({ name: 'To', addresses: [{ name: null, email: 'a b@c' }] }), 'To: "a b"@c\r\n')
  assert.equal(header({ name: 'To', addresses: [{ name: null, email: 'a@[IPv6:::1]' }] }), 'To: a@[IPv6:::1]\r\n')
  assert.equal(
    header({ name: 'To', addresses: [{ name: null, email: 'a@bücher.example' }] }),
    'To: a@xn--bcher-kva.example\r\n',
  )
})

function refused(body: DraftPart, reason: string): void {
  assert.throws(
    () => compose([], body),
    (error) => error instanceof DraftError && error.reason === reason,
  )
}

test('other drafts that cannot be written are refused', () => {
  refused({ kind: 'multipart', subtype: 'mixed', parts: [] }, 'structure')
  refused({ kind: 'bytes', type: 'a/b', subtype: 'c', bytes: Buffer.alloc(0) }, 'mediaType')
  refused({ kind: 'bytes', type: 'a', subtype: 'b; c=d', bytes: Buffer.alloc(0) }, 'mediaType')
  refused({ kind: 'bytes', type: 'Multipart', subtype: 'mixed', bytes: Buffer.alloc(0) }, 'mediaType')
  refused({ ...TEXT, disposition: 'a\r\nb' }, 'disposition')
  let deep: DraftPart = TEXT
  for (let depth = 0; depth < 100; depth++) deep = { kind: 'multipart', subtype: 'mixed', parts: [deep] }
  refused(deep, 'structure')
})

test('UTF-8 in header fields only when it is asked for (RFC 6532)', () => {
  const draft: DraftField[] = [
    { name: 'To', addresses: [{ name: 'Ü', email: 'ü@bücher.example' }] },
    { name: 'Subject', text: 'Grüße' },
  ]
  assert.equal(needsUtf8(draft), true)
  assert.equal(needsUtf8([{ name: 'To', addresses: [{ name: 'Ü', email: 'u@bücher.example' }] }]), false)
  assert.throws(() => compose(draft), DraftError)
  const text = Buffer.from(compose(draft, TEXT, { utf8: true }), 'latin1').toString('utf8')
  assert.ok(text.startsWith('To: "Ü" <ü@bücher.example>\r\nSubject: Grüße\r\n'))
})

test('a body is written in the encoding that suits it', () => {
  const encoding = (text: string, part: { flowed?: boolean; subtype?: string } = {}): string =>
    /Content-Transfer-Encoding: (\S+)/.exec(compose([], { ...TEXT, text, ...part }))?.[1] ?? '7bit'
  assert.equal(encoding('plain\ntext'), '7bit')
  assert.equal(encoding('long '.repeat(100)), '7bit')
  assert.equal(encoding('Grüße an alle meine Freunde'), 'quoted-printable')
  assert.equal(encoding('日本語'), 'base64')
  assert.equal(encoding('x'.repeat(1200)), 'quoted-printable')
  assert.equal(encoding('From me', { flowed: false }), 'quoted-printable')
  assert.equal(encoding('.'), 'quoted-printable')
  assert.equal(encoding(`<p>${'x'.repeat(100)}</p>`, { subtype: 'html' }), 'quoted-printable')
  assert.ok(compose([]).includes('Content-Type: text/plain; charset=us-ascii; format=flowed\r\n'))
  assert.ok(compose([], { ...TEXT, text: 'ü' }).includes('charset=utf-8'))
})

test('names of files, with RFC 2231 where they need it', () => {
  for (const name of [
    'a.txt',
    'a b.txt',
    'a "b" \\.txt',
    'Grüße.pdf',
    `${'long '.repeat(30)}ü.pdf`,
    "it's 100%.txt",
    'x'.repeat(200),
  ]) {
    const bytes = composeMessage({
      boundarySeed: SEED,
      fields: [],
      body: { kind: 'bytes', type: 'a', subtype: 'b', bytes: Buffer.from('x'), name },
    })
    const part = parseMessage(bytes)
    assert.equal(fileName(part), name)
    assert.equal(part.disposition?.type, 'attachment')
    for (const line of bytes.toString('latin1').split('\r\n')) assert.ok(line.length <= 78, line)
  }
})

function shape(part: DraftPart): string {
  if (part.kind === 'multipart') return `${part.subtype}(${part.parts.map(shape).join(' ')})`
  return part.subtype
}

function arrange(text: string | null, html: string | null, embedded: DraftPart[], attachments: DraftPart[]): string {
  return shape(arrangeBody({ text, html, embedded, attachments }))
}

test('the usual arrangement of parts', () => {
  const image: DraftPart = {
    kind: 'bytes',
    type: 'image',
    subtype: 'png',
    bytes: Buffer.from([1]),
    id: 'c@d',
    disposition: 'inline',
  }
  const file: DraftPart = { kind: 'bytes', type: 'application', subtype: 'pdf', bytes: Buffer.from([2]), name: 'a.pdf' }
  assert.equal(arrange('a', null, [], []), 'plain')
  assert.equal(arrange('a', 'b', [], []), 'alternative(plain html)')
  assert.equal(arrange('a', 'b', [image], [file]), 'mixed(alternative(plain related(html png)) pdf)')
  assert.equal(arrange(null, 'b', [image], []), 'related(html png)')
  assert.equal(arrange('a', null, [image], [file]), 'mixed(plain png pdf)')
})

test('a boundary is not in what it separates', () => {
  const inner: DraftPart = {
    kind: 'message',
    subtype: 'rfc822',
    bytes: Buffer.from(`Subject: x\n\n--=_${SEED}_000000\n--=_${SEED}_000001\n`),
  }
  const bytes = composeMessage({
    boundarySeed: SEED,
    fields: [],
    body: { kind: 'multipart', subtype: 'mixed', parts: [inner, TEXT] },
  })
  assert.deepEqual(
    parseMessage(bytes).children.map((part) => part.subtype),
    ['rfc822', 'plain'],
  )
  assert.throws(() => compose([], TEXT, { boundarySeed: 'short' }))
  assert.throws(() => compose([], TEXT, { boundarySeed: 'with"quote\r\n' }))
})

/** How a message within a multipart is written: the encoding of the multipart, media type and encoding of the message. */
function forward(content: Buffer, options: Partial<Draft> = {}): string {
  const bytes = composeMessage({
    boundarySeed: SEED,
    fields: [],
    body: { kind: 'multipart', subtype: 'mixed', parts: [{ kind: 'message', subtype: 'rfc822', bytes: content }] },
    ...options,
  })
  const part = parseMessage(bytes)
  const [child] = part.children
  return `${part.encoding} ${child?.type}/${child?.subtype} ${child?.encoding}`
}

test('a message within a message', () => {
  assert.equal(forward(Buffer.from('Subject: x\n\nhi\n')), '7bit message/rfc822 7bit')
  assert.equal(forward(Buffer.from('Subject: x\n\nü\n')), '7bit application/octet-stream base64')
  assert.equal(forward(Buffer.from('Subject: x\n\nü\n'), { eightBit: true }), '8bit message/rfc822 8bit')
  assert.equal(forward(Buffer.from('x\0y')), '7bit application/octet-stream base64')
})

// eslint-disable-next-line no-control-regex -- what becomes a space
const CONTROLS = /[\x00-\x1f\x7f]+/g

function clean(value: string): string {
  return value.toWellFormed().replace(CONTROLS, ' ').trim()
}

function withoutSpace(value: string): string {
  return value.toWellFormed().replace(/[>\s]+/g, '')
}

test('what is composed is read back, is ASCII, has CRLF and no line over 998 bytes', () => {
  const text = fc.string({ unit: 'grapheme', maxLength: 60 })
  const word = fc.oneof(
    text,
    fc.constantFrom('', ' ', 'a', '=?', '"', '\\', '(x)', '日本', 'x'.repeat(120), '\r\n', '>', '- '),
  )
  const phrase = fc.array(word, { maxLength: 8 }).map((words) => words.join(' '))
  const draft = fc.record({
    subject: phrase,
    name: phrase,
    text: fc.array(phrase).map((lines) => lines.join('\n')),
    html: phrase,
    file: phrase,
    bytes: fc.uint8Array(),
  })
  fc.assert(
    fc.property(draft, (draft) => {
      const message = composeMessage({
        boundarySeed: SEED,
        fields: [
          { name: 'From', addresses: [{ name: draft.name, email: 'a@b.example' }] },
          { name: 'Subject', text: draft.subject },
        ],
        body: arrangeBody({
          text: draft.text,
          html: draft.html,
          embedded: [],
          attachments: [{ kind: 'bytes', type: 'application', subtype: 'x', bytes: draft.bytes, name: draft.file }],
        }),
      })
      const lines = message.toString('latin1').split('\r\n')
      assert.equal(lines.pop(), '')
      for (const line of lines) assert.ok(/^[\t\x20-\x7e]{0,998}$/.test(line), line)
      const part = parseMessage(message)
      const summary = summarize(message, part)
      assert.equal(summary.subject, clean(draft.subject).normalize('NFC'))
      assert.deepEqual(summary.from, [{ name: clean(draft.name).normalize('NFC') || null, email: 'a@b.example' }])
      const { textBody, htmlBody, attachments } = bodyParts(part)
      const [plain, html, file] = [textBody[0], htmlBody[0], attachments[0]]
      assert.ok(plain !== undefined && html !== undefined && file !== undefined)
      assert.equal(decodeText(message, html), draft.html.toWellFormed().replace(/\r\n|\r/g, '\n'))
      assert.deepEqual(decodeTransfer(message, file), Buffer.from(draft.bytes))
      assert.equal(fileName(file), clean(draft.file))
      assert.equal(withoutSpace(unfoldFlowed(decodeText(message, plain), false)), withoutSpace(draft.text))
    }),
    { numRuns: 500 },
  )
})

test('a reply’s subject', () => {
  assert.equal(replySubject('Hello'), 'Re: Hello')
  assert.equal(replySubject('RE: Hello'), 'RE: Hello')
  assert.equal(replySubject(''), 'Re:')
})
