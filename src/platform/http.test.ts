// HTTP as its clients meet it: limits on heads, requests that could be understood in two ways, too many connections, slow readers, and an orderly end.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, test } from 'node:test'
import {
  type HttpOptions,
  type HttpRequest,
  type HttpResponse,
  type HttpServer,
  listenHttp,
  wipeRequestBuffer,
} from './http.ts'
import { bindUnix } from './process.ts'

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-http-'))
const ends: (() => unknown)[] = []
let count = 0
afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
after(() => fs.rmSync(directory, { recursive: true }))

interface Served {
  readonly server: HttpServer
  readonly path: string
  readonly requests: HttpRequest[]
}

const answer = (_: HttpRequest, response: HttpResponse): void => {
  response.head(200, { 'Content-Type': 'text/plain' })
  void response.write(Buffer.from('here'))
  response.end()
}

async function serve(handle = answer, options: Partial<HttpOptions> = {}): Promise<Served> {
  const file = `${directory}/${++count}`
  const requests: HttpRequest[] = []
  const admit = (): (() => void) => () => undefined
  const server = await listenHttp(
    bindUnix(file).descriptor,
    { connectionsMax: 100, tls: null, admit, ...options },
    (request, response) => {
      requests.push(request)
      handle(request, response)
    },
  )
  ends.push(() => server.close())
  return { server, path: file, requests }
}

function connect({ path: file }: Served): net.Socket {
  const socket = net.connect({ path: file })
  socket.on('error', () => undefined)
  ends.push(() => socket.destroy())
  return socket
}

/** Until the server ends the connection. */
async function heard(socket: net.Socket): Promise<string> {
  let text = ''
  try {
    for await (const chunk of socket) text += String(chunk)
  } catch {
    // It was cut.
  }
  return text
}

function say(served: Served, head: string): Promise<string> {
  const socket = connect(served)
  socket.write(head)
  return heard(socket)
}

test('a request is handed over as it came, and answered', async () => {
  const served = await serve()
  const reply = await say(
    served,
    'GET /a%20b/?q=1&q=2 HTTP/1.1\r\nHost: x\r\nX-Thing: one\r\nX-Thing: two\r\nConnection: close\r\n\r\n',
  )
  assert.match(reply, /^HTTP\/1\.1 200 OK\r\n[^]*here/)
  const [request] = served.requests
  assert.deepEqual([request?.method, request?.path, request?.isTls], ['GET', '/a%20b/', false])
  assert.deepEqual(request?.query.getAll('q'), ['1', '2'])
  assert.deepEqual([request?.header('x-thing'), request?.header('x-other')], ['one, two', null])
})

for (const [title, head, status] of [
  [
    'a head that is too long',
    `GET / HTTP/1.1\r\nHost: x\r\nX: ${'y'.repeat(20_000)}\r\n\r\n`,
    '431 Request Header Fields Too Large',
  ],
  ['two hosts', 'GET / HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n', '400 Bad Request'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', '400 Bad Request'],
  [
    'a length and chunks',
    'POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
    '400 Bad Request',
  ],
  ['no host', 'GET / HTTP/1.1\r\n\r\n', '400 Bad Request'],
  ['a bare line feed in a head', 'GET / HTTP/1.1\r\nHost: x\nX: y\r\n\r\n', '400 Bad Request'],
  ['no request', 'EHLO example.org\r\n\r\n', '400 Bad Request'],
  [
    'a path that is too long',
    `GET /${'p'.repeat(9_000)} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`,
    '414 URI Too Long',
  ],
] as const) {
  test(`${title}: refused, and nobody has to deal with it`, async () => {
    const served = await serve()
    assert.equal((await say(served, head)).split('\r\n')[0], `HTTP/1.1 ${status}`)
    assert.deepEqual(served.requests, [])
  })
}

test('who comes too often is told so and gone; whoever leaves is counted out', async () => {
  let inside = 0
  const admit = (): (() => void) | null => {
    if (inside === 1) return null
    inside++
    return () => inside--
  }
  const served = await serve(answer, { admit })
  const first = connect(served)
  first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await new Promise((resolve) => first.once('data', resolve))
  assert.match(await heard(connect(served)), /^HTTP\/1\.1 503 Service Unavailable\r\nConnection: close\r\n/)
  first.destroy()
  while (inside > 0 || served.server.connections > 0) await new Promise((resolve) => setImmediate(resolve))
  assert.match(await say(served, 'GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n'), /^HTTP\/1\.1 200/)
})

test('more connections than there may be are closed', async () => {
  const served = await serve(answer, { connectionsMax: 1 })
  const first = connect(served)
  first.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  await new Promise((resolve) => first.once('data', resolve))
  assert.equal(await heard(connect(served)), '')
})

test('a body comes as it is sent; one that is cut short is not taken for whole', async () => {
  const bodies: string[] = []
  const served = await serve((request, response) => {
    const read = async (): Promise<void> => {
      let text = ''
      for await (const chunk of request.body) text += chunk.toString()
      bodies.push(text)
      answer(request, response)
    }
    read().catch(() => bodies.push('cut short'))
  })
  const head = (length: number): string =>
    `POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${length}\r\n\r\n`
  assert.match(await say(served, `${head(5)}whole`), /^HTTP\/1\.1 200/)
  const socket = connect(served)
  socket.end(`${head(50)}a part`)
  while (bodies.length < 2) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(bodies, ['whole', 'cut short'])
})

test('a slow reader is waited for, and one that goes away is not; what is cut off is noticed', async () => {
  const states: string[] = []
  const served = await serve((request, response) => {
    const write = async (): Promise<void> => {
      response.head(200, { 'Content-Length': '100000000' })
      const drain = response.write(Buffer.alloc(16_000_000))
      states.push(drain === null ? 'sent' : 'waits')
      await drain
      states.push('goes on')
      if (request.path === '/cut') response.abort()
      await response.closed
      states.push('over')
    }
    void write()
  })
  const gone = connect(served)
  gone.pause()
  gone.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  while (!states.includes('waits')) await new Promise((resolve) => setImmediate(resolve))
  gone.destroy()
  while (!states.includes('over')) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(states.splice(0), ['waits', 'goes on', 'over'])
  const reply = await say(served, 'GET /cut HTTP/1.1\r\nHost: x\r\n\r\n')
  assert.ok(reply.length < 100_000_000)
})

test('the end is orderly: what is under way is answered, who only waits is let go, nobody new comes in', async () => {
  const open = Promise.withResolvers<void>()
  const served = await serve((request, response) => void open.promise.then(() => answer(request, response)))
  const [busy, idle] = [connect(served), connect(served)]
  busy.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  while (served.requests.length === 0) await new Promise((resolve) => setImmediate(resolve))
  const answered = heard(busy)
  const letGo = heard(idle)
  let isClosed = false
  const closing = served.server.close().then(() => (isClosed = true))
  assert.equal(await letGo, '')
  assert.equal(isClosed, false)
  open.resolve()
  assert.match(await answered, /^HTTP\/1\.1 200[^]*here/)
  await closing
  ends.length = 0
  await assert.rejects(new Promise((_, reject) => net.connect({ path: served.path }).once('error', reject)))
})

test('the buffer that requests were read into can be overwritten, as often as one likes', async () => {
  for (let times = 0; times < 3; times++) await wipeRequestBuffer()
})
