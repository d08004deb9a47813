// The gate process: faces mail clients and browsers. It ends TLS and speaks each protocol up to the login; behind that it carries bytes between the
// client and the vault that has the account. It has the TLS key and no other, and reads no file but the web pages.

import { LoginThrottle } from '#gate/login-throttle.ts'
import { RequestRate } from '#gate/request-rate.ts'
import { loadWebPages } from '#gate/web-pages.ts'
import { sleep, systemClock } from '#platform/clock.ts'
import { type Connection, tlsContext } from '#platform/net.ts'
import { wipeRequestBuffer } from '#platform/http.ts'
import { programDirectory } from '#platform/program.ts'
import { separateBuffers, wipeMemory } from '#platform/wipe-memory.ts'
import type { SessionProtocol } from '#protocol/vault.ts'
import { Challenges } from '#webauthn/challenges.ts'
import { ConnectionLimits } from './connection-limits.ts'
import { DirectoryClient } from './directory-client.ts'
import { type GateWebParts, serveWeb } from './gate-web.ts'
import { GateSession, type GateSessionParts } from './gate-session.ts'
import { IdleWipe } from './idle-wipe.ts'
import { runProcess } from './main.ts'

const STOP_MS = 15_000

const SESSIONS: Readonly<Record<string, SessionProtocol>> = {
  imap: 'imap',
  imaps: 'imap',
  pop3: 'pop3',
  pop3s: 'pop3',
  submission: 'submission',
  submissions: 'submission',
  managesieve: 'managesieve',
}

separateBuffers()
runProcess('gate', async (init, { log, listen, listenHttp, connect }) => {
  const directory = new DirectoryClient(connect('directory.gate.sock'))
  const parts: GateSessionParts = {
    clock: systemClock,
    log,
    hostname: init.hostname,
    tls: tlsContext(init.tls.certificatePem, init.tls.privateKeyPem),
    throttle: new LoginThrottle(systemClock),
    limits: new ConnectionLimits(init.perAddressMax),
    smtpLimits: { messageBytesMax: init.messageBytesMax },
    wiping: new IdleWipe(systemClock, wipeAll),
    vaultFor,
  }
  const sessions = new Set<GateSession>()

  async function vaultFor(login: Uint8Array): Promise<Connection | null> {
    const number = await directory.route(login)
    return number === null ? null : reach(`vault-${number}.gate.sock`)
  }

  async function reach(socket: string): Promise<Connection | null> {
    try {
      return await connect(socket)()
    } catch {
      return null
    }
  }

  const web: GateWebParts = {
    log,
    hostname: init.hostname,
    pages: loadWebPages(`${programDirectory}/web/dist`),
    clients: init.clients,
    rate: new RequestRate(systemClock),
    servedDomain: (domain) => directory.servedDomain(domain),
    throttle: parts.throttle,
    wiping: parts.wiping,
    challenges: new Challenges(systemClock),
    vaults: init.vaults,
    httpsPort: init.sockets.find(({ name }) => name === 'https')?.port ?? null,
    async vaultFor(login) {
      const number = await directory.route(login)
      return number === null ? null : reach(`vault-${number}.web.sock`)
    },
    vault: (number) => reach(`vault-${number}.web.sock`),
  }
  const admit = (address: string): (() => void) | null => parts.limits.enter(address)
  const httpOptions = { connectionsMax: init.connectionsMax, tls: init.tls, admit }
  const servers = [
    ...(await listenHttp('http', httpOptions, (request, response) => serveWeb(web, request, response))),
    ...(await listenHttp('https', httpOptions, (request, response) => serveWeb(web, request, response))),
  ]

  for (const [name, protocol] of Object.entries(SESSIONS)) {
    await listen(name, init.connectionsMax, (connection, { implicitTls }) => {
      const session = new GateSession(parts, protocol, connection, () => sessions.delete(session))
      sessions.add(session)
      void session.begin(implicitTls).catch((error: unknown) => {
        log.fault('session', error, { protocol })
        connection.destroy()
      })
    })
  }
  return {
    health: () => ({ connections: sessions.size + servers.reduce((sum, server) => sum + server.connections, 0) }),
    async stop() {
      const closed = Promise.all(servers.map((server) => server.close()))
      for (const session of sessions) session.stop()
      const deadline = systemClock.monotonic() + STOP_MS
      while (sessions.size > 0 && systemClock.monotonic() < deadline) await sleep(20)
      await closed
      directory.close()
    },
  }
})

async function wipeAll(): Promise<void> {
  await wipeRequestBuffer()
  await wipeMemory()
}
