// Files and directories that were written and not yet made durable. Each journal file has its own set: it is cut when
// everything in the set is durable.

import type { Disk } from '#platform/disk.ts'
import type { OpenFiles } from './open-files.ts'

/** An fdatasync failed. What it should have made durable may be lost, and asking again would not tell. */
export class DurabilityError extends Error {
  override name = 'DurabilityError'
}

export async function orDurabilityError(sync: Promise<void>): Promise<void> {
  try {
    await sync
  } catch (cause) {
    throw new DurabilityError('a sync failed', { cause })
  }
}

interface DirtyFiles {
  readonly files: Set<string>
  readonly directories: Set<string>
}

function noDirtyFiles(): DirtyFiles {
  return { files: new Set(), directories: new Set() }
}

/** What was touched since the last journal file was retired, and what that one waits for. */
export class DirtyTracker {
  #current = noDirtyFiles()
  #retiring: DirtyFiles | null = null

  touched(path: string): void {
    this.#current.files.add(path)
    this.#retiring?.files.add(path)
  }

  touchedDirectory(path: string): void {
    this.#current.directories.add(path)
    this.#retiring?.directories.add(path)
  }

  /** Everything touched so far; what is touched from now on until `closeRetiring` goes to it, too. */
  retire(): void {
    this.#retiring = this.#current
    this.#current = noDirtyFiles()
  }

  closeRetiring(): DirtyFiles {
    const retiring = this.#retiring ?? noDirtyFiles()
    this.#retiring = null
    return retiring
  }
}

/** Threads that are left to commits, and to others. */
const SPARE_THREADS = 4

/**
 * Many syncs at a time cost the file system little more than one. `besideCommits`: these wait for the same threads, and come
 * first. Throws DurabilityError.
 */
export async function syncDirtyFiles(
  disk: Disk,
  files: OpenFiles,
  dirty: DirtyFiles,
  besideCommits: boolean,
): Promise<void> {
  const { concurrency: threads = 4 } = disk
  const syncs = (function* (): Generator<() => Promise<void>> {
    for (const path of dirty.files) yield () => files.datasync(path)
    for (const path of dirty.directories) yield () => disk.syncDirectory(path)
  })()
  const worker = async (): Promise<void> => {
    for (const sync of syncs) await orDurabilityError(sync())
  }
  await Promise.all(Array.from({ length: besideCommits ? Math.max(2, threads - SPARE_THREADS) : threads }, worker))
}
