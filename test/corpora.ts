// Real mail for tests, from the collections that MAILKEEP_CORPORA (or `../shared/corpora` beside the repository) holds. It holds
// personal data of its authors and is never copied into the project. Where there is none, generated messages take its place.

import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { repository } from './harness.ts'

function corporaDirectory(): string | null {
  const directory = process.env['MAILKEEP_CORPORA'] ?? path.join(repository, '..', 'shared', 'corpora')
  return fs.existsSync(directory) ? directory : null
}

function unpack(program: string, args: readonly string[]): Buffer {
  const result = spawnSync(program, args, { maxBuffer: 1 << 30 })
  if (result.status !== 0) throw new Error(`${program} failed: ${result.stderr.toString()}`)
  return result.stdout
}

function* mboxrdMessages(file: Buffer): Generator<Buffer> {
  let start = 0
  while (start < file.length) {
    const body = file.indexOf('\n', start) + 1
    const next = file.indexOf('\n\nFrom ', body)
    const end = next < 0 ? file.length : next + 1
    const text = file.toString('latin1', body, end).replaceAll(/^>(>*From )/gm, '$1')
    yield Buffer.from(text, 'latin1')
    start = next < 0 ? file.length : next + 2
  }
}

function* filesBelow(directory: string): Generator<string> {
  for (const entry of fs.readdirSync(directory, { withFileTypes: true, recursive: true })) {
    if (entry.isFile()) yield path.join(entry.parentPath, entry.name)
  }
}

/** With CRLF at every line end, as SMTP carries a message. */
export function asSmtp(message: Buffer): Buffer {
  return Buffer.from(message.toString('latin1').replaceAll(/\r\n|\r|\n/g, '\r\n'), 'latin1')
}

/** Up to `limit` real messages (or generated ones), spread over all collections. */
export function corpusMessages(limit: number): Buffer[] {
  const directory = corporaDirectory()
  if (directory === null) return Array.from({ length: Math.min(limit, 200) }, (_, index) => generatedMessage(index))
  const list = [...mboxrdMessages(unpack('xz', ['-dc', path.join(directory, 'linux-usb-5000.mboxrd.xz')]))]
  const temporary = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-corpus-'))
  try {
    unpack('tar', ['-xJf', path.join(directory, 'spamassassin-half.tar.xz'), '-C', temporary])
    for (const file of filesBelow(temporary)) list.push(fs.readFileSync(file))
  } finally {
    fs.rmSync(temporary, { recursive: true })
  }
  const step = Math.max(1, list.length / limit)
  return Array.from({ length: Math.min(limit, list.length) }, (_, index) => list[Math.floor(index * step)] as Buffer)
}

function generatedMessage(index: number): Buffer {
  const lines = [
    `From: Sender ${index} <sender${index}@example.net>`,
    'To: reader@example.org',
    `Subject: Generated message ${index}`,
    `Message-ID: <generated-${index}@example.net>`,
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="edge"',
    '',
    '--edge',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: 8bit',
    '',
    `Grüße ${index}: ${'words and more words '.repeat(index % 50)}`,
    '.leading dot',
    '--edge',
    'Content-Type: application/octet-stream; name="data.bin"',
    'Content-Transfer-Encoding: base64',
    '',
    Buffer.alloc(100 + index, index).toString('base64'),
    '--edge--',
    '',
  ]
  return Buffer.from(lines.join('\n'))
}
