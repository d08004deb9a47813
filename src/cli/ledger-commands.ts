// `mailkeep verify` and `extract`: what is done with the logs themselves. They need nothing but the ledger
// directory, and no key.

import type { Command } from 'commander'
import path from 'node:path'
import { type AccountId, accountIdFromBytes, isAccountId } from '#base/ids.ts'
import { verifyQueue } from '#delivery/verify-queue.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import type { Finding } from '#ledger/finding.ts'
import { listAccounts } from '#ledger/paths.ts'
import { LogReader } from '#ledger/reader.ts'
import { readVerifier } from '#ledger/signing-key.ts'
import { verifyLedger } from '#ledger/verify.ts'
import { DiskError, systemDisk, writeAll } from '#platform/disk.ts'
import { fileExists, makeDirectory } from '#platform/files.ts'
import { currentDirectory } from '#platform/process.ts'
import { CommandError, EXIT } from './exit-code.ts'
import { describeFinding } from './finding-text.ts'
import { hashThread } from './hash-thread.ts'
import { counted, formatBytes, printJson, printLine } from './output.ts'
import { SeenLogs, isAlarm, seenDirectory } from './seen-logs.ts'
import { type DataOption, System, dataDirectory, findAccount } from './system.ts'

const PRIVATE_DIRECTORY = 0o700
const PRIVATE_FILE = 0o600

export function addLedgerCommands(program: Command): void {
  program
    .command('verify')
    .description(
      'read every byte of every log and check it against its digests, trees and signed checkpoints; needs no key',
    )
    .option('--json', 'print JSON')
    .option('--data <directory>', 'data directory')
    .action(verify)
  program
    .command('extract')
    .argument('<account>', 'address, or the 32 digits of its id')
    .argument('<directory>', 'where the files go')
    .description('write every sealed message of an account as a file that the age program opens; needs no key')
    .option('--data <directory>', 'data directory')
    .action(extract)
}

async function verify(options: DataOption & { json?: boolean }): Promise<void> {
  const ledger = ledgerOf(options)
  const publicKey = readVerifier(systemDisk, ledger)
  const seen = new SeenLogs(ledger, publicKey ?? new Uint8Array(0))
  const findings: Finding[] = []
  const found = (finding: Finding): void => {
    seen.found(finding)
    findings.push(finding)
  }
  const memory = { known: seen.known, verified: seen.verified, sha512: hashThread() }
  const report = await verifyLedger(systemDisk, ledger, publicKey, found, memory)
  verifyQueueOf(dataDirectory(options), found)
  if (report === null) throw new CommandError(EXIT.damaged, `${ledger} has no verifier: nothing can be checked`)
  const isRemembered = seen.save()
  const lost = findings.filter(({ derived }) => !derived)
  if (options.json === true) printJson({ ...report, findings, otherLedgerKey: seen.otherKeys })
  else {
    const { accounts, records, payloadBytes, checkpoints, dropped, upgraded } = report
    const logs = `${counted(accounts, 'log')} (each account has one, and the directory)`
    printLine(
      `${logs}, ${counted(records, 'record')}, ${formatBytes(payloadBytes)}, ${counted(checkpoints, 'checkpoint')}.`,
    )
    if (dropped > 0)
      printLine(`${counted(dropped, 'payload')} dropped when the retention time was over, or with an account.`)
    if (upgraded > 0) printLine(`${counted(upgraded, 'payload')} checked by a second, stronger digest as well.`)
    for (const account of seen.otherKeys)
      printLine(`ALARM: ${account}: the ledger signs with another key than when it was seen last`)
    for (const finding of findings) printLine(`${isAlarm(finding) ? 'ALARM: ' : ''}${describeFinding(finding)}`)
    if (!isRemembered) printLine(`What was seen could not be remembered in ${seenDirectory()}.`)
    printLine(
      findings.length === 0
        ? 'Everything is as it was signed.'
        : `${counted(findings.length, 'finding')}, ${counted(lost.length, 'loss', 'losses')}.`,
    )
  }
  if (findings.length + seen.otherKeys.length > 0) process.exitCode = EXIT.damaged
}

/** Where somebody may read it: it belongs to another process than the ledger. */
function verifyQueueOf(directory: string, found: (finding: Finding) => void): void {
  try {
    verifyQueue(systemDisk, `${directory}/queue`, ({ file, bytes }) =>
      found({ account: '', kind: 'queue', records: null, file: `../queue/${file}`, bytes, derived: false }),
    )
  } catch (error) {
    if (!(error instanceof DiskError) || (error.code !== 'EACCES' && error.code !== 'EPERM')) throw error
  }
}

async function extract(account: string, directory: string, options: DataOption): Promise<void> {
  const target = path.resolve(currentDirectory(), directory)
  const ledger = ledgerOf(options)
  const id = isAccountId(account) ? account : await idOf(account, options)
  if (![...listAccounts(systemDisk, ledger)].includes(id))
    throw new CommandError(EXIT.notFound, `there is no account ${account}`)
  makeDirectory(target, PRIVATE_DIRECTORY)
  using reader = new LogReader(systemDisk, ledger, id)
  let written = 0
  let first: string | null = null
  let damaged = 0
  for (const record of reader.records({ seq: 0 as never, location: null })) {
    if (record.headDamage !== null) {
      damaged += record.headDamage.to - record.headDamage.from
      continue
    }
    if (record.header.kind !== 'mail' || record.state !== 'present') continue
    try {
      const payload = reader.readPayload(record.location, record.header)
      const name = `${target}/${String(record.header.seq).padStart(10, '0')}.age`
      const file = systemDisk.openWrite(name, PRIVATE_FILE)
      file.truncate(0)
      writeAll(file, payload, 0)
      file.close()
      first ??= name
      written++
    } catch (error) {
      if (!(error instanceof DamagedRecordError)) throw error
      damaged++
      printLine(`record ${record.header.seq} is damaged`)
    }
  }
  printLine(`${counted(written, 'message')} in ${target}.`)
  if (first !== null) {
    printLine('With what mailkeep account identity prints, in a file, the age program opens each:')
    printLine()
    printLine(`    age --decrypt -i IDENTITY-FILE ${first}`)
  }
  if (damaged > 0) {
    printLine(`${counted(damaged, 'record')} damaged: mailkeep verify`)
    process.exitCode = EXIT.damaged
  }
}

async function idOf(address: string, options: DataOption): Promise<AccountId> {
  return accountIdFromBytes((await findAccount(new System(dataDirectory(options)), address)).id)
}

function ledgerOf(options: DataOption): string {
  const ledger = `${dataDirectory(options)}/ledger`
  if (!fileExists(ledger)) throw new CommandError(EXIT.notFound, `there is no ledger in ${dataDirectory(options)}`)
  return ledger
}
