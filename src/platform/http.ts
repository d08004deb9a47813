// HTTP/1.1 on a socket that this process inherited, with bounds on headers, time and connections. Bodies are streams with back-pressure.

import type { IncomingMessage, Server, ServerResponse } from 'node:http'
import net, { type Socket } from 'node:net'

// An import of these gives names to all that they export: for that Node loads its client of the web, which is a tenth of what the process would load.
const http = process.getBuiltinModule('node:http')
const https = process.getBuiltinModule('node:https')

export interface HttpRequest {
  readonly method: string
  /** As it came: percent-encoded, without the query. */
  readonly path: string
  readonly query: URLSearchParams
  /** Of a name in lower case; the first if there are several; null if there is none. */
  header(name: string): string | null
  readonly remoteAddress: string
  readonly isTls: boolean
  /** Chunks belong to the reader, who wipes them. Throws when the client goes away in the middle. */
  readonly body: AsyncIterable<Buffer>
}

export interface HttpResponse {
  /** Once, before all else. */
  head(status: number, headers: Readonly<Record<string, string>>): void
  /** Null: go on. A promise: wait for it. */
  write(bytes: Uint8Array): Promise<void> | null
  end(): void
  /** Cuts the connection, so that the client notices that something is missing. */
  abort(): void
  /** Resolves when the response was sent or the client has gone. */
  readonly closed: Promise<void>
}

export interface HttpOptions {
  readonly connectionsMax: number
  /** PEM; null for no TLS. */
  readonly tls: { readonly certificatePem: string; readonly privateKeyPem: string } | null
  /** Null: there are too many connections from this address. Otherwise to be called when the connection has gone. */
  admit(address: string): (() => void) | null
}

export interface HttpServer {
  /** Takes no more connections; resolves when requests under way have ended. */
  close(): Promise<void>
  readonly connections: number
}

const HEADER_BYTES_MAX = 16_384
const HEADERS_MS = 20_000
const REQUEST_MS = 10 * 60_000
const KEEP_ALIVE_MS = 65_000
const PATH_LENGTH_MAX = 8_192
const CLOSE_MS = 10_000
const SWEEP_MS = 50

export function listenHttp(
  descriptor: number,
  options: HttpOptions,
  handle: (request: HttpRequest, response: HttpResponse) => void,
): Promise<HttpServer> {
  const common = { maxHeaderSize: HEADER_BYTES_MAX, keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }
  const { tls } = options
  const server =
    tls === null
      ? http.createServer(common)
      : https.createServer({ ...common, cert: tls.certificatePem, key: tls.privateKeyPem, minVersion: 'TLSv1.2' })
  server.headersTimeout = HEADERS_MS
  server.requestTimeout = REQUEST_MS
  server.maxConnections = options.connectionsMax
  let connections = 0
  server.on('connection', (socket: Socket) => {
    connections++
    const leave = options.admit(addressOf(socket))
    socket.once('close', () => {
      connections--
      leave?.()
    })
    if (leave !== null) return
    if (tls === null) socket.write(refusal('503 Service Unavailable'))
    socket.destroySoon()
  })
  server.on('request', (request, response) => {
    // RFC 9112 §3.2: whoever is asked for in two ways may be understood in two ways.
    if ((request.headersDistinct['host'] ?? []).length > 1) {
      response.writeHead(400, { Connection: 'close' }).end()
      return
    }
    if ((request.url ?? '').length > PATH_LENGTH_MAX) {
      response.writeHead(414).end()
      return
    }
    handle(asRequest(request), asResponse(response))
  })
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (socket.writable) socket.end(refusal(STATUS_OF[error.code ?? ''] ?? '400 Bad Request'))
    else socket.destroy()
  })
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd: descriptor }, () => {
      resolve({
        close: () => closeServer(server),
        get connections() {
          return connections
        },
      })
    })
  })
}

/** What Node's parser finds wrong with a request; everything else is malformed. */
const STATUS_OF: Readonly<Record<string, string>> = {
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
}

function refusal(status: string): string {
  return `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`
}

function addressOf(socket: Socket): string {
  return (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), CLOSE_MS)
    // A client keeps its connection when it has its answer, and would keep the server, too.
    const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_MS)
    server.close(() => {
      clearTimeout(timer)
      clearInterval(sweep)
      resolve()
    })
    server.closeIdleConnections()
  })
}

function asRequest(request: IncomingMessage): HttpRequest {
  const url = request.url ?? '/'
  const mark = url.indexOf('?')
  const { socket } = request
  return {
    method: request.method ?? 'GET',
    path: mark < 0 ? url : url.slice(0, mark),
    query: new URLSearchParams(mark < 0 ? '' : url.slice(mark + 1)),
    header(name) {
      const value = request.headers[name]
      return (Array.isArray(value) ? value[0] : value) ?? null
    },
    remoteAddress: addressOf(socket),
    isTls: 'encrypted' in socket,
    body: request,
  }
}

function asResponse(response: ServerResponse): HttpResponse {
  const closed = Promise.withResolvers<void>()
  response.once('close', () => closed.resolve())
  response.on('error', () => closed.resolve())
  return {
    closed: closed.promise,
    head: (status, headers) => void response.writeHead(status, headers),
    write(bytes) {
      if (response.destroyed || response.write(bytes)) return null
      return Promise.race([new Promise<void>((resolve) => response.once('drain', () => resolve())), closed.promise])
    },
    end: () => void response.end(),
    abort: () => void response.destroy(),
  }
}

/** What Node's parser reads at a time. */
const READ_BYTES = 65_536
const TRIES = 5

let wipes = 0

/**
 * Fills the buffer with zeros that Node keeps for reading the requests of all connections without TLS; `wipe-memory.ts` has the rest. Resolves when
 * it is done.
 */
export async function wipeRequestBuffer(): Promise<void> {
  for (let tries = 0; tries < TRIES; tries++) if (await overwriteRequestBuffer()) return
}

/** This process sends itself a request that fills it. False if it was not read at once. */
function overwriteRequestBuffer(): Promise<boolean> {
  if (process.platform !== 'linux') return Promise.resolve(true)
  const head = Buffer.from(`POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${READ_BYTES}\r\n\r\n`)
  return new Promise((resolve) => {
    const path = `\0mailkeep-wipe-http-${process.pid}-${++wipes}`
    const receiver = net.createServer({ pauseOnConnect: true })
    const parser = http.createServer()
    const sender = new net.Socket()
    const end = (isDone: boolean): void => {
      sender.destroy()
      receiver.close()
      resolve(isDone)
    }
    sender.once('error', () => end(false))
    receiver.once('error', () => end(false))
    parser.once('request', (request: IncomingMessage) => {
      request.once('data', (zeros: Buffer) => {
        request.destroy()
        end(zeros.length === READ_BYTES - head.length)
      })
    })
    receiver.once('connection', (socket) => {
      socket.once('error', () => end(false))
      // Not before all of it is there.
      sender.write(Buffer.concat([head, Buffer.alloc(READ_BYTES)]), () => {
        parser.emit('connection', socket)
        socket.resume()
      })
    })
    receiver.listen(path, () => sender.connect(path))
  })
}
