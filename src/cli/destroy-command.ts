// `mailkeep account destroy ADDRESS`: for ever, on this copy alone, by whoever runs the server. It says what it cannot reach.
//
// The address goes first, so that nothing comes and nobody logs in any more; then the sessions; then what opens the account. Cut short, it is gone on with by the
// account's id.

import type { Command } from 'commander'
import { type AccountId, accountIdFromBytes, accountIdToBytes, isAccountId } from '#base/ids.ts'
import { accountPaths } from '#ledger/paths.ts'
import { isTerminal, readInputLine, writeOutput } from '#platform/terminal.ts'
import { dataPaths } from '#supervisor/data-directory.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { directoryFailure, vaultFailure } from './failures.ts'
import { counted, printJson, printLine } from './output.ts'
import { ask, askRetention, days, failure } from './retention-command.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

interface DestroyOptions extends DataOption {
  readonly yes?: string
  readonly json?: boolean
}

export function addDestroyCommand(account: Command): void {
  account
    .command('destroy')
    .argument('<address>', 'or the 32 digits of the id of one that has no address any more')
    .description('destroy the keys of an account on this copy, for ever: nothing here opens its mail again')
    .option('--yes <address>', 'the same address once more, instead of typing it')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(destroy)
}

async function destroy(name: string, options: DestroyOptions): Promise<void> {
  const system = new System(dataDirectory(options))
  const found = isAccountId(name) ? null : await findAccount(system, name)
  const id = found === null ? (name as AccountId) : accountIdFromBytes(found.id)
  const { periodMs } = await askRetention(system)
  await confirm(found?.address ?? name, options)
  if (found !== null) {
    const removed = await system.ask({ kind: 'removeAccount', address: found.address })
    if (removed.kind !== 'done') throw directoryFailure(removed, found.address)
  } else if (await hasAddress(system, id)) {
    throw new CommandError(EXIT.usage, 'it has an address: name that')
  }
  const vaults = found === null ? await allVaults(system) : [found.vault]
  for (const vault of vaults) {
    const forgotten = await system.askVault(vault, { kind: 'forget', id: accountIdToBytes(id) })
    if (forgotten.kind !== 'done') throw cutShort(id, vaultFailure(forgotten))
  }
  const destroyed = await ask(system, { kind: 'destroyAccount', account: accountIdToBytes(id) })
  if (destroyed.kind !== 'destroyed') throw cutShort(id, failure(destroyed))
  const { slots } = destroyed
  if (options.json === true) return printJson({ account: id, address: found?.address ?? null, slots, periodMs })
  report(system, id, found?.address ?? null, slots, periodMs)
}

async function confirm(name: string, { yes }: DestroyOptions): Promise<void> {
  let typed = yes
  if (typed === undefined) {
    if (!isTerminal('input')) throw new CommandError(EXIT.usage, `this cannot be undone: say --yes ${name}`)
    writeOutput(
      `This cannot be undone: nothing on this machine will open the mail of ${name} again.\nType ${name} once more: `,
    )
    typed = (await readInputLine()).toString('utf8').trim()
  }
  if (typed.toLowerCase() !== name.toLowerCase())
    throw new CommandError(EXIT.usage, 'that is another one: nothing was done')
}

async function hasAddress(system: System, id: AccountId): Promise<boolean> {
  const answer = await system.ask({ kind: 'listAccounts' })
  if (answer.kind !== 'accountList') throw directoryFailure(answer, '')
  return answer.accounts.some((account) => accountIdFromBytes(account.id) === id)
}

async function allVaults(system: System): Promise<number[]> {
  const { processes = [] } = (await system.status()) ?? {}
  return processes.flatMap(({ name }) => {
    const number = /^vault-(\d+)$/.exec(name)?.[1]
    return number === undefined ? [] : [Number(number)]
  })
}

function cutShort(id: AccountId, cause: CommandError): CommandError {
  const text = `${cause.message}\nIts address has gone, and its keys are still there: go on with mailkeep account destroy ${id}`
  return new CommandError(cause.exitCode, text, { cause })
}

function report(system: System, id: AccountId, address: string | null, slots: number, periodMs: number): void {
  const { ledger } = dataPaths(system.directory)
  printLine(`${address ?? id} is destroyed on this copy of the ledger.`)
  printLine()
  printLine('Done: nobody can log in, and mail to it is refused. Its sessions have ended, its index is removed.')
  printLine(`${counted(slots, 'key slot')} destroyed: no password and no recovery code opens it from here any more.`)
  printLine()
  printLine(
    `What is left here: its sealed log, as account ${id}. Payloads go when Mailkeep has run for ${days(periodMs)} more;`,
  )
  printLine(
    'then sizes and times of what there was remain. To remove them, or all of it now: stop Mailkeep, and remove',
  )
  printLine(`    ${accountPaths(ledger, id).directory}`)
  printLine()
  printLine(
    'What this cannot reach: copies elsewhere (replicas, backups, snapshots of the file system, blocks of this disk that',
  )
  printLine(
    'were not overwritten, as on flash). They hold slots and mail: with the recovery code, or with a password and the server',
  )
  printLine(
    'secret, such a copy opens. Who has exported the age identity (account identity) opens any copy of the mail with it.',
  )
}
