// What a vault remembers of an account's log apart from the index, which can be thrown away at any time: the newest tree that it saw, who
// signed it, and every alarm (docs/formats/witness.md). A file of JSON beside the index; nothing in it is secret.
//
// A file that is not as the format says is as if it were not there: what it would have said is then learnt again.

import { assert } from '#base/assert.ts'
import type { AccountId } from '#base/ids.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import type { AlarmKind, KnownHead, LogAlarm } from './log-alarm.ts'

export interface Remembered {
  /** The ledger's public key, in hexadecimal digits. */
  ledgerKey: string | null
  seen: KnownHead | null
  /** In the order in which they were found. */
  alarms: readonly LogAlarm[]
}

const VERSION = 1
const BYTES_MAX = 256 * 1024
const ALARMS_MAX = 200
const KINDS: ReadonlySet<string> = new Set<AlarmKind>([
  'rollback',
  'fork',
  'signature',
  'mark',
  'marksMissing',
  'record',
])

export function witnessPath(indexDirectory: string, account: AccountId): string {
  return `${indexDirectory}/${account}.witness`
}

/** What is remembered of the account; nothing, if there is no such file. */
export function readWitness(disk: Disk, path: string, account: AccountId): Remembered {
  const nothing: Remembered = { ledgerKey: null, seen: null, alarms: [] }
  if (!disk.exists(path)) return nothing
  const file = disk.openRead(path)
  try {
    const bytes = Buffer.alloc(BYTES_MAX)
    return parseWitness(bytes.toString('utf8', 0, file.read(bytes, 0)), account) ?? nothing
  } finally {
    file.close()
  }
}

/** The file is there whole, as it was or as it is to be. Resolves when it is durable. */
export async function writeWitness(
  disk: Disk,
  path: string,
  account: AccountId,
  remembered: Remembered,
): Promise<void> {
  const { ledgerKey, seen, alarms } = remembered
  const text = `${JSON.stringify({ version: VERSION, account, ledgerKey, seen, alarms }, null, 1)}\n`
  assert(text.length <= BYTES_MAX, 'a witness file is short')
  const temporary = `${path}.new`
  const file = disk.openWrite(temporary)
  try {
    file.truncate(0)
    writeAll(file, Buffer.from(text), 0)
    await file.datasync()
  } finally {
    file.close()
  }
  disk.rename(temporary, path)
}

/** With one more; of too many, those that were acknowledged go first. */
export function withAlarm(alarms: readonly LogAlarm[], alarm: LogAlarm): LogAlarm[] {
  const all = [...alarms, alarm]
  if (all.length <= ALARMS_MAX) return all
  const oldest = all.findIndex(({ acknowledged }) => acknowledged !== null)
  all.splice(Math.max(oldest, 0), 1)
  return all
}

export function parseWitness(text: string, account: AccountId): Remembered | null {
  try {
    const value: unknown = JSON.parse(text)
    if (!isObject(value) || value['version'] !== VERSION || value['account'] !== account) return null
    const { ledgerKey, seen, alarms } = value
    if (ledgerKey !== null && !isHex(ledgerKey)) return null
    if (seen !== null && !isHead(seen)) return null
    if (!Array.isArray(alarms) || alarms.length > ALARMS_MAX || !alarms.every(isAlarm)) return null
    return { ledgerKey, seen, alarms }
  } catch {
    return null
  }
}

function isAlarm(value: unknown): value is LogAlarm {
  if (!isObject(value)) return false
  const { kind, found, known, met, acknowledged } = value
  if (typeof kind !== 'string' || !KINDS.has(kind)) return false
  return isCount(found) && isHead(known) && isHead(met) && (acknowledged === null || isCount(acknowledged))
}

function isHead(value: unknown): value is KnownHead {
  return isObject(value) && isCount(value['size']) && (value['root'] === '' || isHex(value['root']))
}

function isHex(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
