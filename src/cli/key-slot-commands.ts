// `mailkeep account slots` and `mailkeep account app-password …`: what opens an account, and passwords for single programs. Passkeys are listed and revoked as
// they are (passkey-commands.ts).

import type { Command } from 'commander'
import { wipe } from '#base/bytes.ts'
import {
  APP_PROTOCOLS,
  type AppAccess,
  type AppPasswordRequest,
  type AppProtocol,
  appPasswordProblem,
  protocolsOfAccess,
} from '#account/app-passwords.ts'
import type { SlotKind } from '#account/slot-inventory.ts'
import { systemClock } from '#platform/clock.ts'
import type { VaultAdminResponse } from '#protocol/vault.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { vaultFailure } from './failures.ts'
import { counted, printJson, printLine, printTable } from './output.ts'
import { parseExpiry } from './parse-expiry.ts'
import { plainText } from './plain-text.ts'
import { readSecret } from './secret-input.ts'
import { type DataOption, type FoundAccount, System, dataDirectory, findAccount } from './system.ts'

export interface KeyOptions extends DataOption {
  readonly passwordStdin?: boolean
  readonly json?: boolean
}

interface NewOptions extends KeyOptions {
  readonly label: string
  readonly protocols?: string
  readonly access: string
  readonly expires: string
}

type KeySlot = Extract<VaultAdminResponse, { kind: 'keySlots' }>['slots'][number]

const ACCESS_NAMES: Readonly<Record<string, AppAccess>> = {
  full: 'full',
  'read-only': 'readOnly',
  'send-only': 'sendOnly',
}
const ACCESS_WORDS: Readonly<Record<AppAccess, string>> = {
  full: 'full',
  readOnly: 'read-only',
  sendOnly: 'send-only',
}
export const KIND_WORDS: Readonly<Record<SlotKind, string>> = {
  password: 'password',
  appPassword: 'app password',
  recoveryCode: 'recovery code',
  shares: 'shares',
  escrow: 'escrow',
  passkey: 'passkey',
  machine: 'this machine',
}
/** As many digits of an id as tell app passwords apart; any number from `ID_DIGITS_MIN` on is taken. */
const ID_DIGITS = 8
const ID_DIGITS_MIN = 4

export function addKeySlotCommands(account: Command): void {
  account
    .command('slots')
    .argument('<address>')
    .description('what opens the account: passwords, app passwords, recovery code, …')
    .option('--password-stdin', 'unlock it with the password from the first line of standard input, to see labels')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action((address: string, options: KeyOptions) => listSlots(address, options, null))
  const appPassword = account.command('app-password').description('passwords for single programs')
  addCommand(appPassword)
  appPassword
    .command('list')
    .argument('<address>')
    .description('app passwords, what they are good for, and when they were used')
    .option('--password-stdin', 'unlock it with the password from the first line of standard input, to see labels')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action((address: string, options: KeyOptions) => listSlots(address, options, 'appPassword'))
  appPassword
    .command('revoke')
    .argument('<address>')
    .argument('<app-password>', 'its label, or its id as the list shows it')
    .description('it opens nothing any more, and its sessions end at once')
    .option('--password-stdin', "read the account's password from the first line of standard input")
    .option('--data <directory>', 'data directory')
    .action((address: string, name: string, options: KeyOptions) => revokeSlot(address, name, options, 'appPassword'))
}

function addCommand(appPassword: Command): void {
  appPassword
    .command('add')
    .argument('<address>')
    .description('make one and print it, once')
    .requiredOption('--label <text>', 'what you call it: the program or device that gets it')
    .option('--protocols <list>', `of ${APP_PROTOCOLS.join(', ')}, with commas between; all that the access has`)
    .option('--access <access>', 'full; read-only; send-only (submission alone)', 'full')
    .option('--expires <time>', '"90 days", 12h, 2027-01-31, or never', 'never')
    .option('--password-stdin', "read the account's password from the first line of standard input")
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(add)
}

async function add(address: string, options: NewOptions): Promise<void> {
  const request = readRequest(options)
  const system = new System(dataDirectory(options))
  const found = await findAccount(system, address)
  const owner = await readSecret(options.passwordStdin === true, `Password for ${found.address}`)
  const answer = await system.askVault(found.vault, { kind: 'addAppPassword', ...found, password: owner, ...request })
  wipe(owner)
  if (answer.kind !== 'appPassword') throw vaultFailure(answer)
  const password = Buffer.from(answer.password).toString('latin1')
  const { label, scope } = request
  if (options.json === true) {
    return printJson({ id: hex(answer.slot), address: found.address, label, ...scopeJson(scope), password })
  }
  const until = scope.expires === null ? 'until it is revoked' : `until ${moment(scope.expires)}`
  printLine(`Made "${label}" for ${scope.protocols.join(', ')}: ${ACCESS_WORDS[scope.access]}, ${until}.`)
  printLine(`It is shown this once. The user name is ${found.address}, the password`)
  printLine()
  printLine(`    ${password}`)
}

