// What every process but the supervisor begins with: hears from the supervisor what it is, starts, says that it is ready, answers pings, and
// ends in order when it is told to or when the supervisor has gone. An error that nobody caught ends it at once.

import { systemClock, yieldToEventLoop } from '#platform/clock.ts'
import { Log } from '#platform/log.ts'
import type { HttpOptions, HttpRequest, HttpResponse, HttpServer } from '#platform/http.ts'
import { type Connection, adoptSocket, connectUnix, listenOn } from '#platform/net.ts'
import { wipeMemory } from '#platform/wipe-memory.ts'
import { exit, onSignal, onUncaught } from '#platform/process.ts'
import { Channel } from '#protocol/channel.ts'
import {
  type CannotStart,
  type FromProcess,
  type Init,
  type ProcessKind,
  type SocketInfo,
  type ToProcess,
  processSide,
} from '#protocol/control.ts'

interface Health {
  readonly connections: number
  /** A few words, of ours. */
  readonly detail?: string
}

export interface RunningProcess {
  health(): Health
  /** Resolves when everything that was acknowledged is safe and no reply is cut. */
  stop(): Promise<void>
}

export interface ProcessContext {
  readonly log: Log
  /** Accepts on all sockets with this name. */
  readonly listen: (
    name: string,
    connectionsMax: number,
    accepted: (connection: Connection, socket: SocketInfo) => void,
  ) => Promise<void>
  /** To another process's socket for us. */
  /** Serves HTTP on all sockets with this name, with TLS where the socket says so. */
  readonly listenHttp: (
    name: string,
    options: HttpOptions,
    handle: (request: HttpRequest, response: HttpResponse) => void,
  ) => Promise<HttpServer[]>
  readonly connect: (name: string) => () => Promise<Connection>
  /** This process ends by itself, in order, to be started anew. */
  readonly replaceMe: () => void
}

/** Thrown while starting: starting again will not help. */
export class CannotStartError extends Error {
  override name = 'CannotStartError'
  readonly reason: CannotStart['reason']

  constructor(reason: CannotStart['reason'], detail: string, options?: ErrorOptions) {
    super(detail, options)
    this.reason = reason
  }
}

/** What the first message says to every process. */
type Common = Pick<Init<'ledger'>, 'logLevel' | 'sockets'>

const CONTROL_DESCRIPTOR = 3
const FIRST_SOCKET = 4
const FAILURE = 1
const DETAIL_LENGTH_MAX = 1_000
/** By then the first work is done, as the opening of what there is. */
const SETTLED_MS = 2_000

export function runProcess<K extends ProcessKind>(
  kind: K,
  start: (init: Init<K>, context: ProcessContext) => Promise<RunningProcess>,
): void {
  const channel = new Channel(adoptSocket(CONTROL_DESCRIPTOR), processSide)
  let log = new Log(kind, 'info')
  let running: RunningProcess | null = null
  let isStopping = false
  const listeners: { close(): void }[] = []
  const fatal = (event: string, error: unknown): never => {
    log.fault(event, error)
    exit(FAILURE)
  }
  onUncaught((error) => fatal('uncaught', error))
  // A terminal sends these to everybody: the supervisor decides.
  onSignal('SIGINT', () => undefined)
  onSignal('SIGHUP', () => undefined)

  const stop = async (): Promise<void> => {
    if (isStopping) return
    isStopping = true
    for (const listener of listeners) listener.close()
    await running?.stop()
    // Answers that were given last leave.
    await yieldToEventLoop()
    exit(0)
  }
  const stopSafely = (): void => void stop().catch((error: unknown) => fatal('stop', error))
  onSignal('SIGTERM', stopSafely)

  const begin = async (init: Init<K>): Promise<void> => {
    const { logLevel, sockets } = init as unknown as Common
    log = new Log(kind, logLevel)
    running = await start(init, {
      log,
      async listen(name, connectionsMax, accepted) {
        for (const [index, socket] of sockets.entries()) {
          if (socket.name !== name) continue
          const descriptor = FIRST_SOCKET + index
          listeners.push(await listenOn(descriptor, { connectionsMax }, (connection) => accepted(connection, socket)))
        }
      },
      async listenHttp(name, options, handle) {
        // 10 MB that only one process needs.
        const { listenHttp } = await import('#platform/http.ts')
        const servers: HttpServer[] = []
        for (const [index, socket] of sockets.entries()) {
          if (socket.name !== name) continue
          servers.push(
            await listenHttp(
              FIRST_SOCKET + index,
              { ...options, tls: socket.implicitTls ? options.tls : null },
              handle,
            ),
          )
        }
        return servers
      },
      connect: (name) => () => connectUnix(name),
      replaceMe() {
        void channel.send({ kind: 'replace' })
        stopSafely()
      },
    })
    void channel.send({ kind: 'ready' })
    // What only the start needed goes back to the system.
    systemClock.after(SETTLED_MS, () => void wipeMemory())
  }

  channel.open({
    message(message: ToProcess): Promise<void> | void {
      if (message.kind === 'stop') return stopSafely()
      if (message.kind === 'ping') return void channel.send(healthOf(running))
      if (message.kind !== kind) fatal('start', new Error('meant for another process'))
      return begin(message as Init<K>).catch(async (error: unknown) => {
        if (error instanceof CannotStartError) {
          const { reason, message: detail } = error
          await channel.send({ kind: 'cannotStart', reason, detail: detail.slice(0, DETAIL_LENGTH_MAX) })
        }
        fatal('start', error)
      })
    },
    // Without a supervisor nobody would start it again, and nobody could stop it.
    close: stopSafely,
  })
}

function healthOf(running: RunningProcess | null): FromProcess {
  const { connections, detail = '' } = running?.health() ?? { connections: 0 }
  return { kind: 'health', connections, detail }
}
