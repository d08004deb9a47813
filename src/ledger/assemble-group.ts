// Making a group for the commit journal out of waiting appends: sequence numbers, times and places are given here, by the states of the
// accounts, which change only when the group is durable.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Clock } from '#platform/clock.ts'
import type { AccountState } from './account-state.ts'
import type { Appended, PreparedAppend } from './append.ts'
import { type AppendInDoubtError, LedgerRefusedError, refusalOf } from './errors.ts'
import { type CommittedRecord, type Group, type GroupPart, GroupPlan } from './group.ts'
import { GROUP_HEAD_BYTES, type GroupRecord, INCOMING_NAME_BYTES } from './journal-format.ts'
import type { LedgerLimits } from './limits.ts'
import { HEAD_BYTES, encodeHeadInto } from './record.ts'
import { usedBytes } from './segment.ts'

export interface Waiting {
  readonly append: PreparedAppend
  resolve(appended: Appended): void
  reject(error: LedgerRefusedError | AppendInDoubtError): void
}

export interface Assembled {
  readonly group: Group
  /** Where the body ends in the group's bytes. */
  readonly end: number
  readonly records: readonly GroupRecord[]
  readonly appends: readonly { readonly waiting: Waiting; readonly records: readonly CommittedRecord[] }[]
}

export interface AssemblyParts {
  readonly clock: Clock
  readonly limits: LedgerLimits
  /** Throws AccountDamagedError and DiskError. */
  account(id: AccountId): AccountState
  /** Payload bytes that were dropped from its segments. */
  droppedBytes(state: AccountState): number
}

/**
 * Writes a group's body into `bytes`. Appends that cannot be committed are refused on the way; null if none is left. A group
 * has the records of one account back to back.
 */
export function assembleGroup(
  parts: AssemblyParts,
  bytes: Buffer,
  batch: ReadonlyMap<AccountId, readonly Waiting[]>,
): Assembled | null {
  const plan = new GroupPlan(parts.limits)
  const records: GroupRecord[] = []
  const appends: Assembled['appends'][number][] = []
  let end = GROUP_HEAD_BYTES
  for (const [account, ofAccount] of batch) {
    const part = planPart(parts, plan, account, ofAccount)
    if (part === null) continue
    for (const waiting of ofAccount) {
      const refusal = refusalFor(parts, waiting.append, part)
      if (refusal !== null) {
        waiting.reject(refusal)
        continue
      }
      const added = encodeAppend(waiting.append, part, parts.clock.now(), bytes, end)
      end = added.at(-1)?.end ?? end
      appends.push({ waiting, records: added.map((record) => part.add(record)) })
      records.push(...added)
    }
  }
  const group = { bytes, parts: plan.parts.filter((part) => part.records.length > 0) }
  for (const part of plan.parts) if (part.records.length === 0) part.release()
  return records.length === 0 ? null : { group, end, records, appends }
}

/** Null, and refused, if the account's files are damaged or cannot be read: the others' appends go on. */
function planPart(
  parts: AssemblyParts,
  plan: GroupPlan,
  account: AccountId,
  batch: readonly Waiting[],
): GroupPart | null {
  try {
    return plan.part(parts.account(account))
  } catch (error) {
    for (const waiting of batch) waiting.reject(refusalOf(error))
    return null
  }
}

function refusalFor(parts: AssemblyParts, append: PreparedAppend, part: GroupPart): LedgerRefusedError | null {
  if (part.state.isDestroyed) return new LedgerRefusedError('unavailable')
  const over = usedBytes(part.position) + append.segmentBytes - append.quotaBytes
  if (over > 0 && over > parts.droppedBytes(part.state)) return new LedgerRefusedError('overQuota')
  // Given up by its owner in the meantime.
  const gone = append.records.some(({ bytes, staged }) => bytes === null && staged?.finished !== true)
  return gone ? new LedgerRefusedError('unavailable') : null
}

/** Writes an append's records into the group's buffer from `at` on. */
function encodeAppend(append: PreparedAppend, part: GroupPart, now: number, buffer: Buffer, at: number): GroupRecord[] {
  const records: GroupRecord[] = []
  // It never goes back, whatever the clock does.
  const time = Math.max(now, part.position.time)
  let seq = part.position.size
  let start = at
  for (const { kind, length, algorithm, digest, bytes, staged } of append.records) {
    const incoming = bytes === null && staged !== null ? staged.nameForGroup() : null
    const header = {
      kind,
      digestAlgorithm: algorithm,
      seq: seq as Seq,
      time,
      payloadLength: length,
      account: append.account,
      digest,
    }
    encodeHeadInto(buffer, start, header, incoming === null ? 'present' : 'incoming')
    let end = start + HEAD_BYTES
    if (bytes !== null) {
      buffer.set(bytes, end)
      end += length
    } else {
      end += buffer.write(incoming ?? '', end, INCOMING_NAME_BYTES, 'hex')
    }
    records.push({ header, start, end, incoming })
    start = end
    seq++
  }
  return records
}
