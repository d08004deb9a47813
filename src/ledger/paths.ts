// Where things are in the ledger directory: docs/formats/ledger.md §1.

import { type AccountId, type Seq, isAccountId } from '#base/ids.ts'
import type { Disk } from '#platform/disk.ts'

export interface AccountPaths {
  /** From the ledger directory's child down: what must be made durable when the account is created. */
  readonly ancestors: readonly string[]
  readonly directory: string
  readonly segments: string
  readonly tree: string
  readonly checkpoints: string
  readonly slots: string
  /** What the ledger has seen released, and since when (release-notes.ts). */
  readonly retention: string
  /** There if the operator has destroyed the account (destroyed.ts). */
  readonly destroyed: string
  /** There if the account's digests are to be upgraded (digest-note.ts). */
  readonly digests: string
}

export function accountPaths(ledgerDirectory: string, account: AccountId): AccountPaths {
  const accounts = `${ledgerDirectory}/accounts`
  const shard = `${accounts}/${account.slice(0, 2)}`
  const directory = `${shard}/${account}`
  return {
    ancestors: [accounts, shard],
    directory,
    segments: `${directory}/segments`,
    tree: `${directory}/tree`,
    checkpoints: `${directory}/checkpoints`,
    slots: `${directory}/slots`,
    retention: `${directory}/retention`,
    destroyed: `${directory}/destroyed`,
    digests: `${directory}/digests`,
  }
}

const SEGMENT_NAME = /^([0-9a-f]{16})\.seg$/
const PARITY_NAME = /^([0-9a-f]{16})\.par$/

export function segmentPath(paths: AccountPaths, first: number): string {
  return `${paths.segments}/${first.toString(16).padStart(16, '0')}.seg`
}

/** First sequence numbers of the segments that there are, increasing. Other names are not segments. */
export function listSegments(disk: Disk, paths: AccountPaths): Seq[] {
  return listNames(disk, paths, SEGMENT_NAME)
}

/** The same of the segments for which there is parity. */
export function listParity(disk: Disk, paths: AccountPaths): Seq[] {
  return listNames(disk, paths, PARITY_NAME)
}

function listNames(disk: Disk, paths: AccountPaths, pattern: RegExp): Seq[] {
  const firsts: Seq[] = []
  for (const name of disk.list(paths.segments)) {
    const digits = pattern.exec(name)?.[1]
    const first = digits === undefined ? Number.NaN : Number.parseInt(digits, 16)
    if (Number.isSafeInteger(first)) firsts.push(first as Seq)
  }
  return firsts.sort((a, b) => a - b)
}

/** Accounts whose directory is below another's first digits: nobody finds them there. */
export function* listMisplaced(disk: Disk, ledgerDirectory: string): Generator<{ account: AccountId; shard: string }> {
  for (const shard of disk.list(`${ledgerDirectory}/accounts`).sort()) {
    for (const name of disk.list(`${ledgerDirectory}/accounts/${shard}`).sort()) {
      if (isAccountId(name) && !name.startsWith(shard)) yield { account: name, shard }
    }
  }
}

/** Every account with a directory, in order. */
export function* listAccounts(disk: Disk, ledgerDirectory: string): Generator<AccountId> {
  for (const shard of disk.list(`${ledgerDirectory}/accounts`).sort()) {
    for (const name of disk.list(`${ledgerDirectory}/accounts/${shard}`).sort()) {
      if (isAccountId(name) && name.startsWith(shard)) yield name
    }
  }
}

export function incomingPath(ledgerDirectory: string, name: string): string {
  return `${ledgerDirectory}/incoming/${name}`
}

export function journalPath(ledgerDirectory: string, index: 0 | 1): string {
  return `${ledgerDirectory}/journal/${index}`
}

/** Of a segment (docs/formats/ledger.md §11). */
export function parityPath(paths: AccountPaths, first: number): string {
  return segmentPath(paths, first).replace(/seg$/, 'par')
}

/** A repaired segment before it takes the damaged one's place. */
export function repairedPath(paths: AccountPaths, first: number): string {
  return `${segmentPath(paths, first)}.repaired`
}

/** The damaged one, until the repaired one has been verified in its place. */
export function damagedPath(paths: AccountPaths, first: number): string {
  return `${segmentPath(paths, first)}.damaged`
}

/** A segment without the payloads that are being dropped, before it takes the other's place. */
export function droppingPath(paths: AccountPaths, first: number): string {
  return `${segmentPath(paths, first)}.dropping`
}

/** The segment with them, while it is overwritten. */
export function droppedPath(paths: AccountPaths, first: number): string {
  return `${segmentPath(paths, first)}.dropped`
}