/** Throws CommandError. */
function readRequest({ label, protocols: names, access: name, expires: until }: NewOptions): AppPasswordRequest {
  const access = ACCESS_NAMES[name]
  if (access === undefined) {
    throw new CommandError(EXIT.usage, `--access takes one of ${Object.keys(ACCESS_NAMES).join(', ')}`)
  }
  const now = systemClock.now()
  const expires = parseExpiry(until, now)
  const protocols = names === undefined ? protocolsOfAccess(access) : readProtocols(names)
  if (expires === undefined) throw new CommandError(EXIT.usage, `${until} is no time that is understood (--help)`)
  const request = { label, scope: { protocols, access, expires } }
  switch (appPasswordProblem(request, now)) {
    case null:
      return request
    case 'label':
      throw new CommandError(EXIT.usage, 'a label is a short text in one line')
    case 'expires':
      throw new CommandError(EXIT.usage, `${until} is over`)
    case 'protocols': {
      const allowed = protocolsOfAccess(access).join(', ')
      throw new CommandError(EXIT.usage, `${ACCESS_WORDS[access]} goes with ${allowed}`)
    }
  }
}

function readProtocols(names: string): AppProtocol[] {
  const protocols = names.split(',').map((name) => {
    const protocol = APP_PROTOCOLS.find((known) => known === name.trim().toLowerCase())
    if (protocol === undefined) throw new CommandError(EXIT.usage, `--protocols takes ${APP_PROTOCOLS.join(', ')}`)
    return protocol
  })
  return [...new Set(protocols)]
}

export async function listSlots(address: string, options: KeyOptions, only: SlotKind | null): Promise<void> {
  const system = new System(dataDirectory(options))
  const found = await findAccount(system, address)
  if (options.passwordStdin === true) {
    const owner = await readSecret(true, `Password for ${found.address}`)
    await unlock(system, found, owner)
    wipe(owner)
  }
  const slots = (await keySlots(system, found)).filter(({ kind }) => only === null || kind === only)
  if (options.json === true) return printJson(slotsJson(slots))
  const head = only === null ? ['KIND', 'WITHOUT THIS SERVER'] : []
  printTable(
    [...head, 'LABEL', 'FOR', 'CREATED', 'EXPIRES', 'LAST USED', 'ID'],
    slots.map((slot) => [
      ...(only === null ? [KIND_WORDS[slot.kind], withoutServer(slot)] : []),
      slot.opened === null ? '?' : plainText(slot.opened.label ?? '-'),
      goodFor(slot),
      moment(slot.created),
      slot.opened?.scope?.expires == null ? '-' : expiry(slot.opened.scope.expires),
      lastUse(slot),
      hex(slot.slot).slice(0, ID_DIGITS),
    ]),
  )
  if (slots.some(({ opened }) => opened?.isAuthentic === false)) {
    printLine('One says FORGED: whoever wrote it had not opened the account, and it opens nothing.')
    process.exitCode = EXIT.damaged
  }
  if (slots.some(({ opened }) => opened === null)) {
    printLine('The account is locked: unlock it (--password-stdin) to see labels and what they are good for.')
  }
}

export async function revokeSlot(
  address: string,
  name: string,
  options: KeyOptions,
  kind: 'appPassword' | 'passkey',
): Promise<void> {
  const system = new System(dataDirectory(options))
  const found = await findAccount(system, address)
  const owner = await readSecret(options.passwordStdin === true, `Password for ${found.address}`)
  try {
    await unlock(system, found, owner)
    const slot = chosen(await keySlots(system, found), name, kind)
    const request = { ...found, password: owner, slot: slot.slot }
    const answer = await system.askVault(found.vault, { kind: REVOKE[kind], ...request })
    if (answer.kind !== 'done') throw vaultFailure(answer)
    printLine(`"${plainText(slot.opened?.label ?? name)}" is revoked, and its sessions have ended.`)
  } finally {
    wipe(owner)
  }
}

const REVOKE = { appPassword: 'revokeAppPassword', passkey: 'revokePasskey' } as const

function chosen(slots: readonly KeySlot[], name: string, wanted: 'appPassword' | 'passkey'): KeySlot {
  const own = slots.filter(({ kind }) => kind === wanted)
  const isId = new RegExp(`^[0-9a-f]{${ID_DIGITS_MIN},32}$`).test(name)
  const byLabel = own.filter(({ opened }) => opened?.label === name)
  const matching = byLabel.length > 0 || !isId ? byLabel : own.filter(({ slot }) => hex(slot).startsWith(name))
  const [slot] = matching
  if (slot === undefined) throw new CommandError(EXIT.notFound, `there is no ${KIND_WORDS[wanted]} ${name}`)
  if (matching.length > 1) throw new CommandError(EXIT.usage, `several are called ${name}: name it by its id`)
  return slot
}

