// User and group ids. As root each process gets its own, from a reserved range of numbers: nothing has to be created first, and
// `packaging/sysusers.d/mailkeep.conf` gives the numbers names. As an ordinary user all processes are that user.

import type { FileOwner } from '#platform/files.ts'

export interface Users {
  readonly ledger: FileOwner | null
  readonly directory: FileOwner | null
  readonly mx: FileOwner | null
  readonly gate: FileOwner | null
  readonly courier: FileOwner | null
  vault(number: number): FileOwner | null
  /** Group of those who may read the logs: vaults and the directory. */
  readonly readers: number | null
  /** Group of all vaults. */
  readonly vaults: number | null
}

const FIRST_VAULT = 10

export function reservedUsers(base: number): Users {
  const at = (offset: number): FileOwner => ({ uid: base + offset, gid: base + offset })
  return {
    readers: base,
    ledger: at(1),
    directory: at(2),
    mx: at(3),
    gate: at(4),
    courier: at(5),
    vaults: base + 9,
    vault: (number) => at(FIRST_VAULT + number),
  }
}

export const oneUser: Users = {
  readers: null,
  ledger: null,
  directory: null,
  mx: null,
  gate: null,
  courier: null,
  vaults: null,
  vault: () => null,
}
