// The parity side of a verification: a parity file by itself, and the blocks of its segment against the checksums in it. Blocks that are damaged and that the
// parity makes right again are told as such, and the rest of the verification reads the segment as it was.

import type { AccountId, Seq } from '#base/ids.ts'
import { yieldToEventLoop } from '#platform/clock.ts'
import type { Disk, DiskFile } from '#platform/disk.ts'
import type { ByteRange } from './damage.ts'
import { ParityFile } from './parity-file.ts'
import { PARITY_BLOCK_BYTES } from './parity-format.ts'
import { type AccountPaths, parityPath } from './paths.ts'
import type { RepairedFile } from './repaired-file.ts'
import type { SegmentFiles } from './segment-files.ts'
import type { Report } from './verify-tree.ts'

export interface BlockVerifierParts {
  readonly disk: Disk
  readonly paths: AccountPaths
  readonly account: AccountId
  readonly files: SegmentFiles
}

const BLOCKS_PER_TURN = 256

/** Of a segment for which there is a parity file; `name` is the segment's. Returns it as it was, as far as that can be told, if it is not so any more. */
export async function verifyBlocks(
  { disk, paths, account, files }: BlockVerifierParts,
  first: Seq,
  name: string,
  stored: DiskFile | null,
  report: Report,
): Promise<RepairedFile | null> {
  const path = parityPath(paths, first)
  const parityName = path.slice(paths.directory.length + 1)
  using parity = ParityFile.open(disk, path, account, first)
  const view = files.repaired(first)
  if (parity === null || view === null) {
    // It goes before payloads are dropped, and is made again.
    if (disk.exists(path)) report('parity', parityName, { start: 0, end: 0 })
    return null
  }
  let steps = 0
  for (const range of parity.damagedRanges()) {
    if (range !== null) report('parity', parityName, range)
    if (++steps % BLOCKS_PER_TURN === 0) await yieldToEventLoop()
  }
  let damaged = 0
  let computed = 0
  const ranges: ByteRange[] = []
  for (let block = 0; block < view.blocks; block++) {
    if (block % BLOCKS_PER_TURN === 0) await yieldToEventLoop()
    if (parity.isBlock(block, view.storedBlock(block)) !== false) continue
    damaged++
    if (view.goodBlock(block) === null) continue
    computed++
    const start = block * PARITY_BLOCK_BYTES
    const end = Math.min(start + PARITY_BLOCK_BYTES, view.coveredBytes)
    const last = ranges.at(-1)
    if (last?.end === start) ranges[ranges.length - 1] = { start: last.start, end }
    else ranges.push({ start, end })
  }
  for (const range of ranges) report('damagedBlocks', name, range)
  // Nothing of a file that has gone says where records would be, unless all of it is there again.
  return damaged === 0 || (stored === null && computed < damaged) ? null : view
}
