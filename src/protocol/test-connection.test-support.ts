// A connection without a socket: what a test sends comes to its handler, and what is written is kept.

import type { Connection } from '#platform/net.ts'

type Handler = Parameters<Connection['handle']>[0]

/** One end of a connection, in memory. */
export class TestConnection implements Connection {
  readonly remoteAddress: string
  readonly remotePort = 0
  readonly tls = null
  isDestroyed = false
  written = Buffer.alloc(0)
  #handler: Handler | null = null

  constructor(remoteAddress = '') {
    this.remoteAddress = remoteAddress
  }

  write(bytes: Uint8Array): null {
    this.written = Buffer.concat([this.written, bytes])
    return null
  }

  gather(bytes: Uint8Array): null {
    return this.write(bytes)
  }

  writeAndWipe(bytes: Uint8Array): null {
    return this.write(bytes)
  }

  endWriting(): void {
    // Nothing waits to be written.
  }

  end(): void {
    this.destroy()
  }

  destroy(): void {
    if (this.isDestroyed) return
    this.isDestroyed = true
    this.#handler?.close(null)
  }

  handle(handler: Handler): void {
    this.#handler = handler
  }

  timeout(): void {
    // Nothing is ever late.
  }

  endIfStalled(): void {
    // Everything is taken at once.
  }

  startTls(): Promise<null> {
    return Promise.resolve(null)
  }

  async receive(chunk: Buffer): Promise<void> {
    if (!this.isDestroyed) await this.#handler?.data(chunk)
  }
}
