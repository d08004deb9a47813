// A stored message in verified pieces, so that of a large one only a part is in memory.

import type { EmailId } from '#base/ids.ts'
import { type Account, DamagedMessageError } from '#account/account.ts'

const PIECE_BYTES = 1_048_576

/** Each piece is valid until the next is asked for. Throws DamagedMessageError. */
export async function* messagePieces(account: Account, email: EmailId, sizeBytes: number): AsyncGenerator<Uint8Array> {
  if (sizeBytes <= PIECE_BYTES) {
    using opened = await account.open(email)
    yield opened.bytes
    return
  }
  for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
    using opened = await account.openRange(email, at, Math.min(at + PIECE_BYTES, sizeBytes))
    yield opened.bytes
  }
}

/**
 * Resolves with its size if all of it can be served: a reply that has begun cannot be taken back. Throws DamagedMessageError,
 * also for an e-mail whose place a notice of damage takes.
 */
export async function verifyMessage(account: Account, email: EmailId): Promise<number> {
  if (account.email(email)?.damaged === true) {
    // To open it is to look whether it has been repaired.
    const opened = await account.open(email)
    opened[Symbol.dispose]()
    if (account.email(email)?.damaged === true) throw new DamagedMessageError('the e-mail is damaged')
  }
  const sizeBytes = account.sizes([email])[0] ?? 0
  // A message of one piece is verified as it is read, before anything of it is sent.
  if (sizeBytes > PIECE_BYTES) for await (const piece of messagePieces(account, email, sizeBytes)) void piece
  return sizeBytes
}
