// What commands of this user saw of logs the last time, in the user's state directory (docs/formats/witness.md §2): so that a log that was rolled
// back, or went on otherwise, is noticed by somebody whom the server cannot ask to forget.

import { type AccountId, SYSTEM_ACCOUNT, isAccountId } from '#base/ids.ts'
import { LogProofs } from '#ledger/log-proofs.ts'
import type { Finding, FindingKind } from '#ledger/finding.ts'
import type { KnownLog } from '#ledger/verify-known.ts'
import { systemClock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import { fileExists, makeDirectory, readFileOrNull, realPath, removeFile, writeFileDurably } from '#platform/files.ts'
import { environment, homeDirectory } from '#platform/process.ts'

interface Seen {
  readonly version: 1
  readonly account: AccountId
  /** Of the ledger, where it was seen. */
  readonly directory: string
  /** In hexadecimal digits, as the root and the owner's key. */
  readonly ledgerKey: string
  readonly size: number
  readonly root: string
  /** Empty if there was no mark. */
  readonly ownerKey: string
  readonly at: number
}

/** Findings that say that the log is not the one that was seen. What was seen is then kept. */
const ALARMS: ReadonlySet<FindingKind> = new Set([
  'rollback',
  'fork',
  'mark',
  'marksMissing',
  'missingRecords',
  'payloadDropped',
])
const FILE_BYTES_MAX = 4_096
const PRIVATE_DIRECTORY = 0o700
const PRIVATE_FILE = 0o600

export function isAlarm({ kind }: Finding): boolean {
  return ALARMS.has(kind)
}

/** One ledger, as this user saw it. */
export class SeenLogs {
  readonly #ledger: string
  readonly #ledgerKey: string
  readonly #alarmed = new Set<AccountId>()
  readonly #verified = new Map<AccountId, KnownLog>()
  /** Accounts whose log was signed by another key. */
  readonly otherKeys: AccountId[] = []

  constructor(ledger: string, publicKey: Uint8Array) {
    this.#ledger = realPath(ledger)
    this.#ledgerKey = Buffer.from(publicKey).toString('hex')
  }

  /** For `verifyLedger`. */
  readonly known = (account: AccountId): KnownLog | null => {
    const seen = readSeen(account, this.#ledgerKey)
    if (seen === null) return null
    if (seen.ledgerKey !== this.#ledgerKey) {
      this.otherKeys.push(account)
      this.#alarmed.add(account)
    }
    // A copy elsewhere may be an older one; that it is another one may not be.
    if (seen.directory !== this.#ledger && seen.size > this.#signedSize(account)) return null
    const ownerKey = seen.ownerKey === '' ? null : Buffer.from(seen.ownerKey, 'hex')
    return { size: seen.size, root: Buffer.from(seen.root, 'hex'), ownerKey }
  }

  readonly verified = (account: AccountId, log: KnownLog): void => {
    this.#verified.set(account, log)
  }

  found(finding: Finding): void {
    if (isAlarm(finding) && finding.account !== '') this.#alarmed.add(finding.account)
  }

  /** Remembers what was verified, except where there is an alarm. False if it cannot be remembered. */
  save(): boolean {
    try {
      for (const [account, { size, root, ownerKey }] of this.#verified) {
        if (this.#alarmed.has(account) || size === 0) continue
        const before = readSeen(account, this.#ledgerKey)
        if (before !== null && before.directory !== this.#ledger && before.size > size) continue
        const seen: Seen = {
          version: 1,
          account,
          directory: this.#ledger,
          ledgerKey: this.#ledgerKey,
          size,
          root: Buffer.from(root).toString('hex'),
          ownerKey: ownerKey === null ? '' : Buffer.from(ownerKey).toString('hex'),
          at: systemClock.now(),
        }
        makeDirectory(seenDirectory(), PRIVATE_DIRECTORY)
        writeFileDurably(seenPath(account, this.#ledgerKey), `${JSON.stringify(seen)}\n`, PRIVATE_FILE)
      }
      return true
    } catch {
      return false
    }
  }

  #signedSize(account: AccountId): number {
    using proofs = new LogProofs(systemDisk, this.#ledger, account)
    return proofs.lastUpTo(Number.MAX_SAFE_INTEGER)?.size ?? 0
  }
}

/** From now on the log is what it is. */
export function forgetSeen(account: AccountId): void {
  if (fileExists(seenPath(account, ''))) removeFile(seenPath(account, ''))
}

export function seenDirectory(): string {
  const state = environment('XDG_STATE_HOME') ?? ''
  return `${state.startsWith('/') ? state : `${homeDirectory()}/.local/state`}/mailkeep/seen`
}

/** Every ledger has a system account of the same id. */
function seenPath(account: AccountId, ledgerKey: string): string {
  const name = account === SYSTEM_ACCOUNT ? `system-${ledgerKey}` : account
  return `${seenDirectory()}/${name}.json`
}

function isKey(value: unknown): boolean {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

/** Null for a file that is not as it should be, too. */
function readSeen(account: AccountId, key: string): Seen | null {
  const text = readFileOrNull(seenPath(account, key), FILE_BYTES_MAX)?.toString('utf8')
  if (text === undefined) return null
  try {
    const seen = JSON.parse(text) as Partial<Seen> | null
    if (seen?.version !== 1 || seen.account !== account || !isAccountId(seen.account)) return null
    const { directory, ledgerKey, size, root, ownerKey } = seen
    if (typeof directory !== 'string' || !Number.isSafeInteger(size) || !isKey(root) || !isKey(ledgerKey)) return null
    return ownerKey === '' || isKey(ownerKey) ? (seen as Seen) : null
  } catch {
    return null
  }
}
