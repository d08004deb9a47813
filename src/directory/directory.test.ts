import assert from 'node:assert/strict'
import fs from 'node:fs'
import os from 'node:os'
import path from 'node:path'
import { type TestContext, test } from 'node:test'
import { type AccountId, SYSTEM_ACCOUNT } from '#base/ids.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import { RootSecret } from '#keys/root.ts'
import { LedgerLog } from '#account/ledger-log.ts'
import { openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { DirectoryLog, OtherServerSecretError } from './directory-log.ts'
import { Directory } from './directory.ts'

const SYSTEM_ROOT = Buffer.alloc(32, 9)
const recipientText = (): string => formatRecipient(RootSecret.generate().recipient('x25519'))
const account = (digit: string): AccountId => digit.repeat(32) as AccountId

async function world(t: TestContext) {
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-directory-'))
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory })
  t.after(async () => {
    await ledger.close()
    fs.rmSync(directory, { recursive: true })
  })
  const open = async (secret = SYSTEM_ROOT): Promise<Directory> => {
    const opened = new Directory(systemClock)
    using reader = new LogReader(systemDisk, directory, SYSTEM_ACCOUNT)
    using root = new RootSecret(Buffer.from(secret))
    const parts = { log: new LedgerLog(ledger, SYSTEM_ACCOUNT), reader, root, clock: systemClock }
    opened.opened(await DirectoryLog.open(parts, (setting) => opened.apply(setting)))
    return opened
  }
  return { open }
}

async function served(directory: Directory): Promise<void> {
  assert.ok((await directory.addDomain('Example.ORG')).ok)
  for (const [digit, name] of [
    ['a', 'Ada'],
    ['b', 'Bob'],
  ] as const) {
    const added = await directory.addAccount({
      id: account(digit),
      address: `${name}@example.org`,
      recipientText: recipientText(),
      quotaBytes: null,
    })
    assert.ok(added.ok)
  }
}

const refusal = (result: { ok: boolean; error?: unknown }): unknown => (result.ok ? 'done' : result.error)

const goesTo = (directory: Directory, address: string): string[] | string => {
  const resolution = directory.resolve(address)
  return resolution.kind === 'accounts' ? resolution.accounts.map(({ address: to }) => to) : resolution.kind
}

test('mail finds its account, whatever the case, with and without a detail', async (t) => {
  const directory = await (await world(t)).open()
  await served(directory)
  assert.deepEqual(goesTo(directory, 'ada@example.org'), ['ada@example.org'])
  assert.deepEqual(goesTo(directory, 'ADA@EXAMPLE.org'), ['ada@example.org'])
  assert.deepEqual(goesTo(directory, 'ada+lists+more@example.org'), ['ada@example.org'])
  assert.equal(goesTo(directory, '+lists@example.org'), 'unknown')
  assert.equal(goesTo(directory, 'eve@example.org'), 'unknown')
  assert.equal(goesTo(directory, 'ada@example.net'), 'elsewhere')
  assert.equal(goesTo(directory, 'ada'), 'elsewhere')
  assert.equal(goesTo(directory, 'ada@sub.example.org'), 'elsewhere')
})

test('an account that is removed is nobody: not by its address, nor by aliases that led to it alone', async (t) => {
  const { open } = await world(t)
  const directory = await open()
  await served(directory)
  for (const [alias, targets] of [
    ['both', ['ada@example.org', 'bob@example.org']],
    ['only', ['bob@example.org']],
  ] as const) {
    assert.ok((await directory.addAlias(`${alias}@example.org`, targets)).ok)
  }
  assert.equal(refusal(await directory.removeAccount('nobody@example.org')), 'noSuchAddress')
  assert.equal(refusal(await directory.removeAccount('only@example.org')), 'noSuchAddress')
  assert.ok((await directory.removeAccount('Bob@Example.org')).ok)
  for (const one of [directory, await open()]) {
    assert.equal(goesTo(one, 'bob@example.org'), 'unknown')
    assert.equal(goesTo(one, 'bob+x@example.org'), 'unknown')
    assert.equal(goesTo(one, 'only@example.org'), 'unknown')
    assert.deepEqual(goesTo(one, 'both@example.org'), ['ada@example.org'])
    assert.equal(one.login('bob@example.org'), null)
    assert.equal(one.account(account('b')), null)
    assert.deepEqual(one.accounts().length, 1)
  }
  // The address is free, for another account.
  const again = { id: account('c'), address: 'bob@example.org', recipientText: recipientText(), quotaBytes: null }
  assert.ok((await directory.addAccount(again)).ok)
  assert.equal((await open()).login('bob@example.org')?.id, account('c'))
})

