// POP3 as its clients speak it: fetchmail and getmail from Debian, and Python's poplib. Everything comes as it was stored, what is kept is not
// fetched again, and what is deleted is gone for IMAP, too.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { type Mailkeep, type Ran, mustRun, run, startMailkeep, temporaryDirectory } from './harness.ts'
import { fingerprint } from './fingerprint.ts'
import { ImapConnection } from './imap-connection.ts'
import { fetchAll, swaks } from './imap-client.ts'

const PASSWORD = 'fetched by post'
const FETCHMAIL_USER = 'ada@example.org'
const GETMAIL_USER = 'bob@example.org'
const POPLIB_USER = 'cleo@example.org'
const users = [FETCHMAIL_USER, GETMAIL_USER, POPLIB_USER]

let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: Object.fromEntries(users.map((user) => [user, PASSWORD])) })
  for (const user of users) {
    using imap = await ImapConnection.login(mailkeep.ports.imap, user, PASSWORD)
    await imap.must('SELECT INBOX')
    await imap.must('STORE 1:* +FLAGS.SILENT (\\Deleted)').catch(() => undefined)
    await imap.must('EXPUNGE')
    await imap.append('INBOX', 'Subject: dots\r\n\r\n.\r\n..\r\n.leading\r\nGr\u00FC\u00DFe\r\n')
    await imap.append('INBOX', `Subject: long\r\n\r\n${'0123456789'.repeat(90)}\r\n${'line\r\n'.repeat(20_000)}`)
    await imap.append('Archive', 'Subject: not in the INBOX\r\n\r\n')
    await deliver(user, 'delivered')
  }
})
after(() => mailkeep[Symbol.asyncDispose]())

function deliver(user: string, subject: string): Promise<string> {
  return swaks({ port: mailkeep.ports.smtp, from: 'eve@example.net', to: user, subject, body: 'one\n.two\n' })
}

async function inbox(user: string): Promise<Buffer[]> {
  return (await fetchAll(mailkeep.ports.imap, user, PASSWORD)).map(({ bytes }) => bytes)
}

/** With the line ends of this system, and in an order that does not depend on who wrote them. */
function asFiles(messages: readonly Buffer[]): string[] {
  return messages
    .map((bytes) => fingerprint(withoutReturnPath(bytes.toString('latin1').replaceAll('\r\n', '\n'))))
    .sort()
}

function filesIn(directory: string): string[] {
  const names = fs.readdirSync(directory)
  return names.map((name) => fingerprint(withoutReturnPath(fs.readFileSync(`${directory}/${name}`, 'latin1')))).sort()
}

/** getmail writes one of its own in front. */
function withoutReturnPath(text: string): string {
  return text.replace(/^Return-Path: .*\n/, '')
}

test('fetchmail: keeps, fetches only what is new, and then deletes', async () => {
  using directory = temporaryDirectory()
  const root = directory.path
  fs.mkdirSync(`${root}/mail`)
  const account = `user "${FETCHMAIL_USER}" password "${PASSWORD}"`
  const rules = `
set no bouncemail
set invisible
poll localhost service ${mailkeep.ports.pop3} protocol pop3 uidl
  ${account} sslproto "TLS1.2+" sslcertck sslcertfile "${mailkeep.directory}/tls/certificate.pem"
  no rewrite mda "cat >$(mktemp ${root}/mail/XXXXXXXX)"
`
  fs.writeFileSync(`${root}/fetchmailrc`, rules, { mode: 0o600 })
  const fetchmail = (...args: string[]): Promise<Ran> =>
    run('fetchmail', ['-v', '-f', `${root}/fetchmailrc`, '--pidfile', `${root}/pid`, '-i', `${root}/ids`, ...args], {
      env: { HOME: root, FETCHMAILHOME: root },
    })

  const first = await fetchmail('--keep')
  assert.equal(first.status, 0, first.stdout + first.stderr)
  assert.match(first.stdout, /STLS/)
  assert.deepEqual(filesIn(`${root}/mail`), asFiles(await inbox(FETCHMAIL_USER)))
  assert.equal(filesIn(`${root}/mail`).length, 3)

  const NO_MAIL = 1
  const second = await fetchmail('--keep')
  assert.equal(second.status, NO_MAIL, second.stdout + second.stderr)
  assert.doesNotMatch(second.stdout, /POP3> (?:RETR|TOP)/)

  await deliver(FETCHMAIL_USER, 'new')
  const third = await fetchmail('--keep')
  assert.equal(third.status, 0, third.stdout + third.stderr)
  assert.equal(third.stdout.match(/POP3> TOP/g)?.length, 1)
  assert.deepEqual(filesIn(`${root}/mail`), asFiles(await inbox(FETCHMAIL_USER)))

  await fetchmail('--nokeep', '--fetchall')
  assert.deepEqual(await inbox(FETCHMAIL_USER), [])
})

