// The supervisor process: `mailkeep start` runs it. Its arguments: DATA-DIRECTORY PORT-BASE-or-empty LOG-FILE-or-empty VERSION.
//
// Exit codes: 0 stopped; 1 a mistake of ours; 78 (EX_CONFIG) it cannot start, and says why on standard error.

import { systemClock } from '#platform/clock.ts'
import { openForAppend } from '#platform/files.ts'
import { Log } from '#platform/log.ts'
import { listenOn, reserveName } from '#platform/net.ts'
import { bindUnix, exit, onSignal, onUncaught, restrictNewFiles } from '#platform/process.ts'
import { sha256 } from '#crypto/hash.ts'
import { StartError } from '#supervisor/errors.ts'
import { Supervisor } from '#supervisor/supervise.ts'
import { serveCalls } from '#protocol/call-server.ts'
import { supervisorSchema } from '#protocol/supervisor.ts'

const CANNOT_START = 78
const ADMIN_CONNECTIONS_MAX = 16
const LOG_MODE = 0o600

const [dataDirectory = '', portBase = '', logFile = '', version = ''] = process.argv.slice(2)
const log = new Log('supervisor', 'info')

onUncaught((error) => {
  log.fault('uncaught', error)
  exit(1)
})
restrictNewFiles(0o027)

try {
  const lock = await reserveName(`mailkeep-${sha256(Buffer.from(dataDirectory)).toString('hex')}`)
  if (lock === null) throw new StartError(`Mailkeep already runs on ${dataDirectory}`)
  const supervisor = await Supervisor.prepare({
    dataDirectory,
    portBase: portBase === '' ? null : Number(portBase),
    version,
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