test('postmaster is always there (RFC 5321 §4.5.1), and an alias of that name takes precedence', async (t) => {
  const directory = await (await world(t)).open()
  await served(directory)
  assert.deepEqual(goesTo(directory, 'Postmaster'), ['ada@example.org'])
  assert.deepEqual(goesTo(directory, 'abuse@example.org'), ['ada@example.org'])
  assert.ok((await directory.addAlias('postmaster@example.org', ['bob@example.org'])).ok)
  assert.deepEqual(goesTo(directory, 'postmaster'), ['bob@example.org'])
})

test('aliases lead to one account or to several, and only one leads to a login', async (t) => {
  const directory = await (await world(t)).open()
  await served(directory)
  assert.ok((await directory.addAlias('lovelace@example.org', ['ADA@example.org'])).ok)
  assert.ok((await directory.addAlias('all@example.org', ['ada@example.org', 'bob@example.org', 'ada@example.org'])).ok)
  assert.deepEqual(goesTo(directory, 'all@example.org'), ['ada@example.org', 'bob@example.org'])
  assert.equal(directory.login('Lovelace@example.org')?.id, account('a'))
  assert.equal(directory.login('all@example.org'), null)
  assert.deepEqual(directory.addressesOf(account('a')), ['ada@example.org', 'all@example.org', 'lovelace@example.org'])
  assert.ok((await directory.removeAlias('all@example.org')).ok)
  assert.equal(goesTo(directory, 'all@example.org'), 'unknown')
})

test('what cannot be is refused, and says why', async (t) => {
  const directory = await (await world(t)).open()
  await served(directory)
  const add = (address: string, id = account('c')) =>
    directory.addAccount({ id, address, recipientText: recipientText(), quotaBytes: null })
  assert.equal(refusal(await directory.addDomain('example.org.')), 'exists')
  for (const name of [
    '',
    '..',
    'exa mple.org',
    '192.0.2.1',
    `${'a'.repeat(64)}.org`,
    'a/b',
    '-x.org',
    'x@y.org',
    '[::1]',
  ]) {
    assert.equal(refusal(await directory.addDomain(name)), 'malformed', name)
  }
  assert.equal(refusal(await add('Ada@example.org')), 'exists')
  assert.equal(refusal(await add('carol@example.net')), 'noSuchDomain')
  assert.equal(refusal(await add('carol\n@example.org')), 'malformed')
  assert.equal(refusal(await add('carol@example.org', account('a'))), 'exists')
  assert.equal(refusal(await directory.addAlias('ada@example.org', ['bob@example.org'])), 'exists')
  assert.equal(refusal(await directory.addAlias('new@example.org', ['eve@example.org'])), 'noSuchAddress')
  assert.equal(refusal(await directory.addAlias('new@example.org', [])), 'noSuchAddress')
  assert.equal(refusal(await directory.removeAlias('ada@example.org')), 'noSuchAddress')
})

test('international domains and local parts have one form', async (t) => {
  const directory = await (await world(t)).open()
  assert.deepEqual(
    await directory.addDomain('bücher.example').then((result) => result.ok && result.value.name),
    'xn--bcher-kva.example',
  )
  const composed = 'ren\u00e9'
  const added = await directory.addAccount({
    id: account('d'),
    address: `${composed}@BÜCHER.example`,
    recipientText: recipientText(),
    quotaBytes: 5,
  })
  assert.ok(added.ok)
  assert.deepEqual(goesTo(directory, 'RENE\u0301@bücher.example'), [`${composed}@xn--bcher-kva.example`])
})

test('everything is there again after a restart, and another secret does not open it', async (t) => {
  const { open } = await world(t)
  const before = await open()
  await served(before)
  await before.addAlias('x@example.org', ['ada@example.org'])
  await before.removeAlias('x@example.org')
  await before.addAlias('y@example.org', ['bob@example.org'])
  const after = await open()
  assert.deepEqual(after.domains(), before.domains())
  assert.deepEqual(after.accounts(), before.accounts())
  assert.deepEqual(after.aliases(), before.aliases())
  assert.ok((await after.addDomain('example.net')).ok)
  await assert.rejects(open(Buffer.alloc(32, 1)), OtherServerSecretError)
})

test('two changes at once are one after the other', async (t) => {
  const directory = await (await world(t)).open()
  const both = await Promise.all([directory.addDomain('example.org'), directory.addDomain('example.org')])
  assert.deepEqual(
    both.map(({ ok }) => ok),
    [true, false],
  )
})
