// `mailkeep account recover`: a new password by the recovery code or by shares. On a machine to which only the logs were copied it also says whose the account
// is: the address that is given here becomes its address.

import type { Command } from 'commander'
import { wipe } from '#base/bytes.ts'
import type { Means } from '#keys/means.ts'
import type { VaultAdminResponse } from '#protocol/vault.ts'
import { directoryFailure, vaultFailure } from './failures.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { slotsJson, tellWhatElseOpens, whatElseOpens } from './key-slot-commands.ts'
import { readTypedMeans } from './means-input.ts'
import { printJson, printLine } from './output.ts'
import { readNewSecret } from './secret-input.ts'
import { type SheetOptions, addSheetOptions, sheetFiles, writeSheets } from './sheet-files.ts'
import { type DataOption, type FoundAccount, System, dataDirectory, findAccount } from './system.ts'

interface RecoverOptions extends DataOption, SheetOptions {
  readonly passwordStdin?: boolean
  readonly json?: boolean
}

type Recovered = Extract<VaultAdminResponse, { kind: 'recovered' }>

export function addRecoverCommand(account: Command): void {
  const command = account
    .command('recover')
    .argument('<address>')
    .description(
      'set a new password with the recovery code, or with shares of trusted contacts; prints a new code. Also for an account whose log was copied here (mailkeep adopt)',
    )
    .option(
      '--password-stdin',
      'read from standard input: the recovery code on one line, or shares, one a line, and an empty line; then the new password',
    )
  addSheetOptions(command).option('--json', 'print JSON').option('--data <directory>', 'data directory').action(recover)
}

async function recover(address: string, options: RecoverOptions): Promise<void> {
  const system = new System(dataDirectory(options))
  const fromStdin = options.passwordStdin === true
  const files = sheetFiles(options)
  const isKnown = (await system.ask({ kind: 'findAccount', address })).kind === 'found'
  const vacancy = isKnown ? null : await system.ask({ kind: 'prepareAccount', address })
  if (vacancy !== null && vacancy.kind !== 'prepared') throw directoryFailure(vacancy, address)
  const means = await readTypedMeans(fromStdin)
  const password = await readNewSecret(fromStdin, 'New password')
  try {
    // First the account gets its address: cut short after that, the same command goes on.
    if (vacancy !== null) await claim(system, vacancy.address, means)
    const found: FoundAccount = await findAccount(system, address)
    const answer = await system.askVault(found.vault, { kind: 'recover', ...found, means, password })
    if (answer.kind !== 'recovered') throw vaultFailure(answer)
    const { recoveryCode, identity, revokedShares, note } = answer
    if (options.json !== true) printRecovered(found.address, answer)
    // The new code is shown whatever comes of this.
    const others = await whatElseOpens(system, found).catch(() => null)
    if (options.json === true) {
      const alsoOpen = others === null ? null : slotsJson(others)
      printJson({ address: found.address, recoveryCode, revokedShares, note, alsoOpen })
    } else if (others === null) printLine(`What else opens it: mailkeep account slots ${found.address}`)
    else tellWhatElseOpens(others, found)
    await writeSheets(system, files, { address: found.address, code: recoveryCode, identity })
  } finally {
    wipe(password)
  }
}

function printRecovered(address: string, { recoveryCode, revokedShares, note }: Recovered): void {
  printLine(`${address} opens with the new password; sessions that came in by the old one have ended.`)
  if (note !== null) printLine(note)
  if (revokedShares) printLine('The shares open nothing any more: make new ones (mailkeep account shares create).')
  printLine('The old recovery code opens nothing any more. The new one, shown this once, is')
  printLine()
  printLine(`    ${recoveryCode}`)
}

/** Gives the address to the account that was opened and that has none here. Throws CommandError. */
async function claim(system: System, address: string, means: Means): Promise<void> {
  const status = await system.status()
  const vaults = status?.processes.filter(({ name }) => name.startsWith('vault-')).length ?? 0
  for (let vault = 0; vault < vaults; vault++) {
    const answer = await system.askVault(vault, { kind: 'identify', address, means })
    if (answer.kind === 'notHere') continue
    if (answer.kind !== 'identified') throw vaultFailure(answer)
    const { id, recipient } = answer
    const added = await system.ask({ kind: 'addAccount', id, address, recipient, quotaBytes: null })
    if (added.kind !== 'done') throw directoryFailure(added, address)
    return
  }
  const what = means.kind === 'code' ? 'the recovery code opens' : 'the shares open'
  throw new CommandError(EXIT.refused, `${address} has no account here, and ${what} none of those without an address`)
}
