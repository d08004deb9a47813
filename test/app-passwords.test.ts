// App passwords with the programs that they are for: mbsync with one that may only read, swaks with one that may only send, and each refused where the other
// is let in. What is revoked, or over, ends its sessions, and no others.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { type Mailkeep, type Ran, run, startMailkeep, temporaryDirectory } from './harness.ts'
import { ImapConnection } from './imap-connection.ts'
import { LineClient } from './line-client.ts'

const ADA = 'ada@example.org'
const OWNER = 'the owner alone knows'
const MESSAGE = 'From: eve@example.net\r\nTo: ada@example.org\r\nSubject: to be kept\r\n\r\nAs it is.\r\n'

let mailkeep: Mailkeep
const made: string[] = []

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: OWNER } })
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, OWNER)
  await imap.append('INBOX', MESSAGE)
  await imap.append('Archive', MESSAGE, '\\Flagged')
})
after(() => mailkeep[Symbol.asyncDispose]())

async function add(label: string, ...options: string[]): Promise<string> {
  const args = ['account', 'app-password', 'add', ADA, '--label', label, '--password-stdin', '--json', ...options]
  const { password } = JSON.parse(await mailkeep.mustCli(args, { input: `${OWNER}\n` })) as { password: string }
  made.push(password)
  assert.match(password, /^(?:[a-hjkmnp-z]{4}-){4}[a-hjkmnp-z]{4}$/)
  return password
}

function revoke(label: string): Promise<string> {
  return mailkeep.mustCli(['account', 'app-password', 'revoke', ADA, label, '--password-stdin'], {
    input: `${OWNER}\n`,
  })
}

interface Listed {
  readonly kind: string
  readonly label: string
  readonly needsServerSecret: boolean
  readonly lastUsed: Readonly<Record<string, string>>
  readonly lastRefused: { readonly protocol: string; readonly why: string } | null
}

async function slots(): Promise<readonly Listed[]> {
  return JSON.parse(await mailkeep.mustCli(['account', 'slots', ADA, '--json'])) as Listed[]
}

function mbsync(root: string, password: string): Promise<Ran> {
  const configuration = `
IMAPAccount far
Host localhost
Port ${mailkeep.ports.imap}
User ${ADA}
Pass "${password}"
SSLType STARTTLS
SystemCertificates no
CertificateFile ${mailkeep.directory}/tls/certificate.pem

IMAPStore far
Account far

MaildirStore near
Path ${root}/mail/
Inbox ${root}/mail/INBOX
SubFolders Verbatim

Channel all
Far :far:
Near :near:
Patterns *
Create Near
Sync All
SyncState *
`
  fs.mkdirSync(`${root}/mail`, { recursive: true })
  fs.writeFileSync(`${root}/mbsyncrc`, configuration)
  return run('mbsync', ['-Dn', '-V', '-c', `${root}/mbsyncrc`, '-a'])
}

function swaks(subject: string, password: string): Promise<Ran> {
  const envelope = ['--from', ADA, '--to', ADA, '--h-Subject', subject, '--body', 'Sent.']
  const auth = ['--auth', 'PLAIN', '--auth-user', ADA, '--auth-password', password]
  return run('swaks', [
    '--server',
    '127.0.0.1',
    '--port',
    String(mailkeep.ports.submission),
    '--tls',
    ...envelope,
    ...auth,
  ])
}

async function jmap(password: string, call: readonly unknown[]): Promise<unknown> {
  const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail', 'urn:mailkeep:keys', 'urn:mailkeep:restore']
  const response = await fetch(`http://127.0.0.1:${mailkeep.ports.http}/jmap/api`, {
    method: 'POST',
    headers: { Authorization: basic(password), 'Content-Type': 'application/json' },
    body: JSON.stringify({ using, methodCalls: [[...call, 'c']] }),
  })
  if (response.status !== 200) return response.status
  return ((await response.json()) as { methodResponses: unknown[][] }).methodResponses[0]?.slice(0, 2)
}

function basic(password: string): string {
  return `Basic ${Buffer.from(`${ADA}:${password}`).toString('base64')}`
}

