// `mailkeep salvage`: exports all messages of an account that are whole, and lists what is not. From the ledger of a Mailkeep that runs or does not, or from
// a bare copy of one. Nothing of it is changed.

import type { Command } from 'commander'
import path from 'node:path'
import { OtherSalvageError, type SalvageProgress, type SalvageReport, salvage } from '#copies/salvage.ts'
import { type IndexCopy, openIndexCopy } from '#copies/index-copy.ts'
import { describeBreak } from '#copies/salvage-lists.ts'
import { IndexStorageError } from '#account/index-database.ts'
import type { AccountId } from '#base/ids.ts'
import type { RootSecret } from '#keys/root.ts'
import { systemClock, yieldToEventLoop } from '#platform/clock.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { fileExists, makeDirectory } from '#platform/files.ts'
import { currentDirectory, onSignal } from '#platform/process.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { counted, printJsonLine, printLine } from './output.ts'
import type { ProgressDisplay } from './progress-display.ts'
import { ProgressRate } from './progress-rate.ts'
import { displayFor } from './rebuild-command.ts'
import { type KeyOptions, type SalvagePlace, openKeys } from './salvage-keys.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

interface SalvageCommandOptions extends DataOption, KeyOptions {
  readonly to: string
  readonly ledger?: string
  readonly format: string
  readonly expunged?: boolean
  readonly resume?: boolean
  readonly json?: boolean
}

const PRIVATE_DIRECTORY = 0o700
const SLICE_MS = 50
const NO_ROOM = new Set(['ENOSPC', 'EDQUOT'])

export function addSalvageCommand(program: Command): void {
  program
    .command('salvage')
    .argument('[address]', 'address, or the 32 digits of its id; a recovery code finds its account by itself')
    .requiredOption('--to <directory>', 'where the export goes; empty, or not there yet')
    .description('export every message of an account that is whole, and list what is not; changes nothing of the log')
    .option('--format <format>', 'eml, maildir or mbox', 'eml')
    .option('--ledger <directory>', 'a ledger directory, or a copy of one, instead of the data directory')
    .option('--expunged', 'messages that were expunged, too')
    .option('--resume', 'go on with an export that was cut short')
    .option('--password-stdin', 'read the password from standard input')
    .option('--recovery', 'ask for the recovery code, or shares, instead of the password')
    .option('--recovery-code-stdin', 'read the recovery code, or shares, one a line, from standard input')
    .option('--server-secret <file>', 'for the password, where Mailkeep does not run')
    .option('--json', 'print a line of JSON for each step, the last one with the result')
    .option('--data <directory>', 'data directory')
    .action(run)
}

async function run(address: string | undefined, given: SalvageCommandOptions): Promise<void> {
  const { format, serverSecret } = given
  // Commands that look whether Mailkeep runs go elsewhere.
  const options =
    serverSecret === undefined ? given : { ...given, serverSecret: path.resolve(currentDirectory(), serverSecret) }
  if (format !== 'eml' && format !== 'maildir' && format !== 'mbox') {
    throw new CommandError(EXIT.usage, 'the format is eml, maildir or mbox')
  }
  const directory = path.resolve(currentDirectory(), options.to)
  const place = placeOf(options)
  prepareTarget(directory, place, options)
  const { account, root } = await openKeys(place, address ?? null, options)
  const display = displayFor(options)
  const index = await indexOf(place, directory, account, root)
  try {
    const report = await salvage({
      disk: systemDisk,
      ledger: place.ledger,
      account,
      root,
      directory,
      format,
      expunged: options.expunged === true,
      index: () => index.open(),
      progress: progressTo(display),
      pause: pauser(),
    })
    display.end()
    print(report, account, directory, options)
  } catch (error) {
    display.end()
    throw asCommandError(error, directory, place.ledger)
  } finally {
    index.close()
    root[Symbol.dispose]()
  }
}

function placeOf(options: SalvageCommandOptions): SalvagePlace {
  const data = options.ledger === undefined ? dataDirectory(options) : null
  const named = path.resolve(currentDirectory(), options.ledger ?? '.')
  const candidates = data === null ? [named, path.join(named, 'ledger')] : [path.join(data, 'ledger')]
  // What was accepted just now may be in the commit journal alone.
  const ledger = candidates.find((candidate) =>
    ['accounts', 'journal'].some((name) => fileExists(path.join(candidate, name))),
  )
  if (ledger === undefined) throw new CommandError(EXIT.notFound, `there is no ledger in ${data ?? named}`)
  return { ledger, data }
}

function prepareTarget(directory: string, { ledger }: SalvagePlace, { resume }: SalvageCommandOptions): void {
  const relative = path.relative(ledger, directory)
  if (relative === '' || !(relative.startsWith('..') || path.isAbsolute(relative))) {
    throw new CommandError(EXIT.usage, 'the export cannot go into the ledger')
  }
  try {
    if (systemDisk.list(directory).length > 0 && resume !== true) {
      throw new CommandError(EXIT.failed, `${directory} is not empty: name another directory, or go on with --resume`)
    }
    makeDirectory(directory, PRIVATE_DIRECTORY)
  } catch (error) {
    throw asCommandError(error, directory, ledger)
  }
}

