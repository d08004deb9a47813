// Sending as mail programs do it: swaks, curl, Python's smtplib. What is for people here is in their mailboxes; nobody sends as somebody else,
// and nobody without a password.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { setTimeout as pause } from 'node:timers/promises'
import { SmtpSink } from '#platform/smtp-sink.test-support.ts'
import { type Mailkeep, type Ran, mustRun, run, startMailkeep, temporaryDirectory } from './harness.ts'
import { type FetchedMessage, fetchAll } from './imap-client.ts'

const PASSWORD = 'may I send this'
const ADA = 'ada@example.org'
const BOB = 'bob@example.org'
const WAIT_MS = 60_000
const POLL_MS = 200

let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD, [BOB]: PASSWORD } })
  await mailkeep.mustCli(['alias', 'add', 'ada.l@example.org', ADA])
})
after(() => mailkeep[Symbol.asyncDispose]())

async function arrived(subject: string, user = BOB): Promise<FetchedMessage> {
  for (let waited = 0; waited < WAIT_MS; waited += POLL_MS) {
    const messages = await fetchAll(mailkeep.ports.imap, user, PASSWORD)
    const found = messages.find(({ bytes }) => bytes.includes(`Subject: ${subject}\r\n`))
    if (found !== undefined) return found
    await pause(POLL_MS)
  }
  throw new Error(`${subject} did not arrive`)
}

interface Sent {
  readonly subject: string
  readonly from?: string
  readonly to?: string
  readonly args: readonly string[]
}

function submit({ subject, from = ADA, to = BOB, args }: Sent): Promise<Ran> {
  const message = ['--from', from, '--to', to, '--h-Subject', subject, '--body', `Text of ${subject}.`]
  return run('swaks', ['--server', '127.0.0.1', ...message, ...args])
}

const byStartTls = (): string[] => ['--port', String(mailkeep.ports.submission), '--tls']
const byTls = (): string[] => ['--port', String(mailkeep.ports.submissions), '--tls-on-connect']
const auth = (mechanism: string, password = PASSWORD, user = ADA): string[] => [
  '--auth',
  mechanism,
  '--auth-user',
  user,
  '--auth-password',
  password,
]

test('swaks by every port and mechanism', async () => {
  for (const [subject, args] of [
    ['starttls plain', [...byStartTls(), ...auth('PLAIN')]],
    ['starttls login', [...byStartTls(), ...auth('LOGIN')]],
    ['tls plain', [...byTls(), ...auth('PLAIN')]],
  ] as const) {
    const { status, stdout } = await submit({ subject, args })
    assert.equal(status, 0, stdout)
    const text = (await arrived(subject)).bytes.toString()
    assert.match(text, new RegExp(`\\r\\n\\r\\nText of ${subject}\\.\\r\\n`))
    assert.match(text, /^Return-Path: <ada@example\.org>\r$/m)
    assert.match(text, /\bwith ESMTPSA\b/)
  }
})

test('an alias of one’s own is a sender; anybody else’s address is not, and nothing goes without a password', async () => {
  const args = [...byStartTls(), ...auth('PLAIN')]
  assert.equal((await submit({ subject: 'as my alias', from: 'ada.l@example.org', args })).status, 0)
  await arrived('as my alias')
  const asBob = await submit({ subject: 'as bob', from: BOB, args })
  assert.notEqual(asBob.status, 0)
  assert.match(asBob.stdout, /<~\* 553 5\.7\.1 /)
  const wrong = await submit({ subject: 'wrong', args: [...byStartTls(), ...auth('PLAIN', 'wrong')] })
  assert.match(wrong.stdout, /<~\* 535 5\.7\.8 /)
  const nobody = await submit({ subject: 'nobody', args: byStartTls() })
  assert.match(nobody.stdout, /<~\* 530 5\.7\.0 /)
})

