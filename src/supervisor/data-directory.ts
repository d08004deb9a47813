// What is where in a data directory, and making it: everything that a process may write is a directory of its own, owned by that process's user
// id when the supervisor is root.

import { type FileOwner, makeDirectory, ownerOf, setMode, setOwner, setOwnerOfTree } from '#platform/files.ts'

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

/** Makes the directory; what is in one that had another owner gets the new one, too. */
export function makeOwnedDirectory({ path, mode, owner }: OwnedDirectory): void {
  makeDirectory(path, mode)
  if (owner !== null) {
    if (ownerOf(path).uid === owner.uid) setOwner(path, owner)
    else setOwnerOfTree(path, owner)
  }
  setMode(path, mode)
}
