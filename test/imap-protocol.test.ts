// IMAP over real sockets: TLS with the certificate pinned, by Python's imaplib; and what clients rely on in a running system, said and heard as it
// is: IDLE, NOTIFY, CONDSTORE, MOVE, non-synchronising literals, names in UTF-8.

import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { type Mailkeep, mustRun, run, startMailkeep, temporaryDirectory } from './harness.ts'
import { ImapConnection, certificateOf, fetchedString } from './imap-connection.ts'
import { swaks } from './imap-client.ts'

const PASSWORD = 'said and heard'
const ADA = 'ada@example.org'
let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD } })
})
after(() => mailkeep[Symbol.asyncDispose]())

function login(): Promise<ImapConnection> {
  return ImapConnection.login(mailkeep.ports.imap, ADA, PASSWORD)
}

function deliver(subject: string): Promise<string> {
  return swaks({ port: mailkeep.ports.smtp, from: 'eve@example.net', to: ADA, subject, body: 'x' })
}

const message = (subject: string): string =>
  `From: eve@example.net\r\nSubject: ${subject}\r\n\r\nText of ${subject}.\r\n`

const TLS_LOGIN = `
import imaplib, ssl, sys
kind, port, certificate, user, password = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4], sys.argv[5]
context = ssl.create_default_context(cafile=certificate)
if kind == 'implicit':
    client = imaplib.IMAP4_SSL('localhost', port, ssl_context=context)
else:
    client = imaplib.IMAP4('localhost', port)
    client.starttls(context)
client.login(user, password)
print(client.sock.version(), client.select('INBOX')[0])
client.logout()
`

test('imaplib logs in over STARTTLS and over implicit TLS, and trusts this certificate alone', async () => {
  using directory = temporaryDirectory()
  const other = `${directory.path}/other.pem`
  const made = ['req', '-x509', '-newkey', 'ed25519', '-nodes', '-subj', '/CN=localhost', '-keyout', '/dev/null']
  await mustRun('openssl', [...made, '-addext', 'subjectAltName=DNS:localhost', '-out', other])
  for (const [kind, port] of [
    ['starttls', mailkeep.ports.imap],
    ['implicit', mailkeep.ports.imaps],
  ] as const) {
    const args = (certificate: string): string[] => ['-c', TLS_LOGIN, kind, String(port), certificate, ADA, PASSWORD]
    assert.equal(await mustRun('python3', args(`${mailkeep.directory}/tls/certificate.pem`)), 'TLSv1.3 OK\n')
    assert.match((await run('python3', args(other))).stderr, /CERTIFICATE_VERIFY_FAILED/)
  }
})

const COMPRESSED = `
import socket, ssl, sys, zlib
port, certificate, user, password = int(sys.argv[1]), sys.argv[2], sys.argv[3], sys.argv[4]
context = ssl.create_default_context(cafile=certificate)
stream = context.wrap_socket(socket.create_connection(('localhost', port)), server_hostname='localhost')
deflate, inflate, heard = None, None, b''
def say(line, until):
    global heard
    data = line.encode() + b'\\r\\n'
    stream.sendall(data if deflate is None else deflate.compress(data) + deflate.flush(zlib.Z_SYNC_FLUSH))
    return hear(until)
def hear(until):
    global heard
    while until not in heard:
        piece = stream.recv(65536)
        assert piece, 'the connection ended'
        heard += piece if inflate is None else inflate.decompress(piece)
    said, heard = heard, b''
    return said.decode()
hear(b'\\r\\n')
say('a LOGIN %s "%s"' % (user, password), b'a OK')
print(say('b COMPRESS DEFLATE', b'\\r\\n').split()[1])
deflate, inflate = zlib.compressobj(9, zlib.DEFLATED, -15), zlib.decompressobj(-15)
say('c CREATE squeezed', b'c OK')
text = 'Subject: squeezed\\r\\n\\r\\n' + 'again and again ' * 20000
say('d APPEND squeezed {%d+}\\r\\n%s' % (len(text), text), b'd OK')
say('e SELECT squeezed', b'e OK')
print(say('f FETCH 1 BODY.PEEK[]', b'f OK').count('again and again '))
say('g IDLE', b'+ ')
print(say('DONE', b'g OK').split()[1])
print(say('h GETQUOTAROOT squeezed', b'h OK').splitlines()[0])
say('i LOGOUT', b'i OK')
`

