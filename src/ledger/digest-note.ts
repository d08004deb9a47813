// What the ledger wants of digests, and how far it has come: `accounts/…/digests` for one account, `ledger/digest` for all (docs/formats/ledger.md §15). The first is
// there if the account was to be upgraded; what it says of the log is derived from it, and only saves reading it again.

import { crc32 } from 'node:zlib'
import type { AccountId } from '#base/ids.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import { CHAIN_START } from './digests.ts'
import { readU53, writeU53 } from './integer.ts'
import { openReadOrNull } from './open-files.ts'
import type { AccountPaths } from './paths.ts'
import type { DigestAlgorithm } from './record.ts'

export interface DigestProgress {
  /** Records of the log in which `digests` records were looked for. */
  readonly scanned: number
  /** Records before this one are covered by a `digests` record. */
  readonly reach: number
  readonly chain: Buffer
  readonly added: number
  readonly dropped: number
  /** Payloads, and heads, that could not be verified. */
  readonly damaged: number
}

export const NO_PROGRESS: DigestProgress = {
  scanned: 0,
  reach: 0,
  chain: CHAIN_START,
  added: 0,
  dropped: 0,
  damaged: 0,
}

const MAGIC = Buffer.from('4d4b646700000001', 'hex')
const NOTE_BYTES = 160
const CHAIN_AT = 64
const CHECKSUM_AT = NOTE_BYTES - 4

/** Null if the account was not to be upgraded. A damaged note is one that says nothing of the log. Throws DiskError. */
export function readDigestNote(disk: Disk, paths: AccountPaths, account: AccountId): DigestProgress | null {
  const file = openReadOrNull(disk, paths.digests)
  if (file === null) return null
  try {
    const bytes = Buffer.alloc(NOTE_BYTES)
    return file.read(bytes, 0) === NOTE_BYTES ? (decode(bytes, account) ?? NO_PROGRESS) : NO_PROGRESS
  } finally {
    file.close()
  }
}

function decode(bytes: Buffer, account: AccountId): DigestProgress | null {
  if (!bytes.subarray(0, 8).equals(MAGIC) || bytes.toString('hex', 8, 24) !== account) return null
  if (bytes.readUInt32BE(CHECKSUM_AT) !== crc32(bytes.subarray(0, CHECKSUM_AT))) return null
  const [scanned, reach, added, dropped, damaged] = [24, 32, 40, 48, 56].map((at) => readU53(bytes, at))
  if (scanned == null || reach == null || added == null || dropped == null || damaged == null) return null
  return { scanned, reach, added, dropped, damaged, chain: Buffer.from(bytes.subarray(CHAIN_AT, CHAIN_AT + 64)) }
}

function encode(account: AccountId, progress: DigestProgress): Buffer {
  const bytes = Buffer.alloc(NOTE_BYTES)
  MAGIC.copy(bytes)
  bytes.write(account, 8, 16, 'hex')
  const { scanned, reach, added, dropped, damaged, chain } = progress
  for (const [index, value] of [scanned, reach, added, dropped, damaged].entries())
    writeU53(bytes, 24 + 8 * index, value)
  chain.copy(bytes, CHAIN_AT)
  bytes.writeUInt32BE(crc32(bytes.subarray(0, CHECKSUM_AT)), CHECKSUM_AT)
  return bytes
}

/** Durable when it resolves. Throws DiskError. */
export async function writeDigestNote(
  disk: Disk,
  paths: AccountPaths,
  account: AccountId,
  progress: DigestProgress,
): Promise<void> {
  await replaceFile(disk, paths.directory, paths.digests, encode(account, progress))
}

function wishPath(ledgerDirectory: string): string {
  return `${ledgerDirectory}/digest`
}

/** What all accounts are to have, whatever is configured. One that cannot be understood is the strongest that there is. Throws DiskError. */
export function readDigestWish(disk: Disk, ledgerDirectory: string): DigestAlgorithm {
  return disk.exists(wishPath(ledgerDirectory)) ? 'sha512' : 'sha256'
}

/** Durable when it resolves. Throws DiskError. */
export async function writeDigestWish(disk: Disk, ledgerDirectory: string): Promise<void> {
  await replaceFile(disk, ledgerDirectory, wishPath(ledgerDirectory), Buffer.from('sha512\n'))
}

async function replaceFile(disk: Disk, directory: string, path: string, bytes: Buffer): Promise<void> {
  const file = disk.openWrite(`${path}.new`)
  try {
    file.truncate(0)
    writeAll(file, bytes, 0)
    await file.datasync()
  } finally {
    file.close()
  }
  disk.rename(`${path}.new`, path)
  await disk.syncDirectory(directory)
}
