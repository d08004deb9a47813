// What the ledger's parts share: the disk, the files it keeps open, and who is told of what has to be made durable.

import type { Disk } from '#platform/disk.ts'
import type { OpenFiles } from './open-files.ts'

export interface OpenContext {
  readonly disk: Disk
  readonly files: OpenFiles
  /** The ledger's. */
  readonly directory: string
  readonly publicKey: Uint8Array
  /** Told each file before it is written: it has to be durable before the journal is cut. */
  touched(path: string): void
  /** Told each directory before a name in it changes. */
  touchedDirectory(path: string): void
}
