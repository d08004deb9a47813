// `mailkeep audit`: the history of one account's log, record by record and checkpoint by checkpoint, verified on the way. Kinds, sizes and times
// need no key; what the owner's operations did is told while the account is unlocked.

import type { Command } from 'commander'
import { type AccountId, accountIdFromBytes, accountIdToBytes, isAccountId } from '#base/ids.ts'
import { wipe } from '#base/bytes.ts'
import type { NumberRange } from '#base/number-ranges.ts'
import { type StoredCheckpoint, verifyCheckpoint } from '#ledger/checkpoint.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { Finding } from '#ledger/finding.ts'
import { DropTimes, readDropLog } from '#ledger/drop-log.ts'
import { formatOwnerKey, parseMark } from '#ledger/mark.ts'
import { listAccounts } from '#ledger/paths.ts'
import { LogReader } from '#ledger/reader.ts'
import type { Location, RecordHeader, RecordKind } from '#ledger/record.ts'
import { parseRelease } from '#ledger/release.ts'
import { readVerifier } from '#ledger/signing-key.ts'
import { verifyAccount } from '#ledger/verify-account.ts'
import type { KnownLog } from '#ledger/verify-known.ts'
import { systemDisk } from '#platform/disk.ts'
import { fileExists } from '#platform/files.ts'
import { dataPaths } from '#supervisor/data-directory.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { vaultFailure } from './failures.ts'
import { describeFinding } from './finding-text.ts'
import { hashThread } from './hash-thread.ts'
import { alarmLine, alarmsOf } from './log-alarms.ts'
import { counted, formatBytes, printJson, printLine } from './output.ts'
import { readSecret } from './secret-input.ts'
import { SlotHistory } from './slot-history.ts'
import { SeenLogs, forgetSeen, isAlarm } from './seen-logs.ts'
import { type DataOption, type FoundAccount, System, dataDirectory, findAccount } from './system.ts'

interface AuditOptions extends DataOption {
  readonly json?: boolean
  readonly since?: string
  readonly passwordStdin?: boolean
  readonly acknowledge?: boolean
}

export function addAuditCommand(program: Command): void {
  program
    .command('audit')
    .argument('<account>', 'address, or the 32 digits of its id')
    .description('print and verify the history of an account: records, signed checkpoints, alarms')
    .option('--since <time>', 'from a time (2026-01-31T12:00:00Z) or a record number on')
    .option('--password-stdin', 'unlock it with the password on the first line of standard input, to tell what changed')
    .option('--acknowledge', 'end its alarms: from now on the log is what it is now')
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(audit)
}

async function audit(name: string, options: AuditOptions): Promise<void> {
  const system = new System(dataDirectory(options))
  const found = isAccountId(name) ? await findById(system, name) : await findAccount(system, name)
  const id = found === null ? (name as AccountId) : accountIdFromBytes(found.id)
  if (options.passwordStdin === true) await unlock(system, found)
  if (options.acknowledge === true) return acknowledge(system, found, id, options)
  await new Audit(system, found, id, options).run()
}

/** Null if Mailkeep does not run, or the account has no address: its log can be read all the same. */
async function findById(system: System, id: AccountId): Promise<FoundAccount | null> {
  if ((await system.status()) === null) return null
  const answer = await system.ask({ kind: 'listAccounts' })
  if (answer.kind !== 'accountList') return null
  const own = answer.accounts.find((account) => accountIdFromBytes(account.id) === id)
  return own === undefined ? null : findAccount(system, own.address)
}

async function unlock(system: System, found: FoundAccount | null): Promise<void> {
  if (found === null) throw new CommandError(EXIT.notRunning, 'it cannot be unlocked: Mailkeep does not run')
  const password = await readSecret(true, 'Password')
  const answer = await system.askVault(found.vault, { kind: 'unlock', ...found, password })
  wipe(password)
  if (answer.kind !== 'done') throw vaultFailure(answer)
}