test('RFC 4978: over TLS, compressed by zlib on the other side', async () => {
  const { directory, ports } = mailkeep
  const args = ['-c', COMPRESSED, String(ports.imaps), `${directory}/tls/certificate.pem`, ADA, PASSWORD]
  assert.equal(await mustRun('python3', args), 'OK\n20000\nOK\n* QUOTAROOT squeezed\n')
})

test('what was said before TLS counts for nothing, and STARTTLS once is enough', async () => {
  using imap = await ImapConnection.open(mailkeep.ports.imap)
  await imap.startTls(certificateOf(mailkeep))
  const [capability = ''] = await imap.must('CAPABILITY')
  assert.doesNotMatch(capability, /STARTTLS/)
  assert.match((await imap.command('STARTTLS')).status, /^BAD /)
  await imap.must(`LOGIN ${ADA} "${PASSWORD}"`)
})

test('a delivered message shows in a session that idles', async () => {
  using idling = await login()
  const selected = await idling.must('SELECT INBOX')
  const before = Number(/^(\d+) EXISTS$/m.exec(selected.join('\n'))?.[1])
  const { status } = await idling.command('IDLE')
  assert.match(status, /^\+ /)
  for (const count of [before + 1, before + 2]) {
    await deliver(`waited for ${count}`)
    assert.equal(await idling.response(), `* ${count} EXISTS`)
    assert.match(await idling.response(), /^\* \d RECENT$/)
  }
  idling.send('DONE\r\n')
  assert.match(await idling.response(), /^a\d+ OK /)
  const last = before + 2
  const [fetched = ''] = await idling.must(`FETCH ${last} (BODY.PEEK[HEADER.FIELDS (SUBJECT)])`)
  assert.equal(fetchedString(fetched, 'BODY[HEADER.FIELDS (SUBJECT)]'), `Subject: waited for ${last}\r\n\r\n`)
})

