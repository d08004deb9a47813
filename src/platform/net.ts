// Sockets: listening on descriptors that the supervisor made, connecting to Unix sockets, and TLS on top of a connection.
//
// A connection delivers one chunk at a time: the next comes when the handler's promise resolves, which is what slows a fast peer
// down. Chunks belong to the handler, who wipes what held passwords or mail. Errors of a connection are never thrown: it closes.

import net from 'node:net'
import tls from 'node:tls'

interface ConnectionHandler {
  /** Resolves when the next chunk may come. Must not reject: a rejection destroys the connection. */
  data(chunk: Buffer): Promise<void> | void
  /** The peer sends nothing more; our half is still open. */
  end?(): void
  /** Exactly once. Nothing is delivered afterwards. */
  close(error: Error | null): void
}

export interface TlsState {
  /** `TLSv1.3`. */
  readonly version: string
  /** The suite's standard name. */
  readonly cipher: string
}

export interface Connection {
  /** Of the peer; empty for a Unix socket. IPv4 addresses are never written as IPv6. */
  readonly remoteAddress: string
  readonly remotePort: number
  readonly tls: TlsState | null
  /** Takes the bytes. Null: go on; a promise: wait for it first. It resolves, too, when the connection ends. */
  write(bytes: Uint8Array): Promise<void> | null
  /** The same; the bytes leave together with whatever else is gathered in this round of the event loop. */
  gather(bytes: Uint8Array): Promise<void> | null
  /** As `write`, and wipes the bytes when they have gone. Their memory may serve others then. */
  writeAndWipe(bytes: Uint8Array): Promise<void> | null
  /** Closes our half when everything is written; what the peer sends is delivered as before. */
  endWriting(): void
  /** Nothing more is delivered. Closes our half when everything is written, and the whole when the peer closes its own or `LINGER_MS` pass. */
  end(): void
  /** At once. */
  destroy(): void
  /** Gives the connection to another handler; chunks already on their way go to the new one. */
  handle(handler: ConnectionHandler): void
  /** Nothing heard from the peer, nor taken by it, for this long calls `idle` once, and again after the next traffic. 0 switches it off. */
  timeout(delayMs: number, idle: () => void): void
  /** In the place of `timeout`: ends the connection when the peer has taken nothing for so long of what waits for it. Silence alone does not count. */
  endIfStalled(delayMs: number): void
  /** Begins TLS as the server. The connection itself must not be used afterwards. Resolves to null if the handshake fails. */
  startTls(context: TlsContext): Promise<Connection | null>
}

/** Keys and certificate, ready for handshakes. */
export type TlsContext = tls.SecureContext

/** A client that has vanished is noticed four minutes after it was last heard of: two without a word, and two without an answer. */
const KEEP_ALIVE = { enable: true, initialDelay: 120_000, interval: 30_000, count: 4 }
const LINGER_MS = 5_000
const HANDSHAKE_MS = 20_000
const HIGH_WATER_BYTES = 65_536

export function tlsContext(certificatePem: string, privateKeyPem: string): TlsContext {
  return tls.createSecureContext({
    cert: certificatePem,
    key: privateKeyPem,
    minVersion: 'TLSv1.2',
    honorCipherOrder: true,
  })
}

export interface Listener {
  /** Takes no more connections. Those that are open stay. */
  close(): void
}

export interface ListenOptions {
  /** More connections than this are closed at once. */
  readonly connectionsMax: number
}

/** Accepts on a listening (or bound) socket that this process inherited. Resolves when it accepts. */
export function listenOn(
  descriptor: number,
  { connectionsMax }: ListenOptions,
  accepted: (connection: Connection) => void,
): Promise<Listener> {
  const server = net.createServer({ pauseOnConnect: true, allowHalfOpen: true, noDelay: true }, (socket) =>
    accepted(new SocketConnection(socket.setKeepAlive(KEEP_ALIVE))),
  )
  server.maxConnections = connectionsMax
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ fd: descriptor }, () => resolve({ close: () => void server.close() }))
  })
}

/**
 * What comes on sockets that were connected from here is read into this, one after the other, and copied from it: otherwise Node allocates as
 * much for each read, however short. (Accepted sockets have no such option.)
 */
const received = Buffer.allocUnsafeSlow(65_536)

/** What is shorter is copied into memory of its length. */
const LONG_BYTES = 8_192
const SPARE_MAX = 8
/**
 * Memory for long chunks, wiped. Who relays them gives it back by `writeAndWipe`: otherwise each would be allocated, overwritten twice by the allocator, and
 * collected, which takes longer than to relay it.
 */
