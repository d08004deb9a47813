// `mailkeep account recovery-code new`: another recovery code. `mailkeep account sheet`: a sheet of the code that the owner has, which is typed for it, because
// nobody else knows it; one that does not open the account is not printed.

import type { Command } from 'commander'
import type { Means } from '#keys/means.ts'
import { parseRecoveryCode, formatRecoveryCode } from '#keys/recovery-code.ts'
import { wipe } from '#base/bytes.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { readTypedMeans } from './means-input.ts'
import { printJson, printLine } from './output.ts'
import { asOwner, vaultAnswer } from './owner-request.ts'
import { type SheetOptions, addSheetOptions, sheetFiles, writeSheets } from './sheet-files.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

interface CodeOptions extends DataOption, SheetOptions {
  readonly passwordStdin?: boolean
  readonly recoveryCodeStdin?: boolean
  readonly json?: boolean
}

export function addSheetCommands(account: Command): void {
  const code = account.command('recovery-code').description('the recovery code')
  const command = code
    .command('new')
    .argument('<address>')
    .description('make a new recovery code and print it, once; the old one opens nothing any more')
    .option('--password-stdin', 'read the password from the first line of standard input')
  addSheetOptions(command).option('--json', 'print JSON').option('--data <directory>', 'data directory').action(newCode)
  const sheet = account
    .command('sheet')
    .argument('<address>')
    .description('make a recovery sheet of the code that you have: to be printed, with a QR code and what to do')
    .option('--recovery-code-stdin', 'read the recovery code from the first line of standard input')
  addSheetOptions(sheet).option('--data <directory>', 'data directory').action(makeSheet)
}

async function newCode(address: string, options: CodeOptions): Promise<void> {
  const files = sheetFiles(options)
  const system = new System(dataDirectory(options))
  const found = await findAccount(system, address)
  const made = await asOwner(system, found, options.passwordStdin === true, 'recovered', (owner) => ({
    kind: 'newRecoveryCode',
    ...owner,
  }))
  const { recoveryCode, identity } = made
  if (options.json === true) printJson({ address: found.address, recoveryCode })
  else {
    printLine('The old recovery code opens nothing any more. The new one, shown this once, is')
    printLine()
    printLine(`    ${recoveryCode}`)
  }
  await writeSheets(system, files, { address: found.address, code: recoveryCode, identity })
}

async function makeSheet(address: string, options: CodeOptions): Promise<void> {
  const files = sheetFiles(options)
  if (files.pdf === null && files.png === null) throw new CommandError(EXIT.usage, 'where to? --pdf FILE or --png FILE')
  const system = new System(dataDirectory(options))
  const found = await findAccount(system, address)
  const means = await readTypedMeans(options.recoveryCodeStdin === true)
  if (means.kind !== 'code') throw new CommandError(EXIT.usage, 'a sheet is of the recovery code, and that is a share')
  const drilled = await vaultAnswer(system, found, 'drilled', {
    kind: 'drill',
    id: found.id,
    address: found.address,
    means,
  })
  await writeSheets(system, files, { address: found.address, code: asPrinted(means), identity: drilled.identity })
  printLine('The code opens the account, and the sheet is written. Print it, and remove the file.')
}

/** As it is printed, however it was typed. */
function asPrinted({ code: typed }: Extract<Means, { kind: 'code' }>): string {
  const code = parseRecoveryCode(typed)
  if (code === null) throw new CommandError(EXIT.refused, 'that is no recovery code')
  const text = formatRecoveryCode(code)
  wipe(code)
  return text
}
