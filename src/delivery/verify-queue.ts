// Verification of the queue's log without its key: heads and groups have digests of what is sealed (docs/formats/queue.md §2). Large contents have none that can be checked so. Nothing is written, and the queue may be in use meanwhile.

import type { ByteRange } from '#ledger/damage.ts'
import { type Disk, DiskError } from '#platform/disk.ts'
import { type LogFile, scanGroups } from './queue-file.ts'
import { BLOCK_BYTES, decodeFileHead } from './queue-format.ts'

export interface QueueFinding {
  /** Below the queue's directory. */
  readonly file: string
  readonly bytes: ByteRange
}

const NO_KEY = Buffer.alloc(32)

/** Throws DiskError. */
export function verifyQueue(disk: Disk, directory: string, found: (finding: QueueFinding) => void): void {
  let expected: number | null = null
  for (const name of disk.list(`${directory}/log`).sort()) {
    if (!/^[0-9a-f]{16}$/.test(name)) continue
    const number = Number.parseInt(name, 16)
    const file = `log/${name}`
    // Files are given up from the oldest on: there are no gaps.
    if (expected !== null && number !== expected) found({ file, bytes: { start: 0, end: 0 } })
    expected = number + 1
    try {
      for (const bytes of faultsOf(disk, `${directory}/${file}`, number)) found({ file, bytes })
    } catch (error) {
      // Given up meanwhile.
      if (!(error instanceof DiskError) || error.code !== 'ENOENT') throw error
    }
  }
}

function* faultsOf(disk: Disk, path: string, number: number): Generator<ByteRange> {
  const file = disk.openRead(path)
  try {
    const head = Buffer.alloc(BLOCK_BYTES)
    file.read(head, 0)
    // Whole, and of a key that is not ours.
    if (decodeFileHead(head, NO_KEY) !== 'otherKey') yield { start: 0, end: BLOCK_BYTES }
    const salt = Buffer.from(head.subarray(16, 32))
    const log: LogFile = { number, salt, key: NO_KEY, file, sizeBytes: file.size(), end: BLOCK_BYTES, nextGroup: 0 }
    let end = log.end
    for (const group of scanGroups(log)) {
      if (group.afterDamage) yield { start: end, end: group.offset }
      end = group.offset + group.bytes.length
    }
  } finally {
    file.close()
  }
}
