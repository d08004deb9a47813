// Real mail, end to end over a real ledger: sealed to the account while it is locked, filed when it is opened, and read back byte for byte, also
// after the index was made again. Where there is no corpus, generated messages take its place.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import type { EmailId } from '#base/ids.ts'
import { makeFixture } from './account-fixture.ts'
import type { OpenAccount } from './open-account.ts'
import { INBOX } from './state.ts'

const EVERY = 8

function corpus(directory: string): Buffer[] {
  const folder = process.env['MAILKEEP_CORPORA'] ?? path.join(import.meta.dirname, '../../../shared/corpora')
  const archive = path.join(folder, 'spamassassin-half.tar.xz')
  if (!fs.existsSync(archive)) return Array.from({ length: 300 }, (_, index) => generated(index))
  const { status } = spawnSync('tar', ['-xJf', archive, '-C', directory])
  assert.equal(status, 0, 'tar and xz are needed: apt-get install tar xz-utils')
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .filter((_, index) => index % EVERY === 0)
    .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name)))
}

function generated(index: number): Buffer {
  const bytes = Buffer.from(Array.from({ length: index * 40 }, (_, at) => (at * 31 + index) % 256))
  return Buffer.concat([
    Buffer.from(`Subject: generated ${index}\r\nContent-Type: text/html\r\n\r\n<p>text</p>\r\n`),
    bytes,
  ])
}

async function readAll(account: OpenAccount): Promise<string[]> {
  const view = account.view(INBOX)
  assert.ok(view !== null)
  const texts: string[] = []
  for (let index = 0; index < view.count; index++) {
    const id = view.emails[index] as EmailId
    using opened = await account.open(id)
    const text = Buffer.from(opened.bytes).toString('latin1')
    texts.push(text)
    const header = account.items('header', [id])[0]?.toString('latin1') ?? ''
    assert.equal(text.slice(0, header.length), header)
    const parts = account.parts(id)
    assert.equal(parts?.end, text.length)
    assert.equal(account.sizes([id])[0], text.length)
    assert.equal(account.email(id)?.damaged, false)
  }
  return texts.sort()
}

test('real mail comes back byte for byte', async () => {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-corpora-'))
  try {
    fs.mkdirSync(`${directory}/unpacked`)
    const messages = corpus(`${directory}/unpacked`)
    assert.ok(messages.length >= 300)
    const fixture = await makeFixture(`${directory}/account`, { quick: true, identity: 'hybrid' })
    for (let at = 0; at < messages.length; at += 50) await fixture.deliver(...messages.slice(at, at + 50))
    const expected = messages.map((message) => message.toString('latin1')).sort()
    const account = await fixture.open()
    await account.filed()
    assert.deepEqual(await readAll(account), expected)
    await account.close()
    fs.rmSync(fixture.indexDirectory, { recursive: true })
    const again = await fixture.open()
    assert.deepEqual(await readAll(again), expected)
    await again.close()
    await fixture.close()
  } finally {
    fs.rmSync(directory, { recursive: true, force: true })
  }
})
