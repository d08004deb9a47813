// What is where in a data directory, and making it: everything that a process may write is a directory of its own, owned by that process's user
// id when the supervisor is root.

import { sha256 } from '#crypto/hash.ts'
import {
  type FileOwner,
  fileExists,
  makeDirectory,
  ownerOf,
  setMode,
  setModeOfTree,
  setOwner,
  setOwnerOfTree,
} from '#platform/files.ts'

const FILE_BITS = 0o666
const PRIVATE_FILE = 0o600

export interface DataPaths {
  readonly root: string
  readonly configuration: string
  readonly serverSecret: string
  readonly tls: string
  readonly run: string
  readonly ledger: string
  readonly index: string
  readonly queue: string
  readonly log: string
}

export function dataPaths(root: string): DataPaths {
  return {
    root,
    configuration: `${root}/mailkeep.yaml`,
    serverSecret: `${root}/server-secret`,
    tls: `${root}/tls`,
    run: `${root}/run`,
    ledger: `${root}/ledger`,
    index: `${root}/index`,
    queue: `${root}/queue`,
    log: `${root}/mailkeep.log`,
  }
}

export interface OwnedDirectory {
  readonly path: string
  readonly mode: number
  /** Null: whoever runs this. */
  readonly owner: FileOwner | null
}

/** Makes the directory. One that had another owner was copied: what is in it is handed over, too. */
export function makeOwnedDirectory(directory: OwnedDirectory): void {
  const { path, mode, owner } = directory
  makeDirectory(path, mode)
  if (owner !== null && ownerOf(path).uid !== owner.uid) return handOverTree(directory)
  if (owner !== null) setOwner(path, owner)
  setMode(path, mode)
}

/** Gives the directory and all that is in it the owner, and the modes that a process which makes its files there would give them. */
export function handOverTree({ path, mode, owner }: OwnedDirectory): void {
  if (owner !== null) setOwnerOfTree(path, owner)
  setModeOfTree(path, mode, mode & FILE_BITS)
  // Of the ledger: nobody who reads the logs reads what they are signed with.
  if (fileExists(`${path}/key`)) setMode(`${path}/key`, PRIVATE_FILE)
}

/** Held as long as any process of a Mailkeep on this data directory lives. */
export function lockName(root: string): string {
  return `mailkeep-${sha256(Buffer.from(root)).toString('hex')}`
}
