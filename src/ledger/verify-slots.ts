// The copies of slot records that logins read, against the slot records of the log: as far as checkpoints cover them they are the same.

import type { AccountId } from '#base/ids.ts'
import { IncrementalHash } from '#crypto/hash.ts'
import type { Disk } from '#platform/disk.ts'
import type { AccountPaths } from './paths.ts'
import { type RecordHeader, encodeHead } from './record.ts'
import { readSlotCopies } from './slots.ts'
import type { Report } from './verify-tree.ts'

export class SlotVerifier {
  readonly #log = new IncrementalHash('sha256')
  readonly #signedSize: number

  /** `signedSize`: of the tree that checkpoints covered when the verification began. */
  constructor(signedSize: number) {
    this.#signedSize = signedSize
  }

  /** A slot record of the log, whose payload is present. */
  record(header: RecordHeader): void {
    if (header.seq < this.#signedSize) this.#log.update(encodeHead(header))
  }

  /** After the last record. */
  finish(disk: Disk, paths: AccountPaths, account: AccountId, report: Report): void {
    const copies = readSlotCopies(disk, paths, account)
    if (copies?.hasStrayRecord === true) {
      report('slots', 'slots', { start: copies.ends.at(-1) ?? 0, end: copies.sizeBytes })
    }
    const hash = new IncrementalHash('sha256')
    for (const { header } of copies?.records ?? []) {
      if (header.seq < this.#signedSize) hash.update(encodeHead(header))
    }
    if (hash.digest().equals(this.#log.digest())) return
    report('slots', 'slots', { start: 0, end: copies?.ends.at(-1) ?? 0 })
  }
}
