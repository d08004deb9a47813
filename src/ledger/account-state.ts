// What the ledger keeps in memory of an account: a few hundred bytes, however long its log is.

import type { AccountId } from '#base/ids.ts'
import type { MerkleFrontier } from '#crypto/merkle.ts'
import type { Checkpoint } from './checkpoint.ts'
import type { AccountPaths } from './paths.ts'
import type { Position } from './segment.ts'

export interface AccountState {
  readonly id: AccountId
  readonly paths: AccountPaths
  /** The end of the log as acknowledged: durable in the journal, or in segments. */
  committed: Position
  /** Of the tree over the committed records. */
  readonly frontier: MerkleFrontier
  /** Number of records that are in segments. */
  settled: number
  /** The last one signed, for as long as nothing was committed since. */
  checkpoint: Checkpoint | null
  /** Entries in the account's `checkpoints` file, and the tree size of the last. */
  storedCheckpoints: number
  storedSize: number
  /** Size of the account's `slots` file; null until a slot record comes. */
  slotsBytes: number | null
  /** Payload bytes that were dropped from its segments since they were written; null until somebody needs to know. */
  droppedBytes: number | null
  /** By the operator: it takes no more records. */
  isDestroyed: boolean
  /** Null if its digests are not to be upgraded; else records before this one are covered by a `digests` record. */
  digestReach: number | null
  /** Groups that name it and are not settled: it must not leave the memory. */
  pins: number
  /** While the journal is replayed: segments that were begun after the position at which the account was opened. */
  readonly laterSegments: ReadonlySet<number>
}
