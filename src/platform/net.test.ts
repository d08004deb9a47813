// Connections, as whoever talks to Mailkeep meets them: nothing is lost or out of order, who is slow is waited for, who says goodbye gets the last reply, and who does
// not speak TLS is not let in.

import assert from 'node:assert/strict'
import fs from 'node:fs'
import net from 'node:net'
import os from 'node:os'
import path from 'node:path'
import { after, afterEach, before, test } from 'node:test'
import tls from 'node:tls'
import { selfSignedCertificate } from '#crypto/tls-certificate.ts'
import { type Connection, type TlsContext, answersOnPort, connectUnix, listenOn, tlsContext } from './net.ts'
import { bindTcp, bindUnix } from './process.ts'

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'mailkeep-net-'))
const ends: (() => void)[] = []
let context: TlsContext
let count = 0
before(async () => {
  const made = await selfSignedCertificate({ names: ['localhost'], days: 1, now: Date.now() })
  context = tlsContext(made.certificatePem, made.privateKeyPem)
})
afterEach(() => {
  for (const end of ends.splice(0)) end()
})
after(() => fs.rmSync(directory, { recursive: true }))

interface Server {
  readonly path: string
  /** The next connection that comes. */
  next(): Promise<Connection>
  close(): void
}

async function listen(connectionsMax = 100): Promise<Server> {
  const file = `${directory}/${++count}`
  const socket = bindUnix(file)
  const waiting: Connection[] = []
  let told: (connection: Connection) => void = (connection) => void waiting.push(connection)
  const listener = await listenOn(socket.descriptor, { connectionsMax }, (connection) => told(connection))
  ends.push(() => listener.close())
  return {
    path: file,
    next: () => {
      const first = waiting.shift()
      if (first !== undefined) return Promise.resolve(first)
      return new Promise((resolve) => {
        told = (connection) => {
          told = (other) => void waiting.push(other)
          resolve(connection)
        }
      })
    },
    close: () => listener.close(),
  }
}

function client(server: Server, allowHalfOpen = true): net.Socket {
  const socket = net.connect({ path: server.path, allowHalfOpen })
  socket.on('error', () => undefined)
  ends.push(() => socket.destroy())
  return socket
}

async function heard(socket: net.Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket) text += String(chunk)
  return text
}

/** What comes, until the peer ends. */
function collect(connection: Connection): Promise<string> {
  return new Promise((resolve) => {
    let text = ''
    connection.handle({
      data: (chunk) => void (text += chunk.toString()),
      end: () => resolve(text),
      close: () => resolve(text),
    })
  })
}

test('chunks come one at a time, in order, whatever the handler takes for each; and the next handler gets what was left', async () => {
  const server = await listen()
  const socket = client(server)
  const connection = await server.next()
  const begun: string[] = []
  let open: () => void = () => undefined
  connection.handle({
    data(chunk) {
      begun.push(chunk.toString())
      return new Promise((resolve) => (open = resolve))
    },
    close: () => undefined,
  })
  socket.write('one')
  while (begun.length === 0) await new Promise((resolve) => setImmediate(resolve))
  socket.end('two')
  for (let turns = 0; turns < 20; turns++) await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(begun, ['one'], 'the first is not done')
  const rest = collect(connection)
  open()
  assert.equal(await rest, 'two')
})

test('a handler that fails ends the connection, and no other', async () => {
  const server = await listen()
  const [first, second] = [client(server), client(server)]
  const [broken, good] = [await server.next(), await server.next()]
  const closed = new Promise<Error | null>((resolve) => {
    broken.handle({ data: () => Promise.reject(new Error('a mistake')), close: resolve })
  })
  first.write('x')
  assert.equal((await closed)?.message, 'a mistake')
  const text = collect(good)
  second.end('y')
  assert.equal(await text, 'y')
})

