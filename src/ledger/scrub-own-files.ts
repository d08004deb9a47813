// The ledger's own files, as a scrub reads them: the commit journal, large payloads on their way in, both halves of the signing key, the damage log.
//
// The ledger writes some of them meanwhile: what is found is only believed if it is found again.

import { bytesEqual, wipe } from '#base/bytes.ts'
import type { Steps } from '#base/steps.ts'
import { type Disk, DiskError, type DiskFile } from '#platform/disk.ts'
import { inspectJournals, replayJournal } from './journal-replay.ts'
import { openReadOrNull } from './open-files.ts'
import { incomingPath, journalPath } from './paths.ts'
import type { OwnFault } from './scrub-items.ts'
import { decodeSigningKey, readVerifier } from './signing-key.ts'

/** By what is in them, or by others; the last is the scrub's own. */
const CHECKED = new Set(['accounts', 'aside', 'incoming', 'journal', 'key', 'verifier', 'scrub'])
const PIECE_BYTES = 64 * 1024
const KEY_BYTES_MAX = 65

/** Throws DiskError for what concerns more than single blocks. */
export function* readOwnFiles(disk: Disk, directory: string, publicKey: Uint8Array): Steps<OwnFault[]> {
  const faults: OwnFault[] = []
  for (const name of disk.list(directory))
    if (!CHECKED.has(name)) yield* readThrough(disk, `${directory}/${name}`, name, faults)
  for (const name of disk.list(`${directory}/incoming`))
    yield* readThrough(disk, incomingPath(directory, name), `incoming/${name}`, faults)
  checkKeys(disk, directory, publicKey, faults)
  yield* readJournal(disk, directory, faults)
  return faults
}

/** Whether every byte can be read: what is in the file has no checksum of its own, or is being written. */
export function* readThrough(disk: Disk, path: string, name: string, faults: OwnFault[]): Steps<void> {
  const file = openReadOrNull(disk, path)
  if (file === null) return
  const piece = Buffer.allocUnsafe(PIECE_BYTES)
  try {
    for (let at = 0; at < file.size(); at += piece.length) {
      if (!canRead(file, piece, at))
        faults.push({ file: name, bytes: { start: at, end: at + piece.length }, kind: 'unreadable' })
      yield
    }
  } finally {
    file.close()
  }
}

function canRead(file: DiskFile, piece: Buffer, at: number): boolean {
  try {
    file.read(piece, at)
    return true
  } catch (error) {
    if (error instanceof DiskError && error.code === 'EIO') return false
    if (error instanceof DiskError && error.code === 'EISDIR') return true
    throw error
  }
}

function checkKeys(disk: Disk, directory: string, publicKey: Uint8Array, faults: OwnFault[]): void {
  const file = openReadOrNull(disk, `${directory}/key`)
  const bytes = Buffer.alloc(KEY_BYTES_MAX)
  try {
    const read = file === null ? Buffer.alloc(0) : bytes.subarray(0, readOrNothing(file, bytes))
    const key = decodeSigningKey(read)
    if (key === null || !bytesEqual(key.publicKey, publicKey)) {
      faults.push({ file: 'key', bytes: { start: 0, end: 64 }, kind: file === null ? 'missing' : 'changed' })
    }
  } finally {
    file?.close()
    wipe(bytes)
  }
  let verifier: Buffer | null = null
  try {
    verifier = readVerifier(disk, directory)
  } catch (error) {
    if (!(error instanceof DiskError)) throw error
  }
  if (verifier === null || !bytesEqual(verifier, publicKey)) {
    faults.push({
      file: 'verifier',
      bytes: { start: 0, end: 0 },
      kind: disk.exists(`${directory}/verifier`) ? 'changed' : 'missing',
    })
  }
}

function readOrNothing(file: DiskFile, bytes: Buffer): number {
  try {
    return file.read(bytes, 0)
  } catch (error) {
    if (error instanceof DiskError && error.code === 'EIO') return 0
    throw error
  }
}

/** A file whose head is not valid, and groups that are not valid although valid ones follow. */
function* readJournal(disk: Disk, directory: string, faults: OwnFault[]): Steps<void> {
  const files: DiskFile[] = []
  try {
    for (const index of [0, 1] as const) {
      const file = openReadOrNull(disk, journalPath(directory, index))
      if (file === null) faults.push({ file: `journal/${index}`, bytes: { start: 0, end: 0 }, kind: 'missing' })
      else files.push(file)
    }
    const [first, second] = files
    if (first === undefined || second === undefined) return
    for (const content of inspectJournals([first, second])) {
      yield
      const name = `journal/${content.index}`
      if (!content.headValid) faults.push({ file: name, bytes: { start: 0, end: 64 }, kind: 'changed' })
      const groups = replayJournal(content)
      for (;;) {
        const next = groups.next()
        if (next.done !== true) {
          yield
          continue
        }
        if (next.value !== null) faults.push({ file: name, bytes: next.value.bytes, kind: 'changed' })
        break
      }
    }
  } finally {
    for (const file of files) file.close()
  }
}
