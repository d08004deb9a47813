// Programs that keep a copy of all mail in a Maildir and bring both sides together: mbsync and offlineimap. What they fetch is every message of
// every mailbox as it is, what they need not do again they do not do again, and a change on either side reaches the other.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import path from 'node:path'
import { after, before, test } from 'node:test'
import { type Mailkeep, mustRun, startMailkeep, temporaryDirectory } from './harness.ts'
import { ImapConnection, fetchedString } from './imap-connection.ts'
import { swaks } from './imap-client.ts'

const PASSWORD = 'kept twice'
const MBSYNC_USER = 'ada@example.org'
const OFFLINEIMAP_USER = 'bob@example.org'

/** Modified UTF-7 (RFC 3501 §5.1.3) of names with characters outside ASCII, nested ones too. */
const MAILBOXES: Readonly<Record<string, string>> = {
  Projekte: 'Projekte',
  'Projekte/Grüße & mehr': 'Projekte/Gr&APwA3w-e &- mehr',
  日本語: '&ZeVnLIqe-',
  'Ordner mit Leerzeichen': 'Ordner mit Leerzeichen',
}

interface Seed {
  readonly mailbox: string
  readonly subject: string
  readonly flags: string
  readonly body: string
}

const SEEDS: readonly Seed[] = [
  { mailbox: 'INBOX', subject: 'unread', flags: '', body: 'Not read yet.\r\n' },
  {
    mailbox: 'INBOX',
    subject: 'seen and flagged',
    flags: '\\Seen \\Flagged',
    body: 'From the start\r\n.\r\nGrüße\r\n',
  },
  { mailbox: 'INBOX', subject: 'answered', flags: '\\Seen \\Answered', body: 'x'.repeat(70_000) + '\r\n' },
  { mailbox: 'Drafts', subject: 'a draft', flags: '\\Draft \\Seen', body: 'no end of line' },
  { mailbox: 'Projekte', subject: 'in a parent', flags: '\\Seen', body: 'a\r\n' },
  { mailbox: 'Projekte/Grüße & mehr', subject: 'nested', flags: '\\Flagged', body: '' },
  { mailbox: '日本語', subject: '件名', flags: '\\Seen', body: '本文\r\n' },
]

let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [MBSYNC_USER]: PASSWORD, [OFFLINEIMAP_USER]: PASSWORD } })
  for (const user of [MBSYNC_USER, OFFLINEIMAP_USER]) await seed(user)
})
after(() => mailkeep[Symbol.asyncDispose]())

async function seed(user: string): Promise<void> {
  using imap = await login(user)
  for (const name of Object.values(MAILBOXES)) {
    await imap.must(`CREATE "${name}"`)
    await imap.must(`SUBSCRIBE "${name}"`)
  }
  for (const { mailbox, subject, flags, body } of SEEDS) {
    await imap.append(`"${MAILBOXES[mailbox] ?? mailbox}"`, message(subject, body), flags)
  }
}

function message(subject: string, body: string): Buffer {
  const head = ['From: Eve <eve@example.net>', 'To: you@example.org', 'Date: Fri, 20 Nov 2026 10:00:00 +0000']
  return Buffer.from(
    [...head, `Subject: ${subject}`, `Message-ID: <${encodeURI(subject)}@example.net>`, '', body].join('\r\n'),
  )
}

function login(user: string): Promise<ImapConnection> {
  return ImapConnection.login(mailkeep.ports.imap, user, PASSWORD)
}

interface Held {
  readonly subject: string
  /** Sorted letters, as Maildir has them: D draft, F flagged, R answered, S seen. */
  readonly flags: string
  readonly bytes: Buffer
}

const LETTERS: Readonly<Record<string, string>> = { '\\Draft': 'D', '\\Flagged': 'F', '\\Answered': 'R', '\\Seen': 'S' }

/** Mailbox → its messages in order of their subjects: as the server has it. */
async function onServer(user: string): Promise<Map<string, Held[]>> {
  using imap = await login(user)
  const found = new Map<string, Held[]>()
  const names = Object.entries(MAILBOXES)
  for (const line of await imap.must('LIST "" "*"')) {
    const quoted = /"\/" (?:"(.*)"|(\S+))$/.exec(line)
    const encoded = quoted?.[1] ?? quoted?.[2] ?? ''
    const name = names.find(([, wire]) => wire === encoded)?.[0] ?? encoded
    await imap.must(`EXAMINE "${encoded}"`)
    const fetched = await imap.must('UID FETCH 1:* (FLAGS BODY.PEEK[])')
    const held = fetched
      .filter((line) => line.includes(' FETCH '))
      .map((line) => {
        const flags = (/FLAGS \(([^)]*)\)/.exec(line)?.[1] ?? '').split(' ').map((flag) => LETTERS[flag] ?? '')
        return heldFrom(Buffer.from(fetchedString(line, 'BODY[]'), 'latin1'), flags)
      })
    found.set(name, inOrder(held))
  }
  return found
}