test('one that may only read is for mbsync, and one that may only send for swaks', async () => {
  using directory = temporaryDirectory()
  const [reads, sends] = [await add('Copy', '--access', 'read-only'), await add('Printer', '--access', 'send-only')]

  const fetched = await mbsync(directory.path, reads)
  assert.equal(fetched.status, 0, fetched.stdout + fetched.stderr)
  const maildir = `${directory.path}/mail/Archive`
  const copies = ['cur', 'new'].flatMap((part) => fs.readdirSync(`${maildir}/${part}`).map((name) => `${part}/${name}`))
  assert.equal(copies.length, 1)
  assert.match(copies[0] as string, /:2,F$/)

  // A change in the Maildir does not reach the server.
  fs.renameSync(`${maildir}/${copies[0]}`, `${maildir}/${(copies[0] as string).replace(/^new/, 'cur')}S`)
  const pushed = await mbsync(directory.path, reads)
  assert.match(pushed.stdout + pushed.stderr, /NO \[(?:NOPERM|READ-ONLY)\]|read-only/)
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, OWNER)
  await imap.must('EXAMINE Archive')
  const flags = (await imap.must('FETCH 1 FLAGS')).join('\n')
  assert.match(flags, /\\Flagged/)
  assert.doesNotMatch(flags, /\\Seen/)

  const sent = await swaks('by the printer', sends)
  assert.equal(sent.status, 0, sent.stdout)

  // The other way round each is as a wrong password.
  const cannotSend = await swaks('by the copy', reads)
  const wrong = await swaks('by nobody', 'wrong')
  const refusal = /<~\* 535 .*/
  assert.equal(refusal.exec(cannotSend.stdout)?.[0], refusal.exec(wrong.stdout)?.[0])
  assert.ok(refusal.test(wrong.stdout))
  const cannotRead = await mbsync(`${directory.path}/other`, sends)
  assert.notEqual(cannotRead.status, 0)
  assert.match(cannotRead.stdout + cannotRead.stderr, /NO \[AUTHENTICATIONFAILED\]/)

  const [password, recoveryCode, copy, printer] = await slots()
  assert.deepEqual([password?.kind, recoveryCode?.kind], ['password', 'recoveryCode'])
  assert.deepEqual([password?.needsServerSecret, recoveryCode?.needsServerSecret], [true, false])
  assert.deepEqual([copy?.label, Object.keys(copy?.lastUsed ?? {})], ['Copy', ['imap']])
  assert.deepEqual([printer?.label, Object.keys(printer?.lastUsed ?? {})], ['Printer', ['submission']])
  assert.equal(printer?.lastRefused?.protocol, 'imap')
  assert.equal(copy?.lastRefused?.why, 'protocol')
})

test('JMAP and POP3 with one that may only read change nothing', async () => {
  const reads = await add('Reader', '--access', 'read-only')
  const accountId = await primaryAccount(reads)
  const [, found] = (await jmap(reads, ['Mailbox/get', { accountId, ids: null }])) as [string, { list: any[] }]
  assert.equal(found.list.find(({ role }) => role === 'inbox').myRights.mayAddItems, false)
  const create = { k: { name: 'Mine' } }
  assert.deepEqual(await jmap(reads, ['Mailbox/set', { accountId, create }]), ['error', { type: 'accountReadOnly' }])
  const ownerOnly = ['error', { type: 'accountNotSupportedByMethod' }]
  assert.deepEqual(await jmap(reads, ['KeySlot/get', { accountId, ids: null }]), ownerOnly)
  assert.deepEqual(await jmap(await add('All'), ['Restore/points', { accountId }]), ownerOnly)

  using pop3 = await LineClient.connect(mailkeep.ports.pop3)
  await pop3.expect(/^\+OK/)
  await pop3.say(`USER ${ADA}`, /^\+OK/)
  // As a phone may write it.
  await pop3.say(`PASS ${reads.toUpperCase().replaceAll('-', '')}`, /^\+OK/)
  await pop3.say('DELE 1', /^-ERR This password may only read/)
  await pop3.say('QUIT', /^\+OK/)
})

