// JMAP (RFC 8620, 8621) as curl speaks it: the session, queries and changes, blobs up and down and in parts, pushed changes; with name and password
// or with the token of a login.

import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import fs from 'node:fs'
import { after, before, test } from 'node:test'
import { type Mailkeep, type Ran, mustRun, run, startMailkeep, temporaryDirectory } from './harness.ts'
import { fingerprint } from './fingerprint.ts'
import { fetchAll, swaks } from './imap-client.ts'

const PASSWORD = 'asked in JSON'
const ADA = 'ada@example.org'
let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ADA]: PASSWORD } })
  await deliver('the first', 'Hello by SMTP\n')
})
after(() => mailkeep[Symbol.asyncDispose]())

function deliver(subject: string, body: string): Promise<string> {
  return swaks({ port: mailkeep.ports.smtp, from: 'eve@example.net', to: ADA, subject, body })
}

const basic = ['--user', `${ADA}:${PASSWORD}`]
const bearer = (token: string): string[] => ['--header', `Authorization: Bearer ${token}`]

function curl(credential: readonly string[], url: string, ...args: readonly string[]): Promise<Ran> {
  const trust = ['--silent', '--show-error', '--cacert', `${mailkeep.directory}/tls/certificate.pem`]
  return run('curl', [...trust, ...credential, ...args, url])
}

const origin = (): string => `https://localhost:${mailkeep.ports.https}`

async function statusOf(credential: readonly string[], url: string, ...args: readonly string[]): Promise<number> {
  return Number((await curl(credential, url, '--output', '/dev/null', '--write-out', '%{http_code}', ...args)).stdout)
}

interface Session {
  readonly username: string
  readonly apiUrl: string
  readonly downloadUrl: string
  readonly uploadUrl: string
  readonly eventSourceUrl: string
  readonly primaryAccounts: Readonly<Record<string, string>>
  readonly accountId: string
}

async function session(credential: readonly string[] = basic): Promise<Session> {
  const { stdout } = await curl(credential, `${origin()}/.well-known/jmap`, '--location', '--fail')
  const parsed = JSON.parse(stdout) as Session
  return { ...parsed, accountId: parsed.primaryAccounts['urn:ietf:params:jmap:mail'] as string }
}

const NO_ANSWER = ['', {} as Readonly<Record<string, unknown>>, ''] as const

type Call = readonly [string, object, string]

async function api(
  credential: readonly string[],
  calls: readonly Call[],
): Promise<readonly (readonly [string, Readonly<Record<string, unknown>>, string])[]> {
  const { apiUrl } = await session(credential)
  const using = ['urn:ietf:params:jmap:core', 'urn:ietf:params:jmap:mail']
  const body = JSON.stringify({ using, methodCalls: calls })
  const { stdout } = await curl(credential, apiUrl, '--json', body, '--fail')
  return (JSON.parse(stdout) as { methodResponses: [string, Record<string, unknown>, string][] }).methodResponses
}

async function login(): Promise<string> {
  const body = JSON.stringify({ name: ADA, password: PASSWORD })
  const { stdout } = await curl([], `${origin()}/auth/login`, '--json', body, '--fail')
  return (JSON.parse(stdout) as { token: string }).token
}

function expand(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}

interface QueriedEmail {
  readonly id: string
  readonly blobId: string
  readonly subject: string
  readonly size: number
}

async function emails(credential: readonly string[], filter: object): Promise<readonly QueriedEmail[]> {
  const { accountId } = await session(credential)
  const answers = await api(credential, [
    ['Email/query', { accountId, filter, sort: [{ property: 'receivedAt', isAscending: true }] }, 'q'],
    [
      'Email/get',
      {
        accountId,
        '#ids': { resultOf: 'q', name: 'Email/query', path: '/ids' },
        properties: ['id', 'blobId', 'subject', 'size', 'preview'],
      },
      'g',
    ],
  ])
  return answers.find(([, , id]) => id === 'g')?.[1]['list'] as QueriedEmail[]
}

test('the session object, by name and password and by the token of a login', async () => {
  const { username, apiUrl, accountId } = await session()
  assert.equal(username, ADA)
  assert.ok(apiUrl.startsWith(`${origin()}/`))
  assert.ok(accountId)
  assert.deepEqual(await session(bearer(await login())), await session())
})

