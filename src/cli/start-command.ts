// `mailkeep start`: runs the supervisor on a data directory, waits until everything accepts connections, makes the first account if there is none,
// and says what listens where and how to log in.

import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { VERSION } from '#base/version.ts'
import { sleep } from '#platform/clock.ts'
import { fileBytes, fileExists, makeDirectory, openForAppend, readFilePart, realPath } from '#platform/files.ts'
import { executable, onSignal, type RunningCommand, runToEnd, startCommand } from '#platform/process.ts'
import { bundledName, currentBundle, pagesAreCurrent, programDirectory } from '#platform/program.ts'
import type { SystemStatus } from '#protocol/supervisor.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { type FirstAccount, ensureFirstAccount } from './first-account.ts'
import { printLine } from './output.ts'
import { missingWalls } from './missing-walls.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

interface StartOptions extends DataOption {
  readonly portBase?: number
  readonly detach?: boolean
}

const DIRECTORY_MODE = 0o711
const LOG_MODE = 0o600
const LAST_BYTES = 65_536
const LAST_LINES = 8
const READY_MS = 120_000
const POLL_MS = 200

export function addStartCommand(program: Command): void {
  program
    .command('start')
    .description('run Mailkeep')
    .option('--data <directory>', 'data directory (default: $XDG_DATA_HOME/mailkeep)')
    .option('--port-base <n>', 'listen on n + 25, n + 143, … (default: 10000)', parsePortBase)
    .option('--detach', 'return when everything listens, and go on in the background; the log goes to mailkeep.log')
    .action(start)
}

function parsePortBase(text: string): number {
  const base = Number(text)
  if (!/^\d{1,5}$/.test(text) || base > 60_000) throw new InvalidArgumentError('a number from 0 to 60000')
  return base
}

async function start(options: StartOptions): Promise<void> {
  const wanted = dataDirectory(options)
  makeDirectory(wanted, DIRECTORY_MODE)
  const directory = realPath(wanted)
  const system = new System(directory)
  if ((await system.status()) !== null) throw new CommandError(EXIT.failed, `Mailkeep already runs on ${directory}`)
  const bundle = bundleProgram()
  buildPages()
  const logFile = `${directory}/mailkeep.log`
  const logBytes = fileExists(logFile) ? fileBytes(logFile) : 0
  const supervisor = startSupervisor(bundle, directory, options, logFile)
  if (options.detach !== true) {
    // The supervisor gets the terminal's signals itself.
    onSignal('SIGINT', () => undefined)
    onSignal('SIGTERM', () => supervisor.kill('SIGTERM'))
  }
  const status = await untilReady(
    system,
    supervisor,
    options.detach === true ? { file: logFile, from: logBytes } : null,
  )
  const first = await ensureFirstAccount(system)
  printPage(status, first, options.detach === true ? logFile : null)
  if (options.detach === true) return supervisor.release()
  process.exitCode = (await supervisor.ended) ?? EXIT.failed
}

const SUPERVISOR = 'src/processes/supervisor.ts'

/** The bundle of these sources, which is made if there is none; null if it cannot be: then processes run from the sources. */
function bundleProgram(): string | null {
  const bundler = `${programDirectory}/tools/bundle.ts`
  const found = currentBundle()
  if (found !== null || !fileExists(bundler)) return found
  runToEnd(executable, ['--disable-warning=ExperimentalWarning', bundler])
  return currentBundle()
}

function startSupervisor(
  bundle: string | null,
  directory: string,
  options: StartOptions,
  logFile: string,
): RunningCommand {
  const args = [
    '--disable-warning=ExperimentalWarning',
    bundle === null ? `${programDirectory}/${SUPERVISOR}` : `${bundle}/${bundledName(SUPERVISOR)}`,
    directory,
    options.portBase === undefined ? '' : String(options.portBase),
    options.detach === true ? logFile : '',
    VERSION,
  ]
  const log = options.detach === true ? openForAppend(logFile, LOG_MODE) : null
  return startCommand(executable, args, log)
}

/** What this start writes into the log begins there. */
interface LogPart {
  readonly file: string
  readonly from: number
}

