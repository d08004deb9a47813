// Messages made to exhaust a reader: each must cost no more than its length, and far less than would stall other users.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import { checkBody, checkEnvelope } from './imap-grammar.ts'
import { parseMessage } from './parse.ts'
import { decodePartTable, encodePartTable } from './part-table.ts'
import type { Part } from './part.ts'
import { renderBodyStructure, renderEnvelope } from './structure.ts'
import { summarize } from './summary.ts'
import { searchableText } from './text.ts'

const MIB = 1 << 20

function repeat(piece: string, sizeBytes: number): string {
  return piece.repeat(Math.floor(sizeBytes / piece.length))
}

function nested(depth: number): string {
  return Array.from({ length: depth }, (_, i) => `Content-Type: multipart/mixed; boundary="b${i}"\n\n--b${i}\n`).join(
    '',
  )
}

const MULTIPART = 'Content-Type: multipart/mixed; boundary="b"\n\n'

const BOMBS: Readonly<Record<string, () => string>> = {
  'one line of text': () => `\n${repeat('x', 20 * MIB)}`,
  'empty lines': () => `\n${repeat('\n', 20 * MIB)}`,
  'base64 in one part': () =>
    `${MULTIPART}--b\nContent-Transfer-Encoding: base64\n\n${repeat(`${'QUFB'.repeat(19)}\r\n`, 20 * MIB)}--b--\n`,
  'a million header lines': () => `${'X-Header: value\n'.repeat(1_000_000)}\nbody`,
  'a million empty fields': () => 'a:\n'.repeat(1_000_000),
  'one header line': () => `Subject: ${repeat('x', 20 * MIB)}`,
  'Content-Type again and again': () => repeat('Content-Type: text/plain; a=b\n', 20 * MIB),
  parameters: () => `Content-Type: text/plain${repeat('; a*0*=b', 20 * MIB)}`,
  '10,000 nested multiparts': () => nested(10_000),
  '100 nested multiparts and lines of dashes': () => nested(100) + repeat('\n--', 20 * MIB),
  '100 nested multiparts and lines that nearly match': () => nested(100) + repeat('\n--bx', 20 * MIB),
  'nested messages': () => repeat('Content-Type: message/rfc822\n\n', 20 * MIB),
  'empty parts': () => MULTIPART + repeat('--b\n', 20 * MIB),
  'nested multiparts with one boundary': () => repeat(`${MULTIPART}--b\n`, 20 * MIB),
  'a digest of long recipient lists': () =>
    `Content-Type: multipart/digest; boundary=b\n\n${repeat(`--b\n\nFrom: ${'a,'.repeat(500)}\n\n`, 20 * MIB)}`,
  recipients: () => `To: ${repeat('a,', MIB)}\nCc: ${repeat('a@b ', MIB)}\nBcc: ${repeat('a:', MIB)}`,
  comments: () => `To: ${repeat('(', MIB)}\nDate: ${repeat('(', MIB)}`,
  quotes: () => `To: ${repeat('"\\"', MIB)}\nFrom: ${repeat('""', MIB)}`,
  'dots and words': () => `To: ${repeat('. ', MIB)}\nFrom: ${repeat('a@', MIB)}`,
  'encoded words': () => `Subject: ${repeat('=?utf-8?q?a?= ', MIB)}\nFrom: ${repeat('=?a?q?', MIB)}`,
  'character sets that do not exist': () =>
    `Subject: ${Array.from({ length: 50_000 }, (_, i) => `=?x${i}?q?a?=`).join(' ')}`,
  identifiers: () => `References: ${repeat('<a>', MIB)}\nIn-Reply-To: ${repeat('<', MIB)}`,
  'quoted-printable': () =>
    `Content-Type: text/html\nContent-Transfer-Encoding: quoted-printable\n\n${repeat('=3Cb=\n', 20 * MIB)}`,
  'many parts of HTML': () => MULTIPART + repeat(`--b\nContent-Type: text/html\n\n${'<b>'.repeat(300)}\n`, 20 * MIB),
}

/** Far above what was measured (at most 150 ms of 20 MiB), far below what anything that is not linear takes. */
const MAX_MS = 1500

for (const [name, make] of Object.entries(BOMBS)) {
  test(name, () => {
    const bytes = Buffer.from(make(), 'latin1')
    const costs: string[] = []
    const measure = <T>(what: string, action: () => T): T => {
      const started = process.threadCpuUsage()
      const result = action()
      const used = process.threadCpuUsage(started)
      const ms = (used.user + used.system) / 1000
      if (ms > MAX_MS) costs.push(`${what}: ${ms} ms`)
      return result
    }
    const part = measure('parse', () => parseMessage(bytes))
    const envelope = measure('envelope', () => renderEnvelope(bytes, part))
    const structure = measure('structure', () => renderBodyStructure(bytes, part, true))
    const text = measure('text', () => searchableText(bytes, part))
    measure('summary', () => summarize(bytes, part))
    measure('part table', () => decodePartTable(encodePartTable(part)))
    assert.deepEqual(costs, [])
    assert.ok(countParts(part) <= 10_001)
    assert.equal(part.end, bytes.length)
    assert.ok(text.body.length <= MIB)
    assert.ok(envelope.length + structure.length <= 16 * MIB)
    assert.equal(checkEnvelope(envelope.toString('latin1')), null)
    assert.equal(checkBody(structure.toString('latin1'), true), null)
  })
}

function countParts(part: Part): number {
  return part.children.reduce((count, child) => count + countParts(child), 1)
}