test('wrong passwords and tokens get 401, and so does a token after its logout', async () => {
  const url = `${origin()}/.well-known/jmap`
  assert.equal(await statusOf([], url), 401)
  assert.equal(await statusOf(['--user', `${ADA}:wrong`], url), 401)
  assert.equal(await statusOf(['--user', 'nobody@example.org:wrong'], url), 401)
  const token = await login()
  assert.equal(await statusOf(bearer(token), url), 200)
  for (const wrong of [`${token}x`, token.slice(0, -1), token.replace(/^./, 'Z'), 'x']) {
    assert.equal(await statusOf(bearer(wrong), url), 401)
  }
  assert.equal(await statusOf(bearer(token), `${origin()}/auth/logout`, '--request', 'POST'), 204)
  assert.equal(await statusOf(bearer(token), url), 401)
})

test('query, get and set: what changes here is seen by IMAP', async () => {
  const credential = bearer(await login())
  const [found] = await emails(credential, { subject: 'the first' })
  assert.equal(found?.subject, 'the first')
  const { accountId } = await session(credential)
  const [[name, answer] = []] = await api(credential, [
    ['Email/set', { accountId, update: { [found.id]: { 'keywords/$flagged': true } } }, 's'],
  ])
  assert.equal(name, 'Email/set')
  assert.ok(Object.hasOwn(answer?.['updated'] as object, found.id))
  const stored = (await fetchAll(mailkeep.ports.imap, ADA, PASSWORD)).find(({ bytes }) => bytes.includes('the first'))
  assert.ok(stored?.flags.includes('\\Flagged'))
})

test('a message comes down whole and in parts, byte for byte', async () => {
  using directory = temporaryDirectory()
  const file = `${directory.path}/message`
  const [found] = await emails(basic, { subject: 'the first' })
  const { downloadUrl, accountId } = await session()
  const values = { accountId, blobId: found?.blobId as string, name: 'message.eml', type: 'message/rfc822' }
  const url = expand(downloadUrl, values)
  const whole = await curl(basic, url, '--fail', '--dump-header', '-', '--output', file)
  assert.match(whole.stdout, /^content-type: message\/rfc822\r$/im)
  assert.match(whole.stdout, /^content-disposition: attachment;.*message\.eml\r$/im)
  const stored = (await fetchAll(mailkeep.ports.imap, ADA, PASSWORD)).find(({ bytes }) => bytes.includes('the first'))
  assert.equal(fingerprint(fs.readFileSync(file)), fingerprint(stored?.bytes as Buffer))

  const size = stored?.bytes.length as number
  for (const [range, start, end] of [
    ['10-19', 10, 20],
    ['100-', 100, size],
    ['-7', size - 7, size],
  ] as const) {
    const part = await curl(basic, url, '--fail', '--range', range, '--dump-header', '-', '--output', file)
    assert.match(part.stdout, /^HTTP\/1\.1 206 /)
    assert.match(part.stdout, new RegExp(`^content-range: bytes ${start}-${end - 1}/${size}\\r$`, 'im'))
    assert.ok(fs.readFileSync(file).equals(stored?.bytes.subarray(start, end) as Buffer), range)
  }
  assert.equal(await statusOf(basic, url, '--range', `${size}-`), 416)
  assert.equal(await statusOf(basic, expand(downloadUrl, { ...values, blobId: 'Gnone' })), 404)
})

