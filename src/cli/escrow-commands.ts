// `mailkeep account security`: the owner's choice between high and low security. `mailkeep account escrow …`: what the operator can do for an owner who chose
// low security, and how the owner refuses it.
//
// The operator's identity stays in this process: the vault gets the root of the one account that it opened. It need not come to this machine at all: `export`
// and `use --opened` leave the opening to the `age` program elsewhere.

import type { Command } from 'commander'
import { wipe } from '#base/bytes.ts'
import { accountIdFromBytes } from '#base/ids.ts'
import { readSlots } from '#account/slots.ts'
import { type Identity, parseIdentity } from '#crypto/age/identity.ts'
import { openEscrowSlot } from '#keys/escrow-slot.ts'
import { ROOT_BYTES } from '#keys/root.ts'
import type { Slot } from '#keys/slot.ts'
import { LogReader } from '#ledger/reader.ts'
import { systemDisk } from '#platform/disk.ts'
import { readFileOrNull, writeNewFile } from '#platform/files.ts'
import { dataPaths } from '#supervisor/data-directory.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { directoryFailure } from './failures.ts'
import { formatDuration, printJson, printLine } from './output.ts'
import { asOwner, vaultAnswer } from './owner-request.ts'
import { readNewSecret } from './secret-input.ts'
import { type DataOption, type FoundAccount, System, dataDirectory, findAccount } from './system.ts'

interface EscrowOptions extends DataOption {
  readonly passwordStdin?: boolean
  readonly identity?: string
  readonly opened?: string
  readonly json?: boolean
}

const IDENTITY_FILE_BYTES_MAX = 65_536
const PRIVATE_FILE = 0o600

const HIGH =
  'High security: nobody but the owner can open the account. Who forgets the password, and loses the recovery code and the shares, has lost the mail.'
const LOW = [
  "Low security: the operator can open the account with a key that is kept away from the server, and set a new password. Mailkeep makes it wait, tells the owner at once in the mailbox, and notes each use in the account's log.",
  'Whoever has that key and the disk, or a copy of it, can read the mail without any of that.',
].join(' ')

export function addEscrowCommands(account: Command): void {
  securityCommand(account)
  const escrow = account
    .command('escrow')
    .description('accounts of low security: opening one for its owner, with the key that is kept away from the server')
  requestCommand(escrow)
  statusCommand(escrow)
  refuseCommand(escrow)
  exportCommand(escrow)
  useCommand(escrow)
}

function securityCommand(account: Command): void {
  account
    .command('security')
    .argument('<address>')
    .argument('<level>', 'high: nobody but the owner opens the account; low: the operator can, too')
    .description("the owner's choice whether the operator can open the account")
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, level: string, options: EscrowOptions) => {
      if (level !== 'high' && level !== 'low') throw new CommandError(EXIT.usage, 'the level is high or low')
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      await asOwner(system, found, options.passwordStdin === true, 'done', (owner) => ({
        kind: 'setSecurity',
        ...owner,
        level,
      }))
      printLine(`${found.address}: ${level} security.`)
      printLine(level === 'high' ? HIGH : LOW)
    })
}

type Request = NonNullable<Awaited<ReturnType<typeof requestOf>>>

async function requestOf(system: System, { id, address }: FoundAccount) {
  const answer = await system.ask({ kind: 'escrow', account: id })
  if (answer.kind !== 'escrow') throw directoryFailure(answer, address)
  return answer.request
}

function describeRequest(address: string, { requested, leftMs, state }: Request): string {
  const when = new Date(requested).toISOString()
  switch (state) {
    case 'waiting':
      return leftMs > 0
        ? `Asked for ${when}. It can be used when the server has run for ${formatDuration(leftMs)} more.`
        : `Asked for ${when}. It can be used now: mailkeep account escrow use ${address}`
    case 'refused':
      return `Asked for ${when}, and refused by the owner.`
    case 'used':
      return `Asked for ${when}, and used.`
    case 'expired':
      return `Asked for ${when}, not used for a week after it could be, and over.`
  }
}

function requestCommand(escrow: Command): void {
  escrow
    .command('request')
    .argument('<address>')
    .description('ask to open the account: its owner is told at once, and can refuse until it is used')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: EscrowOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const known = await requestOf(system, found)
      if (known?.state === 'waiting') throw new CommandError(EXIT.failed, describeRequest(found.address, known))
      // First the owner is told: cut short after that, there is a message too many, and never a request that nobody heard of.
      await vaultAnswer(system, found, 'done', { kind: 'announceEscrow', id: found.id, address: found.address })
      const asked = await system.ask({ kind: 'requestEscrow', account: found.id })
      if (asked.kind !== 'done') throw directoryFailure(asked, `a request for ${found.address}`)
      const request = await requestOf(system, found)
      printLine(`The owner of ${found.address} is told, in the mailbox.`)
      if (request !== null) printLine(describeRequest(found.address, request))
    })
}

function statusCommand(escrow: Command): void {
  escrow
    .command('status')
    .argument('<address>')
    .description('whether somebody has asked, and when it can be used')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: EscrowOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const request = await requestOf(system, found)
      const isLow = escrowSlot(system, found) !== null
      if (options.json === true) return printJson({ address: found.address, security: isLow ? 'low' : 'high', request })
      printLine(isLow ? LOW : HIGH)
      printLine(request === null ? 'Nobody has asked to open the account.' : describeRequest(found.address, request))
    })
}

