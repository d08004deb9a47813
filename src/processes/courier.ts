// The courier process: keeps what owners send in a sealed queue and delivers it: to accounts here as mx does, to others by SMTP. It reads no account.

import { Courier, DEFAULT_COURIER_LIMITS } from '#delivery/courier-loop.ts'
import type { Resolution } from '#delivery/attempt.ts'
import { openQueue } from '#delivery/queue-open.ts'
import { RecipientKeys } from '#delivery/recipient-keys.ts'
import { reply } from '#delivery/reply.ts'
import { type Routing, noRouteReply } from '#delivery/route.ts'
import { DEFAULT_SCHEDULE } from '#delivery/schedule.ts'
import { SmallScrub } from '#ledger/small-scrub.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { systemResolver } from '#platform/dns.ts'
import type { SmtpClient } from '#platform/smtp-client.ts'
import { exit } from '#platform/process.ts'
import { jitter } from '#platform/random.ts'
import type { SmtpTls } from '#platform/smtp-client.ts'
import { separateBuffers } from '#platform/wipe-memory.ts'
import type { Init } from '#protocol/control.ts'
import { serveCalls } from '#protocol/call-server.ts'
import { courierAdminSchema, courierSchema } from '#protocol/courier.ts'
import { serveCourier, serveCourierAdmin } from './courier-server.ts'
import { DirectoryClient, type Resolved } from './directory-client.ts'
import { IdleWipe } from './idle-wipe.ts'
import { LedgerClient } from './ledger-client.ts'
import { runProcess } from './main.ts'

const CONNECTIONS_MAX = 256
const GRACE_MS = 10_000

const TLS: Readonly<Record<NonNullable<Init<'courier'>['smarthost']>['tls'], SmtpTls>> = {
  starttls: 'starttls',
  implicit: 'implicit',
  none: 'never',
}

separateBuffers()
runProcess('courier', async (init, { log, listen, connect }) => {
  const { hostname, queueDirectory: directoryPath, retryMs } = init
  const directory = new DirectoryClient(connect('directory.courier.sock'))
  const ledger = new LedgerClient(connect('ledger.courier.sock'))
  const wiping = new IdleWipe()
  const limits = { lifetimeMs: retryMs, messageBytes: init.messageBytesMax + TRACE_BYTES }
  const queue = await openQueue({
    disk: systemDisk,
    clock: systemClock,
    directory: directoryPath,
    key: init.queueKey,
    limits,
  })
  log.info('opened', { messages: queue.count, damage: queue.damage.length })
  // What is on the disk, only a new start can tell.
  void queue.halted.then((cause) => {
    log.fault('halted', cause)
    exit(1)
  })
  const scrub = new SmallScrub({
    disk: systemDisk,
    clock: systemClock,
    directory: directoryPath,
    everyMs: init.scrubEveryMs,
    subjects: () => new Map([['own', queue.examination.bytes]]),
    read: (_, turn) => queue.examination.read(turn),
    failed: (error) => log.fault('scrub', error),
  })
  scrub.start()
  const routing = routingOf(init)
  const courier = new Courier({
    queue,
    clock: systemClock,
    schedule: DEFAULT_SCHEDULE,
    limits: DEFAULT_COURIER_LIMITS,
    store: {
      append: (account, payload, quotaBytes) => ledger.append(account, [{ kind: 'mail', payload }], quotaBytes),
      stage: (account) => ledger.stage(account),
    },
    keys: new RecipientKeys(),
    hostName: hostname,
    client: clientWhenNeeded(hostname),
    resolver: systemResolver({ servers: init.resolvers }),
    routing,
    random: jitter,
    resolveLocal: (addresses) =>
      Promise.all(addresses.map(async (address) => resolution(await directory.resolve(address)))),
    report: (error) => log.fault('attempt', error),
    attempted({ id, destination, outcomes, tls, durationMs }) {
      wiping.touch()
      const count = (kind: string): number => outcomes.filter((outcome) => outcome.kind === kind).length
      log.info('attempt', {
        id,
        destination,
        delivered: count('delivered'),
        delayed: count('delayed'),
        failed: count('failed'),
        tls: tls?.used ?? false,
        ms: Math.round(durationMs),
      })
    },
  })
  const service = {
    queue,
    directory,
    sendsElsewhere: noRouteReply(routing) === null,
    accepted(id: string, recipients: number) {
      wiping.touch()
      log.info('queued', { id, recipients })
    },
  }
  let connections = 0
  await listen('vault', CONNECTIONS_MAX, (connection) => {
    connections++
    serveCalls(
      connection,
      courierSchema,
      () => {
        const handlers = serveCourier(service)
        return {
          request: (request) => handlers.request(request),
          closed() {
            connections--
            handlers.closed?.()
          },
        }
      },
      (error) => log.fault('request', error),
    )
  })
  await listen('admin', CONNECTIONS_MAX, (connection) => {
    serveCalls(
      connection,
      courierAdminSchema,
      () => serveCourierAdmin(queue, scrub),
      (error) => log.fault('request', error),
    )
  })
  return {
    health: () => ({ connections, detail: `${queue.count} queued` }),
    async stop() {
      await courier.stop(GRACE_MS)
      await scrub.stop()
      await queue.close()
      directory.close()
      ledger.close()
    },
  }
})

/** What we write before a message counts, too. */
const TRACE_BYTES = 65_536

function routingOf({ hostname, direct, smarthost }: Init<'courier'>): Routing {
  const relay =
    smarthost === null
      ? null
      : {
          host: smarthost.host,
          port: smarthost.port,
          tls: TLS[smarthost.tls],
          credentials:
            smarthost.user === null || smarthost.password === null
              ? null
              : { user: smarthost.user, password: smarthost.password },
        }
  return { relay, direct, ownNames: [hostname.toLowerCase()] }
}

function resolution(resolved: Resolved | null): Resolution {
  if (resolved === null) throw new Error('the directory cannot be asked')
  switch (resolved.kind) {
    case 'elsewhere':
      return { kind: 'remote' }
    case 'unknown':
      return { kind: 'refused', reply: reply(550, '5.1.1', 'there is no such address here') }
    case 'accounts': {
      const [account, another] = resolved.accounts
      // An alias that came to stand for several after the message was queued.
      if (account === undefined || another !== undefined) {
        return { kind: 'refused', reply: reply(451, '4.2.4', 'the alias has changed since the message was sent') }
      }
      return { kind: 'account', account: account.id, key: account.recipientText, quotaBytes: account.quotaBytes }
    }
  }
}

/** What it is made of takes 10 MB, which a home server that sends twice a day need not hold. */
function clientWhenNeeded(name: string): SmtpClient {
  return {
    async deliver(peer, message, signal) {
      const { smtpClient } = await import('#platform/nodemailer-client.ts')
      return smtpClient({ name }).deliver(peer, message, signal)
    },
  }
}
