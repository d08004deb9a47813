// HTTP requests that are no requests, or are two: request smuggling (Linhart et al., Watchfire 2005; Kettle, "HTTP Desync Attacks", 2019), headers
// and bodies without an end, paths that lead elsewhere, names that were made to lead here (DNS rebinding), and upgrades.
//
// What must hold: each is refused with a status or the end of the connection; what follows a request whose end is in doubt is never taken for
// another; and the next honest request is answered.

import assert from 'node:assert/strict'
import net from 'node:net'
import { after, before, test } from 'node:test'
import { type Mailkeep, startMailkeep } from '../harness.ts'

const ANN = 'ann@example.org'
const PASSWORD = 'over the wire'
const END_MS = 15_000

let mailkeep: Mailkeep

before(async () => {
  mailkeep = await startMailkeep({ accounts: { [ANN]: PASSWORD } })
})
after(() => mailkeep[Symbol.asyncDispose]())

/** All that the server says to these bytes until it ends the connection, or is silent for `quietMs`. */
function exchange(
  pieces: readonly (string | Buffer)[],
  quietMs = 1_500,
): Promise<{ readonly text: string; readonly hasEnded: boolean }> {
  return new Promise((resolve) => {
    const socket = net.connect(mailkeep.ports.http, '127.0.0.1')
    let text = ''
    const settle = (hasEnded: boolean): void => {
      socket.destroy()
      resolve({ text, hasEnded })
    }
    socket.setTimeout(quietMs, () => settle(false))
    socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
    socket.on('error', () => settle(true))
    socket.on('close', () => settle(true))
    for (const piece of pieces) socket.write(piece)
  })
}

const HOST = 'Host: localhost\r\n'
const authorization = `Authorization: Basic ${Buffer.from(`${ANN}:${PASSWORD}`).toString('base64')}\r\n`
const SMUGGLED = `GET /jmap/session HTTP/1.1\r\n${HOST}${authorization}\r\n`

function statuses(text: string): string[] {
  return [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => status as string)
}

async function isServed(): Promise<void> {
  const { text } = await exchange(
    [`GET /jmap/session HTTP/1.1\r\n${HOST}${authorization}Connection: close\r\n\r\n`],
    END_MS,
  )
  assert.deepEqual(statuses(text), ['200'])
}

