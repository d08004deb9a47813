// A connection with an SMTP engine before login: greeting, STARTTLS, time-outs, limits.

import type { Log } from '#platform/log.ts'
import { sleep, systemClock, yieldToEventLoop } from '#platform/clock.ts'
import type { Connection, TlsContext } from '#platform/net.ts'
import { SmtpEngine } from '#smtp/engine.ts'
import type { SmtpHost } from '#smtp/host.ts'
import type { SmtpLimits } from '#smtp/limits.ts'
import { refused } from '#smtp/verdict.ts'
import type { ConnectionLimits } from './connection-limits.ts'
import type { IdleWipe } from './idle-wipe.ts'

export interface SmtpServerParts<Target> extends Pick<
  SmtpHost<Target>,
  'checkSender' | 'checkRecipient' | 'openMessage'
> {
  readonly log: Log
  readonly hostname: string
  readonly tls: TlsContext
  readonly limits: Partial<SmtpLimits>
  readonly connections: ConnectionLimits
  readonly wiping: IdleWipe
}

const CROWDED = refused(421, '4.7.0', 'Too many connections from your address')

export function serveSmtp<Target>(
  parts: SmtpServerParts<Target>,
  accepted: Connection,
  sessions: Set<SmtpEngine<Target>>,
): void {
  let connection = accepted
  const { log, hostname, tls, limits } = parts
  const peerAddress = accepted.remoteAddress
  const gone = Promise.withResolvers<void>()
  const leave = parts.connections.enter(peerAddress)

  const host: SmtpHost<Target> = {
    checkSender: parts.checkSender,
    checkRecipient: parts.checkRecipient,
    openMessage: parts.openMessage,
    send: (bytes) => connection.write(bytes),
    end: () => connection.end(),
    fail: (error) => log.fault('session', error),
    pause: yieldToEventLoop,
    now: () => systemClock.now(),
    monotonic: () => systemClock.monotonic(),
    delay: (ms) => Promise.race([sleep(ms), gone.promise]),
    note: (event) => log.info('policy', { event, remote: peerAddress }),
    startTls: () => void startTls(),
  }
  const engine = new SmtpEngine<Target>(host, { hostname, peerAddress, tls: null, offersStartTls: true, limits })

  const closed = (): void => {
    engine.close()
    gone.resolve()
    leave?.()
    sessions.delete(engine)
    parts.wiping.touch()
  }
  const drive = (): void => {
    let timeoutMs = 0
    const done = (chunk: Buffer | null): void => {
      chunk?.fill(0)
      if (timeoutMs === engine.timeoutMs) return
      timeoutMs = engine.timeoutMs
      connection.timeout(timeoutMs, () => engine.expire())
    }
    done(null)
    connection.handle({
      data(chunk) {
        const receiving = engine.receive(chunk)
        if (receiving !== undefined) return receiving.then(() => done(chunk))
        done(chunk)
      },
      close: closed,
    })
  }
  async function startTls(): Promise<void> {
    const secure = await connection.startTls(tls)
    if (secure === null) {
      log.info('tls.failed', { remote: peerAddress })
      closed()
      return
    }
    connection = secure
    engine.secured(secure.tls as NonNullable<Connection['tls']>)
    drive()
  }

  sessions.add(engine)
  drive()
  engine.greeting(leave === null ? CROWDED : null)
}
