// Real mail, which is not part of the project: the folder that MAILKEEP_CORPORA names, or ../shared/corpora beside the repository. Where
// there is none the same checks run on generated messages.

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import PostalMime, { type Address, type Email } from 'postal-mime'
import { decodeText, decodeTransfer } from './body.ts'
import { arrangeBody, composeMessage } from './compose.ts'
import { fileName } from './body-parts.ts'
import { type AddressText, addressesForm } from './header-forms.ts'
import { readFields } from './header.ts'
import { checkBody, checkEnvelope } from './imap-grammar.ts'
import { generateMessage, randomFrom } from './message-generator.ts'
import { parseMessage } from './parse.ts'
import { decodePartTable, encodePartTable } from './part-table.ts'
import type { Part } from './part.ts'
import { renderBodyStructure, renderEnvelope } from './structure.ts'
import { summarize } from './summary.ts'
import { searchableText } from './text.ts'

const CORPORA = process.env['MAILKEEP_CORPORA'] ?? path.join(import.meta.dirname, '..', '..', '..', 'shared', 'corpora')

/** From xz-utils, which tar needs for the other collection too. */
const UNPACK = 'xz'

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-corpus-'))
after(() => fs.rmSync(directory, { recursive: true }))

/** Messages with LF as line break, as the collections have them. */
function corpusMessages(): Buffer[] {
  const messages: Buffer[] = []
  for (const name of fs.existsSync(CORPORA) ? fs.readdirSync(CORPORA) : []) {
    const file = path.join(CORPORA, name)
    if (name.endsWith('.tar.xz')) {
      const into = fs.mkdtempSync(path.join(directory, 'tar-'))
      execFileSync('tar', ['-xJf', file, '-C', into])
      for (const entry of fs.readdirSync(into, { recursive: true, withFileTypes: true })) {
        if (entry.isFile()) messages.push(fs.readFileSync(path.join(entry.parentPath, entry.name)))
      }
    } else if (name.endsWith('.mboxrd.xz')) {
      const text = execFileSync(UNPACK, ['-dc', file], { maxBuffer: 1 << 30 }).toString('latin1')
      for (const message of text.split(/^From .*\n/m).slice(1)) {
        messages.push(Buffer.from(message.replace(/^>(>*From )/gm, '$1'), 'latin1'))
      }
    }
  }
  return messages
}

const found = corpusMessages()
const messages = found.length > 0 ? found : Array.from({ length: 2000 }, (_, seed) => generateMessage(seed))

