// A connection as the host of a protocol engine's session.

import { nextTurn } from '#account/turns.ts'
import type { SessionHost } from '#base/session-host.ts'
import { systemClock } from '#platform/clock.ts'
import { Inflater, deflatePiece } from '#platform/deflate.ts'
import type { Connection } from '#platform/net.ts'

export interface ConnectionHost extends SessionHost {
  /** Resolves when the session has said that it is over, or its connection has gone. */
  readonly over: Promise<void>
  /** Of what comes, since it is compressed. */
  readonly inflater: Inflater | null
  /** To be called when the connection has gone. */
  gone(): void
}

export function connectionHost(connection: Connection, failed: (error: unknown) => void): ConnectionHost {
  const { promise: over, resolve } = Promise.withResolvers<void>()
  let inflater: Inflater | null = null
  return {
    over,
    get inflater() {
      return inflater
    },
    gone() {
      inflater?.[Symbol.dispose]()
      resolve()
    },
    send: (bytes) => connection.write(inflater === null ? bytes : deflatePiece(bytes)),
    compress() {
      inflater = new Inflater()
    },
    end() {
      connection.end()
      resolve()
    },
    fail: failed,
    pause: nextTurn,
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
  }
}

/** What the engines of all protocols have in common. */
export interface Engine {
  readonly timeoutMs: number
  readonly isOver: boolean
  receive(chunk: Buffer): Promise<void> | undefined
  expire(): void
  close(): void
}

/** Gives the engine what the client sends, until one of them ends. `rest` came before. Chunks are wiped. */
export function driveEngine(
  connection: Connection,
  host: ConnectionHost,
  engine: Engine,
  rest: Buffer,
  closed: () => void,
): void {
  let timeoutMs = 0
  const watch = (): void => {
    if (engine.timeoutMs === timeoutMs) return
    timeoutMs = engine.timeoutMs
    connection.timeout(timeoutMs, () => engine.expire())
  }
  const receive = async (chunk: Buffer): Promise<void> => {
    const { inflater } = host
    if (inflater === null) await engine.receive(chunk)
    else {
      const isWhole = await inflater.push(chunk, async (piece) => {
        await engine.receive(piece)
        // What it said last is still to be sent; nothing more is made of what came.
        if (engine.isOver) inflater[Symbol.dispose]()
      })
      if (!isWhole && !engine.isOver) connection.destroy()
    }
    chunk.fill(0)
    watch()
  }
  let first: Promise<void> | null = rest.length === 0 ? null : receive(rest).finally(() => (first = null))
  watch()
  connection.handle({
    // What follows is not read before what came with the login is done.
    data: (chunk) => (first === null ? receive(chunk) : first.then(() => receive(chunk))),
    // It has sent all that it will, and has the replies to that.
    end: () => void Promise.resolve(first).then(() => connection.end()),
    close() {
      engine.close()
      host.gone()
      closed()
    },
  })
}
