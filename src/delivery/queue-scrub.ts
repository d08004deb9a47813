// Reading the queue again from its device (docs/formats/queue.md §5): every group of its log, every large content. What the device has lost is written again from the page cache, where that has it; else the messages
// concerned are written again as they are in memory, so that nothing is attempted twice, or forgotten, after the next start.

import { wipe } from '#base/bytes.ts'
import { type Steps } from '#base/steps.ts'
import { type DeviceReads, deviceDisk } from '#ledger/device-disk.ts'
import { type Disk, DiskError, type DiskFile } from '#platform/disk.ts'
import { readLarge } from './queue-content.ts'
import { ContentDamagedError } from './queue-errors.ts'
import { type LogFile, openedFile, scanGroups } from './queue-file.ts'
import { BLOCK_BYTES, decodeFileHead } from './queue-format.ts'
import type { ExaminedFile } from './queue-log.ts'

/** Whether the file has, on the disk that is given, every group that the queue has written to it. */
export function* isWholeFile(disk: Disk, { path, log }: ExaminedFile, key: Uint8Array): Steps<boolean> {
  const { end, nextGroup, number } = log
  let file: DiskFile
  try {
    file = disk.openRead(path)
  } catch (error) {
    if (error instanceof DiskError && error.code === 'ENOENT') return false
    throw error
  }
  let copy: LogFile | null = null
  try {
    const head = decodeFileHead(readBlock(file, 0), key)
    if (head === null || head === 'otherKey' || head.number !== number) return false
    copy = openedFile(file, head, key)
    for (const group of scanGroups({ ...copy, sizeBytes: Math.min(end, file.size()) })) {
      if (group.afterDamage) return false
      copy.end = group.offset + group.bytes.length
      copy.nextGroup++
      yield
    }
    return copy.end === end && copy.nextGroup === nextGroup
  } finally {
    wipe(copy?.key)
    file.close()
  }
}

/** Writes again, where it was, what the page cache has otherwise than the device. Throws DiskError and SyncError. */
export async function rewriteFile(disk: Disk, { path, log }: ExaminedFile): Promise<void> {
  const device = deviceDisk(disk).openRead(path)
  try {
    for (let at = 0; at < log.end; at += BLOCK_BYTES) {
      const block = readBlock(log.file, at)
      if (!readBlock(device, at).equals(block)) await log.file.writeDurably(block, at)
    }
  } finally {
    device.close()
  }
}

/** Zeros where it cannot be read. */
function readBlock(file: DiskFile, at: number): Buffer {
  const block = Buffer.alloc(BLOCK_BYTES)
  try {
    file.read(block, at)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
    block.fill(0)
  }
  return block
}

/** Whether a large content opens, as the device has it. */
export function* isWholeContent(disk: Disk, path: string, key: Uint8Array, sealedBytes: number): Steps<boolean> {
  try {
    for (const chunk of readLarge(disk, path, key, sealedBytes)) {
      wipe(chunk)
      yield
    }
    return true
  } catch (error) {
    if (error instanceof ContentDamagedError || (error instanceof DiskError && error.code === 'EIO')) return false
    throw error
  }
}

/** Runs steps, with a turn after each that read something. Null if it was left. */
export async function inTurns<T>(
  steps: Steps<T>,
  reads: DeviceReads,
  turn: (bytes: number, isDirect: boolean) => Promise<boolean>,
): Promise<{ readonly value: T } | null> {
  for (;;) {
    const before = reads.bytes
    const step = steps.next()
    if (step.done === true) return { value: step.value }
    if (reads.bytes === before || (await turn(reads.bytes - before, reads.isDirect))) continue
    steps.return(undefined as never)
    return null
  }
}