async function untilReady(system: System, supervisor: RunningCommand, log: LogPart | null): Promise<SystemStatus> {
  const ended = supervisor.ended.then((code) => ({ code }))
  let last: SystemStatus | null = null
  for (let waited = 0; waited < READY_MS; waited += POLL_MS) {
    const gone = await Promise.race([ended, sleep(POLL_MS).then(() => null)])
    if (gone !== null) {
      const code = gone.code === EXIT.configuration ? EXIT.configuration : EXIT.failed
      throw new CommandError(code, log === null ? 'Mailkeep did not start' : lastWords(log))
    }
    last = await system.status()
    if (last?.isReady === true) return last
  }
  supervisor.kill('SIGTERM')
  const missing = (last?.processes ?? []).filter(({ state }) => state !== 'running')
  const which = missing.map(({ name, detail }) => (detail === '' ? name : `${name} (${detail})`)).join(', ')
  const why = [`Mailkeep is not ready after ${READY_MS / 1000} seconds`, which, log === null ? '' : `see ${log.file}`]
  throw new CommandError(EXIT.failed, why.filter((part) => part !== '').join(': '))
}

/** Where the pages come built, as from a package, there is nothing to build with. */
function buildPages(): void {
  if (pagesAreCurrent()) return
  const isBuilt = fileExists(`${programDirectory}/web/dist/index.html`)
  if (isBuilt && !fileExists(`${programDirectory}/node_modules/vite`)) return
  const args = ['--disable-warning=ExperimentalWarning', `${programDirectory}/web/build.ts`]
  if (!runToEnd(executable, args) && !isBuilt) {
    throw new CommandError(EXIT.failed, 'the webmail could not be built: see above')
  }
}

/** What the supervisor said before it ended. */
function lastWords({ file, from }: LogPart): string {
  const text = readFilePart(file, from, LAST_BYTES).toString('utf8')
  const lines = text.trimEnd().split('\n').slice(-LAST_LINES)
  return `Mailkeep did not start. The end of ${file}:\n${lines.join('\n')}`
}

function printPage(status: SystemStatus, first: FirstAccount | 'some' | 'none', logFile: string | null): void {
  const at = (protocol: string): string => {
    const listener = status.listeners.find((one) => one.protocol === protocol)
    return listener === undefined
      ? '-'
      : `${listener.address.includes(':') ? `[${listener.address}]` : listener.address}:${listener.port}`
  }
  printLine()
  printLine(`Mailkeep ${status.version} is running. Data: ${status.dataDirectory}`)
  printLine()
  printLine(`  Webmail        http://${at('http')}/   https://${at('https')}/`)
  printLine(`  IMAP           ${at('imap')} (STARTTLS), ${at('imaps')} (TLS)`)
  printLine(`  POP3           ${at('pop3')} (STARTTLS), ${at('pop3s')} (TLS)`)
  printLine(`  Sending mail   ${at('submission')} (STARTTLS), ${at('submissions')} (TLS)`)
  printLine(`  Incoming mail  ${at('smtp')} (SMTP)`)
  printLine(`  Filters        ${at('managesieve')} (ManageSieve, STARTTLS)`)
  if (first === 'some') {
    printLine()
    printLine('  Log in with the address of an account and its password: mailkeep account list')
  } else if (first === 'none') {
    printLine()
    printLine(
      '  There is no account yet: mailkeep domain add, then mailkeep account add; or, with the recovery code of an',
    )
    printLine('  account whose log was copied here, mailkeep account recover.')
  } else {
    printLine()
    printLine('  Your account, made now. Neither of these is stored anywhere: write both down.')
    printLine()
    printLine(`    Name           ${first.address}`)
    printLine(`    Password       ${first.passphrase}`)
    printLine(`    Recovery code  ${first.recoveryCode}`)
    printLine()
    printLine('  Log in at the webmail, or with any mail client, with name and password. The recovery code opens the')
    printLine('  account if the password is forgotten; without both, nobody can read its mail.')
  }
  printLine()
  if (status.selfSigned) printLine('  The certificate is self-signed: clients ask once whether to trust it.')
  for (const line of missingWalls(status)) printLine(`  ${line}`)
  printLine(
    logFile === null
      ? '  Stop with Ctrl-C.'
      : `  Log: ${logFile}. Stop with: mailkeep stop --data ${status.dataDirectory}`,
  )
  printLine()
}