const spare: Buffer[] = []
/** By chunks that are such memory, as they were handed over: whoever has made a view of one keeps its memory. */
const lent = new WeakMap<Uint8Array, Buffer>()

function copyOfReceived(length: number): Buffer {
  if (length < LONG_BYTES) return Buffer.from(received.subarray(0, length))
  const memory = spare.pop() ?? Buffer.allocUnsafeSlow(received.length)
  const chunk = memory.subarray(0, length)
  received.copy(chunk, 0, 0, length)
  lent.set(chunk, memory)
  return chunk
}

function wipeAndKeep(chunk: Uint8Array): void {
  chunk.fill(0)
  const memory = lent.get(chunk)
  if (memory === undefined || spare.length === SPARE_MAX) return
  lent.delete(chunk)
  spare.push(memory)
}

/** Throws what the system says: ENOENT, ECONNREFUSED, EACCES. */
export function connectUnix(path: string): Promise<Connection> {
  return new Promise((resolve, reject) => {
    let connection: SocketConnection | null = null
    const onread = {
      buffer: received,
      callback(length: number): boolean {
        const chunk = copyOfReceived(length)
        received.fill(0, 0, length)
        connection?.received(chunk)
        return true
      },
    }
    const socket = net.connect({ path, allowHalfOpen: true, onread })
    socket.pause()
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      connection = new SocketConnection(socket)
      resolve(connection)
    })
  })
}

/** A connected socket that this process inherited. */
export function adoptSocket(descriptor: number): Connection {
  return new SocketConnection(new net.Socket({ fd: descriptor, readable: true, writable: true, allowHalfOpen: true }))
}

/** One end of a pipe that `spawn` made. */
export function adoptStream(stream: net.Socket): Connection {
  return new SocketConnection(stream)
}

class SocketConnection implements Connection {
  readonly remoteAddress: string
  readonly remotePort: number
  readonly tls: TlsState | null
  readonly #socket: net.Socket
  #handler: ConnectionHandler | null = null
  #waiting: Buffer[] = []
  #isBusy = false
  /** TLS has it. */
  #isHandedOver = false
  #peerEnded = false
  #endIsTold = false
  #isClosed = false
  #error: Error | null = null
  #drains: (() => void)[] = []
  #isGathering = false

