// The supervisor process: `mailkeep start` runs it. Its arguments: DATA-DIRECTORY PORT-BASE-or-empty LOG-FILE-or-empty VERSION.
//
// Exit codes: 0 stopped; 1 a mistake of ours; 78 (EX_CONFIG) it cannot start, and says why on standard error.

import { sleep, systemClock } from '#platform/clock.ts'
import { openForAppend } from '#platform/files.ts'
import { Log } from '#platform/log.ts'
import { listenOn } from '#platform/net.ts'
import {
  type BoundSocket,
  bindUnix,
  exit,
  onSignal,
  onUncaught,
  reserveName,
  restrictNewFiles,
} from '#platform/process.ts'
import { lockName } from '#supervisor/data-directory.ts'
import { StartError } from '#supervisor/errors.ts'
import { Supervisor } from '#supervisor/supervise.ts'
import { serveCalls } from '#protocol/call-server.ts'
import { supervisorSchema } from '#protocol/supervisor.ts'

const CANNOT_START = 78
const ADMIN_CONNECTIONS_MAX = 16
const LOCK_MS = 20_000
const LOCK_POLL_MS = 50
const LOG_MODE = 0o600

/** Processes of a supervisor that was killed are still ending for a moment: two ledgers at a time would be the end of the log. */
async function takeLock(name: string): Promise<BoundSocket> {
  for (let waited = 0; waited < LOCK_MS; waited += LOCK_POLL_MS) {
    const lock = reserveName(name)
    if (lock !== null) return lock
    await sleep(LOCK_POLL_MS)
  }
  throw new StartError(`Mailkeep already runs on ${dataDirectory}`)
}

const [dataDirectory = '', portBase = '', logFile = '', version = ''] = process.argv.slice(2)
const log = new Log('supervisor', 'info')

onUncaught((error) => {
  log.fault('uncaught', error)
  exit(1)
})
restrictNewFiles(0o027)

try {
  const lock = await takeLock(lockName(dataDirectory))
  const supervisor = await Supervisor.prepare({
    dataDirectory,
    portBase: portBase === '' ? null : Number(portBase),
    version,
    lockDescriptor: lock.descriptor,
    logDescriptor: logFile === '' ? null : openForAppend(logFile, LOG_MODE),
    clock: systemClock,
    log,
  })
  const stop = (): void =>
    void supervisor.stop().then(() => {
      log.info('stopped')
      exit(0)
    })
  onSignal('SIGTERM', stop)
  onSignal('SIGINT', stop)
  const admin = bindUnix('supervisor.admin.sock')
  await listenOn(admin.descriptor, { connectionsMax: ADMIN_CONNECTIONS_MAX }, (connection) => {
    serveCalls(
      connection,
      supervisorSchema,
      () => ({
        request({ kind }) {
          if (kind === 'status') return supervisor.status
          stop()
          return { kind: 'stopping' }
        },
      }),
      (error) => log.fault('request', error),
    )
  })
  await supervisor.start()
  log.info('ready')
} catch (error) {
  if (!(error instanceof StartError)) throw error
  process.stderr.write(`${error.message}\n`)
  exit(CANNOT_START)
}
