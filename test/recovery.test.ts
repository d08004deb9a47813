// The ways back into an account, as owner and operator go them by command: sheet, drill, shares, escrow.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { LedgerLog } from '#account/ledger-log.ts'
import { SYSTEM_ACCOUNT } from '#base/ids.ts'
import { formatIdentity, x25519IdentityFromScalar } from '#crypto/age/identity.ts'
import { formatRecipient } from '#crypto/age/recipient.ts'
import { DirectoryLog } from '#directory/directory-log.ts'
import type { SettingValue } from '#account/operation.ts'
import { RootSecret } from '#keys/root.ts'
import { serverKey } from '#keys/server-secret.ts'
import { openLedger } from '#ledger/ledger.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { type Mailkeep, type Ran, mustRun, repository, run, startMailkeep, temporaryDirectory } from './harness.ts'
import { fetchAll } from './imap-client.ts'

const ADA = 'ada@example.org'
const [FIRST, SECOND, THIRD] = ['the first pass phrase', 'the second pass phrase', 'the third pass phrase'] as const
const CODE = /[0-9A-Z]{5}(?:-[0-9A-Z]{5}){6}/
const DAY = 86_400_000

const temporary = temporaryDirectory()
const file = (name: string): string => path.join(temporary.path, name)
const operator = x25519IdentityFromScalar(Buffer.alloc(32, 3))
let mailkeep: Mailkeep
let code = ''
/** Nothing of these may stand on the server's disk. */
const secrets: string[] = []

before(async () => {
  fs.writeFileSync(file('operator.key'), `# kept elsewhere\n${formatIdentity(operator)}\n`)
  const config = `escrow:\n  recipient: ${formatRecipient(operator.recipient)}\n  delay: 2d\n`
  mailkeep = await startMailkeep({ config })
  const args = ['account', 'add', ADA, '--classic', '--password-stdin', '--pdf', file('a.pdf'), '--png', file('a.png')]
  code = CODE.exec(await mailkeep.mustCli(args, { input: `${FIRST}\n` }))?.[0] ?? ''
  secrets.push(code, FIRST, SECOND, THIRD)
})
after(async () => {
  await mailkeep[Symbol.asyncDispose]()
  temporary[Symbol.dispose]()
})

const account = (...args: string[]): string[] => ['account', ...args]

async function json(args: string[], input: string): Promise<any> {
  return JSON.parse(await mailkeep.mustCli([...args, '--json'], { input }))
}

async function refused(args: string[], input: string, status: number, why: RegExp): Promise<void> {
  const ran: Ran = await mailkeep.cli(args, { input })
  assert.equal(ran.status, status, ran.stderr)
  assert.match(ran.stderr, why)
  for (const secret of secrets) assert.ok(!ran.stderr.includes(secret), ran.stderr)
}

async function subjects(password: string): Promise<string[]> {
  const messages = await fetchAll(mailkeep.ports.imap, ADA, password)
  return messages.map(({ bytes }) => /^Subject: (.*)\r$/m.exec(bytes.toString('latin1'))?.[1] ?? '')
}

test('a sheet that was printed holds the code, as text and as a picture', async () => {
  assert.ok((await mustRun('pdftotext', ['-raw', file('a.pdf'), '-'])).replaceAll(/-?\n/g, '-').includes(code))
  await mustRun('pdftoppm', ['-r', '80', '-png', '-singlefile', file('a.pdf'), file('printed')])
  for (const picture of ['printed.png', 'a.png']) {
    assert.equal(await mustRun('zbarimg', ['--quiet', '--raw', file(picture)]), `${code}\n`)
  }
  assert.equal(fs.statSync(file('a.pdf')).mode & 0o777, 0o600)
  const typed = code.toLowerCase().replaceAll('-', ' ')
  const args = account('sheet', ADA, '--recovery-code-stdin', '--png', file('again.png'), '--paper', 'letter')
  await mailkeep.mustCli(args, { input: `${typed}\n` })
  assert.equal(await mustRun('zbarimg', ['--quiet', '--raw', file('again.png')]), `${code}\n`)
})

test('a drill proves the code that is in force, and a wrong one changes nothing', async () => {
  const wrong = code.replace(/^.{5}/, 'AAAAA')
  await refused(account('drill', ADA, '--stdin'), `${wrong}\n`, 5, /mistyped character/)
  const renewed = await json(account('recovery-code', 'new', ADA, '--password-stdin'), `${FIRST}\n`)
  secrets.push(renewed.recoveryCode)
  await refused(account('drill', ADA, '--stdin'), `${code}\n`, 5, /replaced by a newer one/)
  await refused(account('sheet', ADA, '--recovery-code-stdin', '--pdf', file('b.pdf')), `${code}\n`, 5, /newer one/)
  assert.ok(!fs.existsSync(file('b.pdf')))
  const drilled = await json(account('drill', ADA, '--stdin'), `${renewed.recoveryCode}\n`)
  assert.deepEqual([drilled.by, drilled.note], ['recoveryCode', null])
})

