// Making the parity file of a closed segment: written under another name, made durable, and only then given its own. The same whether a thread of its
// own does it or the ledger's between commits.

import type { AccountId, Seq } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { Disk } from '#platform/disk.ts'
import { type SegmentFault, examineSegment } from './examine-segment.ts'
import { openReadOrNull } from './open-files.ts'
import { encodeParity } from './parity-encode.ts'
import { shapeFor } from './parity-format.ts'
import { accountPaths, listSegments, parityPath, segmentPath } from './paths.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { StoredTree } from './tree.ts'

export interface ParityTask {
  /** The ledger's. */
  readonly directory: string
  readonly account: AccountId
  readonly first: Seq
  readonly percent: number
}

/** What is wrong with the segment already, which parity cannot mend; null if there is no such segment, or it is not closed. */
export type WrittenParity = readonly SegmentFault[] | null

export type StepRunner = <T>(steps: Steps<T>) => Promise<T>

/** The name is the caller's to make durable. Throws DiskError. */
export async function writeParity(disk: Disk, task: ParityTask, run: StepRunner): Promise<WrittenParity> {
  const { directory, account, first, percent } = task
  const paths = accountPaths(directory, account)
  const next = listSegments(disk, paths).find((other) => other > first)
  const segment = openReadOrNull(disk, segmentPath(paths, first))
  if (segment === null) return null
  const tree = new StoredTree(disk, paths.tree)
  try {
    const length = segment.size()
    if (next === undefined || length < SEGMENT_HEAD_BYTES) return null
    const leaf = (seq: number): Uint8Array | null => tree.leaf(seq)
    const faults = await run(examineSegment(segment, { account, first, next, leaf }))
    const path = parityPath(paths, first)
    const target = disk.openWrite(`${path}.new`)
    try {
      target.truncate(0)
      await run(encodeParity(segment, target, { account, first, shape: shapeFor(length, percent) }))
      await target.datasync()
    } finally {
      target.close()
    }
    disk.rename(`${path}.new`, path)
    return faults
  } finally {
    segment.close()
    tree.close()
  }
}
