// `mailkeep account drill`: the owner types the recovery code, or shares, and hears whether they open the account as it is now.

import type { Command } from 'commander'
import { readTypedMeans } from './means-input.ts'
import { printJson, printLine } from './output.ts'
import { vaultAnswer } from './owner-request.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

interface DrillOptions extends DataOption {
  readonly stdin?: boolean
  readonly json?: boolean
}

export function addDrillCommand(account: Command): void {
  account
    .command('drill')
    .argument('<address>')
    .description('type the recovery code, or shares, and have it proven that they open the account; nothing is changed')
    .option('--stdin', 'read the recovery code, or shares, one a line, from standard input')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: DrillOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const means = await readTypedMeans(options.stdin === true)
      const { id } = found
      const drilled = await vaultAnswer(system, found, 'drilled', { kind: 'drill', id, address: found.address, means })
      const { by, created, at, note } = drilled
      if (options.json === true) {
        return printJson({ address: found.address, by, made: iso(created), proven: iso(at), note })
      }
      const what = by === 'shares' ? 'These shares open' : 'This recovery code opens'
      printLine(`${what} ${found.address}. Proven, by the log as it is on the disk now:`)
      printLine(`- they lead to a key slot that is in force, made on ${iso(created)}, and written by the owner;`)
      printLine('- what it holds is the key of this account, which opens the mail that comes to it.')
      if (note !== null) printLine(note)
      printLine('It is noted in the account. Try it again within a year: mailkeep says when it is time.')
    })
}

function iso(ms: number): string {
  return new Date(ms).toISOString()
}