async function acknowledge(
  system: System,
  found: FoundAccount | null,
  id: AccountId,
  { json }: AuditOptions,
): Promise<void> {
  if (found === null) throw new CommandError(EXIT.notRunning, 'that is noted in the account: Mailkeep has to run')
  const answer = await system.askVault(found.vault, { kind: 'acknowledge', id: accountIdToBytes(id) })
  if (answer.kind !== 'acknowledged') throw vaultFailure(answer)
  forgetSeen(id)
  if (json === true) return printJson({ account: id, hadAlarms: answer.hadAlarms })
  printLine(answer.hadAlarms ? 'The alarms are acknowledged, and that is noted in the account.' : 'There is no alarm.')
}

const WHAT: Readonly<Record<RecordKind, string>> = {
  mail: 'mail',
  journal: 'operations of the owner',
  slot: 'a key slot was added or revoked',
  release: 'payloads may be dropped',
  epoch: 'another server took over',
  mark: 'signed by the owner',
  digests: 'stronger digests of records before',
}

const SIGNED_AND_GOES_ON = 'Everything is as it was signed, and goes on from what was seen before.'
const SIGNED_BUT_ALARMED =
  'What is stored is as it was signed, but it is not all that the account has seen before: see the alarm.'

class Audit {
  readonly #system: System
  readonly #found: FoundAccount | null
  readonly #id: AccountId
  readonly #options: AuditOptions
  readonly #ledger: string
  readonly #what = new Map<number, string>()
  readonly #slots = new SlotHistory()
  #askedUpTo = 0
  #isLocked = false

  constructor(system: System, found: FoundAccount | null, id: AccountId, options: AuditOptions) {
    this.#system = system
    this.#found = found
    this.#id = id
    this.#options = options
    this.#ledger = dataPaths(system.directory).ledger
  }

