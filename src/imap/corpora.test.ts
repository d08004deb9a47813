// Real mail: each message comes back byte for byte, and each part that BODYSTRUCTURE names can be fetched and has the size it says.
// Where there is no corpus, generated messages take its place.

import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { test } from 'node:test'
import { MemoryAccount } from './memory-account.test-support.ts'
import { type ParsedFetch, type Value, parseFetches } from './response-parser.test-support.ts'
import { type TestClient, newClient } from './test-client.test-support.ts'
import { NESTED, PLAIN } from './test-messages.test-support.ts'

const EVERY = 8

function corpus(): Buffer[] {
  const folder = process.env['MAILKEEP_CORPORA'] ?? path.join(import.meta.dirname, '../../../shared/corpora')
  const archive = path.join(folder, 'spamassassin-half.tar.xz')
  if (!fs.existsSync(archive)) return generated()
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-corpora-'))
  try {
    const { status } = spawnSync('tar', ['-xJf', archive, '-C', directory])
    assert.equal(status, 0, 'tar and xz are needed: apt-get install tar xz-utils')
    const files = fs.readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile())
    return files
      .filter((_, index) => index % EVERY === 0)
      .map((entry) => fs.readFileSync(path.join(entry.parentPath, entry.name)))
      .map((bytes, index) => (index % 2 === 0 ? bytes : withCrlf(bytes)))
  } finally {
    fs.rmSync(directory, { recursive: true })
  }
}

function withCrlf(bytes: Buffer): Buffer {
  return Buffer.from(bytes.toString('latin1').replaceAll(/\r?\n/g, '\r\n'), 'latin1')
}

function generated(): Buffer[] {
  const random = Buffer.from(Array.from({ length: 5_000 }, (_, index) => (index * 31) % 251))
  return [PLAIN, NESTED, random, Buffer.from('\r\n'), Buffer.from('Subject: no end'), Buffer.from('\n\n.\n')]
}

async function fetchItems(client: TestClient, command: string): Promise<ParsedFetch[]> {
  return parseFetches(Buffer.from(await client.command(command), 'latin1'))
}

/** Sections of all parts, and the sizes that the structure says. */
function parts(structure: Value, prefix: string, found: Map<string, number>): Map<string, number> {
  assert(Array.isArray(structure))
  const children = structure.filter((_, index) => structure.slice(0, index + 1).every(Array.isArray))
  if (children.length > 0) {
    for (const [index, child] of children.entries()) addPart(child, `${prefix}${index + 1}`, found)
  } else {
    addPart(structure, `${prefix}1`, found)
  }
  return found
}

function addPart(structure: Value, section: string, found: Map<string, number>): void {
  assert(Array.isArray(structure))
  if (Array.isArray(structure[0])) {
    parts(structure, `${section}.`, found)
    return
  }
  found.set(section, Number(structure[6]))
  const type = `${structure[0]?.toString()}/${structure[1]?.toString()}`.toLowerCase()
  if (type === 'message/rfc822' && Array.isArray(structure[8])) parts(structure[8], `${section}.`, found)
}

test('real mail comes back as it is, whole and in parts', async () => {
  const messages = corpus()
  const account = new MemoryAccount()
  for (const message of messages) account.deliver(message)
  const client = newClient(account)
  await client.command('s SELECT INBOX')
  for (const [index, message] of messages.entries()) {
    const number = index + 1
    const items = '(BODYSTRUCTURE BODY ENVELOPE RFC822.SIZE BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT])'
    const [fetched] = await fetchItems(client, `a FETCH ${number} ${items}`)
    assert(fetched !== undefined)
    const value = (name: string): Value => fetched.items.get(name) ?? null
    const whole = value('BODY[]') as Buffer
    assert(whole.equals(message), `message ${number} comes back byte for byte`)
    assert.equal(value('RFC822.SIZE'), String(message.length))
    assert(Buffer.concat([value('BODY[HEADER]') as Buffer, value('BODY[TEXT]') as Buffer]).equals(message))
    assert.equal((value('ENVELOPE') as Value[]).length, 10)
    const sections = parts(value('BODYSTRUCTURE'), '', new Map())
    const asked = [...sections.keys()].slice(0, 90).map((section) => `BODY.PEEK[${section}]`)
    const [bodies] = await fetchItems(client, `b FETCH ${number} (${asked.join(' ')})`)
    for (const [section, size] of [...sections].slice(0, 90)) {
      const body = bodies?.items.get(`BODY[${section}]`) as Buffer
      assert.equal(body.length, size, `message ${number}, part ${section}`)
      assert(message.includes(body))
    }
  }
})