async function primaryAccount(password: string): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${mailkeep.ports.http}/jmap/session`, {
    headers: { Authorization: basic(password) },
  })
  const session = (await response.json()) as {
    primaryAccounts: Record<string, string>
    accounts: Record<string, { isReadOnly: boolean }>
  }
  const id = session.primaryAccounts['urn:ietf:params:jmap:mail'] as string
  assert.equal(session.accounts[id]?.isReadOnly, true)
  assert.equal(session.primaryAccounts['urn:mailkeep:keys'], undefined)
  return id
}

test('revoking one ends what is open by it at once, and nothing else', async () => {
  const phone = await add('Phone')
  using byPhone = await ImapConnection.login(mailkeep.ports.imap, ADA, phone)
  using byOwner = await ImapConnection.login(mailkeep.ports.imap, ADA, OWNER)
  await byPhone.must('SELECT INBOX')
  byPhone.send('i IDLE\r\n')
  assert.match(await byPhone.response(), /^\+ /)
  const login = await fetch(`http://127.0.0.1:${mailkeep.ports.http}/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: ADA, password: phone }),
  })
  const { token } = (await login.json()) as { token: string }
  const events = await fetch(`http://127.0.0.1:${mailkeep.ports.http}/jmap/events?types=*&closeafter=no&ping=0`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  assert.equal(events.status, 200)

  await revoke('Phone')
  assert.equal(await byPhone.response(), '* BYE This password was revoked')
  await assert.rejects(byPhone.response(), /ended the connection/)
  await readToEnd(events)
  const session = await fetch(`http://127.0.0.1:${mailkeep.ports.http}/jmap/session`, {
    headers: { Authorization: `Bearer ${token}` },
  })
  assert.equal(session.status, 401)
  await assert.rejects(ImapConnection.login(mailkeep.ports.imap, ADA, phone), /AUTHENTICATIONFAILED/)
  await byOwner.must('NOOP')
  const audit = await mailkeep.mustCli(['audit', ADA])
  assert.match(audit, /a key slot was added: app password/)
  assert.match(audit, /a key slot was revoked: app password/)
})

async function readToEnd(response: Response): Promise<void> {
  // However it is told: by the end, or by the end of the connection.
  await response.text().catch(() => '')
}

test('one whose time is over ends its sessions, and opens nothing', async () => {
  const brief = await add('Brief', '--expires', new Date(Date.now() + 5_000).toISOString())
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, brief)
  await imap.must('NOOP')
  assert.equal(await imap.response(), '* BYE The time of this password is over')
  await assert.rejects(ImapConnection.login(mailkeep.ports.imap, ADA, brief), /AUTHENTICATIONFAILED/)
  assert.equal((await slots()).find(({ label }) => label === 'Brief')?.lastRefused?.why, 'expired')
})

test('an app password changes nothing of what opens the account', async () => {
  const full = await add('Everything')
  for (const args of [
    ['password', ADA],
    ['app-password', 'add', ADA, '--label', 'mine'],
    ['identity', ADA],
  ]) {
    const { status, stderr } = await mailkeep.cli(['account', ...args, '--password-stdin'], {
      input: `${full}\nanother one\n`,
    })
    assert.equal(status, 5, `${args.join(' ')}: ${stderr}`)
  }
  // Its owner's password changes without it.
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, full)
  using byOwner = await ImapConnection.login(mailkeep.ports.imap, ADA, OWNER)
  const args = ['account', 'password', ADA, '--password-stdin']
  const said = await mailkeep.mustCli(args, { input: `${OWNER}\nchanged\n` })
  assert.match(said, /^\d app passwords open it as before/m)
  assert.equal(await byOwner.response(), '* BYE The password was changed: log in with the new one')
  await imap.must('NOOP')
})

test('no password and no label is in the log', async () => {
  const log = fs.readFileSync(`${mailkeep.directory}/mailkeep.log`, 'utf8')
  assert.match(log, /by=appPassword/)
  for (const word of [OWNER, ...made, 'Printer']) assert.ok(!log.includes(word))
})