test('getmail: by TLS, and a second run retrieves nothing', async () => {
  using directory = temporaryDirectory()
  const root = directory.path
  fs.mkdirSync(`${root}/mail`)
  const rules = `
[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = ${mailkeep.ports.pop3s}
username = ${GETMAIL_USER}
password = ${PASSWORD}
ca_certs = ${mailkeep.directory}/tls/certificate.pem

[destination]
type = MDA_external
path = /bin/sh
arguments = ("-c", "cat >$(mktemp ${root}/mail/XXXXXXXX)")
allow_root_commands = true

[options]
read_all = false
delivered_to = false
received = false
`
  fs.writeFileSync(`${root}/getmailrc`, rules)
  const getmail = (): Promise<string> =>
    mustRun('getmail', ['--getmaildir', root, '--rcfile', `${root}/getmailrc`], { env: { HOME: root } })
  assert.match(await getmail(), /3 messages \(\d+ bytes\) retrieved, 0 skipped/)
  assert.deepEqual(filesIn(`${root}/mail`), asFiles(await inbox(GETMAIL_USER)))
  assert.match(await getmail(), /0 messages \(0 bytes\) retrieved, 3 skipped/)
})

const POPLIB = `
import json, poplib, ssl, sys
port, certificate, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
def connect():
    client = poplib.POP3('localhost', port)
    client.stls(ssl.create_default_context(cafile=certificate))
    client.user(user)
    client.pass_(password)
    return client
client = connect()
count, size = client.stat()
found = {
    'count': count,
    'size': size,
    'sizes': [int(line.split()[1]) for line in client.list()[1]],
    'uids': [line.split()[1].decode() for line in client.uidl()[1]],
    'retr': ['\\r\\n'.join(line.decode('latin1') for line in client.retr(n)[1]) + '\\r\\n' for n in range(1, count + 1)],
    'top': '\\n'.join(line.decode('latin1') for line in client.top(1, 1)[1]),
    'capa': sorted(client.capa()),
}
client.dele(1)
client.rset()
client.dele(2)
client.quit()
client = connect()
found['uidsAfter'] = [line.split()[1].decode() for line in client.uidl()[1]]
client.quit()
print(json.dumps(found))
`

interface PoplibFound {
  readonly count: number
  readonly size: number
  readonly sizes: readonly number[]
  readonly uids: readonly string[]
  readonly retr: readonly string[]
  readonly top: string
  readonly capa: readonly string[]
  readonly uidsAfter: readonly string[]
}

test('poplib: every command, and the same UIDs in the next session', async () => {
  const certificate = `${mailkeep.directory}/tls/certificate.pem`
  const messages = await inbox(POPLIB_USER)
  const args = ['-c', POPLIB, String(mailkeep.ports.pop3), certificate, POPLIB_USER, PASSWORD]
  const found = JSON.parse(await mustRun('python3', args)) as PoplibFound
  assert.deepEqual(
    found.sizes,
    messages.map(({ length }) => length),
  )
  assert.equal(
    found.size,
    messages.reduce((sum, { length }) => sum + length, 0),
  )
  assert.deepEqual(found.retr.map(fingerprint), messages.map(fingerprint))
  assert.equal(found.top, 'Subject: dots\n\n.')
  assert.ok(['TOP', 'UIDL', 'PIPELINING', 'RESP-CODES'].every((name) => found.capa.includes(name)))
  assert.equal(new Set(found.uids).size, found.count)
  assert.deepEqual(found.uidsAfter, [found.uids[0], ...found.uids.slice(2)])
  assert.equal((await inbox(POPLIB_USER)).length, messages.length - 1)
})