/** What the index knows is asked for when something is damaged: only where nobody has it open. */
async function indexOf(
  { data }: SalvagePlace,
  directory: string,
  account: AccountId,
  root: RootSecret,
): Promise<{ open(): IndexCopy | null; close(): void }> {
  const isUsable = data !== null && (await new System(data).status()) === null
  let copy: IndexCopy | null = null
  return {
    open() {
      if (!isUsable || data === null) return null
      for (const vault of systemDisk.list(path.join(data, 'index'))) {
        const file = path.join(data, 'index', vault, `${account}.index`)
        if (!fileExists(file)) continue
        const found = openIndexCopy(systemDisk, file, path.join(directory, `.index-copy-${vault}`), account, root)
        // There is an old one, too, where there were more vaults once.
        const isNewer = (found?.known.journalSeq ?? -1) > (copy?.known.journalSeq ?? -1)
        const worse = isNewer ? copy : found
        if (isNewer) copy = found
        worse?.[Symbol.dispose]()
      }
      return copy
    },
    close: () => copy?.[Symbol.dispose](),
  }
}

function progressTo(display: ProgressDisplay): (progress: SalvageProgress) => void {
  const rate = new ProgressRate(() => systemClock.monotonic())
  return ({ phase, done, total }) => {
    const MB = 1e6
    display.tell(
      rate.of(
        phase === 'log'
          ? { what: 'Looking for records', unit: 'MB', done: Math.floor(done / MB), total: Math.ceil(total / MB) }
          : { what: 'Writing messages', unit: 'records', done, total },
      ),
    )
  }
}

/** Lets signals in, now and then. */
function pauser(): () => Promise<void> {
  let isBroken = false
  onSignal('SIGINT', () => (isBroken = true))
  let since = systemClock.monotonic()
  return async () => {
    if (systemClock.monotonic() - since < SLICE_MS) return
    await yieldToEventLoop()
    since = systemClock.monotonic()
    if (isBroken) throw new CommandError(EXIT.failed, 'broken off: the same command with --resume goes on')
  }
}

function asCommandError(error: unknown, directory: string, ledger: string): unknown {
  if (error instanceof OtherSalvageError) return new CommandError(EXIT.failed, `${directory}: ${error.message}`)
  const why = describeFault(error, ledger)
  if (why === null) return error
  const ends = 'Nothing of the log was changed; the same command with --resume goes on'
  return new CommandError(EXIT.failed, `${why.where ?? directory}: ${why.what}. ${ends}`, { cause: error })
}

/** Null: it is no fault of a disk. `where`: another place than the export's. */
function describeFault(error: unknown, ledger: string): { readonly what: string; readonly where?: string } | null {
  if (error instanceof IndexStorageError) return { what: 'what the index knows cannot be copied there' }
  const system = error instanceof DiskError ? error.cause : error
  const { code, path: where = '', syscall } = (system ?? {}) as NodeJS.ErrnoException
  const known = error instanceof DiskError ? error.code : code
  if (known === undefined || (!(error instanceof DiskError) && syscall === undefined)) return null
  if (where.startsWith(`${ledger}/`)) return { what: `it cannot be read (${known})`, where }
  return { what: NO_ROOM.has(known) ? 'there is no space left' : `it cannot be written (${known})` }
}

function print(report: SalvageReport, account: AccountId, directory: string, options: SalvageCommandOptions): void {
  const { messages, files, expunged, dropped, lost, otherDamage, repaired, unfiled, journal } = report
  if (lost + otherDamage > 0 || journal !== null) process.exitCode = EXIT.damaged
  if (options.json === true) return printJsonLine({ account, directory, ...report })
  const places = files === messages ? '' : `, ${counted(files, 'file')}`
  printLine(`${counted(messages, 'message')}${places}, in ${directory}.`)
  if (repaired > 0) {
    printLine(`${repaired} of them were not whole where they belong, and are exported as they were: see damage.txt.`)
  }
  if (unfiled > 0) printLine(`${unfiled} of them are in no mailbox yet, or nobody knows in which: see "unfiled".`)
  if (expunged > 0) printLine(`${counted(expunged, 'expunged message')} left out (--expunged).`)
  if (dropped > 0) printLine(`${counted(dropped, 'message')} removed when the retention time was over.`)
  if (journal !== null) printLine(describeBreak(journal))
  if (lost > 0) printLine(`${counted(lost, 'message')} could not be read.`)
  if (otherDamage > 0) printLine(`${counted(otherDamage, 'other record')} could not be read.`)
  if (lost + otherDamage > 0) printLine(`What is known of them: ${directory}/damage.txt`)
  printLine(`Check the files with: (cd ${directory} && sha256sum --check --quiet SHA256SUMS)`)
}
