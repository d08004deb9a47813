// Opening an account's log for appending: where it ends, and the frontier of its tree there.
//
// The usual case costs a few reads, however long the log is: the last stored checkpoint says where its tree ended, the
// stored tree must have the root that was signed, and the last segment must end there, too. Where something does not fit, the
// records themselves are read, from the best place that can be trusted: what follows the last good checkpoint, the last
// segment, or everything (which rebuilds the stored tree). A tree that contradicts a signed checkpoint is never continued.
//
// At start, an account that the commit journal names is opened at its first record there (`target`): everything before
// is durable, and everything from there on is written again.

import type { AccountId } from '#base/ids.ts'
import { MerkleFrontier } from '#crypto/merkle.ts'
import type { Disk } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import { AccountWalk } from './account-walk.ts'
import { CheckpointFile } from './checkpoint-file.ts'
import { CHECKPOINT_BYTES, type StoredCheckpoint, encodeCheckpoint, verifyCheckpoint } from './checkpoint.ts'
import { readDigestNote } from './digest-note.ts'
import { AccountDamagedError } from './errors.ts'
import type { OpenContext } from './open-context.ts'
import { openReadOrNull } from './open-files.ts'
import { HEAD_BYTES } from './record.ts'
import { type AccountPaths, accountPaths, listSegments, segmentPath } from './paths.ts'
import { HEADS_WINDOW_BYTES, scanSegment } from './scan.ts'
import { type Position, SEGMENT_HEAD_BYTES, START, type SegmentHead, decodeSegmentHead } from './segment.ts'
import { missingIfUnreadable } from './tolerant-read.ts'
import { MissingHashError, StoredTree } from './tree.ts'

interface Start {
  readonly position: Position
  readonly frontier: MerkleFrontier
}

/** Throws AccountDamagedError, and DiskError. */
export function openAccount(context: OpenContext, id: AccountId, target: number | null = null): AccountState {
  const paths = accountPaths(context.directory, id)
  // What cannot be read is as if it was not there: everything follows from the segments.
  const disk = missingIfUnreadable(context.disk)
  const checkpoints = new CheckpointFile(disk, paths.checkpoints, id)
  const tree = new StoredTree(disk, paths.tree)
  try {
    const segments = listSegments(context.disk, paths)
    const found = findCheckpoint(context, paths, segments, checkpoints, tree, target)
    const start = found.start ?? startWithoutCheckpoint(context, paths, segments, tree, found.signed, target)
    const walk = new AccountWalk(context, { id, paths, segments, tree, ...start })
    walk.advance(target, found.start === null ? found.signed : null)
    if (target !== null && walk.position.size !== target) {
      throw new AccountDamagedError(id, `its log ends before record ${target}, or is damaged there`)
    }
    const stored = keepStored(context, paths, checkpoints, found.index)
    if (context.files.size(paths.checkpoints) !== stored.count * CHECKPOINT_BYTES) {
      context.touched(paths.checkpoints)
      context.files.truncate(paths.checkpoints, stored.count * CHECKPOINT_BYTES)
    }
    return {
      id,
      paths,
      committed: walk.position,
      frontier: walk.frontier,
      settled: walk.position.size,
      checkpoint: stored.last?.size === walk.position.size ? stored.last : null,
      storedCheckpoints: stored.count,
      storedSize: stored.last?.size ?? 0,
      slotsBytes: null,
      pins: 0,
      droppedBytes: null,
      isDestroyed: context.disk.exists(paths.destroyed),
      digestReach: readDigestNote(context.disk, paths, id)?.reach ?? null,
      laterSegments: new Set(target === null ? [] : segments.filter((first) => first >= target)),
    }
  } finally {
    checkpoints.close()
    tree.close()
  }
}

/** How many entries at the end of the file may be wrong, after a crash, before the file is not believed at all. */
const TRIES = 64

interface FoundCheckpoint {
  /** Index of the last entry that is good and not after the target, or -1. */
  readonly index: number
  /** Where that entry's tree ends; null if the stored tree or the segments do not fit it. */
  readonly start: Start | null
  /** If `start` is null: what the log must have, as this ledger signed it. */
  readonly signed: StoredCheckpoint | null
}

function findCheckpoint(
  context: OpenContext,
  paths: AccountPaths,
  segments: readonly number[],
  checkpoints: CheckpointFile,
  tree: StoredTree,
  target: number | null,
): FoundCheckpoint {
  const from = target === null ? checkpoints.count - 1 : checkpoints.lastUpTo(target)
  for (let index = from; index >= 0 && index > from - TRIES; index--) {
    const entry = checkpoints.at(index)
    if (entry === null || (target !== null && entry.size > target)) continue
    const start = startAtCheckpoint(context, paths, segments, tree, entry)
    if (start !== null) return { index, start, signed: null }
    if (verifyCheckpoint(entry, context.publicKey)) return { index, start: null, signed: entry }
  }
  return { index: -1, start: null, signed: null }
}