test('a change in one session shows in another that idles', async () => {
  using idling = await login()
  using acting = await login()
  await acting.must('CREATE Shared')
  await acting.append('Shared', message('one'))
  await acting.append('Shared', message('two'))
  await idling.must('SELECT Shared')
  await acting.must('SELECT Shared')
  await idling.command('IDLE')
  await acting.must('STORE 1 +FLAGS (\\Flagged)')
  assert.match(await idling.response(), /^\* 1 FETCH \(.*FLAGS \(\\Flagged\b/)
  await acting.must('UID MOVE 2 Archive')
  assert.equal(await idling.response(), '* 2 EXPUNGE')
})

test('NOTIFY: mail shows without IDLE, with its subject, and by its number where another mailbox is selected', async () => {
  using watching = await login()
  using elsewhere = await login()
  await watching.must('SELECT INBOX')
  await watching.must('UID SEARCH RETURN (UPDATE) SUBJECT "told of"')
  const items = '(UID BODY.PEEK[HEADER.FIELDS (SUBJECT)])'
  await watching.must(`NOTIFY SET (selected (MessageNew ${items} MessageExpunge))`)
  await elsewhere.must('NOTIFY SET (personal (MessageNew MessageExpunge))')
  await deliver('told of')
  assert.match(await watching.response(), /^\* \d+ EXISTS$/)
  assert.match(await watching.response(), /^\* \d+ RECENT$/)
  const fetched = await watching.response()
  assert.equal(fetchedString(fetched, 'BODY[HEADER.FIELDS (SUBJECT)]'), 'Subject: told of\r\n\r\n')
  const uid = /UID (\d+)/.exec(fetched)?.[1]
  assert.match(await watching.response(), new RegExp(`^\\* ESEARCH \\(TAG "a3"\\) UID ADDTO \\(0 ${uid}\\)$`))
  assert.match(await elsewhere.response(), new RegExp(`^\\* STATUS INBOX \\(MESSAGES \\d+ UIDNEXT ${Number(uid) + 1} `))
})

test('CONDSTORE: what changed since, and no change over a newer one', async () => {
  using imap = await login()
  await imap.must('CREATE Condstore')
  for (const subject of ['one', 'two', 'three']) await imap.append('Condstore', message(subject))
  const selected = await imap.must('SELECT Condstore (CONDSTORE)')
  const highest = Number(/HIGHESTMODSEQ (\d+)/.exec(selected.join('\n'))?.[1])
  assert.ok(highest > 0)
  const [stored = ''] = await imap.must('UID STORE 2 +FLAGS (\\Flagged)')
  const modseq = Number(/MODSEQ \((\d+)\)/.exec(stored)?.[1])
  assert.ok(modseq > highest)
  const changed = await imap.must(`UID FETCH 1:* (FLAGS) (CHANGEDSINCE ${highest})`)
  assert.equal(changed.length, 1)
  assert.match(changed[0] as string, /UID 2\b/)
  const { status } = await imap.command(`UID STORE 1:3 (UNCHANGEDSINCE ${highest}) +FLAGS (\\Seen)`)
  assert.match(status, /^OK \[MODIFIED 2\]/)
  const now = await imap.must('UID FETCH 1:* (FLAGS)')
  assert.deepEqual(
    now.map((line) => line.includes('\\Seen')),
    [true, false, true],
  )
})

test('MOVE and its UIDs', async () => {
  using imap = await login()
  await imap.must('CREATE From')
  await imap.must('CREATE To')
  const uid = await imap.append('From', message('moves'), '\\Flagged custom')
  await imap.must('SELECT From')
  const { status, untagged } = await imap.command(`UID MOVE ${uid} To`)
  assert.match(status, /^OK /)
  const copied = /^OK \[COPYUID (\d+) (\d+) (\d+)\]/.exec(untagged.find((line) => line.includes('COPYUID')) ?? '')
  assert.equal(copied?.[2], String(uid))
  assert.ok(untagged.includes('1 EXPUNGE'))
  const selected = await imap.must('SELECT To')
  assert.ok(selected.some((line) => line.includes(`[UIDVALIDITY ${copied?.[1]}]`)))
  const [moved = ''] = await imap.must(`UID FETCH ${copied?.[3]} (FLAGS BODY.PEEK[])`)
  assert.match(moved, /FLAGS \(\\Flagged custom\b/)
  assert.equal(fetchedString(moved, 'BODY[]'), message('moves'))
})

test('literals that the client does not wait for', async () => {
  using imap = await login()
  await imap.must('CREATE Literals')
  const text = message('not waited for')
  // All in one piece: three commands, two of them with a literal.
  imap.send(
    `x1 APPEND {8+}\r\nLiterals (\\Seen) {${text.length}+}\r\n${text}\r\nx2 SELECT {8+}\r\nLiterals\r\nx3 FETCH 1 (FLAGS)\r\n`,
  )
  const responses: string[] = []
  while (!(responses.at(-1) ?? '').startsWith('x3 ')) responses.push(await imap.response())
  assert.match(responses.find((line) => line.startsWith('x1 ')) ?? '', /^x1 OK \[APPENDUID \d+ 1\]/)
  assert.match(responses.find((line) => line.startsWith('x2 ')) ?? '', /^x2 OK /)
  assert.match(responses.find((line) => line.includes(' FETCH ')) ?? '', /\\Seen/)
})

test('names in UTF-8 for clients that know it, in modified UTF-7 for the others', async () => {
  using old = await login()
  using modern = await login()
  await modern.must('ENABLE IMAP4rev2')
  const name = 'Entwürfe/日本'
  await modern.must(`CREATE "${name}"`)
  const listedOld = await old.must('LIST "" "Entw*"')
  assert.ok(listedOld.some((line) => line.endsWith('Entw&APw-rfe/&ZeVnLA-')))
  const listed = await modern.must('LIST "" "*"')
  assert.ok(listed.some((line) => Buffer.from(line, 'latin1').toString().endsWith(`"${name}"`)))
})

test('after a wrong password the right one opens the same connection', async () => {
  using imap = await ImapConnection.open(mailkeep.ports.imap)
  const { status } = await imap.command(`LOGIN ${ADA} wrong`)
  assert.match(status, /^NO \[AUTHENTICATIONFAILED\] /)
  await imap.must(`LOGIN ${ADA} "${PASSWORD}"`)
})
