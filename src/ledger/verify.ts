// Verification of a whole ledger directory, without keys: `mailkeep verify`.

import type { AccountId } from '#base/ids.ts'
import type { Disk } from '#platform/disk.ts'
import type { Finding } from './finding.ts'
import { listAccounts, listMisplaced } from './paths.ts'
import { readVerifier } from './signing-key.ts'
import { type VerifyOptions, verifyAccount } from './verify-account.ts'
import { verifyOwnFiles } from './verify-own.ts'

export interface LedgerReport {
  readonly accounts: number
  readonly records: number
  readonly payloadBytes: number
  readonly dropped: number
  /** Payloads that were checked against a stronger digest, too. */
  readonly upgraded: number
  readonly checkpoints: number
  readonly findings: number
}

/**
 * Verifies every account, one after the other. `publicKey` is that of the ledger; null if its `verifier` file is to be believed.
 * Returns null if there is no key to verify with.
 */
export async function verifyLedger(
  disk: Disk,
  directory: string,
  publicKey: Uint8Array | null,
  found: (finding: Finding) => void,
  memory: Pick<VerifyOptions, 'known' | 'verified' | 'sha512'> = {},
): Promise<LedgerReport | null> {
  const key = publicKey ?? readVerifier(disk, directory)
  if (key === null) return null
  const total = { accounts: 0, records: 0, payloadBytes: 0, dropped: 0, upgraded: 0, checkpoints: 0, findings: 0 }
  const options = { ...memory, disk, directory, publicKey: key, found }
  const sizes = new Map<AccountId, number>()
  for (const account of listAccounts(disk, directory)) {
    const report = await verifyAccount(options, account)
    sizes.set(account, report.records)
    total.accounts++
    total.records += report.records
    total.payloadBytes += report.payloadBytes
    total.dropped += report.dropped
    total.upgraded += report.upgraded
    total.checkpoints += report.checkpoints
    total.findings += report.findings
  }
  const tell = (finding: Finding): void => {
    total.findings++
    found(finding)
  }
  verifyOwnFiles({ disk, directory, publicKey: key, found: tell }, sizes)
  for (const { account, shard } of listMisplaced(disk, directory)) {
    const file = `../../${shard}/${account}`
    total.findings++
    found({ account, kind: 'misplaced', records: null, file, bytes: { start: 0, end: 0 }, derived: false })
  }
  return total
}
