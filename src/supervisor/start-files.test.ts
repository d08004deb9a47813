// What is wrong with the files of a data directory, as whoever starts Mailkeep is told; and what is made where nothing is there.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { after, test } from 'node:test'
import { parseConfiguration } from '#configuration/read.ts'
import { dataPaths, handOverTree, lockName, makeOwnedDirectory } from './data-directory.ts'
import { StartError } from './errors.ts'
import { type ServerSecret, loadServerSecret } from './server-secret.ts'
import { readForStart } from './start-files.ts'

const base = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-start-'))
after(() => fs.rmSync(base, { recursive: true }))
let count = 0
function fresh(): string {
  const directory = `${base}/${++count}`
  fs.mkdirSync(directory)
  return directory
}

function mode(file: string): string {
  return (fs.statSync(file).mode & 0o7777).toString(8)
}

/** With a configuration and, perhaps, a directory of credentials. */
function secretOf(root: string, configuration = '', credentials?: string): ServerSecret {
  const parsed = parseConfiguration(configuration)
  assert(parsed.ok)
  const before = process.env['CREDENTIALS_DIRECTORY']
  if (credentials === undefined) delete process.env['CREDENTIALS_DIRECTORY']
  else process.env['CREDENTIALS_DIRECTORY'] = credentials
  try {
    return loadServerSecret(parsed.value, dataPaths(root))
  } finally {
    if (before === undefined) delete process.env['CREDENTIALS_DIRECTORY']
    else process.env['CREDENTIALS_DIRECTORY'] = before
  }
}

const says =
  (...words: readonly RegExp[]) =>
  (error: unknown): true => {
    assert.ok(error instanceof StartError, String(error))
    for (const word of words) assert.match(error.message, word)
    return true
  }

test('the first start makes a server secret for its owner alone, and later ones have the same', () => {
  const root = fresh()
  const first = secretOf(root)
  assert.deepEqual([first.bytes.length, first.isBesideData], [32, true])
  assert.equal(mode(`${root}/server-secret`), '600')
  assert.ok(secretOf(root).bytes.equals(first.bytes))
  assert.ok(!secretOf(fresh()).bytes.equals(first.bytes))
})

test('a secret that is named, or a credential, comes before the one beside the data', () => {
  const root = fresh()
  const own = secretOf(root)
  const other = fresh()
  fs.writeFileSync(`${other}/secret`, `${'AB'.repeat(32)}\n`)
  const named = secretOf(root, `serverSecret: {file: ${other}/secret}\n`)
  assert.deepEqual([named.bytes.toString('hex'), named.isBesideData], ['ab'.repeat(32), false])
  assert.ok(secretOf(root, '', other).bytes.equals(own.bytes), 'there is none of that name')
  fs.writeFileSync(`${other}/mailkeep-server-secret`, 'cd'.repeat(32))
  const credential = secretOf(root, '', other)
  assert.deepEqual([credential.bytes.toString('hex'), credential.isBesideData], ['cd'.repeat(32), false])
})

test('a secret that is missing, malformed or unreadable is told, with what to do, and never made anew', () => {
  const root = fresh()
  const named = `serverSecret: {file: ${root}/elsewhere}\n`
  assert.throws(() => secretOf(root, named), says(/elsewhere is not there/, /openssl rand -hex 32/))
  for (const text of ['', 'ab'.repeat(31), 'xy'.repeat(32), 'ab'.repeat(33)]) {
    fs.writeFileSync(`${root}/elsewhere`, text)
    assert.throws(() => secretOf(root, named), says(/elsewhere does not hold a server secret: 64 hexadecimal digits/))
  }
  fs.writeFileSync(`${root}/elsewhere`, 'a'.repeat(5_000))
  assert.throws(() => secretOf(root, named), says(/elsewhere cannot be read: it is too large/))
  fs.mkdirSync(`${root}/server-secret`)
  assert.throws(() => secretOf(root), says(/server-secret cannot be read/))
  assert.throws(() => secretOf(`${root}/no/such`), says(/server-secret cannot be written: ENOENT/))
})

test('whoever may not read a file is told so', () => {
  const root = fresh()
  const file = `${root}/secret`
  fs.writeFileSync(file, 'ab'.repeat(32), { mode: 0o600 })
  fs.chmodSync(file, 0)
  // Root may read everything.
  const isRoot = process.getuid?.() === 0
  if (isRoot) process.seteuid?.(65_534)
  try {
    assert.throws(() => readForStart(file, 100), says(/secret cannot be read: whoever starts Mailkeep may not do that/))
  } finally {
    if (isRoot) process.seteuid?.(0)
  }
})

test('directories have the modes of their processes, and what is copied into them gets these, but for the key', () => {
  const root = fresh()
  const directory = { path: `${root}/ledger`, mode: 0o2750, owner: null }
  makeOwnedDirectory(directory)
  assert.equal(mode(directory.path), '2750')
  // Whatever the umask of whoever copied it was.
  fs.mkdirSync(`${directory.path}/accounts`, { mode: 0o700 })
  for (const name of ['accounts/log', 'key']) fs.writeFileSync(`${directory.path}/${name}`, '', { mode: 0o644 })
  fs.symlinkSync('/etc/hostname', `${directory.path}/link`)
  handOverTree(directory)
  assert.deepEqual(
    ['', 'accounts', 'accounts/log', 'key'].map((name) => mode(`${directory.path}/${name}`)),
    ['2750', '2750', '640', '600'],
  )
  assert.throws(() => makeOwnedDirectory({ ...directory, path: `${directory.path}/key` }), { code: 'EEXIST' })
})

test('as root, a directory that somebody else owns is handed over with all that is in it', () => {
  if (process.getuid?.() !== 0) return
  const root = fresh()
  const directory = { path: `${root}/queue`, mode: 0o700, owner: { uid: 600_005, gid: 600_005 } }
  fs.mkdirSync(`${directory.path}/log`, { recursive: true })
  fs.writeFileSync(`${directory.path}/log/1`, '')
  fs.symlinkSync(root, `${directory.path}/up`)
  makeOwnedDirectory(directory)
  const owner = (name: string): number => fs.lstatSync(`${directory.path}/${name}`).uid
  assert.deepEqual(['', 'log', 'log/1', 'up'].map(owner), Array<number>(4).fill(600_005))
  // What a link leads to stays.
  assert.equal(fs.statSync(root).uid, 0)
})

test('one Mailkeep holds a data directory, whatever it is called', () => {
  assert.equal(lockName('/srv/mail'), lockName('/srv/mail'))
  assert.notEqual(lockName('/srv/mail'), lockName('/srv/mail2'))
  assert.match(lockName(`/${'a'.repeat(4_000)}`), /^mailkeep-[0-9a-f]{64}$/)
})
