// `mailkeep domain …` and `mailkeep alias …`.

import type { Command } from 'commander'
import { directoryFailure } from './failures.ts'
import { type RecordSource, domainRecords, recordNotes, zoneLines } from './domain-records.ts'
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
      printLine(`Mail for ${name} is taken here. What its zone needs: mailkeep domain dns ${name}`)
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
  domain
    .command('dns')
    .argument('<name>')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .description('the records for its zone: where mail comes, and where mail programs find their settings')
    .action(async (name: string, options: ListOptions) => {
      const source = await recordSource(new System(dataDirectory(options)), name)
      const [records, notes] = [domainRecords(source), recordNotes(source)]
      if (options.json === true) return printJson({ domain: source.domain, records, notes })
      for (const note of notes) printLine(`; ${note}`)
      for (const line of zoneLines(records)) printLine(line)
    })
}

/** Throws CommandError. */
async function recordSource(system: System, name: string): Promise<RecordSource> {
  const answer = await system.ask({ kind: 'servesDomain', domain: name })
  if (answer.kind !== 'servedDomain') throw directoryFailure(answer, `the domain ${name}`)
  if (answer.name === null) {
    throw new CommandError(EXIT.notFound, `the domain ${name} is not served here: mailkeep domain add ${name}`)
  }
  // The ports are those of the run: a start may have been given others than the configuration has.
  const status = await system.status()
  if (status === null) throw new CommandError(EXIT.notRunning, 'Mailkeep is not running any more')
  const { hostname, clients, listeners } = status
  const smtpPorts = [...new Set(listeners.filter(({ protocol }) => protocol === 'smtp').map(({ port }) => port))]
  return { domain: answer.name, mailHost: hostname, clients, smtpPorts }
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