function refuseCommand(escrow: Command): void {
  escrow
    .command('refuse')
    .argument('<address>')
    .description("by the owner's password: what was asked for cannot be used any more")
    .option('--password-stdin', 'read the password from the first line of standard input')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: EscrowOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      await asOwner(system, found, options.passwordStdin === true, 'done', (owner) => ({
        kind: 'refuseEscrow',
        ...owner,
      }))
      printLine('Refused: the account stays closed to the operator.')
    })
}

function exportCommand(escrow: Command): void {
  escrow
    .command('export')
    .argument('<address>')
    .argument('<file>', 'a new file')
    .description('write the sealed slot, to be opened elsewhere: age --decrypt --identity KEY FILE > OPENED')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, file: string, options: EscrowOptions) => {
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const slot = escrowSlot(system, found)
      if (slot === null) throw noEscrow(found)
      if (!writeNewFile(file, slot.sealedRoot, PRIVATE_FILE))
        throw new CommandError(EXIT.failed, `${file} is there already`)
      printLine(
        `Written. Open it where the key is, and then: mailkeep account escrow use ${found.address} --opened FILE`,
      )
    })
}

function useCommand(escrow: Command): void {
  escrow
    .command('use')
    .argument('<address>')
    .description('open the account when its delay is over, and set a new password; its owner is told')
    .option('--identity <file>', "file with the age identity of the configuration's escrow.recipient")
    .option('--opened <file>', 'instead: what age made of the exported slot')
    .option('--password-stdin', 'read the new password from the first line of standard input')
    .option('--data <directory>', 'data directory')
    .action(async (address: string, options: EscrowOptions) => {
      if ((options.identity === undefined) === (options.opened === undefined)) {
        throw new CommandError(EXIT.usage, 'give one of --identity and --opened')
      }
      const system = new System(dataDirectory(options))
      const found = await findAccount(system, address)
      const request = await requestOf(system, found)
      if (request === null)
        throw new CommandError(EXIT.failed, `ask first: mailkeep account escrow request ${found.address}`)
      if (request.state !== 'waiting' || request.leftMs > 0) {
        throw new CommandError(EXIT.failed, describeRequest(found.address, request))
      }
      const root =
        options.opened === undefined
          ? openByIdentity(system, found, options.identity ?? '')
          : readOpened(options.opened)
      try {
        const password = await readNewSecret(options.passwordStdin === true, 'New password')
        await vaultAnswer(system, found, 'done', { kind: 'useEscrow', ...found, root, password })
        wipe(password)
        printLine(`${found.address} opens with the new password. That is noted in its log, and its owner is told.`)
      } finally {
        wipe(root)
      }
    })
}

/** Null: high security. */
function escrowSlot(system: System, found: FoundAccount): Slot | null {
  using reader = readerOf(system, found)
  return readSlots(reader).findLast(({ kind }) => kind === 'escrow') ?? null
}

function readerOf(system: System, { id }: FoundAccount): LogReader {
  return new LogReader(systemDisk, dataPaths(system.directory).ledger, accountIdFromBytes(id))
}

function noEscrow({ address }: FoundAccount): CommandError {
  return new CommandError(EXIT.failed, `the owner of ${address} chose high security: nobody else can open the account`)
}

function openByIdentity(system: System, found: FoundAccount, file: string): Buffer {
  const identities = readIdentities(file)
  try {
    using reader = readerOf(system, found)
    const slots = readSlots(reader)
    if (!slots.some(({ kind }) => kind === 'escrow')) throw noEscrow(found)
    using root = openEscrowSlot(slots, identities)
    if (root === null) throw new CommandError(EXIT.refused, `${file} does not open the escrow slot of ${found.address}`)
    return root.withBytes((bytes) => Buffer.from(bytes))
  } finally {
    for (const identity of identities) identity[Symbol.dispose]()
  }
}

/** A file as age's: an identity on a line, and lines that begin with `#`. */
function readIdentities(file: string): Identity[] {
  const bytes = readFileOrNull(file, IDENTITY_FILE_BYTES_MAX)
  if (bytes === null) throw new CommandError(EXIT.notFound, `there is no file ${file}`)
  const lines = bytes.toString('latin1').split(/\r?\n/)
  wipe(bytes)
  const identities = lines
    .filter((line) => line.trim() !== '' && !line.startsWith('#'))
    .map((line) => parseIdentity(line.trim()))
    .filter((identity) => identity !== null)
  if (identities.length > 0) return identities
  const why = 'it holds no age identity (one with a passphrase, or on a token, is opened elsewhere: escrow export)'
  throw new CommandError(EXIT.usage, `${file}: ${why}`)
}

function readOpened(file: string): Buffer {
  const bytes = readFileOrNull(file, IDENTITY_FILE_BYTES_MAX)
  if (bytes === null) throw new CommandError(EXIT.notFound, `there is no file ${file}`)
  if (bytes.length === ROOT_BYTES) return bytes
  wipe(bytes)
  throw new CommandError(EXIT.usage, `${file} is not what age makes of an exported slot: that has ${ROOT_BYTES} bytes`)
}
