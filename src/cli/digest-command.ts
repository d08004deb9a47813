// `mailkeep digest status|upgrade`: with which digests records are checked, and giving stronger ones to those that are there. The ledger does the work, and goes on whether
// anybody waits or not.

import type { Command } from 'commander'
import { type AccountId, SYSTEM_ACCOUNT, accountIdFromBytes, accountIdToBytes, isAccountId } from '#base/ids.ts'
import { sleep } from '#platform/clock.ts'
import { isTerminal, writeOutput } from '#platform/terminal.ts'
import type { LedgerAdminRequest, LedgerAdminResponse } from '#protocol/ledger-admin.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { counted, printJson, printLine, printTable } from './output.ts'
import { addressesOf, ask, failure } from './retention-command.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

interface DigestOptions extends DataOption {
  readonly all?: boolean
  readonly json?: boolean
}

interface UpgradeOptions extends DigestOptions {
  readonly to: string
  readonly detach?: boolean
}

type Upgrades = Extract<LedgerAdminResponse, { kind: 'digests' }>
type AccountDigests = Upgrades['accounts'][number]

const POLL_MS = 300
/** A ledger that has ended is started again in a few seconds. */
const TRIES = 60
const BAR_WIDTH = 30

export function addDigestCommand(program: Command): void {
  const digest = program.command('digest').description('the digests that records are checked with')
  digest
    .command('status')
    .argument('[account]', 'address, or the 32 digits of its id')
    .description('which digests new records get, and how far older ones have them, too')
    .option('--all', 'of every account; so it is without an address')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(status)
  digest
    .command('upgrade')
    .argument('[account]', 'address, or the 32 digits of its id')
    .description('give new records a stronger digest, and add one to every older record whose own is right')
    .requiredOption('--to <algorithm>', 'sha512')
    .option('--all', 'every account that there is or will be')
    .option('--detach', 'do not wait for the end')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(upgrade)
}

async function status(name: string | undefined, options: DigestOptions): Promise<void> {
  if (name !== undefined && options.all === true) throw new CommandError(EXIT.usage, 'an account, or --all')
  const system = new System(dataDirectory(options))
  const answer = await statusOf(system, name === undefined ? null : await idOf(system, name))
  await print(system, answer, options)
}

async function upgrade(name: string | undefined, options: UpgradeOptions): Promise<void> {
  if ((name === undefined) !== (options.all === true)) throw new CommandError(EXIT.usage, 'name an account, or --all')
  if (options.to === 'sha256') throw new CommandError(EXIT.failed, 'sha256 is what every record has: it is no upgrade')
  if (options.to !== 'sha512') throw new CommandError(EXIT.usage, `${options.to} is not known: say --to sha512`)
  const system = new System(dataDirectory(options))
  const account = name === undefined ? null : await idOf(system, name)
  const answer = await askPatiently(system, { kind: 'upgradeDigests', account: account && accountIdToBytes(account) })
  if (answer.kind !== 'upgrading') throw failure(answer)
  const isShown = options.json !== true && options.detach !== true
  if (isShown)
    printLine('New records have SHA-512 from now on; those before get it now. That goes on if you leave with Ctrl-C.')
  const end = await (options.detach === true ? statusOf(system, account) : whenDone(system, account, isShown))
  await print(system, end, options)
}

async function whenDone(system: System, account: AccountId | null, isShown: boolean): Promise<Upgrades> {
  const isBar = isShown && isTerminal('output')
  for (;;) {
    const answer = await statusOf(system, account)
    if (isBar) writeOutput(`\r${bar(answer)}`)
    if (!answer.accounts.some(({ state }) => state === 'running')) {
      if (isBar) writeOutput('\n')
      return answer
    }
    await sleep(POLL_MS)
  }
}

function bar({ accounts }: Upgrades): string {
  const wanted = accounts.filter(({ state }) => state !== 'none')
  const all = wanted.reduce((sum, { records }) => sum + records, 0)
  const done = wanted.reduce((sum, { state, records, reach }) => sum + (state === 'done' ? records : reach), 0)
  const part = all === 0 ? 1 : Math.min(1, done / all)
  const filled = Math.round(part * BAR_WIDTH)
  return `[${'#'.repeat(filled)}${'.'.repeat(BAR_WIDTH - filled)}] ${Math.floor(part * 100)} %, ${done} of ${counted(all, 'record')}`
}

async function print(system: System, { accounts, isCut }: Upgrades, { json }: DigestOptions): Promise<void> {
  const addresses = await addressesOf(system)
  const shown = accounts.map(({ account, ...rest }) => {
    const id = accountIdFromBytes(account)
    return { id, address: addresses.get(id) ?? null, ...rest }
  })
  const damaged = accounts.reduce((sum, one) => sum + one.damaged, 0)
  if (json === true) printJson({ accounts: shown, isCut })
  else {
    printTable(
      ['ACCOUNT', 'NEW RECORDS', 'OLDER RECORDS', 'ADDED', ''],
      shown.map(({ id, address, algorithm, added, ...one }) => [
        address ?? (id === SYSTEM_ACCOUNT ? '(directory)' : id),
        algorithm === 'sha512' ? 'SHA-512' : 'SHA-256',
        describe(one),
        String(added),
        one.damaged > 0 ? `${counted(one.damaged, 'record')} damaged: none added` : '',
      ]),
    )
    if (isCut) printLine('… and more.')
    if (damaged > 0)
      printLine('What has not the digest that it was written with gets no other: mailkeep verify names it.')
  }
  if (damaged > 0) process.exitCode = EXIT.damaged
}

function describe({ state, records, reach }: Pick<AccountDigests, 'state' | 'records' | 'reach'>): string {
  if (state === 'none') return 'as they were written'
  if (state === 'done') return 'SHA-512, too'
  return `${reach} of ${records}${state === 'waiting' ? ': the disk refuses, it will be tried again' : ''}`
}

async function statusOf(system: System, account: AccountId | null): Promise<Upgrades> {
  const answer = await askPatiently(system, { kind: 'digests', account: account && accountIdToBytes(account) })
  if (answer.kind !== 'digests') throw failure(answer)
  return answer
}

/** Both requests may be made again, by whoever has lost the answer because the ledger ended. */
async function askPatiently(system: System, request: LedgerAdminRequest): Promise<LedgerAdminResponse> {
  for (let left = TRIES; ; left--) {
    try {
      return await ask(system, request)
    } catch (error) {
      if (left <= 1 || !(error instanceof CommandError) || error.exitCode !== EXIT.notRunning) throw error
      if ((await system.status()) === null) throw error
      await sleep(POLL_MS)
    }
  }
}

async function idOf(system: System, name: string): Promise<AccountId> {
  return isAccountId(name) ? name : accountIdFromBytes((await findAccount(system, name)).id)
}
