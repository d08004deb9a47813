// `mailkeep domain …` and `mailkeep alias …`.

import type { Command } from 'commander'
import { directoryFailure } from './failures.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { printJson, printLine, printTable } from './output.ts'
import { type DataOption, System, dataDirectory } from './system.ts'

interface ListOptions extends DataOption {
  readonly json?: boolean
}

export function addDomainCommands(program: Command): void {
  const domain = program.command('domain').description('domains whose mail is taken here')
  domain
    .command('add')
    .argument('<name>')
    .option('--data <directory>', 'data directory')
    .description('take mail for the accounts and aliases of a domain')
    .action(async (name: string, options: DataOption) => {
      const answer = await new System(dataDirectory(options)).ask({ kind: 'addDomain', domain: name })
      if (answer.kind !== 'done') throw directoryFailure(answer, `the domain ${name}`)
      printLine(`Mail for ${name} is taken here.`)
    })
  domain
    .command('list')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (options: ListOptions) => {
      const answer = await new System(dataDirectory(options)).ask({ kind: 'listDomains' })
      if (answer.kind !== 'domains') throw directoryFailure(answer, '')
      const domains = answer.domains.map(({ name, created }) => ({ name, created: new Date(created).toISOString() }))
      if (options.json === true) return printJson(domains)
      for (const { name } of domains) printLine(name)
    })
}

export function addAliasCommands(program: Command): void {
  const alias = program.command('alias').description('further addresses of accounts')
  alias
    .command('add')
    .argument('<address>')
    .argument('<account...>', 'addresses of the accounts that get its mail')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, targets: string[], options: DataOption) => {
      const answer = await new System(dataDirectory(options)).ask({ kind: 'addAlias', address, targets })
      if (answer.kind === 'failed' && answer.reason === 'noSuchAddress') {
        const one = targets.length === 1
        const text = `${targets.join(', ')}: ${one ? 'not' : 'not all of them'} the main address of an account (mailkeep account list)`
        throw new CommandError(EXIT.notFound, text)
      }
      if (answer.kind !== 'done') throw directoryFailure(answer, address)
      printLine(`Mail for ${address} goes to ${targets.join(', ')}.`)
    })
  alias
    .command('remove')
    .argument('<address>')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: DataOption) => {
      const answer = await new System(dataDirectory(options)).ask({ kind: 'removeAlias', address })
      if (answer.kind !== 'done') throw directoryFailure(answer, address)
      printLine(`${address} is an address no more.`)
    })
  alias
    .command('list')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (options: ListOptions) => {
      const answer = await new System(dataDirectory(options)).ask({ kind: 'listAliases' })
      if (answer.kind !== 'aliases') throw directoryFailure(answer, '')
      const aliases = answer.aliases.map(({ address, targets }) => ({ address, targets }))
      if (options.json === true) return printJson(aliases)
      printTable(
        ['ALIAS', 'GOES TO'],
        aliases.map(({ address, targets }) => [address, targets.join(', ')]),
      )
    })
}
