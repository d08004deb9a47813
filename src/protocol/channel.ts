// A connection that carries frames. Messages are handled one after the other: the next is read when the handler's promise resolves. Anything
// that is not of the boundary's schema ends the connection.

import type { Codec } from '#base/codec.ts'
import type { Connection } from '#platform/net.ts'
import { FrameReader, encodeFrame } from './frame.ts'

export interface Schema<In, Out> {
  readonly incoming: Codec<In>
  readonly outgoing: Codec<Out>
  /** Bounds of one message. */
  readonly incomingBytesMax: number
  readonly outgoingBytesMax: number
}

export interface ChannelHandler<In> {
  /**
   * The next message comes when the promise resolves. Byte fields are views of what was received, which `release` wipes: to be called when
   * they are no longer needed, at any time.
   */
  message(message: In, release: () => void): Promise<void> | void
  /** Once, whichever side ended it. */
  close(error: Error | null): void
}

export class Channel<In, Out> {
  readonly #connection: Connection
  readonly #schema: Schema<In, Out>
  readonly #reader: FrameReader<In>
  #handler: ChannelHandler<In> | null = null
  #isOpen = true

  constructor(connection: Connection, schema: Schema<In, Out>) {
    this.#connection = connection
    this.#schema = schema
    this.#reader = new FrameReader(schema.incoming, schema.incomingBytesMax)
  }

  /** Begins to read. */
  open(handler: ChannelHandler<In>): void {
    this.#handler = handler
    this.#connection.handle({
      data: (chunk) => this.#received(chunk),
      close: (error) => this.#closed(error),
    })
  }

  get isOpen(): boolean {
    return this.#isOpen
  }

  /** As `Connection.write`. The frame, which may have held a password or mail, is wiped when it has gone. */
  send(message: Out): Promise<void> | null {
    if (!this.#isOpen) return null
    return this.#connection.writeAndWipe(encodeFrame(this.#schema.outgoing, message))
  }

  /** The same; messages that are sent in one round of the event loop leave together. */
  gather(message: Out): Promise<void> | null {
    if (!this.#isOpen) return null
    return this.#connection.gather(encodeFrame(this.#schema.outgoing, message))
  }

  /** Whoever reads on in another way: the connection, and what came behind the last message. */
  detach(): { readonly connection: Connection; readonly rest: Buffer } {
    this.#isOpen = false
    this.#handler = null
    return { connection: this.#connection, rest: this.#reader.takeRest() }
  }

  end(): void {
    this.#connection.end()
  }

  destroy(): void {
    this.#connection.destroy()
  }

  #received(chunk: Buffer): Promise<void> | void {
    this.#reader.push(chunk)
    try {
      for (let frame = this.#reader.next(); frame !== null; frame = this.#reader.next()) {
        const handled = this.#handler?.message(frame.message, frame.release)
        if (handled !== undefined) return this.#goOn(handled)
        if (!this.#isOpen) return
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  /** The rest of what was received, behind a message whose handler takes its time. */
  async #goOn(handled: Promise<void>): Promise<void> {
    try {
      await handled
      for (let frame = this.#isOpen ? this.#reader.next() : null; frame !== null; frame = this.#reader.next()) {
        const next = this.#handler?.message(frame.message, frame.release)
        if (next !== undefined) await next
        if (!this.#isOpen) return
      }
    } catch (error) {
      this.#failed(error)
    }
  }

  #failed(error: unknown): void {
    this.#connection.destroy()
    this.#closed(error instanceof Error ? error : new Error('a handler failed'))
  }

  #closed(error: Error | null): void {
    if (!this.#isOpen) return
    this.#isOpen = false
    this.#reader.wipe()
    this.#handler?.close(error)
  }
}