  constructor(socket: net.Socket, tlsState: TlsState | null = null) {
    this.#socket = socket
    this.remoteAddress = (socket.remoteAddress ?? '').replace(/^::ffff:(?=\d+\.)/, '')
    this.remotePort = socket.remotePort ?? 0
    this.tls = tlsState
    socket.pause()
    socket.on('data', (chunk: Buffer) => this.received(chunk))
    socket.on('end', () => {
      this.#peerEnded = true
      this.#deliver()
    })
    socket.on('drain', () => this.#drained())
    socket.on('error', (error) => {
      this.#error = error
    })
    socket.on('close', () => {
      this.#isClosed = true
      for (const chunk of this.#waiting) chunk.fill(0)
      this.#waiting = []
      this.#drained()
      if (!this.#isHandedOver) this.#handler?.close(this.#error)
    })
  }

  write(bytes: Uint8Array): Promise<void> | null {
    return this.#write(bytes, undefined)
  }

  gather(bytes: Uint8Array): Promise<void> | null {
    if (!this.#isGathering) {
      this.#isGathering = true
      this.#socket.cork()
      setImmediate(() => {
        this.#isGathering = false
        this.#socket.uncork()
      })
    }
    return this.#write(bytes, undefined)
  }

  writeAndWipe(bytes: Uint8Array): Promise<void> | null {
    return this.#write(bytes, () => wipeAndKeep(bytes))
  }

  #write(bytes: Uint8Array, written: (() => void) | undefined): Promise<void> | null {
    if (this.#isClosed || this.#socket.destroyed || this.#socket.writableEnded) {
      written?.()
      return null
    }
    this.#socket.write(bytes, written)
    if (this.#socket.writableLength < HIGH_WATER_BYTES) return null
    return new Promise((resolve) => this.#drains.push(resolve))
  }

  endWriting(): void {
    this.#socket.end()
  }

  end(): void {
    if (this.#isClosed) return
    this.#socket.end()
    const timer = setTimeout(() => this.#socket.destroy(), LINGER_MS)
    timer.unref()
    this.#socket.once('close', () => clearTimeout(timer))
    // Whoever sends after the end is not listened to, but must not get a reset that takes our last reply with it.
    this.handle({ data: () => undefined, close: this.#handler?.close.bind(this.#handler) ?? (() => undefined) })
    if (this.#peerEnded) this.#socket.destroySoon()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  handle(handler: ConnectionHandler): void {
    this.#handler = handler
    if (this.#isClosed) {
      queueMicrotask(() => handler.close(this.#error))
      return
    }
    this.#deliver()
  }

  timeout(delayMs: number, idle: () => void): void {
    this.#socket.removeAllListeners('timeout')
    this.#socket.setTimeout(delayMs, idle)
  }

  endIfStalled(delayMs: number): void {
    this.timeout(delayMs, () => {
      if (this.#socket.writableLength > 0) this.#socket.destroy()
    })
  }

  async startTls(context: TlsContext): Promise<Connection | null> {
    const socket = this.#socket
    this.#isHandedOver = true
    if (!(await this.#begins())) return null
    const early = this.#waiting
    this.#waiting = []
    socket.pause()
    socket.removeAllListeners('data').removeAllListeners('end').removeAllListeners('drain')
    socket.removeAllListeners('error').removeAllListeners('close')
    // A failed handshake reports itself on the TLS socket; the one below must not throw.
    socket.on('error', () => undefined)
    for (const chunk of early.reverse()) socket.unshift(chunk)
    const secure = new tls.TLSSocket(socket, { isServer: true, secureContext: context })
    const timer = setTimeout(() => secure.destroy(), HANDSHAKE_MS)
    timer.unref()
    return new Promise((resolve) => {
      const failed = (): void => {
        clearTimeout(timer)
        secure.destroy()
        resolve(null)
      }
      secure.once('error', failed)
      secure.once('close', failed)
      // A client that goes away in the middle of the handshake.
      secure.once('end', failed)
      secure.once('secure', () => {
        clearTimeout(timer)
        secure.off('error', failed).off('close', failed).off('end', failed)
        const state = { version: secure.getProtocol() ?? 'TLS', cipher: secure.getCipher().standardName }
        resolve(new SocketConnection(secure, state))
      })
    })
  }

  /**
   * Waits for the first bytes of the handshake. TLS keeps what it has read them into for as long as the connection lasts: 64 KiB if it reads from the
   * socket, and no more than they are if it is given them. False: the client has gone, or does not begin.
   */
  #begins(): Promise<boolean> {
    if (this.#waiting.length > 0) return Promise.resolve(true)
    const socket = this.#socket
    return new Promise((resolve) => {
      const settle = (isHere: boolean): void => {
        clearTimeout(timer)
        socket.off('data', heard).off('end', gone).off('close', gone)
        if (!isHere) socket.destroy()
        resolve(isHere)
      }
      // `received` has put them where they are taken from.
      const heard = (): void => settle(true)
      const gone = (): void => settle(false)
      const timer = setTimeout(gone, HANDSHAKE_MS)
      timer.unref()
      if (socket.destroyed || this.#peerEnded) return gone()
      socket.once('data', heard).once('end', gone).once('close', gone)
      socket.resume()
    })
  }

  #drained(): void {
    const drains = this.#drains
    this.#drains = []
    for (const resolve of drains) resolve()
  }

  /** Reading goes on while the handler has one chunk; it stops when a second one waits. */
  received(chunk: Buffer): void {
    if (this.#handler !== null && !this.#isBusy && this.#waiting.length === 0 && !this.#isHandedOver) {
      this.#hand(this.#handler, chunk)
      return
    }
    this.#waiting.push(chunk)
    this.#socket.pause()
  }

  #deliver(): void {
    const handler = this.#handler
    if (handler === null || this.#isBusy || this.#isClosed || this.#isHandedOver) return
    const chunk = this.#waiting.shift()
    if (chunk === undefined) {
      if (!this.#peerEnded) {
        if (this.#socket.isPaused()) this.#socket.resume()
      } else if (!this.#endIsTold) {
        this.#endIsTold = true
        if (handler.end === undefined) this.#socket.end()
        else handler.end()
      }
      return
    }
    this.#hand(handler, chunk)
    if (!this.#isBusy) this.#deliver()
  }

  #hand(handler: ConnectionHandler, chunk: Buffer): void {
    const done = handler.data(chunk)
    if (done === undefined) return
    this.#isBusy = true
    done.then(
      () => {
        this.#isBusy = false
        this.#deliver()
      },
      (error: unknown) => {
        this.#error = error instanceof Error ? error : new Error('a handler failed')
        this.#socket.destroy()
      },
    )
  }
}

const PROBE_MS = 3_000

/** Whether somebody accepts connections there. */
export function answersOnPort(address: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = net.connect({ host: address, port, timeout: PROBE_MS })
    const settle = (answers: boolean): void => {
      socket.destroy()
      resolve(answers)
    }
    socket.once('connect', () => settle(true))
    socket.once('error', () => settle(false))
    socket.once('timeout', () => settle(false))
  })
}
