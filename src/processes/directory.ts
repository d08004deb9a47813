// The directory process: knows domains, addresses and accounts, and holds what salts of passwords are made from. It has no network and no
// account's key.

import { SYSTEM_ACCOUNT } from '#base/ids.ts'
import { JournalDamagedError } from '#account/journal.ts'
import { DirectoryLog, OtherServerSecretError } from '#directory/directory-log.ts'
import { Directory, DirectoryDamagedError } from '#directory/directory.ts'
import { EscrowWatch } from '#directory/escrow-watch.ts'
import { RootSecret } from '#keys/root.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { exit } from '#platform/process.ts'
import { separateBuffers } from '#platform/wipe-memory.ts'
import { type DirectoryRole, serveDirectory } from './directory-server.ts'
import { IdleWipe } from './idle-wipe.ts'
import { LedgerClient } from './ledger-client.ts'
import { CannotStartError, runProcess } from './main.ts'
import { serveCalls } from '#protocol/call-server.ts'
import { directorySchema } from '#protocol/directory.ts'
import { ProtocolError } from '#protocol/frame.ts'

const CONNECTIONS_MAX = 256
const ROLES: readonly DirectoryRole[] = ['mx', 'courier', 'gate', 'vault', 'admin']

separateBuffers()
runProcess('directory', async (init, { log, listen, connect }) => {
  const directory = new Directory(systemClock)
  const ledger = new LedgerClient(connect('ledger.directory.sock'))
  using reader = new LogReader(systemDisk, init.ledgerDirectory, SYSTEM_ACCOUNT, (segment) =>
    ledger.repair(SYSTEM_ACCOUNT, segment),
  )
  using root = new RootSecret(Buffer.from(init.systemRoot))
  const parts = { log: ledger.log(SYSTEM_ACCOUNT), reader, root, clock: systemClock }
  directory.opened(await DirectoryLog.open(parts, (setting) => directory.apply(setting)).catch(cannotStart))
  const escrow = new EscrowWatch(directory, systemClock, init.escrowDelayMs, (error) => {
    // Nobody knows what was written: the log has to be read again.
    log.fault('escrow', error)
    exit(1)
  })
  escrow.start()
  log.info('opened', { domains: directory.domains().length, accounts: directory.accounts().length })
  const service = {
    directory,
    escrow,
    keys: { slot: Buffer.from(init.slotKey), machine: Buffer.from(init.machineKey) },
    vaults: init.vaults,
    quotaBytes: init.quotaBytes,
  }
  const wiping = new IdleWipe()
  let connections = 0
  for (const role of ROLES) {
    await listen(role, CONNECTIONS_MAX, (connection) => {
      connections++
      serveCalls(
        connection,
        directorySchema,
        () => {
          const handlers = serveDirectory(service, role)
          return {
            request(request) {
              // Whom somebody writes to is nobody's business afterwards.
              wiping.touch()
              return handlers.request(request)
            },
            closed: () => connections--,
          }
        },
        (error) => {
          log.fault('request', error, { client: role })
          // A change whose outcome nobody knows: the log has to be read again.
          if (!(error instanceof ProtocolError)) exit(1)
        },
      )
    })
  }
  return {
    health: () => ({ connections }),
    stop() {
      ledger.close()
      return Promise.resolve()
    },
  }
})

/** What starting again would not heal. */
function cannotStart(cause: unknown): never {
  if (cause instanceof OtherServerSecretError) throw new CannotStartError('otherServerSecret', '', { cause })
  if (cause instanceof JournalDamagedError) {
    throw new CannotStartError('directoryDamaged', `record ${cause.seq}, ${cause.reason}`, { cause })
  }
  if (cause instanceof DirectoryDamagedError) throw new CannotStartError('directoryDamaged', cause.message, { cause })
  throw cause
}
