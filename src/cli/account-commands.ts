// `mailkeep account …`: accounts, their passwords, recovery and locks.

import type { Command } from 'commander'
import { wipe } from '#base/bytes.ts'
import { accountIdFromBytes } from '#base/ids.ts'
import type { VaultAdminRequest } from '#protocol/vault.ts'
import { addAccount } from './add-account.ts'
import { addDestroyCommand } from './destroy-command.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { directoryFailure, vaultFailure } from './failures.ts'
import { addKeySlotCommands, tellOfAppPasswords } from './key-slot-commands.ts'
import { formatBytes, printJson, printLine, printTable } from './output.ts'
import { parseSize } from './parse-size.ts'
import { addDrillCommand } from './drill-command.ts'
import { addPasskeyCommands } from './passkey-commands.ts'
import { addEscrowCommands } from './escrow-commands.ts'
import { addRecoverCommand } from './recover-command.ts'
import { addRecoveryCommand } from './recovery-command.ts'
import { addShareCommands } from './share-commands.ts'
import { addSheetCommands } from './sheet-commands.ts'
import { type SheetOptions, addSheetOptions, sheetFiles, writeSheets } from './sheet-files.ts'
import { readNewSecret, readSecret } from './secret-input.ts'
import { type DataOption, type FoundAccount, System, dataDirectory, findAccount } from './system.ts'

interface PasswordOptions extends DataOption {
  readonly passwordStdin?: boolean
  readonly json?: boolean
}

export function addAccountCommands(program: Command): void {
  const account = program.command('account').description('accounts, their passwords, recovery and locks')
  addCommand(account)
  listCommand(account)
  passwordCommand(account)
  addRecoverCommand(account)
  addRecoveryCommand(account)
  addSheetCommands(account)
  addDrillCommand(account)
  addShareCommands(account)
  addEscrowCommands(account)
  addKeySlotCommands(account)
  addPasskeyCommands(account)
  lockCommands(account)
  identityCommand(account)
  addDestroyCommand(account)
}

function addCommand(account: Command): void {
  const command = account
    .command('add')
    .argument('<address>')
    .description('make an account and print its recovery code, once')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--classic', 'seal mail to X25519 alone: any age program opens it, a quantum computer may one day')
    .option('--quota <size>', 'like 10GiB', parseSize)
  addSheetOptions(command)
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(
      async (address: string, options: PasswordOptions & SheetOptions & { classic?: boolean; quota?: number }) => {
        const files = sheetFiles(options)
        const identity = options.classic === true ? 'x25519' : 'hybrid'
        const system = new System(dataDirectory(options))
        const password = await readNewSecret(options.passwordStdin === true, `Password for ${address}`)
        try {
          const made = await addAccount(system, address, password, {
            identity,
            quotaBytes: options.quota ?? null,
          })
          if (options.json === true) printJson(made)
          else printMade(made)
          await writeSheets(system, files, { address: made.address, code: made.recoveryCode, identity })
        } finally {
          wipe(password)
        }
      },
    )
}

function printMade(made: { readonly address: string; readonly recoveryCode: string }): void {
  printLine(`Made ${made.address}.`)
  printLine()
  printLine('Recovery code: it opens the account if the password is forgotten or the server is lost.')
  printLine('It is shown this once. Write it down and keep it away from this machine:')
  printLine()
  printLine(`    ${made.recoveryCode}`)
  printLine()
  printLine(`A sheet to be printed: mailkeep account sheet ${made.address} --pdf FILE`)
}

