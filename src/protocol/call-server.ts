// The serving side of calls (docs/formats/frames.md §3).

import { type Codec, struct, u32 } from '#base/codec.ts'
import type { Connection } from '#platform/net.ts'
import { Channel, type Schema } from './channel.ts'

/** Requests and responses of a boundary. */
export interface CallSchema<Request, Response> {
  readonly request: Codec<Request>
  readonly response: Codec<Response>
  readonly requestBytesMax: number
  readonly responseBytesMax: number
}

export interface Call<T> {
  readonly id: number
  readonly body: T
}

const ID_BYTES = 4

export function callCodec<T>(body: Codec<T>): Codec<Call<T>> {
  return struct({ id: u32, body })
}

function serverSchema<Request, Response>(schema: CallSchema<Request, Response>): Schema<Call<Request>, Call<Response>> {
  return {
    incoming: callCodec(schema.request),
    outgoing: callCodec(schema.response),
    incomingBytesMax: schema.requestBytesMax + ID_BYTES,
    outgoingBytesMax: schema.responseBytesMax + ID_BYTES,
  }
}

/** One client's connection, for the server. */
export interface CallPeer<Response> {
  /** News, which the client asked for. As `Channel.send`. */
  tell(news: Response): Promise<void> | null
  /** Ends the connection: the client broke the rules of the boundary. */
  destroy(): void
}

export interface CallHandlers<Request, Response> {
  /**
   * Answers a request, or returns null for one that has no answer. Byte fields of the request are wiped when the promise resolves. A
   * rejection is the server's own mistake: it ends the connection, and goes to `failed`.
   */
  request(request: Request): Promise<Response> | Response | null
  closed?(): void
}

const OPEN_CALLS_MAX = 256

/** Serves one connection until it ends. */
export function serveCalls<Request, Response>(
  connection: Connection,
  schema: CallSchema<Request, Response>,
  accept: (peer: CallPeer<Response>) => CallHandlers<Request, Response>,
  failed: (error: unknown) => void,
): void {
  const channel = new Channel(connection, serverSchema(schema))
  const handlers = accept({
    tell: (news) => channel.gather({ id: 0, body: news }),
    destroy: () => channel.destroy(),
  })
  let open = 0
  let hasRoom: (() => void) | null = null
  const answered = (id: number, response: Response | null): Promise<void> | null => {
    open--
    hasRoom?.()
    hasRoom = null
    return response === null || id === 0 ? null : channel.gather({ id, body: response })
  }
  channel.open({
    async message({ id, body }, release) {
      open++
      const response = handlers.request(body)
      if (!(response instanceof Promise)) {
        release()
        const drain = answered(id, response)
        if (drain !== null) await drain
        return
      }
      response.then(
        (value) => {
          release()
          void answered(id, value)
        },
        (error: unknown) => {
          release()
          failed(error)
          channel.destroy()
        },
      )
      if (open >= OPEN_CALLS_MAX) await new Promise<void>((resolve) => (hasRoom = resolve))
    },
    close() {
      hasRoom?.()
      handlers.closed?.()
    },
  })
}