const AMBIGUOUS: Readonly<Record<string, string>> = {
  'Content-Length and Transfer-Encoding': `Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
  'Transfer-Encoding and Content-Length': `Transfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n`,
  'two lengths': 'Content-Length: 0\r\nContent-Length: 5\r\n\r\n',
  'a list of lengths': 'Content-Length: 0, 5\r\n\r\n',
  'a length with a sign': 'Content-Length: +5\r\n\r\n',
  'a hexadecimal length': 'Content-Length: 0x5\r\n\r\n',
  'a length below zero': 'Content-Length: -1\r\n\r\n',
  'an endless length': `Content-Length: ${'9'.repeat(40)}\r\n\r\n`,
  'chunked not at the end': 'Transfer-Encoding: chunked, gzip\r\n\r\n',
  'an unknown encoding': 'Transfer-Encoding: xchunked\r\n\r\n',
  'a tab in the encoding': 'Transfer-Encoding:\tchunked\r\nContent-Length: 5\r\n\r\n',
  'a blank before the colon': 'Transfer-Encoding : chunked\r\n\r\n',
  'a folded field': 'Transfer-Encoding:\r\n chunked\r\nContent-Length: 5\r\n\r\n',
  'a bare CR in a field': 'X: y\rContent-Length: 5\r\n\r\n',
  'a NUL in a field': 'X: y\0\r\n\r\n',
  'a chunk of hexadecimal nonsense': 'Transfer-Encoding: chunked\r\n\r\nzz\r\n',
  'a chunk without an end of line': 'Transfer-Encoding: chunked\r\n\r\n1\nx\n0\n\n',
  'a chunk of endless size': 'Transfer-Encoding: chunked\r\n\r\nffffffffffffffffff\r\nx',
  'two hosts': 'Host: evil.example\r\nContent-Length: 0\r\n\r\n',
}

for (const [name, rest] of Object.entries(AMBIGUOUS)) {
  test(`smuggling: ${name}`, async () => {
    const { text, hasEnded } = await exchange([`POST /auth/login HTTP/1.1\r\n${HOST}${rest}${SMUGGLED}`], END_MS)
    assert(hasEnded, text)
    assert(!text.includes('primaryAccounts'), text)
    assert(
      statuses(text).every((status) => status.startsWith('4')),
      text,
    )
    assert(statuses(text).length <= 1, text)
  })
}

test('a body that was announced is not a request, though nobody reads it', async () => {
  const { text } = await exchange([
    `POST /nowhere HTTP/1.1\r\n${HOST}Content-Length: ${SMUGGLED.length}\r\n\r\n${SMUGGLED}`,
    `GET /nowhere HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`,
  ])
  assert.deepEqual(statuses(text), ['404', '404'])
})

const REFUSED: readonly (readonly [name: string, request: string, status: string])[] = [
  ['a header without an end', `GET / HTTP/1.1\r\n${HOST}X: ${'x'.repeat(100_000)}`, '431'],
  ['ten thousand fields', `GET / HTTP/1.1\r\n${HOST}${'X: y\r\n'.repeat(10_000)}\r\n`, '431'],
  ['a path without an end', `GET /${'x'.repeat(10_000)} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, '414'],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', '400'],
  ['another host', 'GET / HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n', '421'],
  [
    'the setup of another host',
    'GET /mail/config-v1.1.xml HTTP/1.1\r\nHost: autoconfig.evil.example\r\nConnection: close\r\n\r\n',
    '421',
  ],
  [
    "anything but the setup by a domain's name",
    'GET /jmap/session HTTP/1.1\r\nHost: autoconfig.example.org\r\nConnection: close\r\n\r\n',
    '421',
  ],
  [
    'a setup request of a megabyte',
    `POST /autodiscover/autodiscover.xml HTTP/1.1\r\n${HOST}Content-Length: 1000000\r\nConnection: close\r\n\r\n${'x'.repeat(1_000_000)}`,
    '413',
  ],
  ['no HTTP', 'EHLO client.example.net\r\n\r\n', '400'],
  ['no method that there is', `BREW / HTTP/1.1\r\n${HOST}\r\n`, '400'],
  ['a login by GET', `GET /auth/login HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`, '405'],
  [
    'a login that is no JSON',
    `POST /auth/login HTTP/1.1\r\n${HOST}Content-Length: 1\r\nConnection: close\r\n\r\n{`,
    '400',
  ],
  [
    'a login of a megabyte',
    `POST /auth/login HTTP/1.1\r\n${HOST}Content-Length: 1000000\r\nConnection: close\r\n\r\n${'x'.repeat(1_000_000)}`,
    '400',
  ],
  ['an expectation', `POST /auth/login HTTP/1.1\r\n${HOST}Expect: a miracle\r\nConnection: close\r\n\r\n`, '417'],
  ['JMAP without a login', `POST /jmap/api HTTP/1.1\r\n${HOST}Content-Length: 0\r\nConnection: close\r\n\r\n`, '401'],
]

for (const [name, request, status] of REFUSED) {
  test(`refused: ${name}`, async () => {
    const { text, hasEnded } = await exchange([request], END_MS)
    assert.deepEqual([statuses(text), hasEnded], [[status], true])
  })
}

test('no path leads out of the pages', async () => {
  const paths = [
    '/../package.json',
    '/..%2fpackage.json',
    '/%2e%2e/package.json',
    '/..\\package.json',
    '//etc/passwd',
    '/assets/../../package.json',
    '/index.html%00.js',
    '/./',
    'http://evil.example/',
    '*',
    '/jmap/download/../../package.json',
  ]
  for (const path of paths) {
    const { text } = await exchange([`GET ${path} HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`], END_MS)
    assert.match(text, /^HTTP\/1\.1 4\d\d /, path)
    assert(!text.includes('"mailkeep"') && !text.includes('root:'), path)
  }
})

test('WebSockets, tunnels and other protocols are not changed to', async () => {
  const key = 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n'
  for (const head of [
    `GET /jmap/ws HTTP/1.1\r\n${HOST}${authorization}Upgrade: websocket\r\nConnection: Upgrade\r\n${key}\r\n`,
    `GET / HTTP/1.1\r\n${HOST}Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n\r\n`,
    `CONNECT mail.example.org:25 HTTP/1.1\r\n${HOST}\r\n`,
    'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  ]) {
    const { text } = await exchange([head])
    assert(!statuses(text).includes('101'), text)
    // A page may come all the same, but not a way to somewhere else.
    if (head.startsWith('CONNECT')) assert(!statuses(text).some((status) => status.startsWith('2')), text)
  }
})

test('requests of one connection are answered in their order, however many come at once', async () => {
  const request = `GET /nowhere HTTP/1.1\r\n${HOST}\r\n`
  const { text } = await exchange([request.repeat(500), `GET /x HTTP/1.1\r\n${HOST}Connection: close\r\n\r\n`], END_MS)
  assert.equal(statuses(text).length, 501)
})

test('after all of that the server serves, and no process has ended', async () => {
  await isServed()
  const { processes, isReady } = await mailkeep.status()
  assert(isReady)
  assert(processes.every(({ restarts }) => restarts === 0))
})
