// How bytes go to a server and come back: by a socket, or within the process (in-process.ts).

import net from 'node:net'

export interface Wire extends Disposable {
  send(bytes: Buffer): void
  /** What came since; null when the server has closed the connection. Waits for it, at most so long: then empty. */
  receive(waitMs: number): Promise<Buffer | null>
  /** What is there already. */
  ready(): Buffer
}

export interface Server {
  readonly name: string
  readonly user: string
  readonly password: string
  connect(): Promise<Wire>
  /** A moment in which others go on; two milliseconds if not given. */
  moment?(): Promise<void>
}

/** Bytes that one side puts in and the other waits for. */
export class Inbound {
  #chunks: Buffer[] = []
  #isClosed = false
  #wake: (() => void) | null = null

  push(bytes: Buffer): void {
    this.#chunks.push(bytes)
    this.#wake?.()
  }

  close(): void {
    this.#isClosed = true
    this.#wake?.()
  }

  async take(waitMs: number): Promise<Buffer | null> {
    if (this.#chunks.length === 0 && !this.#isClosed) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, waitMs)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#wake = null
    }
    if (this.#chunks.length === 0 && this.#isClosed) return null
    return this.ready()
  }

  ready(): Buffer {
    const bytes = Buffer.concat(this.#chunks)
    this.#chunks = []
    return bytes
  }
}

/** In the clear, on loopback. */
export function connectTo(port: number): Promise<Wire> {
  const inbound = new Inbound()
  const socket = net.connect({ port, host: '127.0.0.1', noDelay: true })
  socket.on('data', (chunk: Buffer) => inbound.push(chunk))
  socket.on('close', () => inbound.close())
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      // Told as its end.
      socket.on('error', () => {})
      resolve({
        send: (bytes) => void socket.write(bytes),
        receive: (waitMs) => inbound.take(waitMs),
        ready: () => inbound.ready(),
        [Symbol.dispose]: () => void socket.destroy(),
      })
    })
  })
}