test('what is uploaded comes back, and can be imported as a message', async () => {
  using directory = temporaryDirectory()
  const { uploadUrl, downloadUrl, accountId } = await session()
  const upload = async (bytes: Buffer): Promise<{ readonly blobId: string; readonly size: number }> => {
    fs.writeFileSync(`${directory.path}/up`, bytes)
    const args = ['--fail', '--data-binary', `@${directory.path}/up`, '--header', 'Content-Type: message/rfc822']
    return JSON.parse((await curl(basic, expand(uploadUrl, { accountId }), ...args)).stdout) as never
  }
  const large = Buffer.alloc(8_000_000, 'Sixteen bytes.\r\n')
  for (let at = 0; at < large.length; at += 4_096) large.writeUInt32BE(at, at)
  const { blobId, size } = await upload(large)
  assert.equal(size, large.length)
  const values = { accountId, blobId, name: 'up', type: 'application/octet-stream' }
  await curl(basic, expand(downloadUrl, values), '--fail', '--output', `${directory.path}/down`)
  assert.equal(fingerprint(fs.readFileSync(`${directory.path}/down`)), fingerprint(large))

  const message = Buffer.from('From: me@example.org\r\nSubject: imported\r\n\r\nGrüße\r\n')
  const { blobId: messageBlob } = await upload(message)
  const answers = await api(basic, [
    ['Mailbox/query', { accountId, filter: { role: 'inbox' } }, 'm'],
    ['Email/query', { accountId, filter: { subject: 'nothing' } }, 'e'],
  ])
  const [[, mailboxes] = NO_ANSWER] = answers
  const [inbox] = mailboxes['ids'] as string[]
  const emails = { i: { blobId: messageBlob, mailboxIds: { [inbox as string]: true }, keywords: { $seen: true } } }
  const [[, imported] = NO_ANSWER] = await api(basic, [['Email/import', { accountId, emails }, 'i']])
  assert.ok((imported['created'] as Record<string, unknown>)['i'])
  const stored = (await fetchAll(mailkeep.ports.imap, ADA, PASSWORD)).find(({ bytes }) => bytes.includes('imported'))
  assert.equal(fingerprint(stored?.bytes as Buffer), fingerprint(message))
  assert.ok(stored?.flags.includes('\\Seen'))
})

test('a delivered message is pushed as a change of state', async () => {
  const { eventSourceUrl, accountId } = await session()
  const before = await api(basic, [['Email/get', { accountId, ids: [] }, 'g']])
  const url = expand(eventSourceUrl, { types: '*', closeafter: 'state', ping: '0' })
  const trust = ['--silent', '--cacert', `${mailkeep.directory}/tls/certificate.pem`]
  const waiting = spawn('curl', [...trust, ...basic, '--no-buffer', '--include', '--fail', '--max-time', '60', url])
  let stdout = ''
  const open = Promise.withResolvers<void>()
  waiting.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString()
    if (stdout.includes('text/event-stream')) open.resolve()
  })
  const ended = new Promise<number | null>((resolve) => waiting.on('close', resolve))
  await Promise.race([open.promise, ended])
  await deliver('pushed', 'x')
  assert.equal(await ended, 0)
  const data = /^event: state\r?\n(?:id: .*\r?\n)?data: (.*)$/m.exec(stdout)?.[1] ?? stdout
  const { changed } = JSON.parse(data) as { changed: Record<string, Record<string, string>> }
  const since = before[0]?.[1]['state'] as string
  assert.notEqual(changed[accountId]?.['Email'], since)
  const [[, changes] = NO_ANSWER] = await api(basic, [['Email/changes', { accountId, sinceState: since }, 'c']])
  assert.equal((changes['created'] as string[]).length, 1)
  assert.equal(changes['newState'], changed[accountId]?.['Email'])
})

test('in the clear on this machine, too; other paths, methods and hosts are refused', async () => {
  const clear = `http://127.0.0.1:${mailkeep.ports.http}`
  assert.equal(await statusOf(basic, `${clear}/.well-known/jmap`), 200)
  assert.equal(await statusOf(basic, `${clear}/jmap/nothing`), 404)
  assert.equal(await statusOf(basic, `${clear}/jmap/api`), 405)
  assert.equal(await statusOf(basic, `${clear}/.well-known/jmap`, '--header', 'Host: attacker.test'), 421)
  const { apiUrl } = await session()
  const wrong = await curl(basic, apiUrl, '--json', '{"using":[', '--write-out', '\n%{http_code}')
  assert.match(wrong.stdout, /urn:ietf:params:jmap:error:notJSON[\s\S]*\n400$/)
})

test('curl reads mail by IMAP as well', async () => {
  const imap = await mustRun('curl', [
    '--silent',
    '--ssl-reqd',
    '--cacert',
    `${mailkeep.directory}/tls/certificate.pem`,
    ...basic,
    `imap://localhost:${mailkeep.ports.imap}/INBOX;MAILINDEX=1;SECTION=HEADER.FIELDS%20(SUBJECT)`,
  ])
  assert.match(imap, /^Subject: /)
})
