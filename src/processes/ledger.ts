// The ledger process: the only one that writes the logs of accounts. It parses no mail, opens no payload, and has no network.

import { LedgerDamagedError } from '#ledger/errors.ts'
import { openLedger } from '#ledger/ledger.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { exit } from '#platform/process.ts'
import { ledgerRoles, serveLedger } from './ledger-server.ts'
import { CannotStartError, runProcess } from './main.ts'
import { serveCalls } from '#protocol/call-server.ts'
import { ledgerSchema } from '#protocol/ledger.ts'

const CONNECTIONS_MAX = 256

runProcess('ledger', async ({ directory }, { log, listen }) => {
  const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory }).catch((cause: unknown) => {
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
  return { health: () => ({ connections }), stop: () => ledger.close() }
})
