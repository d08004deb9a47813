// The ledger process: the only one that writes the logs of accounts. It parses no mail, opens no payload, and has no network.

import type { AccountId } from '#base/ids.ts'
import { LedgerDamagedError } from '#ledger/errors.ts'
import { type LedgerOptions, openLedger } from '#ledger/ledger.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { exit } from '#platform/process.ts'
import { serveLedgerAdmin } from './ledger-admin-server.ts'
import { ledgerRoles, serveLedger } from './ledger-server.ts'
import { CannotStartError, runProcess } from './main.ts'
import { serveCalls } from '#protocol/call-server.ts'
import { ledgerAdminSchema } from '#protocol/ledger-admin.ts'
import { ledgerSchema } from '#protocol/ledger.ts'
import { UpkeepThread } from './upkeep-thread.ts'

const CONNECTIONS_MAX = 256
const ADMIN_CONNECTIONS_MAX = 16

runProcess('ledger', async ({ directory, parityPercent, scrubEveryMs, retentionMs, digest }, { log, listen }) => {
  const thread =
    parityPercent === 0 && scrubEveryMs === null ? null : new UpkeepThread((error) => log.fault('upkeepThread', error))
  const parity: LedgerOptions['parity'] = {
    percent: parityPercent,
    encode: (task) => thread?.encode(task) ?? null,
    failed: (error) => log.fault('parity', error),
  }
  const scrub: LedgerOptions['scrub'] = {
    everyMs: scrubEveryMs,
    read: (task) => thread?.read(task) ?? null,
    failed: (error) => log.fault('scrub', error),
  }
  const counts = { repaired: 0, unrepairable: 0 }
  const examined: LedgerOptions['examined'] = (account, segment, outcome) => {
    log.warn('examined', { account, segment, outcome })
    if (outcome === 'repaired' || outcome === 'unrepairable') counts[outcome]++
  }
  const retention = {
    periodMs: retentionMs,
    failed: (error: unknown) => log.fault('retention', error),
    dropped: (account: AccountId, records: number, bytes: number) => log.info('dropped', { account, records, bytes }),
  }
  const digests: LedgerOptions['digests'] = {
    algorithm: digest,
    failed: (error) => log.fault('digests', error),
    upgraded: (account, { reach, added, damaged }) => log.info('digestsUpgraded', { account, reach, added, damaged }),
    unverified: (account, first, end, count) => log.warn('digestsUnverified', { account, first, end, count }),
  }
  const options = { disk: systemDisk, clock: systemClock, directory, parity, scrub, retention, digests, examined }
  const ledger = await openLedger(options).catch((cause: unknown) => {
    if (!(cause instanceof LedgerDamagedError)) throw cause
    throw new CannotStartError('ledgerDamaged', cause.details.join('; '), { cause })
  })
  const { records, damage } = ledger.recovered
  log.info('opened', { recoveredRecords: records, damage: damage.length })
  // After a failed fdatasync only recovery, in a new process, knows what is on the disk.
  void ledger.halted.then((cause) => {
    log.fault('halted', cause)
    exit(1)
  })
  let connections = 0
  for (const [name, role] of Object.entries(ledgerRoles)) {
    await listen(name, CONNECTIONS_MAX, (connection) => {
      connections++
      serveCalls(
        connection,
        ledgerSchema,
        (peer) => {
          const handlers = serveLedger(ledger, systemClock, role, peer)
          return {
            request: (request) => handlers.request(request),
            closed() {
              connections--
              handlers.closed?.()
            },
          }
        },
        (error) => log.fault('request', error, { client: name }),
      )
    })
  }
  const admin = {
    retention: ledger.retention,
    digests: ledger.digests,
    scrubber: ledger.scrubber,
    disk: systemDisk,
    directory,
    periodMs: retentionMs,
    destroyed: (account: AccountId, slots: number) => log.warn('destroyed', { account, slots }),
  }
  const failed = (error: unknown): void => log.fault('request', error, { client: 'admin' })
  await listen('admin', ADMIN_CONNECTIONS_MAX, (connection) => {
    serveCalls(connection, ledgerAdminSchema, () => serveLedgerAdmin(admin), failed)
  })
  return { health: () => ({ connections, detail: detailOf(counts) }), stop: () => ledger.close() }
})

function detailOf({ repaired, unrepairable }: { readonly repaired: number; readonly unrepairable: number }): string {
  return [
    ...(repaired > 0 ? [`${repaired} damaged segments repaired`] : []),
    ...(unrepairable > 0 ? [`${unrepairable} damaged beyond repair`] : []),
  ].join(', ')
}