test('contacts give the account back, some of them, with Mailkeep and without', async () => {
  const create = account('shares', 'create', ADA, '--threshold', '2', '--password-stdin')
  await refused([...create, '--of', '1'], `${FIRST}\n`, 1, /at least 2|At least 2/)
  const old = await json([...create, '--of', '3'], `${FIRST}\n`)
  const printed = await mailkeep.mustCli([...create, '--labels', 'Ann,Bo,Cy'], { input: `${FIRST}\n` })
  assert.match(printed, /# For Bo: share 2 of 3 for the mail account ada@example\.org/)
  const shares = printed.match(/[0-9A-Z]{5}(?:-[0-9A-Z]{5}){13}/g) ?? []
  assert.equal(shares.length, 3)
  secrets.push(...shares)
  const [ann, bo, cy] = shares as [string, string, string]
  const oldTexts = old.shares.map(({ text }: { text: string }) => text) as string[]

  const list = await json(account('shares', 'list', ADA, '--password-stdin'), `${FIRST}\n`)
  assert.deepEqual([list.threshold, list.contacts, list.drilled], [2, ['Ann', 'Bo', 'Cy'], null])
  const drill = account('drill', ADA, '--stdin')
  assert.equal((await json(drill, `# the paper says\n${bo}\n${cy}\n`)).by, 'shares')
  await refused(drill, `${ann}\n${oldTexts[1]}\n`, 5, /of another set/)
  await refused(drill, `${oldTexts[0]}\n${oldTexts[1]}\n`, 5, /replaced or revoked/)
  await refused(drill, `${ann}\n${bo.replace(/.$/, (end) => (end === '0' ? '1' : '0'))}\n`, 5, /number 2.*group 14/)

  const verifier = path.join(repository, 'tools/verify-ledger.py')
  const extract = [verifier, 'extract', `${mailkeep.directory}/ledger`, file('mail')]
  const extracted = await run('python3', extract, { input: `${cy}\n${ann}\n` })
  assert.equal(extracted.status, 0, extracted.stderr)
  assert.match(extracted.stdout, /1 messages extracted, 0 not/)

  const recover = account('recover', ADA, '--password-stdin')
  await refused(recover, `${ann}\n\n${SECOND}\n`, 5, /1 more/)
  const recovered = await json(recover, `${ann}\n${cy}\n\n${SECOND}\n`)
  assert.deepEqual([recovered.revokedShares, recovered.note], [true, null])
  secrets.push(recovered.recoveryCode)
  assert.equal((await subjects(SECOND)).length, 1)
  await assert.rejects(subjects(FIRST), /AUTHENTICATIONFAILED/)
  await refused(drill, `${ann}\n${bo}\n`, 5, /replaced or revoked/)
})

/** As if the server had run for so long since the operator asked. */
async function letTimePass(ms: number): Promise<void> {
  await mailkeep.stop()
  const directory = `${mailkeep.directory}/ledger`
  const secret = Buffer.from(fs.readFileSync(`${mailkeep.directory}/server-secret`, 'utf8').trim(), 'hex')
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory })
  using reader = new LogReader(systemDisk, directory, SYSTEM_ACCOUNT)
  using root = new RootSecret(serverKey(secret, 'system'))
  const requests: { readonly key: string; readonly value: SettingValue }[] = []
  const parts = { log: new LedgerLog(ledger, SYSTEM_ACCOUNT), reader, root, clock: systemClock }
  const log = await DirectoryLog.open(parts, ({ key, value }) => {
    if (key.startsWith('escrow/')) requests.push({ key, value })
  })
  const { key, value } = requests.at(-1) ?? assert.fail('nothing was asked for')
  await log.write([{ key, value: { ...(value as object), waitedMs: ms } }])
  await ledger.close()
  await mailkeep.start()
}

test('the operator opens an account of low security alone, late, and not without being seen', async () => {
  const request = account('escrow', 'request', ADA)
  const use = account('escrow', 'use', ADA, '--identity', file('operator.key'), '--password-stdin')
  await refused(request, '', 1, /chose high security/)
  await refused(account('security', ADA, 'low', '--password-stdin'), `${FIRST}\n`, 5, /password is wrong/)
  const said = await mailkeep.mustCli(account('security', ADA, 'low', '--password-stdin'), { input: `${SECOND}\n` })
  assert.match(said, /Whoever has that key and the disk, or a copy of it, can read the mail/)

  await mailkeep.mustCli(request)
  await refused(request, '', 1, /can be used when the server has run for [12] d more/)
  assert.ok((await subjects(SECOND)).includes('The operator asks to open your account'))
  await mailkeep.mustCli(account('escrow', 'refuse', ADA, '--password-stdin'), { input: `${SECOND}\n` })
  await refused(use, `${THIRD}\n`, 1, /refused by the owner/)

  await mailkeep.mustCli(request)
  await letTimePass(2 * DAY)
  fs.writeFileSync(file('other.key'), formatIdentity(x25519IdentityFromScalar(Buffer.alloc(32, 4))))
  await refused(use.with(5, file('other.key')), `${THIRD}\n`, 5, /does not open the escrow slot/)
  // The key is elsewhere: what is opened there comes back.
  await mailkeep.mustCli(account('escrow', 'export', ADA, file('sealed')))
  await mustRun('age', ['--decrypt', '--identity', file('operator.key'), '--output', file('opened'), file('sealed')])
  const byOpened = account('escrow', 'use', ADA, '--opened', file('opened'), '--password-stdin')
  await mailkeep.mustCli(byOpened, { input: `${THIRD}\n` })
  assert.ok((await subjects(THIRD)).includes('The operator has opened your account'))
  await assert.rejects(subjects(SECOND), /AUTHENTICATIONFAILED/)
  const audit = await mailkeep.mustCli(['audit', ADA, '--password-stdin'], { input: `${THIRD}\n` })
  assert.match(audit, /THE OPERATOR OPENED THE ACCOUNT BY ESCROW/)

  await mailkeep.mustCli(account('security', ADA, 'high', '--password-stdin'), { input: `${THIRD}\n` })
  await refused(request, '', 1, /chose high security/)
})

test('nothing that was typed or shown is on the disk of the server', () => {
  for (const name of fs.readdirSync(mailkeep.directory, { recursive: true, withFileTypes: true })) {
    if (!name.isFile()) continue
    const bytes = fs.readFileSync(path.join(name.parentPath, name.name))
    for (const secret of secrets) assert.ok(!bytes.includes(secret), name.name)
  }
})
