// What the device has lost of a segment may still be right in the page cache: for the last segment of an account, which has no parity, that is the only place. It is written again where it was, so that
// the device stores the same bytes anew, and read again from there.
//
// Nothing but what the page cache has is written, block by block, each read and written at once: an append meanwhile is neither lost nor repeated.

import type { Steps } from '#base/steps.ts'
import { yieldToEventLoop } from '#platform/clock.ts'
import { type Disk, DiskError, type DiskFile } from '#platform/disk.ts'
import type { DamagedRange } from './damage-log.ts'
import { deviceDisk } from './device-disk.ts'
import { orDurabilityError } from './dirty-files.ts'
import { type ExaminedSegment, type SegmentFault, examineSegment } from './examine-segment.ts'
import type { OpenContext } from './open-context.ts'
import { openReadOrNull } from './open-files.ts'
import type { StepRunner } from './write-parity.ts'

export interface RewrittenSegment {
  readonly before: readonly SegmentFault[]
  /** Of what is on the device now. */
  readonly after: readonly SegmentFault[]
  readonly bytes: readonly DamagedRange[]
}

const BLOCK_BYTES = 4096
const BLOCKS_PER_STEP = 64

/** Throws DiskError, and DurabilityError. */
export async function rewriteSegment(
  context: OpenContext,
  run: StepRunner,
  path: string,
  segment: ExaminedSegment,
): Promise<RewrittenSegment> {
  const before = await run(examine(deviceDisk(context.disk), path, segment))
  if (before.length === 0) return { before, after: before, bytes: [] }
  const cached = await run(examine(context.disk, path, segment))
  if (cached.length >= before.length) return { before, after: before, bytes: [] }
  const bytes = await rewrite(context, path)
  await orDurabilityError(context.files.datasync(path))
  return { before, after: await run(examine(deviceDisk(context.disk), path, segment)), bytes }
}

function* examine(disk: Disk, path: string, segment: ExaminedSegment): Steps<readonly SegmentFault[]> {
  const file = openReadOrNull(disk, path)
  if (file === null) {
    const records = { from: segment.first, to: Math.max(segment.next ?? 0, segment.first + 1) }
    return [{ kind: 'missingRecords', records, bytes: { start: 0, end: 0 } }]
  }
  try {
    return yield* examineSegment(file, segment)
  } finally {
    file.close()
  }
}

async function rewrite(context: OpenContext, path: string): Promise<DamagedRange[]> {
  const { disk, files } = context
  const device = deviceDisk(disk).openRead(path)
  const memory = disk.openRead(path)
  const ranges: DamagedRange[] = []
  try {
    const size = memory.size()
    for (let at = 0; at < size; at += BLOCK_BYTES) {
      if ((at / BLOCK_BYTES) % BLOCKS_PER_STEP === 0) await yieldToEventLoop()
      const length = Math.min(BLOCK_BYTES, size - at)
      const right = readBlock(memory, at, length)
      if (right === null || readBlock(device, at, length)?.equals(right) === true) continue
      while (files.isBusy(path)) await yieldToEventLoop()
      context.touched(path)
      files.write(path, right, at)
      const last = ranges.at(-1)
      if (last?.end === at) ranges[ranges.length - 1] = { ...last, end: at + length }
      else ranges.push({ start: at, end: at + length, kind: 'changed' })
    }
  } finally {
    device.close()
    memory.close()
  }
  return ranges
}

/** Null where it cannot be read. */
function readBlock(file: DiskFile, position: number, length: number): Buffer | null {
  const bytes = Buffer.alloc(length)
  try {
    return bytes.subarray(0, file.read(bytes, position))
  } catch (error) {
    if (error instanceof DiskError && error.code === 'EIO') return null
    throw error
  }
}