function heldFrom(stored: Buffer, flags: readonly string[]): Held {
  // mbsync's own mark of its copies.
  const bytes = Buffer.from(stored.toString('latin1').replace(/^X-TUID: .{12}\r\n/m, ''), 'latin1')
  return { subject: /^Subject: (.*?)\r?$/m.exec(bytes.toString())?.[1] ?? '', flags: [...flags].sort().join(''), bytes }
}

function inOrder(held: Held[]): Held[] {
  return held.sort((a, b) => (a.subject < b.subject ? -1 : 1))
}

function maildirFiles(maildir: string): string[] {
  return ['cur', 'new'].flatMap((part) =>
    fs.readdirSync(`${maildir}/${part}`).map((name) => `${maildir}/${part}/${name}`),
  )
}

/** The messages of one Maildir, with CRLF at their line ends. */
function inMaildir(maildir: string): Held[] {
  return inOrder(
    maildirFiles(maildir).map((file) => {
      const text = fs.readFileSync(file, 'latin1').replaceAll('\n', '\r\n')
      return heldFrom(Buffer.from(text, 'latin1'), (/:2,([A-Z]*)$/.exec(file)?.[1] ?? '').split(''))
    }),
  )
}

function assertSame(near: Held[], far: Held[], mailbox: string): void {
  assert.deepEqual(
    near.map(({ subject, flags }) => ({ subject, flags })),
    far.map(({ subject, flags }) => ({ subject, flags })),
    mailbox,
  )
  for (const [index, { bytes, subject }] of near.entries()) {
    assert.ok(bytes.equals((far[index] as Held).bytes), `${mailbox}: ${subject} differs`)
  }
}

/** Every file with when it was written: what a run that does nothing leaves as it is. */
function listing(directory: string): string[] {
  return fs
    .readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((file) => /\/(?:cur|new|tmp)\/[^/]+$/.test(file))
    .map((file) => `${file} ${fs.statSync(file).mtimeMs}`)
    .sort()
}

function fileOf(maildir: string, subject: string): string {
  const found = maildirFiles(maildir).find((file) => fs.readFileSync(file, 'utf8').includes(`\nSubject: ${subject}\n`))
  assert.ok(found, `no file of ${subject}`)
  return found
}

/** As a mail program of the Maildir does it. */
function setMaildirFlags(file: string, flags: string): void {
  const name = path.basename(file).replace(/:2,.*$/, '')
  fs.renameSync(file, path.join(path.dirname(path.dirname(file)), 'cur', `${name}:2,${flags}`))
}

interface Mirror {
  readonly root: string
  maildirOf(mailbox: string): string
  /** Brings both sides together; what the program said. */
  synchronise(): Promise<string>
}

function assertMirrors(mirror: Mirror, far: Map<string, Held[]>): void {
  for (const [mailbox, held] of far) assertSame(inMaildir(mirror.maildirOf(mailbox)), held, mailbox)
}

/** Both sides change; after one run they are the same, and hold what was wanted. */
async function changeBothSides(mirror: Mirror, user: string): Promise<void> {
  const inbox = mirror.maildirOf('INBOX')
  setMaildirFlags(fileOf(inbox, 'unread'), 'FS')
  fs.rmSync(fileOf(inbox, 'answered'))
  fs.writeFileSync(
    `${mirror.maildirOf('日本語')}/new/1800000000.1_1.near`,
    message('written near', 'neu\r\n').toString('latin1').replaceAll('\r\n', '\n'),
    'latin1',
  )
  using imap = await login(user)
  await imap.must('SELECT INBOX')
  const [seen = ''] = await imap.must('UID SEARCH SUBJECT "seen and flagged"')
  await imap.must(`UID STORE ${/\d+$/.exec(seen)?.[0]} -FLAGS (\\Flagged)`)
  await imap.must('SELECT Projekte')
  await imap.must('STORE 1 +FLAGS (\\Deleted)')
  await imap.must('EXPUNGE')
  await imap.append('Archive', message('written far', 'fern\r\n'), '\\Seen')
  await swaks({ port: mailkeep.ports.smtp, from: 'eve@example.net', to: user, subject: 'delivered', body: 'just now' })

  await mirror.synchronise()
  const far = await onServer(user)
  assertMirrors(mirror, far)
  const of = (mailbox: string, subject: string): Held | undefined =>
    far.get(mailbox)?.find((held) => held.subject === subject)
  assert.equal(of('INBOX', 'unread')?.flags, 'FS')
  assert.equal(of('INBOX', 'seen and flagged')?.flags, 'S')
  assert.equal(of('INBOX', 'answered'), undefined)
  assert.equal(of('Projekte', 'in a parent'), undefined)
  assert.equal(of('Archive', 'written far')?.flags, 'S')
  assert.ok(of('INBOX', 'delivered'))
  assert.match(of('日本語', 'written near')?.bytes.toString() ?? '', /\r\n\r\nneu\r\n$/)
}