function startAtCheckpoint(
  context: OpenContext,
  paths: AccountPaths,
  segments: readonly number[],
  tree: StoredTree,
  entry: StoredCheckpoint,
): Start | null {
  const { head, size } = readSegmentHead(context.disk, paths, entry.segment)
  if (head === null || entry.end < SEGMENT_HEAD_BYTES + HEAD_BYTES) return null
  // Payloads may have been dropped from any but the last: what follows then is not where it was, unless it begins the next segment.
  const following = segments.find((first) => first > entry.segment) ?? null
  if (following !== entry.size) {
    if (size < entry.end) return null
    if (following !== null && hasDroppedBefore(context, paths, entry)) return null
  }
  const frontier = storedFrontier(tree, entry.size)
  if (frontier === null || !frontier.root().equals(entry.root)) return null
  const { first, bytesBefore } = head
  const segment = { first, bytesBefore, end: entry.end, closed: false }
  return { position: { size: entry.size, time: entry.time, segment }, frontier }
}

/** Whether a payload was dropped before the place where the entry's tree ended. */
function hasDroppedBefore(
  { disk }: OpenContext,
  paths: AccountPaths,
  { account, segment, end }: StoredCheckpoint,
): boolean {
  const file = openReadOrNull(disk, segmentPath(paths, segment))
  if (file === null) return false
  try {
    const from = { account, seq: segment, offset: SEGMENT_HEAD_BYTES, windowBytes: HEADS_WINDOW_BYTES }
    for (const step of scanSegment(file, from)) {
      if (step.offset >= end) return false
      if (step.kind === 'record' && step.state === 'dropped') return true
    }
    return false
  } finally {
    file.close()
  }
}

/** At the last segment that begins before the target, if the stored tree reaches that far; else at the very beginning. */
function startWithoutCheckpoint(
  context: OpenContext,
  paths: AccountPaths,
  segments: readonly number[],
  tree: StoredTree,
  signed: StoredCheckpoint | null,
  target: number | null,
): Start {
  const first = segments.findLast((first) => target === null || first < target) ?? 0
  // A tree that does not fit what was signed is built again.
  const frontier = signed === null ? storedFrontier(tree, first) : null
  const { head } = readSegmentHead(context.disk, paths, first)
  if (first === 0 || frontier === null || head === null) return { position: START, frontier: new MerkleFrontier() }
  const segment = { first: head.first, bytesBefore: head.bytesBefore, end: SEGMENT_HEAD_BYTES, closed: false }
  return { position: { size: first, time: 0, segment }, frontier }
}

/** Null if the stored tree is too short. */
function storedFrontier(tree: StoredTree, size: number): MerkleFrontier | null {
  try {
    return MerkleFrontier.fromSubtrees(size, tree)
  } catch (error) {
    if (error instanceof MissingHashError) return null
    throw error
  }
}

function readSegmentHead(
  disk: Disk,
  paths: AccountPaths,
  first: number,
): { readonly head: SegmentHead | null; readonly size: number } {
  const file = openReadOrNull(disk, segmentPath(paths, first))
  if (file === null) return { head: null, size: 0 }
  try {
    const bytes = Buffer.alloc(SEGMENT_HEAD_BYTES)
    const head = file.read(bytes, 0) === SEGMENT_HEAD_BYTES ? decodeSegmentHead(bytes) : null
    return { head: head?.first === first ? head : null, size: file.size() }
  } finally {
    file.close()
  }
}

/**
 * Entries up to `index` and those after it that continue them; what follows was torn by a crash. The latter are written again:
 * they may be in the page cache alone.
 */
function keepStored(
  context: OpenContext,
  paths: AccountPaths,
  checkpoints: CheckpointFile,
  index: number,
): { readonly count: number; readonly last: StoredCheckpoint | null } {
  let last = checkpoints.at(index)
  let count = index + 1
  for (;;) {
    const next = checkpoints.at(count)
    if (next === null || next.size <= (last?.size ?? 0) || !verifyCheckpoint(next, context.publicKey)) break
    context.touched(paths.checkpoints)
    context.files.write(paths.checkpoints, encodeCheckpoint(next), count * CHECKPOINT_BYTES)
    last = next
    count++
  }
  return { count, last }
}
