// What the verification of a ledger finds wrong, as data: whose, where, which bytes, and of what kind.

import type { AccountId } from '#base/ids.ts'
import type { ByteRange } from './damage.ts'

export type FindingKind =
  /** A segment's head is not one. Its records can be read all the same. */
  | 'segmentHead'
  /** The head of one record or more cannot be read. */
  | 'recordHead'
  /** A record's header is well-formed but is not the one that was signed. */
  | 'forgedHeader'
  /** Records are missing from their place. */
  | 'missingRecords'
  /** Bytes in a closed segment that are no record. */
  | 'strayBytes'
  /** Whole sectors of a payload are zeros or cannot be read. */
  | 'payloadZeroed'
  /** A payload is not the one that was committed, byte for byte. */
  | 'payloadChanged'
  /** A payload was dropped that the account's log never released. */
  | 'payloadDropped'
  /** A payload has the digest of its header, and not the stronger one that was added for it. */
  | 'addedDigest'
  /** A record of added digests that the ledger has not signed, or that is about another log. */
  | 'digests'
  /** A record is older than the one before it. */
  | 'time'
  /** A stored hash of the tree is missing or wrong. */
  | 'treeHash'
  /** A checkpoint is no checkpoint, or not signed by this ledger. */
  | 'checkpointSignature'
  /** Checkpoints are not in order, or say wrongly where their trees end. */
  | 'checkpointOrder'
  /** The log is not the one that was signed, and no single record can be named. */
  | 'checkpointRoot'
  /** A mark that the owner has not signed, or that is about another log. */
  | 'mark'
  /** The owner signed the log more often than the log shows. */
  | 'marksMissing'
  /** The log has fewer records than whoever verifies has seen. */
  | 'rollback'
  /** The log is not the one that whoever verifies has seen. */
  | 'fork'
  /** Blocks of a segment that are not as they were written; parity has the right bytes, and what else is found is what is wrong with these. */
  | 'damagedBlocks'
  /** A parity file, or a part of it, is not what belongs to its segment. */
  | 'parity'
  /** Records that no checkpoint covers, and that the commit journal does not hold: checkpoints were lost, or the records were not committed. */
  | 'unsigned'
  /** An account's directory is where nobody looks for it. */
  | 'misplaced'
  /** The copies of the slot records are not those of the log. */
  | 'slots'
  /** Groups of the commit journal are damaged, and valid ones follow: records that were acknowledged may be lost. */
  | 'journal'
  /** The head of a file of the commit journal is damaged. Its groups are found all the same. */
  | 'journalHead'
  /** The ledger's signing key is damaged, or another than its verifier says. */
  | 'signingKey'
  /** There is no account, and something shows that there were some. */
  | 'accountsMissing'
  /** A file of the queue's log, or a group in it, is damaged. */
  | 'queue'

export interface Finding {
  /** Empty for what is nobody's. */
  readonly account: AccountId | ''
  readonly kind: FindingKind
  /** The first record concerned, and the one after the last; null if it is not about records. */
  readonly records: { readonly from: number; readonly to: number } | null
  /** Below the account's directory, or the ledger's. */
  readonly file: string
  readonly bytes: ByteRange
  /** It can be made again from what is good: nothing is lost. */
  readonly derived: boolean
}

const DERIVED: ReadonlySet<FindingKind> = new Set(['segmentHead', 'treeHash', 'slots', 'parity', 'damagedBlocks'])

export function isDerived(kind: FindingKind): boolean {
  return DERIVED.has(kind)
}
