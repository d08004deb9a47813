// Filters as their owner meets them: a script is put by ManageSieve, a message comes by SMTP, and IMAP shows where it went.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { type Mailkeep, type Ran, run, startMailkeep, temporaryDirectory } from './harness.ts'
import { ImapConnection } from './imap-connection.ts'
import { fetchAll, swaks } from './imap-client.ts'
import { SieveConnection } from './sieve-connection.ts'

const PASSWORD = 'sorted by rules'
const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const CLEO = 'cleo@example.org'
let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD, [BOB]: PASSWORD, [CLEO]: PASSWORD } })
})
after(() => mailkeep[Symbol.asyncDispose]())

function deliver(subject: string, to = ADA, from = 'eve@example.net'): Promise<string> {
  return swaks({ port: mailkeep.ports.smtp, from, to, subject, body: 'x' })
}

/** Subjects. */
async function mailsIn(user: string, mailbox: string): Promise<string[]> {
  const messages = await fetchAll(mailkeep.ports.imap, user, PASSWORD, mailbox)
  return messages.map(({ bytes }) => /^Subject: (.*?)\r$/m.exec(bytes.toString('utf8'))?.[1] ?? '')
}

/** What is sent on and answered takes a moment. */
async function eventually(find: () => Promise<boolean>): Promise<void> {
  for (let round = 0; round < 100; round++) {
    if (await find()) return
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
  assert.fail('it did not happen')
}

test('a script put by ManageSieve files what comes by SMTP, as IMAP shows', async () => {
  using sieve = await SieveConnection.login(mailkeep.ports.managesieve, ADA, PASSWORD)
  const script = `require ["fileinto", "mailbox", "imap4flags", "envelope", "vacation"];
if envelope :detail "to" "x" { keep; }
`
  await assert.rejects(
    sieve.must(`PUTSCRIPT "wrong" {${script.length}+}\r\n${script}`),
    /line 2, column 13: \\":detail\\" needs require \\"subaddress\\"/,
  )
  const good = `require ["fileinto", "mailbox", "imap4flags", "vacation"];
if header :contains "subject" "list" { fileinto :create :flags "\\\\Flagged" "Lists"; }
elsif header :contains "subject" "forward" { redirect "${BOB}"; }
elsif header :contains "subject" "away" { vacation "I am not here."; }
elsif header :contains "subject" "junk" { discard; }
`
  await sieve.must(`PUTSCRIPT "main" {${Buffer.byteLength(good)}+}\r\n${good}`)
  await sieve.must('SETACTIVE "main"')
  assert.match(await sieve.must('LISTSCRIPTS'), /^"main" ACTIVE\r\n/)
  for (const subject of ['to the list', 'nothing special', 'forward this', 'some junk']) await deliver(subject)
  await deliver('are you away', ADA, BOB)
  assert.deepEqual(await mailsIn(ADA, 'Lists'), ['to the list'])
  assert.deepEqual((await mailsIn(ADA, 'INBOX')).slice(1), ['nothing special', 'are you away'])
  using imap = await ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
  await imap.must('SELECT Lists')
  assert.match(JSON.stringify(await imap.must('FETCH 1 FLAGS')), /Flagged/)
  await eventually(async () => (await mailsIn(BOB, 'INBOX')).includes('forward this'))
  await eventually(async () => (await mailsIn(BOB, 'INBOX')).some((subject) => subject === 'Auto: are you away'))
  await eventually(async () => (await mailsIn(ADA, 'Trash')).length === 0)
})

test('a locked account is filed by its script when its owner comes', async () => {
  {
    using sieve = await SieveConnection.login(mailkeep.ports.managesieve, BOB, PASSWORD)
    const script = 'require ["fileinto"]; if header :contains "subject" "early" { fileinto "Archive"; }'
    await sieve.must(`PUTSCRIPT "b" {${script.length}+}\r\n${script}`)
    await sieve.must('SETACTIVE "b"')
  }
  await deliver('an early one', BOB)
  assert.deepEqual(await mailsIn(BOB, 'Archive'), ['an early one'])
})

test('sieve-connect: put, made active, listed, given back as it was, and mistakes told', async () => {
  using directory = temporaryDirectory()
  const local = `${directory.path}/c.sieve`
  const script = 'require ["fileinto"];\r\nif header :contains "subject" "gr\u00fc\u00dfe" { fileinto "Archive"; }\r\n'
  fs.writeFileSync(local, script)
  fs.writeFileSync(`${directory.path}/wrong.sieve`, 'keep;\r\n  fileinto "x";\r\n')
  const client = (...args: string[]): Promise<Ran> => {
    const server = ['--server', 'localhost', '--port', String(mailkeep.ports.managesieve), '--user', CLEO]
    const tls = ['--tlscafile', `${mailkeep.directory}/tls/certificate.pem`, '--authmech', 'PLAIN', '--passwordfd', '0']
    return run('sieve-connect', [...server, ...tls, ...args], { input: `${PASSWORD}\n` })
  }
  const uploaded = await client('--upload', '--localsieve', local, '--remotesieve', 'main')
  assert.equal(uploaded.status, 0, uploaded.stdout + uploaded.stderr)
  const active = await client('--activate', '--remotesieve', 'main')
  assert.equal(active.status, 0, active.stdout + active.stderr)
  const listed = await client('--list')
  assert.match(listed.stdout, /main.*ACTIVE/i)
  const back = `${directory.path}/back.sieve`
  const downloaded = await client('--download', '--remotesieve', 'main', '--localsieve', back)
  assert.equal(downloaded.status, 0, downloaded.stdout + downloaded.stderr)
  assert.equal(fs.readFileSync(back, 'utf8').trimEnd(), script.trimEnd())
  const checked = await client('--checkscript', '--localsieve', `${directory.path}/wrong.sieve`)
  assert.notEqual(checked.status, 0)
  assert.match(checked.stdout + checked.stderr, /line 2, column 3: .*fileinto.* needs require/)
})

test('passwords are not taken in the clear from elsewhere, and wrong ones not at all', async () => {
  await assert.rejects(SieveConnection.login(mailkeep.ports.managesieve, ADA, 'wrong'), /Name or password is wrong/)
})