test('curl, from a file, byte for byte', async () => {
  using directory = temporaryDirectory()
  const body = ['.', '..dots', 'Grüße', 'x'.repeat(900), ''].join('\r\n')
  const message = `From: Ada <${ADA}>\r\nTo: ${BOB}\r\nSubject: from a file\r\nDate: Fri, 20 Nov 2026 10:00:00 +0000\r\nMessage-ID: <file@example.org>\r\n\r\n${body}`
  fs.writeFileSync(`${directory.path}/message`, message)
  const args = ['--silent', '--show-error', '--ssl-reqd', '--cacert', `${mailkeep.directory}/tls/certificate.pem`]
  const who = ['--user', `${ADA}:${PASSWORD}`, '--mail-from', ADA, '--mail-rcpt', BOB]
  const url = `smtp://localhost:${mailkeep.ports.submission}/client.example.org`
  await mustRun('curl', [...args, ...who, '--upload-file', `${directory.path}/message`, url])
  const { bytes } = await arrived('from a file')
  assert.ok(bytes.toString().endsWith(message), bytes.toString())
})

const SMTPLIB = `
import smtplib, ssl, sys
from email.message import EmailMessage
port, certificate, user, password, to = int(sys.argv[1]), *sys.argv[2:6]
client = smtplib.SMTP_SSL('localhost', port, context=ssl.create_default_context(cafile=certificate))
client.login(user, password)
for number in range(3):
    message = EmailMessage()
    message['From'], message['To'], message['Subject'] = user, to, 'smtplib %d' % number
    message.set_content('Grüße %d' % number, cte='8bit')
    refused = client.send_message(message, rcpt_options=['NOTIFY=NEVER'] if client.has_extn('dsn') else [])
    assert refused == {}, refused
try:
    client.sendmail(user, ['nobody@example.org'], 'Subject: x\\r\\n\\r\\n')
except smtplib.SMTPRecipientsRefused as error:
    print(error.recipients['nobody@example.org'][0])
client.quit()
`

test('smtplib: several messages in one session, and an unknown recipient is refused at once', async () => {
  const args = [String(mailkeep.ports.submissions), `${mailkeep.directory}/tls/certificate.pem`, ADA, PASSWORD, BOB]
  assert.equal(await mustRun('python3', ['-c', SMTPLIB, ...args]), '550\n')
  for (const number of [0, 1, 2]) assert.ok((await arrived(`smtplib ${number}`)).bytes.includes(`Grüße ${number}`))
})

test('mail for others: refused where no way out is configured, and otherwise handed to the smarthost', async () => {
  const to = 'friend@example.com'
  const refused = await submit({ subject: 'nowhere', to, args: [...byTls(), ...auth('PLAIN')] })
  assert.match(refused.stdout, /<~\* 550 5\.7\.1 This server is not set up to send mail elsewhere/)

  const sink = await SmtpSink.listen()
  try {
    await mailkeep.stop()
    const smarthost = `{host: 127.0.0.1, port: ${sink.port}, tls: none}`
    fs.writeFileSync(`${mailkeep.directory}/mailkeep.yaml`, `outgoing:\n  smarthost: ${smarthost}\n`)
    await mailkeep.start()
    const args = [...byTls(), ...auth('PLAIN')]
    const { status, stdout } = await submit({ subject: 'to another server', to: `${to},${BOB}`, args })
    assert.equal(status, 0, stdout)
    await arrived('to another server')
    for (let waited = 0; sink.messages.length === 0 && waited < WAIT_MS; waited += POLL_MS) await pause(POLL_MS)
    const [{ sender, recipients, data } = { sender: '', recipients: [], data: Buffer.alloc(0) }] = sink.messages
    assert.equal(sender, ADA)
    assert.deepEqual(recipients, [to])
    assert.match(data.toString(), /^Subject: to another server\r$/m)
    assert.match(await mailkeep.mustCli(['queue', 'list']), /The queue is empty/)
  } finally {
    await sink.close()
  }
})
