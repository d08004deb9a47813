// The calling side (docs/formats/frames.md §3): one connection for all calls of a process, made when it is needed and again when it is
// lost. A call whose connection ends before its answer came fails with `CallLostError`: whether the server did it, nobody knows.

import type { Connection } from '#platform/net.ts'
import { type Call, type CallSchema, callCodec } from './call-server.ts'
import { Channel, type Schema } from './channel.ts'

/** The server cannot be reached: nothing was asked. */
export class CallRefusedError extends Error {
  override name = 'CallRefusedError'
}

/** The connection ended while the call was open. */
export class CallLostError extends Error {
  override name = 'CallLostError'
}

interface OpenCall<Response> {
  resolve(response: Response): void
  reject(error: Error): void
}

const ID_MAX = 0xffff_ffff
const ID_BYTES = 4

function clientSchema<Request, Response>(schema: CallSchema<Request, Response>): Schema<Call<Response>, Call<Request>> {
  return {
    incoming: callCodec(schema.response),
    outgoing: callCodec(schema.request),
    incomingBytesMax: schema.responseBytesMax + ID_BYTES,
    outgoingBytesMax: schema.requestBytesMax + ID_BYTES,
  }
}

export interface CallClientOptions<Response> {
  connect(): Promise<Connection>
  /** What the server tells without being asked. */
  news?(news: Response): void
  /** The connection is lost: what the server was to tell, it does not tell any more. */
  lost?(): void
}

export class CallClient<Request, Response> {
  readonly #schema: CallSchema<Request, Response>
  readonly #options: CallClientOptions<Response>
  readonly #open = new Map<number, OpenCall<Response>>()
  #channel: Channel<Call<Response>, Call<Request>> | null = null
  #connecting: Promise<Channel<Call<Response>, Call<Request>>> | null = null
  #nextId = 1
  #isClosed = false

  constructor(schema: CallSchema<Request, Response>, options: CallClientOptions<Response>) {
    this.#schema = schema
    this.#options = options
  }

  /** Throws CallRefusedError and CallLostError. Byte fields of the answer are the caller's. */
  async call(request: Request): Promise<Response> {
    const channel = this.#channel ?? (await this.#connected())
    const id = this.#freeId()
    const answer = new Promise<Response>((resolve, reject) => this.#open.set(id, { resolve, reject }))
    void channel.gather({ id, body: request })
    return answer
  }

  /** Without an answer; null as `Connection.write`. What cannot be sent is dropped. */
  tell(request: Request): Promise<void> | null {
    return this.#channel?.gather({ id: 0, body: request }) ?? null
  }

  close(): void {
    this.#isClosed = true
    this.#channel?.destroy()
  }

  #freeId(): number {
    for (;;) {
      const id = this.#nextId
      this.#nextId = id === ID_MAX ? 1 : id + 1
      if (!this.#open.has(id)) return id
    }
  }

  #connected(): Promise<Channel<Call<Response>, Call<Request>>> {
    this.#connecting ??= this.#connect().finally(() => (this.#connecting = null))
    return this.#connecting
  }

  async #connect(): Promise<Channel<Call<Response>, Call<Request>>> {
    if (this.#isClosed) throw new CallRefusedError('the client is closed')
    let connection: Connection
    try {
      connection = await this.#options.connect()
    } catch (cause) {
      throw new CallRefusedError('the server cannot be reached', { cause })
    }
    const channel = new Channel(connection, clientSchema(this.#schema))
    this.#channel = channel
    channel.open({
      message: ({ id, body }) => this.#heard(id, body),
      close: (error) => this.#ended(error),
    })
    return channel
  }

  #heard(id: number, body: Response): void {
    if (id === 0) {
      this.#options.news?.(body)
      return
    }
    const call = this.#open.get(id)
    this.#open.delete(id)
    call?.resolve(body)
  }

  #ended(cause: Error | null): void {
    this.#channel = null
    const calls = [...this.#open.values()]
    this.#open.clear()
    const error = new CallLostError('the connection ended', { cause })
    for (const call of calls) call.reject(error)
    this.#options.lost?.()
  }
}
