// `mailkeep retention status|run`: what was deleted and waits to go, and letting go what may.

import type { Command } from 'commander'
import { accountIdFromBytes } from '#base/ids.ts'
import { type LedgerAdminRequest, type LedgerAdminResponse, ledgerAdminSchema } from '#protocol/ledger-admin.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { directoryFailure } from './failures.ts'
import { counted, formatBytes, formatDuration, printJson, printLine, printTable } from './output.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

interface JsonOption extends DataOption {
  readonly json?: boolean
}

type Waiting = Extract<LedgerAdminResponse, { kind: 'retention' }>
type WaitingAccount = Waiting['accounts'][number]

const DAY_MS = 86_400_000

export function addRetentionCommand(program: Command): void {
  const retention = program
    .command('retention')
    .description('messages that were deleted: they can be restored until their retention time is over, and then go')
  retention
    .command('status')
    .description('what waits, how much it is, and when it goes')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(status)
  retention
    .command('run')
    .description('let go now what may go; it makes nothing go sooner than it may')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(run)
}

async function status(options: JsonOption): Promise<void> {
  const system = new System(dataDirectory(options))
  const waiting = await askRetention(system)
  const addresses = await addressesOf(system)
  const accounts = waiting.accounts.map((one) => {
    const id = accountIdFromBytes(one.account)
    return { id, address: addresses.get(id) ?? null, ...withoutAccount(one) }
  })
  if (options.json === true) {
    const { periodMs, passedMs, isCut } = waiting
    return printJson({ periodMs, passedMs, accounts, isCut })
  }
  printLine(`Deleted messages can be restored for ${days(waiting.periodMs)}, counted while Mailkeep runs.`)
  if (accounts.length === 0) return printLine('None waits.')
  printTable(
    ['ACCOUNT', 'MESSAGES', 'SIZE', 'FIRST MAY GO', 'LAST MAY GO', ''],
    accounts.map(({ id, address, records, bytes, firstMs, lastMs, isBlocked, isDestroyed }) => [
      address ?? id,
      String(records),
      formatBytes(bytes),
      within(firstMs),
      within(lastMs),
      isDestroyed ? 'destroyed' : isBlocked ? 'its log is damaged: nothing goes' : '',
    ]),
  )
  if (waiting.isCut) printLine('… and more.')
  printLine('What may go does so within a day if that frees much at once, else within eight more days.')
}

async function run(options: JsonOption): Promise<void> {
  const answer = await ask(new System(dataDirectory(options)), { kind: 'runRetention' })
  if (answer.kind !== 'dropped') throw failure(answer)
  const { records, bytes, segments, damaged } = answer
  if (options.json === true) printJson({ records, bytes, segments, damaged })
  else {
    printLine(
      records === 0
        ? 'Nothing had to go.'
        : `${counted(records, 'message')}, ${formatBytes(bytes)}, from ${counted(segments, 'file')}.`,
    )
    if (damaged > 0) printLine(`${counted(damaged, 'file')} with damage: nothing goes from there. See mailkeep verify.`)
  }
  if (damaged > 0) process.exitCode = EXIT.damaged
}

/** Throws CommandError. */
export async function askRetention(system: System): Promise<Waiting> {
  const answer = await ask(system, { kind: 'retention' })
  if (answer.kind !== 'retention') throw failure(answer)
  return answer
}

/** One line for `mailkeep status`; null if nothing waits. */
export function retentionLine({ accounts }: Waiting): string | null {
  const records = accounts.reduce((sum, one) => sum + one.records, 0)
  const bytes = accounts.reduce((sum, one) => sum + one.bytes, 0)
  if (records === 0) return null
  const first = accounts.reduce((least, one) => Math.min(least, one.firstMs), Infinity)
  return `Retention: ${counted(records, 'deleted message')} (${formatBytes(bytes)}) can be restored; the first may go ${within(first)}.`
}

export function ask(system: System, request: LedgerAdminRequest): Promise<LedgerAdminResponse> {
  return system.askAdmin('ledger.admin.sock', ledgerAdminSchema, request)
}

export function failure(answer: LedgerAdminResponse): CommandError {
  const reason = answer.kind === 'failed' ? answer.reason : 'unavailable'
  if (reason === 'noSuchAccount') return new CommandError(EXIT.notFound, 'there is no such account in the ledger')
  if (reason === 'damaged') return new CommandError(EXIT.damaged, 'its log is damaged: run mailkeep verify')
  return new CommandError(EXIT.failed, 'that is not possible now: try again, and look at mailkeep status')
}

/** By account. Throws CommandError. */
export async function addressesOf(system: System): Promise<Map<string, string>> {
  const answer = await system.ask({ kind: 'listAccounts' })
  if (answer.kind !== 'accountList') throw directoryFailure(answer, '')
  return new Map(answer.accounts.map(({ id, address }) => [accountIdFromBytes(id), address]))
}

function withoutAccount(waiting: WaitingAccount): Omit<WaitingAccount, 'account'> {
  const { records, bytes, firstMs, lastMs, isBlocked, isDestroyed } = waiting
  return { records, bytes, firstMs, lastMs, isBlocked, isDestroyed }
}

function within(ms: number): string {
  return ms <= 0 ? 'now' : `in ${formatDuration(ms)}`
}

export function days(ms: number): string {
  return counted(Math.round(ms / DAY_MS), 'day')
}
