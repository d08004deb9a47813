// `mailkeep account shares …`: shares for trusted contacts, of which a few together open the account with a new password.

import type { Command } from 'commander'
import { SHARES_MAX, THRESHOLD_MIN } from '#keys/share.ts'
import { type ShareLetter, shareLetter } from '#sheet/share-letter.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { counted, printJson, printLine, printTable } from './output.ts'
import { asOwner } from './owner-request.ts'
import { plainText } from './plain-text.ts'
import { readRecovery } from './recovery-report.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

interface OwnerOptions extends DataOption {
  readonly passwordStdin?: boolean
  readonly json?: boolean
}

interface CreateOptions extends OwnerOptions {
  readonly threshold: string
  readonly of?: string
  readonly labels?: string
}

const LINE_LENGTH = 78
const NUMBER = /^\d{1,2}$/

export function addShareCommands(account: Command): void {
  const shares = account
    .command('shares')
    .description('shares for trusted contacts: so many of them together open the account, fewer open nothing')
  createCommand(shares)
  listCommand(shares)
  revokeCommand(shares)
}

function createCommand(shares: Command): void {
  shares
    .command('create')
    .argument('<address>')
    .description('make shares and print them, once; those that were made before open nothing any more')
    .requiredOption('--threshold <number>', `so many open the account, from ${THRESHOLD_MIN}`)
    .option('--of <number>', `so many are made, at most ${SHARES_MAX}`)
    .option('--labels <names>', 'who gets them, with commas between the names; as many as shares')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: CreateOptions) => {
      const threshold = readNumber('--threshold', options.threshold)
      const contacts = readContacts(options)
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const status = await system.status()
      const { shares: made } = await asOwner(system, found, options.passwordStdin === true, 'shares', (owner) => ({
        kind: 'issueShares',
        ...owner,
        threshold,
        contacts,
      }))
      if (options.json === true) return printJson({ address: found.address, threshold, shares: made })
      printLine(
        `${made.length} shares for ${found.address}: any ${threshold} of them open the account. They are shown this`,
      )
      printLine('once. Those that were made before open nothing any more. Give each, on paper, to whom it is for:')
      const common = { of: made.length, threshold, address: found.address, server: status?.hostname ?? '' }
      for (const { number, contact, text } of made) printLetter({ ...common, number, contact }, text)
    })
}

/** The share is alone on its line: the rest may be given to `recover` along with it. */
function printLetter(letter: ShareLetter, text: string): void {
  printLine()
  for (const sentence of shareLetter({ ...letter, contact: plainText(letter.contact) })) {
    for (const line of inLines(sentence)) printLine(`# ${line}`)
  }
  printLine(`    ${text}`)
}

function inLines(text: string): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    if (last === undefined || last.length + word.length >= LINE_LENGTH) lines.push(word)
    else lines[lines.length - 1] = `${last} ${word}`
  }
  return lines
}

function listCommand(shares: Command): void {
  shares
    .command('list')
    .argument('<address>')
    .description('who has shares, and when they were proven to open the account')
    .option('--password-stdin', 'unlock it with the password from the first line of standard input')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: OwnerOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const { shares } = await readRecovery(system, found, options.passwordStdin === true)
      if (options.json === true) return printJson(shares)
      if (shares === null) return printLine('There are no shares.')
      const { threshold, contacts, created, drilled } = shares
      printLine(`${counted(contacts.length, 'share')}, made ${date(created)}; any ${threshold} open the account.`)
      printLine(drilled === null ? 'Nobody has tried them (mailkeep account drill).' : `Proven ${date(drilled)}.`)
      printLine()
      printTable(
        ['SHARE', 'WHO HAS IT'],
        contacts.map((contact, at) => [String(at + 1), plainText(contact)]),
      )
    })
}

function revokeCommand(shares: Command): void {
  shares
    .command('revoke')
    .argument('<address>')
    .description('end all shares: they open nothing any more')
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: OwnerOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      await asOwner(system, found, options.passwordStdin === true, 'done', (owner) => ({
        kind: 'revokeShares',
        ...owner,
      }))
      printLine('The shares open nothing any more.')
    })
}

function date(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10)
}

function readNumber(option: string, text: string): number {
  if (!NUMBER.test(text)) throw new CommandError(EXIT.usage, `${option} takes a number`)
  return Number(text)
}

function readContacts({ of, labels }: CreateOptions): string[] {
  const names = labels?.split(',').map((name) => name.trim())
  const count = of === undefined ? names?.length : readNumber('--of', of)
  if (count === undefined) throw new CommandError(EXIT.usage, 'how many shares? --of NUMBER, or --labels NAME,NAME,…')
  if (names !== undefined && names.length !== count) {
    throw new CommandError(EXIT.usage, `--labels names ${names.length}, and --of says ${count}`)
  }
  return names ?? Array.from({ length: count }, (_, at) => `contact ${at + 1}`)
}
