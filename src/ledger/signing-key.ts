// The ledger's signing key: docs/formats/ledger.md §7. Made when the ledger is opened for the first time; only the ledger process
// can read it. Its public half is in a file of its own, for everybody who verifies.

import { bytesEqual, wipe } from '#base/bytes.ts'
import { type SigningKey, signingKeyFromSeed } from '#crypto/ed25519.ts'
import { type Disk, writeAll } from '#platform/disk.ts'
import { formatVerifier, parseVerifier } from './checkpoint.ts'
import { LedgerDamagedError } from './errors.ts'
import { openReadOrNull } from './open-files.ts'

const SEED_BYTES = 32
const KEY_BYTES = 64
const PRIVATE = 0o600
const READABLE = 0o640
const MAX_VERIFIER_BYTES = 1024

/** Throws LedgerDamagedError if there is a key that is not one: another would break with all that was signed. */
export async function loadSigningKey(
  disk: Disk,
  directory: string,
  random: (bytes: number) => Buffer,
): Promise<SigningKey> {
  const path = `${directory}/key`
  if (!disk.exists(path)) {
    if (disk.list(`${directory}/accounts`).length > 0) throw new LedgerDamagedError(['the signing key has gone'])
    const seed = random(SEED_BYTES)
    const bytes = Buffer.concat([seed, signingKeyFromSeed(seed).publicKey])
    await createFile(disk, directory, 'key', bytes, PRIVATE)
    wipe(seed, bytes)
  }
  const bytes = readFile(disk, path, KEY_BYTES + 1)
  const key = bytes === null ? null : decodeSigningKey(bytes)
  wipe(bytes)
  if (key === null) throw new LedgerDamagedError(['the signing key is damaged'])
  if (readVerifier(disk, directory) === null) {
    await createFile(disk, directory, 'verifier', Buffer.from(formatVerifier(key.publicKey)), READABLE)
  }
  return key
}

/** Null for bytes that are not what the file holds. They may be wiped afterwards. */
export function decodeSigningKey(bytes: Uint8Array): SigningKey | null {
  if (bytes.length !== KEY_BYTES) return null
  const key = signingKeyFromSeed(bytes.subarray(0, SEED_BYTES))
  return bytesEqual(key.publicKey, bytes.subarray(SEED_BYTES)) ? key : null
}

/** Writes both files again, from the key that is in memory. Throws DiskError; then they are as they were, or right. */
export async function rewriteKeys(disk: Disk, directory: string, key: SigningKey): Promise<void> {
  const seed = key.exportSeed()
  const bytes = Buffer.concat([seed, key.publicKey])
  try {
    await createFile(disk, directory, 'key', bytes, PRIVATE)
    await createFile(disk, directory, 'verifier', Buffer.from(formatVerifier(key.publicKey)), READABLE)
  } finally {
    wipe(seed, bytes)
  }
}

/** The ledger's public key; null if there is none. */
export function readVerifier(disk: Disk, directory: string): Buffer | null {
  const text = readFile(disk, `${directory}/verifier`, MAX_VERIFIER_BYTES)
  return text === null ? null : parseVerifier(text.toString('latin1'))
}

function readFile(disk: Disk, path: string, maxBytes: number): Buffer | null {
  const file = openReadOrNull(disk, path)
  if (file === null) return null
  try {
    const bytes = Buffer.alloc(maxBytes)
    return bytes.subarray(0, file.read(bytes, 0))
  } finally {
    file.close()
  }
}

/** The file is there whole, or not at all. */
async function createFile(disk: Disk, directory: string, name: string, bytes: Uint8Array, mode: number): Promise<void> {
  const temporary = `${directory}/${name}.new`
  const file = disk.openWrite(temporary, mode)
  try {
    file.truncate(0)
    writeAll(file, bytes, 0)
    await file.datasync()
  } finally {
    file.close()
  }
  disk.rename(temporary, `${directory}/${name}`)
  await disk.syncDirectory(directory)
}