test('who reads slowly is waited for, and who goes away does not keep anybody waiting', async () => {
  const server = await listen()
  const socket = client(server)
  socket.pause()
  const connection = await server.next()
  connection.handle({ data: () => undefined, close: () => undefined })
  assert.equal(connection.write(Buffer.from('short')), null)
  const secret = Buffer.alloc(4_000_000, 's')
  const drained = connection.writeAndWipe(secret)
  assert.ok(drained !== null)
  let length = 0
  socket.on('data', (chunk: Buffer) => (length += chunk.length))
  socket.resume()
  await drained
  while (length < 4_000_005) await new Promise((resolve) => setImmediate(resolve))
  assert.ok(secret.equals(Buffer.alloc(4_000_000)), 'what was sent is wiped')

  socket.pause()
  const never = connection.write(Buffer.alloc(8_000_000))
  assert.ok(never !== null)
  socket.destroy()
  await never
  const late = Buffer.from('late')
  assert.equal(connection.writeAndWipe(late), null)
  assert.ok(late.equals(Buffer.alloc(4)), 'what cannot be sent is wiped, too')
})

test('who is sent away gets the last reply, although it still sends', async () => {
  const server = await listen()
  const socket = client(server)
  const connection = await server.next()
  connection.handle({
    data() {
      void connection.write(Buffer.from('goodbye'))
      connection.end()
    },
    close: () => undefined,
  })
  socket.write('x')
  const sending = setInterval(() => socket.write('more and more'), 1)
  assert.equal(await heard(socket), 'goodbye')
  clearInterval(sending)
  socket.end()
})

test('half a connection stays open for what is still to be said', async () => {
  const server = await listen()
  const socket = client(server)
  const connection = await server.next()
  const text = collect(connection)
  socket.end('that is all')
  assert.equal(await text, 'that is all')
  void connection.gather(Buffer.from('and '))
  void connection.gather(Buffer.from('the answer'))
  connection.endWriting()
  assert.equal(await heard(socket), 'and the answer')
})

test('silence is noticed once, and again after the next word', async () => {
  const server = await listen()
  const socket = client(server)
  const connection = await server.next()
  connection.handle({ data: () => undefined, close: () => undefined })
  for (let times = 0; times < 2; times++) {
    await new Promise<void>((resolve) => connection.timeout(20, resolve))
    socket.write('x')
  }
  connection.timeout(0, () => assert.fail('it is switched off'))
})

test('who takes nothing of what waits for it is gone after a while; who is only silent is not', async () => {
  const server = await listen()
  const silent = client(server)
  const quiet = await server.next()
  const states: string[] = []
  quiet.handle({ data: () => undefined, close: () => states.push('silent') })
  quiet.endIfStalled(20)
  const deaf = client(server)
  deaf.pause()
  const stalled = await server.next()
  const gone = new Promise<void>((resolve) => stalled.handle({ data: () => undefined, close: () => resolve() }))
  stalled.endIfStalled(20)
  await stalled.write(Buffer.alloc(8_000_000))
  await gone
  assert.deepEqual(states, [])
  void quiet.write(Buffer.from('still here'))
  quiet.end()
  assert.equal(await heard(silent), 'still here')
})

test('a client that vanishes is asked after', async () => {
  const port = await freePort()
  const { descriptor } = bindTcp('127.0.0.1', port)
  const accepted = Promise.withResolvers<Connection>()
  const listener = await listenOn(descriptor, { connectionsMax: 10 }, accepted.resolve)
  ends.push(() => listener.close())
  const peer = net.connect(port, '127.0.0.1')
  ends.push(() => peer.destroy())
  const { remotePort } = await accepted.promise
  const [, , , , , timer] =
    fs
      .readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .map((line) => line.trim().split(/\s+/))
      .find(([, local, remote]) => local?.endsWith(hexPort(port)) === true && remote?.endsWith(hexPort(remotePort))) ??
    []
  // The kernel's timer of the connection is that of keep-alive (2), and ends within two minutes: in hundredths of a second.
  const [kind, due] = (timer ?? '').split(':')
  assert.equal(kind, '02')
  assert.ok(Number.parseInt(due ?? '', 16) <= 12_000)
})