function listCommand(account: Command): void {
  account
    .command('list')
    .description('accounts, and whether they are unlocked')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (options: DataOption & { json?: boolean }) => {
      const system = new System(dataDirectory(options))
      const answer = await system.ask({ kind: 'listAccounts' })
      if (answer.kind !== 'accountList') throw directoryFailure(answer, '')
      const vaults = [...new Set(answer.accounts.map(({ vault }) => vault))]
      const states = await Promise.all(vaults.map((vault) => system.askVault(vault, { kind: 'unlocked' })))
      const unlocked = new Set(
        states.flatMap((state) => (state.kind === 'unlocked' ? state.ids.map(accountIdFromBytes) : [])),
      )
      const accounts = answer.accounts.map(({ id: bytes, address, quotaBytes, created }) => {
        const id = accountIdFromBytes(bytes)
        return { id, address, quotaBytes, created: new Date(created).toISOString(), isUnlocked: unlocked.has(id) }
      })
      if (options.json === true) return printJson(accounts)
      printTable(
        ['ADDRESS', 'STATE', 'QUOTA', 'ID'],
        accounts.map(({ id, address, quotaBytes, isUnlocked }) => [
          address,
          isUnlocked ? 'unlocked' : 'locked',
          quotaBytes === null ? 'none' : formatBytes(quotaBytes),
          id,
        ]),
      )
    })
}

function passwordCommand(account: Command): void {
  account
    .command('password')
    .argument('<address>')
    .description('change the password; the old one is asked for first')
    .option(
      '--password-stdin',
      'read the old password from the first line of standard input, the new one from the second',
    )
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: PasswordOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const fromStdin = options.passwordStdin === true
      const old = await readSecret(fromStdin, 'Old password')
      const password = await readNewSecret(fromStdin, 'New password')
      await vaultMust(system, found, { kind: 'changePassword', ...found, old, password })
      wipe(old, password)
      printLine('The password is changed, and sessions that came in by the old one have ended.')
      await tellOfAppPasswords(system, found)
    })
}

function lockCommands(account: Command): void {
  account
    .command('lock')
    .argument('<address>')
    .description('end its sessions and wipe its keys from memory')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: DataOption) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      await vaultMust(system, found, { kind: 'lock', id: found.id })
      printLine(`${found.address} is locked.`)
    })
  account
    .command('unlock')
    .argument('<address>')
    .description('open it, for as long as its lock policy keeps it open')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: PasswordOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const password = await readSecret(options.passwordStdin === true, `Password for ${found.address}`)
      await vaultMust(system, found, { kind: 'unlock', ...found, password })
      wipe(password)
      printLine(`${found.address} is unlocked.`)
    })
  account
    .command('lock-policy')
    .argument('<address>')
    .argument(
      '<policy>',
      'session: lock when nobody uses it; restart: when Mailkeep stops; never: the server can open it by itself',
    )
    .description('when it is locked again')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, policy: string, options: PasswordOptions) => {
      if (policy !== 'session' && policy !== 'restart' && policy !== 'never') {
        throw new CommandError(EXIT.usage, 'the policy is session, restart or never')
      }
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const password = await readSecret(options.passwordStdin === true, `Password for ${found.address}`)
      await vaultMust(system, found, { kind: 'setLockPolicy', ...found, password, policy })
      wipe(password)
      printLine(`${found.address}: ${policy}.`)
    })
}

function identityCommand(account: Command): void {
  account
    .command('identity')
    .argument('<address>')
    .description('print the age identity that opens its sealed messages (mailkeep extract): keep it secret')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: PasswordOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const password = await readSecret(options.passwordStdin === true, `Password for ${found.address}`)
      const answer = await system.askVault(found.vault, { kind: 'exportIdentity', ...found, password })
      wipe(password)
      if (answer.kind !== 'identity') throw vaultFailure(answer)
      const { mail, hybrid, x25519 } = answer
      if (options.json === true) return printJson({ mail, hybrid, x25519 })
      // An identity file for age, which refuses one with a kind of identity that it does not know.
      const programs = mail === 'hybrid' ? 'age 1.3 and later (ML-KEM-768 with X25519)' : 'any age program (X25519)'
      printLine(`# ${found.address}, for ${programs}`)
      printLine(mail === 'hybrid' ? hybrid : x25519)
    })
}

async function vaultMust(system: System, { vault }: FoundAccount, request: VaultAdminRequest): Promise<void> {
  const answer = await system.askVault(vault, request)
  if (answer.kind !== 'done') throw vaultFailure(answer)
}