function withCrlf(message: Buffer): Buffer {
  return Buffer.from(message.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1')
}

test('every message has parts that nest, replies of the grammar, and a part table that gives them back', () => {
  assert.ok(messages.length >= 2000)
  for (const message of messages) {
    for (const bytes of [message, withCrlf(message)]) {
      const part = parseMessage(bytes)
      checkNesting(part)
      assert.equal(checkEnvelope(renderEnvelope(bytes, part).toString('latin1')), null)
      assert.equal(checkBody(renderBodyStructure(bytes, part, true).toString('latin1'), true), null)
      assert.deepEqual(decodePartTable(encodePartTable(part)), part)
    }
  }
})

function checkNesting(part: Part): void {
  let position = part.bodyStart
  for (const child of part.children) {
    assert.ok(position <= child.start && child.start <= child.bodyStart && child.bodyStart <= child.end)
    checkNesting(child)
    position = child.end
  }
  assert.ok(position <= part.end)
}

test('LF or CRLF as line break: the same parts, the same summary, the same text', () => {
  for (const message of messages.filter((_, index) => index % 5 === 0)) {
    if (found.length === 0) continue
    const other = withCrlf(message)
    const [a, b] = [parseMessage(message), parseMessage(other)]
    assert.deepEqual(summarize(message, a), summarize(other, b))
    assert.deepEqual(searchableText(message, a), searchableText(other, b))
  }
})

test('postal-mime reads the same, but for what is explained here', async () => {
  const unexplained: string[] = []
  const sample = messages.map((message, index) => ({ message, index })).filter(({ index }) => index % 10 === 0)
  for (const { message, index } of found.length > 0 ? sample : []) {
    const bytes = withCrlf(message)
    const email = await PostalMime.parse(bytes, { rfc822Attachments: true })
    for (const difference of differences(bytes, email)) unexplained.push(`message ${index}: ${difference}`)
  }
  // What is left are a few addresses that no grammar covers, in spam. No content of mail is in the message of a failure.
  assert.ok(unexplained.length <= sample.length / 100, `${unexplained.length}: ${unexplained.slice(0, 20).join('; ')}`)
})

test('postal-mime reads what is composed here as we do', async () => {
  const texts = [
    'plain',
    'Grüße an alle',
    '日本語のテキスト',
    'a "b" \\c',
    'x'.repeat(200),
    `${'long line '.repeat(30)}end`,
    '<tag> & more',
  ]
  for (let index = 0; index < 200; index++) {
    const random = randomFrom(index)
    const text = (): string => texts[random(texts.length)] as string
    const bytes = composeMessage({
      boundarySeed: `seed0000${index}`,
      fields: [
        { name: 'From', addresses: [{ name: text(), email: 'a@example.org' }] },
        {
          name: 'To',
          addresses: [
            { name: null, email: 'b@example.org' },
            { name: text(), email: '"c d"@example.org' },
          ],
        },
        { name: 'Subject', text: `${text()} ${text()}` },
        { name: 'Date', date: { ms: index * 1e9, zoneMinutes: 0 } },
      ],
      body: arrangeBody({
        text: null,
        html: `<p>${text()}</p>`,
        embedded:
          random(2) === 0
            ? []
            : [{ kind: 'bytes', type: 'image', subtype: 'png', bytes: Buffer.from(text()), id: 'i@x' }],
        attachments: [
          { kind: 'bytes', type: 'application', subtype: 'x', bytes: Buffer.from(text()), name: `${text()}.bin` },
        ],
      }),
    })
    const email = await PostalMime.parse(bytes)
    assert.deepEqual([...differences(bytes, email)], [], `seed ${index}`)
    assert.equal(email.date, new Date(index * 1e9).toISOString())
  }
})

function words(text: string): string {
  return text.replace(/[\s\u00a0]+/g, ' ').trim()
}

/** Without a character set postal-mime decodes as UTF-8; we fall back to windows-1252. */
function isGuessed(theirs: string): boolean {
  return theirs.includes('\ufffd')
}

/** In quoted names it takes commas, parentheses and colons for what they are outside of quotes. */
function isBeyondIt(addresses: string): boolean {
  return /"[^"]*[(),:;][^"]*"|[()]/.test(addresses)
}

function isBody(leaf: Part): boolean {
  return (
    leaf.type === 'text' &&
    (leaf.subtype === 'plain' || leaf.subtype === 'html') &&
    leaf.disposition?.type !== 'attachment'
  )
}

function* differences(bytes: Buffer, email: Email): Generator<string> {
  const part = parseMessage(bytes)
  const summary = summarize(bytes, part)
  const subject = email.subject ?? ''
  if (words(summary.subject) !== words(subject) && !isGuessed(subject)) yield 'subject'
  const values = readFields(bytes, part.start, part.bodyStart, new Set(['from', 'to', 'cc']))
  for (const name of ['from', 'to', 'cc'] as const) {
    const theirs = [email[name] ?? []].flat()
    // postal-mime joins fields of one name.
    const joined = (values.get(name) ?? []).join(',')
    const ours = addressesForm(joined)
    if (!isBeyondIt(joined) && !sameAddresses(ours, theirs)) yield name
  }
  const leaves = leavesOf(part)
  // It makes texts of HTML and HTML of texts where a message has both kinds one after the other: only others are compared.
  const bodies = leaves.filter(isBody)
  for (const [subtype, theirs] of [
    ['plain', email.text],
    ['html', email.html],
  ] as const) {
    if (theirs === undefined || isGuessed(theirs) || bodies.some((leaf) => leaf.subtype !== subtype)) continue
    const ours = bodies.map((leaf) => decodeText(bytes, leaf)).join('\n')
    if (words(ours) !== words(theirs)) yield subtype
  }
  const attachments = leaves.filter((leaf) => !isBody(leaf))
  if (attachments.length !== email.attachments.length) {
    yield 'number of attachments'
    return
  }
  for (const [index, leaf] of attachments.entries()) {
    const theirs = email.attachments[index]
    const content = Buffer.from(theirs?.content as ArrayBuffer)
    const sameText = words(content.toString('latin1')) === words(decodeTransfer(bytes, leaf).toString('latin1'))
    if (!decodeTransfer(bytes, leaf).equals(content) && !sameText) yield 'attachment'
    if (fileName(leaf) !== theirs?.filename) yield 'name of a file'
  }
}

function leavesOf(part: Part): readonly Part[] {
  return part.children.length === 0 || part.type === 'message' ? [part] : part.children.flatMap(leavesOf)
}

/** postal-mime drops a name that equals the address. */
function show(name: string | null | undefined, email: string | undefined): string {
  return `${name === email ? '' : words(name ?? '')} <${email ?? ''}>`
}

function sameAddresses(ours: readonly AddressText[], theirs: readonly Address[]): boolean {
  const flat = theirs.flatMap((address) => address.group ?? [address])
  const a = ours.map(({ name, email }) => show(name, email)).join()
  const b = flat.map(({ name, address }) => show(name, address)).join()
  return a === b || isGuessed(b)
}
