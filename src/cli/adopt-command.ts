// `mailkeep adopt`: takes over a ledger that was copied from another machine whose server secret is not known here. The directory of that machine
// is set aside; accounts come back one by one, each with its owner's recovery code. Only while Mailkeep does not run.

import type { Command } from 'commander'
import { SYSTEM_ACCOUNT } from '#base/ids.ts'
import { canBeRead } from '#directory/directory-log.ts'
import { setDirectoryAside } from '#directory/set-aside.ts'
import { RootSecret } from '#keys/root.ts'
import { serverKey } from '#keys/server-secret.ts'
import { LedgerDamagedError } from '#ledger/errors.ts'
import { openLedger } from '#ledger/ledger.ts'
import { listAccounts } from '#ledger/paths.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { fileExists, realPath } from '#platform/files.ts'
import { reserveName } from '#platform/process.ts'
import { type DataPaths, dataPaths, lockName } from '#supervisor/data-directory.ts'
import { StartError } from '#supervisor/errors.ts'
import { loadServerSecret } from '#supervisor/server-secret.ts'
import { handOverLedger, readConfiguration } from '#supervisor/supervise.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { printJson, printLine } from './output.ts'
import { type DataOption, dataDirectory } from './system.ts'

export function addAdoptCommand(program: Command): void {
  program
    .command('adopt')
    .description(
      'take over a ledger that was copied here from another machine, to open its accounts with their recovery codes',
    )
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(adopt)
}

async function adopt(options: DataOption & { json?: boolean }): Promise<void> {
  const wanted = dataDirectory(options)
  if (!fileExists(`${wanted}/ledger/accounts`)) {
    throw new CommandError(
      EXIT.notFound,
      `there is no ledger in ${wanted}: copy the other machine's ledger directory there`,
    )
  }
  const paths = dataPaths(realPath(wanted))
  const lock = reserveName(lockName(paths.root))
  if (lock === null) throw new CommandError(EXIT.failed, `Mailkeep runs on ${paths.root}: stop it first`)
  try {
    const aside = await takeOver(paths)
    const accounts = [...listAccounts(systemDisk, paths.ledger)]
    if (options.json === true) return printJson({ aside, accounts })
    printLine(
      aside === null
        ? 'There is no directory of another machine in this ledger.'
        : `The directory of the other machine is now ${aside}: it can be read with that machine's server secret only.`,
    )
    printLine(
      `Logs of accounts: ${accounts.length}. Start Mailkeep, add their domains, and open each with its recovery code:`,
    )
    printLine()
    printLine(`    mailkeep start --data ${paths.root}`)
    printLine(`    mailkeep domain add DOMAIN --data ${paths.root}`)
    printLine(`    mailkeep account recover ADDRESS --data ${paths.root}`)
  } finally {
    lock.close()
  }
}

/** Where the directory that was there is now; null if there was none. Throws CommandError. */
async function takeOver(paths: DataPaths): Promise<string | null> {
  try {
    const configuration = readConfiguration(paths)
    await emptyCommitJournal(paths.ledger)
    const { bytes: secret } = loadServerSecret(configuration, paths)
    const hasDirectory = [...listAccounts(systemDisk, paths.ledger)].includes(SYSTEM_ACCOUNT)
    using root = new RootSecret(serverKey(secret, 'system'))
    secret.fill(0)
    using reader = new LogReader(systemDisk, paths.ledger, SYSTEM_ACCOUNT)
    if (hasDirectory && canBeRead(reader, root)) {
      throw new CommandError(
        EXIT.failed,
        'the server secret that is here opens the directory: there is nothing to take over',
      )
    }
    const aside = hasDirectory ? await setDirectoryAside(systemDisk, paths.ledger) : null
    handOverLedger(configuration, paths)
    return aside
  } catch (error) {
    if (error instanceof StartError) throw new CommandError(EXIT.configuration, error.message, { cause: error })
    throw error
  }
}

/** What was acknowledged and is not in its segment yet is put there. */
async function emptyCommitJournal(directory: string): Promise<void> {
  try {
    const ledger = await openLedger({ disk: systemDisk, clock: systemClock, directory })
    await ledger.close()
  } catch (error) {
    if (!(error instanceof LedgerDamagedError)) throw error
    const why = 'the copy is not complete, or was made while Mailkeep ran there'
    throw new CommandError(EXIT.damaged, `${error.message}. Perhaps ${why}`, { cause: error })
  }
}