async function freePort(): Promise<number> {
  const server = net.createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as net.AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}

function hexPort(port: number): string {
  return `:${port.toString(16).toUpperCase().padStart(4, '0')}`
}

test('too many connections are closed at once, and there is room again when one goes', async () => {
  const server = await listen(1)
  const first = client(server)
  const connection = await server.next()
  connection.handle({ data: () => undefined, close: () => undefined })
  assert.equal(await heard(client(server)), '')
  const gone = new Promise<void>((resolve) => connection.handle({ data: () => undefined, close: () => resolve() }))
  first.destroy()
  await gone
  const again = client(server)
  const next = await server.next()
  next.destroy()
  assert.equal(await heard(again), '')
})

test('TLS begins on a connection, with what has come already; who does not speak it gets nowhere', async () => {
  const server = await listen()
  const plain = client(server)
  const secured = (await server.next()).startTls(context)
  const socket = tls.connect({ socket: plain, rejectUnauthorized: false, minVersion: 'TLSv1.3' })
  ends.push(() => socket.destroy())
  const connection = await secured
  assert.ok(connection !== null)
  assert.deepEqual([connection.tls?.version, connection.tls?.cipher.startsWith('TLS_')], ['TLSv1.3', true])
  const text = collect(connection)
  socket.end('in secret')
  assert.equal(await text, 'in secret')

  for (const babble of ['EHLO example.org\r\n', '']) {
    const other = client(server)
    const handshake = (await server.next()).startTls(context)
    other.end(babble)
    assert.equal(await handshake, null)
  }
  const old = client(server)
  const handshake = (await server.next()).startTls(context)
  const refused = tls.connect({
    socket: old,
    rejectUnauthorized: false,
    maxVersion: 'TLSv1.1',
    ciphers: 'ALL:@SECLEVEL=0',
  })
  refused.on('error', () => undefined)
  assert.equal(await handshake, null)
})

test('a socket that nobody has is an error that says so; whether somebody answers on a port can be asked', async () => {
  await assert.rejects(connectUnix(`${directory}/nobody`), { code: 'ENOENT' })
  const server = await listen()
  const connection = await connectUnix(server.path)
  const other = await server.next()
  const text = collect(connection)
  void other.write(Buffer.from('hello'))
  other.endWriting()
  assert.equal(await text, 'hello')
  server.close()
  connection.destroy()

  const tcp = net.createServer()
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve))
  const { port } = tcp.address() as net.AddressInfo
  assert.equal(await answersOnPort('127.0.0.1', port), true)
  await new Promise((resolve) => tcp.close(resolve))
  assert.equal(await answersOnPort('127.0.0.1', port), false)
})

test('what is relayed comes whole and in order, from several at once, while its memory is used again', async () => {
  const sources = await listen()
  const sinks = await listen()
  const connected = async (): Promise<{ source: Connection; from: Connection; sink: Connection; to: net.Socket }> => {
    const accepted = sources.next()
    const from = await connectUnix(sources.path)
    const source = await accepted
    const to = client(sinks)
    return { source, from, sink: await sinks.next(), to }
  }
  const relays = [await connected(), await connected(), await connected()]
  await Promise.all(
    relays.map(async ({ source, from, sink, to }, fill) => {
      from.handle({ data: (chunk) => sink.writeAndWipe(chunk) ?? undefined, close: () => sink.end() })
      const bytes = Buffer.from(Array.from({ length: 1_000_003 }, (_, index) => (100 * fill + index) % 251))
      const received: Buffer[] = []
      to.on('data', (chunk: Buffer) => received.push(chunk))
      const end = new Promise((resolve) => to.on('end', resolve))
      for (let start = 0, size = 70_001; start < bytes.length; start += size, size = 71_004 - size) {
        await source.write(bytes.subarray(start, start + size))
      }
      source.end()
      await end
      assert.ok(Buffer.concat(received).equals(bytes))
    }),
  )
})