  async run(): Promise<void> {
    const publicKey = fileExists(this.#ledger) ? readVerifier(systemDisk, this.#ledger) : null
    if (publicKey === null) throw new CommandError(EXIT.notFound, `there is no ledger in ${this.#system.directory}`)
    if (![...listAccounts(systemDisk, this.#ledger)].includes(this.#id))
      throw new CommandError(EXIT.notFound, `there is no account ${this.#id}`)
    const since = parseSince(this.#options.since)
    const { findings, log, seen } = await this.#verify(publicKey)
    const alarms = alarmsOf(dataPaths(this.#system.directory).index, this.#id)
    const asked = await this.#escrowAsked()
    const isRight = findings.length === 0 && seen.otherKeys.length === 0
    const isAlarmed = alarms.some(({ acknowledged }) => acknowledged === null)
    if (this.#options.json === true) {
      const entries: object[] = []
      for await (const entry of this.#entries(publicKey, since)) entries.push(entry)
      printJson({
        account: this.#id,
        address: this.#found?.address ?? null,
        isUnlocked: !this.#isLocked,
        size: log?.size ?? 0,
        root: hex(log?.root),
        ownerKey: log?.ownerKey ? formatOwnerKey(log.ownerKey) : null,
        escrowAsked: asked === null ? null : new Date(asked).toISOString(),
        otherLedgerKey: seen.otherKeys.length > 0,
        entries,
        alarms,
        findings,
      })
    } else {
      for await (const entry of this.#entries(publicKey, since)) printLine(lineOf(entry))
      printLine()
      if (this.#isLocked) printLine('The account is locked: unlock it (--password-stdin) to see what the owner did.')
      printLine(`${counted(log?.size ?? 0, 'record')}, root ${hex(log?.root)}.`)
      if (log?.ownerKey) printLine(`The owner signs with ${formatOwnerKey(log.ownerKey)}.`)
      for (const alarm of alarms) printLine(alarmLine(alarm))
      if (asked !== null) {
        printLine(`ALARM: the operator asked on ${new Date(asked).toISOString()} to open the account by escrow.`)
      }
      if (seen.otherKeys.length > 0) printLine('ALARM: the ledger signs with another key than when it was seen last.')
      for (const finding of findings) printLine(`${isAlarm(finding) ? 'ALARM: ' : ''}${describeFinding(finding)}`)
      if (isRight) printLine(isAlarmed ? SIGNED_BUT_ALARMED : SIGNED_AND_GOES_ON)
    }
    if (!isRight || isAlarmed) process.exitCode = EXIT.damaged
  }

  /** When the operator asked to open the account, if that can still be refused. */
  async #escrowAsked(): Promise<number | null> {
    if (this.#found === null) return null
    const answer = await this.#system.ask({ kind: 'escrow', account: this.#found.id })
    return answer.kind === 'escrow' && answer.request?.state === 'waiting' ? answer.request.requested : null
  }

  async #verify(
    publicKey: Uint8Array,
  ): Promise<{ readonly findings: Finding[]; readonly log: KnownLog | undefined; readonly seen: SeenLogs }> {
    const seen = new SeenLogs(this.#ledger, publicKey)
    const findings: Finding[] = []
    let log: KnownLog | undefined
    const found = (finding: Finding): void => {
      seen.found(finding)
      findings.push(finding)
    }
    const verified = (account: AccountId, known: KnownLog): void => {
      seen.verified(account, known)
      log = known
    }
    const { known } = seen
    const options = {
      disk: systemDisk,
      directory: this.#ledger,
      publicKey,
      found,
      known,
      verified,
      sha512: hashThread(),
    }
    await verifyAccount(options, this.#id)
    seen.save()
    return { findings, log, seen }
  }

  async *#entries(publicKey: Uint8Array, since: Since): AsyncGenerator<Entry> {
    using reader = new LogReader(systemDisk, this.#ledger, this.#id)
    const checkpoints = reader.checkpoints()
    let next = nextCheckpoint(checkpoints)
    const drops = new DropTimes(readDropLog(systemDisk, this.#ledger, this.#id))
    const first = since.record ?? 0
    for (const record of reader.records({ seq: first as never, location: null })) {
      if (record.headDamage !== null) {
        yield { kind: 'damage', from: record.headDamage.from, to: record.headDamage.to }
        continue
      }
      const { header, location, state } = record
      const isShown = header.time >= (since.time ?? 0)
      if (isShown && state === 'dropped') yield droppedEntry(header, drops.timeOf(header.seq))
      else if (isShown) yield await this.#entry(reader, header, location)
      for (; next !== null && next.size <= header.seq + 1; next = nextCheckpoint(checkpoints)) {
        if (next.size !== header.seq + 1 || !isShown) continue
        const { size, root } = next
        yield { kind: 'checkpoint', size, root: hex(root), isSigned: verifyCheckpoint(next, publicKey) }
      }
    }
  }

  async #entry(reader: LogReader, header: RecordHeader, location: Location): Promise<Entry> {
    const { seq, time, kind, payloadLength } = header
    const what =
      kind === 'journal'
        ? await this.#operations(seq, reader)
        : kind === 'mark'
          ? describeMark(reader, header, location)
          : kind === 'slot'
            ? this.#slots.describe(reader, header, location)
            : kind === 'release'
              ? describeRelease(reader, header, location)
              : null
    const at = new Date(time).toISOString()
    return { kind: 'record', record: seq, time: at, type: kind, bytes: payloadLength, what: what ?? WHAT[kind] }
  }

  /** What the vault says of a journal record; null if the account is locked. */
  async #operations(seq: number, reader: LogReader): Promise<string | null> {
    if (this.#found === null) this.#isLocked = true
    while (this.#found !== null && !this.#isLocked && seq >= this.#askedUpTo) {
      const id = accountIdToBytes(this.#id)
      const end = Math.max(reader.size(), seq + 1)
      const answer = await this.#system.askVault(this.#found.vault, { kind: 'history', id, from: seq, end })
      if (answer.kind === 'failed' && answer.reason === 'notUnlocked') this.#isLocked = true
      else if (answer.kind !== 'history') throw vaultFailure(answer)
      else {
        this.#what.clear()
        for (const change of answer.changes) this.#what.set(change.seq, change.what)
        this.#askedUpTo = Math.max(answer.next, seq + 1)
      }
    }
    return this.#what.get(seq) ?? null
  }
}

type Entry =
  | {
      readonly kind: 'record'
      readonly record: number
      readonly time: string
      readonly type: RecordKind
      readonly bytes: number
      readonly what: string
    }
  | { readonly kind: 'checkpoint'; readonly size: number; readonly root: string; readonly isSigned: boolean }
  | { readonly kind: 'damage'; readonly from: number; readonly to: number }

const NUMBER_WIDTH = 8
const KIND_WIDTH = 8
const SIZE_WIDTH = 10
const ROOT_DIGITS = 16

function lineOf(entry: Entry): string {
  switch (entry.kind) {
    case 'record': {
      const { record, time, type, bytes, what } = entry
      const number = String(record).padStart(NUMBER_WIDTH)
      return `${number}  ${time}  ${type.padEnd(KIND_WIDTH)}${formatBytes(bytes).padStart(SIZE_WIDTH)}  ${what}`
    }
    case 'checkpoint': {
      const signed = entry.isSigned ? 'signed by the ledger' : 'NOT SIGNED BY THE LEDGER'
      return `${' '.repeat(NUMBER_WIDTH)}  checkpoint of ${entry.size} records, root ${entry.root.slice(0, ROOT_DIGITS)}, ${signed}`
    }
    case 'damage':
      return `${String(entry.from).padStart(NUMBER_WIDTH)}  up to record ${entry.to - 1}: damaged`
  }
}

function describeMark(reader: LogReader, header: RecordHeader, location: Location): string {
  try {
    const mark = parseMark(reader.readPayload(location, header))
    if (mark === null) return 'NOT SIGNED BY THE OWNER'
    return `signed by the owner: mark ${mark.number}, of ${counted(mark.size, 'record')}`
  } catch (error) {
    if (error instanceof DamagedRecordError) return 'damaged'
    throw error
  }
}

function describeRelease(reader: LogReader, header: RecordHeader, location: Location): string {
  try {
    const release = parseRelease(reader.readPayload(location, header))
    if (release === null) return 'not understood: releases nothing'
    const { released, kept } = release
    return [
      ...(released.length > 0 ? [`nothing stands for ${rangesText(released)} any more: their payloads may go`] : []),
      ...(kept.length > 0 ? [`to be kept after all: ${rangesText(kept)}`] : []),
    ].join('; ')
  } catch (error) {
    if (error instanceof DamagedRecordError) return 'damaged'
    throw error
  }
}

const RANGES_SHOWN = 8

function rangesText(ranges: readonly NumberRange[]): string {
  const shown = ranges.slice(0, RANGES_SHOWN).map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
  const more = ranges.length > RANGES_SHOWN ? `, … (${ranges.length - RANGES_SHOWN} more)` : ''
  return `${shown.length === 1 && !shown[0]?.includes('-') ? 'record' : 'records'} ${shown.join(', ')}${more}`
}

function droppedEntry(header: RecordHeader, at: string | null): Entry {
  const { seq, time, kind, payloadLength } = header
  const what = `${WHAT[kind]}: its payload was dropped${at === null ? '' : ` ${at}`}`
  return { kind: 'record', record: seq, time: new Date(time).toISOString(), type: kind, bytes: payloadLength, what }
}

function nextCheckpoint(checkpoints: Generator<StoredCheckpoint | null>): StoredCheckpoint | null {
  for (;;) {
    const { value, done } = checkpoints.next()
    if (done === true) return null
    if (value !== null) return value
  }
}

interface Since {
  readonly record: number | null
  readonly time: number | null
}

function parseSince(text: string | undefined): Since {
  if (text === undefined) return { record: null, time: null }
  if (/^\d{1,15}$/.test(text)) return { record: Number(text), time: null }
  const time = Date.parse(text)
  if (Number.isNaN(time)) throw new CommandError(EXIT.usage, '--since takes a time like 2026-01-31 or a record number')
  return { record: null, time }
}

function hex(bytes: Uint8Array | undefined): string {
  return bytes === undefined ? '' : Buffer.from(bytes).toString('hex')
}
