// Whole records in the commit journal's files that were set aside, and in groups that are damaged or of long ago. Nothing says that they are of the log: it may
// have gone on without them, and have given their numbers to others.

import type { AccountId } from '#base/ids.ts'
import { committedRecords, journalPaths } from '#ledger/journal-replay.ts'
import { openReadOrNull } from '#ledger/open-files.ts'
import { HEAD_BYTES, type RecordHeader } from '#ledger/record.ts'
import { readTolerantly } from '#ledger/tolerant-read.ts'
import type { Disk } from '#platform/disk.ts'
import { carve } from './carve.ts'

export interface LooseRecord {
  readonly header: RecordHeader
  /** To be called before the next is asked for. */
  readonly payload: () => Buffer
}

/** `directory` is the ledger's. Throws DiskError. */
export function* looseRecords(disk: Disk, directory: string, account: AccountId): Generator<LooseRecord, void, void> {
  for (const { header, payload, isSetAside } of committedRecords(disk, directory, account)) {
    if (isSetAside) yield { header, payload: () => payload }
  }
  for (const path of journalPaths(disk, directory)) {
    const file = openReadOrNull(disk, path)
    if (file === null) continue
    try {
      for (const { header, offset, state, isWhole } of carve(file, account)) {
        if (!isWhole || state !== 'present') continue
        yield {
          header,
          payload: () => {
            const bytes = Buffer.allocUnsafe(header.payloadLength)
            readTolerantly(file, bytes, offset + HEAD_BYTES)
            return bytes
          },
        }
      }
    } finally {
      file.close()
    }
  }
}
