// The server secret and what is derived from it (docs/formats/keys.md §4). It is given at start and kept in memory; each process gets
// only the keys of its row.

import { assert } from '#base/assert.ts'
import { type AccountId, accountIdToBytes } from '#base/ids.ts'
import { hkdf, hmacSha256 } from '#crypto/hkdf.ts'

export const SERVER_SECRET_BYTES = 32

export type ServerKeyLabel = 'slot' | 'machine' | 'system' | 'queue' | 'dkim'

/** 32 bytes; the caller wipes them. */
export function serverKey(secret: Uint8Array, label: ServerKeyLabel): Buffer {
  assert(secret.length === SERVER_SECRET_BYTES, 'a server secret has 32 bytes')
  return hkdf(secret, `mailkeep/v1/server/${label}`, 32)
}

/** The salt of a password slot. `login` is the account's address in lower case. */
export function slotSalt(slotKey: Uint8Array, login: string): Buffer {
  return hmacSha256(slotKey, Buffer.from('mailkeep/v1/slot-salt\0'), Buffer.from(login, 'utf8'))
}

/** Where nobody has the name: the same for everybody who tries it, so that its like tells nothing. */
export function unknownLoginSalt(slotKey: Uint8Array, login: string): Buffer {
  return hmacSha256(slotKey, Buffer.from('mailkeep/v1/no-slot\0'), Buffer.from(login, 'utf8'))
}

/** For the vault that opens this account's machine slot: of no use for another's. */
export function machineStretched(machineKey: Uint8Array, account: AccountId): Buffer {
  const info = Buffer.concat([Buffer.from('mailkeep/v1/machine-slot'), accountIdToBytes(account)])
  return hkdf(machineKey, info, 64)
}
