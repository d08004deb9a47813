// `mailkeep account recover`: a new password by the recovery code. On a machine to which only the logs were copied it also says whose the account is:
// the address that is given here becomes its address.

import type { Command } from 'commander'
import { wipe } from '#base/bytes.ts'
import { directoryFailure, vaultFailure } from './failures.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { printJson, printLine } from './output.ts'
import { readNewSecret, readSecret } from './secret-input.ts'
import { type DataOption, type FoundAccount, System, dataDirectory, findAccount } from './system.ts'

interface RecoverOptions extends DataOption {
  readonly passwordStdin?: boolean
  readonly json?: boolean
}

export function addRecoverCommand(account: Command): void {
  account
    .command('recover')
    .argument('<address>')
    .description(
      'set a new password with the recovery code; prints a new code. Also for an account whose log was copied here (mailkeep adopt)',
    )
    .option(
      '--password-stdin',
      'read the recovery code from the first line of standard input, the new password from the second',
    )
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(recover)
}

async function recover(address: string, options: RecoverOptions): Promise<void> {
  const system = new System(dataDirectory(options))
  const fromStdin = options.passwordStdin === true
  const isKnown = (await system.ask({ kind: 'findAccount', address })).kind === 'found'
  const vacancy = isKnown ? null : await system.ask({ kind: 'prepareAccount', address })
  if (vacancy !== null && vacancy.kind !== 'prepared') throw directoryFailure(vacancy, address)
  const codeBytes = await readSecret(fromStdin, 'Recovery code')
  const password = await readNewSecret(fromStdin, 'New password')
  try {
    const code = codeBytes.toString('utf8')
    // First the account gets its address: cut short after that, the same command goes on.
    if (vacancy !== null) await claim(system, vacancy.address, code)
    const found: FoundAccount = await findAccount(system, address)
    const answer = await system.askVault(found.vault, { kind: 'recover', ...found, code, password })
    if (answer.kind !== 'recovered') throw vaultFailure(answer)
    const { recoveryCode } = answer
    if (options.json === true) return printJson({ address: found.address, recoveryCode })
    printLine(`${found.address} opens with the new password.`)
    printLine('The old recovery code opens nothing any more. The new one, shown this once, is')
    printLine()
    printLine(`    ${recoveryCode}`)
  } finally {
    wipe(codeBytes, password)
  }
}

/** Gives the address to the account that the code opens and that has none here. Throws CommandError. */
async function claim(system: System, address: string, code: string): Promise<void> {
  const status = await system.status()
  const vaults = status?.processes.filter(({ name }) => name.startsWith('vault-')).length ?? 0
  for (let vault = 0; vault < vaults; vault++) {
    const answer = await system.askVault(vault, { kind: 'identify', address, code })
    if (answer.kind === 'failed' && answer.reason === 'wrongCode') continue
    if (answer.kind !== 'identified') throw vaultFailure(answer)
    const { id, recipient } = answer
    const added = await system.ask({ kind: 'addAccount', id, address, recipient, quotaBytes: null })
    if (added.kind !== 'done') throw directoryFailure(added, address)
    return
  }
  const text = `${address} has no account here, and the recovery code opens none of those without an address`
  throw new CommandError(EXIT.refused, text)
}