function mbsync(root: string): Mirror {
  const configuration = `
IMAPAccount far
Host localhost
Port ${mailkeep.ports.imap}
User ${MBSYNC_USER}
Pass "${PASSWORD}"
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
Create Both
Expunge Both
SyncState *
`
  fs.mkdirSync(`${root}/mail`)
  fs.writeFileSync(`${root}/mbsyncrc`, configuration)
  return {
    root: `${root}/mail`,
    // mbsync knows names as they are on the wire.
    maildirOf: (mailbox) => `${root}/mail/${MAILBOXES[mailbox] ?? mailbox}`,
    synchronise: () => mustRun('mbsync', ['-Dn', '-V', '-c', `${root}/mbsyncrc`, '-a']),
  }
}

test('mbsync', async (t) => {
  using directory = temporaryDirectory()
  const mirror = mbsync(directory.path)

  await t.test('fetches everything, and a second run transfers nothing', async () => {
    assert.match(await mirror.synchronise(), /UID FETCH [\d:,]+ \(.*BODY\.PEEK\[\]/)
    assertMirrors(mirror, await onServer(MBSYNC_USER))
    const files = listing(mirror.root)
    assert.ok(files.length >= SEEDS.length)
    const said = await mirror.synchronise()
    assert.match(said, /^>>> \d+ UID FETCH 1:\d \(UID FLAGS\)/m)
    assert.doesNotMatch(said, /^>>> \d+ (?:.*BODY|APPEND|UID STORE|CREATE)/m)
    assert.deepEqual(listing(mirror.root), files)
  })

  await t.test('changes on both sides reach the other', () => changeBothSides(mirror, MBSYNC_USER))

  await t.test('a mailbox made in the Maildir is made on the server', async () => {
    const maildir = `${mirror.root}/Neu`
    for (const part of ['', '/cur', '/new', '/tmp']) fs.mkdirSync(maildir + part)
    fs.writeFileSync(`${maildir}/new/1800000000.2_1.near`, 'Subject: first of it\n\nx\n')
    await mirror.synchronise()
    assert.deepEqual(
      (await onServer(MBSYNC_USER)).get('Neu')?.map(({ subject }) => subject),
      ['first of it'],
    )
  })
})

function offlineimap(root: string): Mirror {
  const configuration = `
[general]
accounts = all
metadata = ${root}/metadata

[Account all]
localrepository = near
remoterepository = far
utf8foldernames = yes

[Repository near]
type = Maildir
localfolders = ${root}/mail
sep = /

[Repository far]
type = IMAP
remotehost = localhost
remoteport = ${mailkeep.ports.imap}
ssl = no
starttls = yes
sslcacertfile = ${mailkeep.directory}/tls/certificate.pem
remoteuser = ${OFFLINEIMAP_USER}
remotepass = ${PASSWORD}
`
  fs.writeFileSync(`${root}/offlineimaprc`, configuration)
  return {
    root: `${root}/mail`,
    maildirOf: (mailbox) => `${root}/mail/${mailbox}`,
    synchronise: () => mustRun('offlineimap', ['-c', `${root}/offlineimaprc`, '-o', '-u', 'basic']),
  }
}

test('offlineimap', async (t) => {
  using directory = temporaryDirectory()
  const mirror = offlineimap(directory.path)

  await t.test('fetches everything, and a second run transfers nothing', async () => {
    assert.match(await mirror.synchronise(), /Copy message UID 1 /)
    assertMirrors(mirror, await onServer(OFFLINEIMAP_USER))
    const files = listing(mirror.root)
    assert.ok(files.length >= SEEDS.length)
    const said = await mirror.synchronise()
    assert.match(said, /Syncing Projekte\/Grüße & mehr/)
    assert.doesNotMatch(said, /Copy message|Adding|Deleting/)
    assert.deepEqual(listing(mirror.root), files)
  })

  await t.test('changes on both sides reach the other', () => changeBothSides(mirror, OFFLINEIMAP_USER))
})