async function unlock(system: System, found: FoundAccount, password: Uint8Array): Promise<void> {
  const answer = await system.askVault(found.vault, { kind: 'unlock', ...found, password })
  if (answer.kind !== 'done') throw vaultFailure(answer)
}

async function keySlots(system: System, { vault, id }: FoundAccount): Promise<readonly KeySlot[]> {
  const answer = await system.askVault(vault, { kind: 'keySlots', id })
  if (answer.kind !== 'keySlots') throw vaultFailure(answer)
  return answer.slots
}

/** After the password was changed: it is not the only one. */
export async function tellOfAppPasswords(system: System, found: FoundAccount): Promise<void> {
  const slots = await keySlots(system, found)
  tellOf(slots, 'passkey', found)
  tellOf(slots, 'appPassword', found)
}

/** After a recovery: what opens the account beside the new password and the new recovery code. */
export async function whatElseOpens(system: System, found: FoundAccount): Promise<readonly KeySlot[]> {
  const known: readonly SlotKind[] = ['password', 'recoveryCode']
  return (await keySlots(system, found)).filter(({ kind }) => !known.includes(kind))
}

export function tellWhatElseOpens(slots: readonly KeySlot[], found: FoundAccount): void {
  for (const kind of new Set(slots.map((slot) => slot.kind))) tellOf(slots, kind, found)
}

/** What still opens an account, by how many there are of a kind, and how it is looked at or ended. */
const STILL_OPENS: Readonly<Partial<Record<SlotKind, readonly [one: string, many: string, command: string]>>> = {
  appPassword: ['app password opens', 'app passwords open', 'app-password list'],
  passkey: ['passkey opens', 'passkeys open', 'passkey list'],
  shares: ['set of shares opens', 'sets of shares open', 'shares list'],
  escrow: ["operator's escrow opens", "operator's escrows open", 'security'],
  machine: ['server by itself opens', 'servers by themselves open', 'lock-policy'],
}

function tellOf(slots: readonly KeySlot[], kind: SlotKind, { address }: FoundAccount): void {
  const count = slots.filter((slot) => slot.kind === kind).length
  if (count === 0) return
  const words = KIND_WORDS[kind]
  const [one, many, command] = STILL_OPENS[kind] ?? [`${words} opens`, `${words}s open`, 'slots']
  printLine(`${counted(count, one, many)} it as before: mailkeep account ${command} ${address}`)
}

export function slotsJson(slots: readonly KeySlot[]): readonly object[] {
  return slots.map(slotJson)
}

function withoutServer({ needsServerSecret }: KeySlot): string {
  return needsServerSecret === null ? '?' : needsServerSecret ? 'no' : 'yes'
}

function goodFor({ kind, opened }: KeySlot): string {
  if (opened === null) return '?'
  if (!opened.isAuthentic) return 'FORGED'
  if (kind === 'passkey') return opened.passkey === null ? 'nothing' : `the webmail at ${opened.passkey.relyingParty}`
  if (kind !== 'appPassword') return 'everything'
  if (opened.scope === null) return 'nothing'
  return `${opened.scope.protocols.join(',')} ${ACCESS_WORDS[opened.scope.access]}`
}

function expiry(expires: number): string {
  return systemClock.now() >= expires ? `${moment(expires)} (over)` : moment(expires)
}

function lastUse({ kind, opened }: KeySlot): string {
  if (kind !== 'appPassword' && kind !== 'passkey') return '-'
  if (opened === null) return '?'
  const { used, refused } = opened
  const newest = used.toSorted((a, b) => b.at - a.at)[0]
  const words = newest === undefined ? 'never' : `${moment(newest.at)} ${newest.protocol}`
  if (refused === null) return words
  const why = refused.why === 'counter' ? 'MAY BE COPIED: its authenticator had counted further' : refused.protocol
  return `${words}; refused ${moment(refused.at)} ${why}`
}

function slotJson({ slot, kind, created, needsServerSecret, opened }: KeySlot): object {
  const known = { id: hex(slot), kind, created: time(created), needsServerSecret, isLocked: opened === null }
  if (opened === null) return known
  const { label, scope, passkey, isAuthentic, used, refused } = opened
  return {
    ...known,
    label,
    isAuthentic,
    ...(scope === null ? {} : scopeJson(scope)),
    ...(passkey === null ? {} : { host: passkey.relyingParty, isSynced: passkey.isSynced }),
    lastUsed: Object.fromEntries(used.map(({ protocol, at }) => [protocol, time(at)])),
    lastRefused: refused === null ? null : { ...refused, at: time(refused.at) },
  }
}

function scopeJson({ protocols, access, expires }: AppPasswordRequest['scope']): object {
  return { protocols, access: ACCESS_WORDS[access], expires: expires === null ? null : time(expires) }
}

function time(ms: number): string {
  return new Date(ms).toISOString()
}

function moment(ms: number): string {
  return `${time(ms).slice(0, 16)}Z`
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
