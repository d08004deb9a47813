// One pass of a scrub: which accounts are still to be read, those first that were read longest ago, and how many bytes that is.

import type { AccountId, Seq } from '#base/ids.ts'
import { yieldToEventLoop } from '#platform/clock.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import { incomingPath, accountPaths, journalPath, listParity, listSegments, parityPath, segmentPath } from './paths.ts'
import { decodeHead, HEAD_BYTES } from './record.ts'
import type { ScrubbedAccount } from './scrub-progress.ts'
import type { ScrubRecord } from './scrub-record.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { treePath } from './tree.ts'

/** The ledger's own files count as one. */
export type ScrubSubject = AccountId | 'own'

export class ScrubPass {
  readonly #sizes = new Map<ScrubSubject, number>()
  #bytesLeft = 0
  /** Of the one that is being read. */
  #bytesRead = 0
  bytesDone: number

  constructor(bytesDone: number) {
    this.bytesDone = bytesDone
  }

  add(subject: ScrubSubject, bytes: number): void {
    this.#sizes.set(subject, bytes)
    this.#bytesLeft += bytes
  }

  get next(): ScrubSubject | null {
    for (const subject of this.#sizes.keys()) return subject
    return null
  }

  get bytesLeft(): number {
    const [current = 0] = this.#sizes.values()
    return this.#bytesLeft - Math.min(this.#bytesRead, current)
  }

  read(bytes: number): void {
    this.#bytesRead += bytes
    this.bytesDone += bytes
  }

  /** The next one has been read, or cannot be. */
  done(subject: ScrubSubject): void {
    this.#bytesLeft -= this.#sizes.get(subject) ?? 0
    this.#bytesRead = 0
    this.#sizes.delete(subject)
  }
}

/** Those first that were read longest ago, or nobody knows when. */
export function inOrder(accounts: Iterable<readonly [AccountId, ScrubbedAccount]>): AccountId[] {
  return [...accounts].sort(([, a], [, b]) => ageKey(a) - ageKey(b)).map(([id]) => id)
}

function ageKey({ since }: ScrubbedAccount): number {
  return since ?? Number.NEGATIVE_INFINITY
}

/** What is left of the pass that has begun; the account that an interrupted one was at comes first. Null if nobody wants it any more. Throws DiskError. */
export async function planPass(
  disk: Disk,
  directory: string,
  { head, accounts }: Pick<ScrubRecord, 'head' | 'accounts'>,
  isStopped: () => boolean,
): Promise<ScrubPass | null> {
  const { passBegan, ownSince, place, bytesDone } = head
  const left = inOrder([...accounts].filter(([, { since, isRead }]) => !isRead || (since ?? 0) < passBegan))
  const isCurrent = (id: AccountId): boolean => id === place?.account
  const pass = new ScrubPass(bytesDone)
  if (ownSince < passBegan) pass.add('own', await ownBytes(disk, directory))
  for (const id of [...left.filter(isCurrent), ...left.filter((other) => !isCurrent(other))]) {
    pass.add(id, await accountBytes(disk, directory, id, isCurrent(id) ? (place?.segment ?? null) : null))
    if (isStopped()) return null
  }
  return pass
}

/** Bytes of an account's files, from a segment on. */
async function accountBytes(disk: Disk, directory: string, account: AccountId, from: Seq | null): Promise<number> {
  const paths = accountPaths(directory, account)
  const isLeft = (first: Seq): boolean => from === null || first >= from
  const names = [
    ...listSegments(disk, paths)
      .filter(isLeft)
      .map((first) => segmentPath(paths, first)),
    ...listParity(disk, paths)
      .filter(isLeft)
      .map((first) => parityPath(paths, first)),
    ...(from === null ? [paths.checkpoints, treePath(paths.tree, 0)] : []),
    paths.slots,
  ]
  return sizeOf(disk, names)
}

function ownBytes(disk: Disk, directory: string): Promise<number> {
  const incoming = disk.list(`${directory}/incoming`).map((name) => incomingPath(directory, name))
  return sizeOf(disk, [journalPath(directory, 0), journalPath(directory, 1), `${directory}/damage.log`, ...incoming])
}

const FILES_PER_TURN = 32

async function sizeOf(disk: Disk, names: readonly string[]): Promise<number> {
  let bytes = 0
  for (const [index, name] of names.entries()) {
    if (index % FILES_PER_TURN === 0) await yieldToEventLoop()
    bytes += bytesOf(disk, name)
  }
  return bytes
}

function bytesOf(disk: Disk, name: string): number {
  try {
    const file = disk.openRead(name)
    try {
      return file.size()
    } finally {
      file.close()
    }
  } catch (error) {
    if (error instanceof DiskError) return 0
    throw error
  }
}

/** When the account's first record was committed, by the time of day then; null if that cannot be told. No byte of the account is older. */
export function firstCommitOf(disk: Disk, directory: string, account: AccountId): number | null {
  try {
    const file = disk.openRead(segmentPath(accountPaths(directory, account), 0))
    try {
      const bytes = Buffer.alloc(HEAD_BYTES)
      const head = file.read(bytes, SEGMENT_HEAD_BYTES) === HEAD_BYTES ? decodeHead(bytes) : null
      return head?.ok === true && head.value.header.account === account ? head.value.header.time : null
    } finally {
      file.close()
    }
  } catch (error) {
    if (error instanceof DiskError) return null
    throw error
  }
}
