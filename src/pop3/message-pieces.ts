// A stored message in verified pieces, so that of a large one only a part is in memory.

import type { EmailId } from '#base/ids.ts'
import { TimeSlice } from '#base/time-slice.ts'
import { DamagedMessageError } from '#account/account.ts'
import type { Session } from './session.ts'

const PIECE_BYTES = 1_048_576

/** Each piece is valid until the next is asked for; other sessions have their turn between them. Throws DamagedMessageError. */
export async function* messagePieces(
  { account, host }: Pick<Session, 'account' | 'host'>,
  email: EmailId,
  sizeBytes: number,
): AsyncGenerator<Uint8Array> {
  if (sizeBytes <= PIECE_BYTES) {
    using opened = await account.open(email)
    yield opened.bytes
    return
  }
  const slice = new TimeSlice(host)
  for (let at = 0; at < sizeBytes; at += PIECE_BYTES) {
    using opened = await account.openRange(email, at, Math.min(at + PIECE_BYTES, sizeBytes))
    yield opened.bytes
    if (slice.isOver) await slice.next()
  }
}

/**
 * Resolves with its size if all of it can be served: a reply that has begun cannot be taken back. Throws DamagedMessageError,
 * also for an e-mail whose place a notice of damage takes.
 */
export async function verifyMessage(session: Pick<Session, 'account' | 'host'>, email: EmailId): Promise<number> {
  const { account } = session
  if (account.email(email)?.damaged === true) {
    // To open it is to look whether it has been repaired.
    const opened = await account.open(email)
    opened[Symbol.dispose]()
    if (account.email(email)?.damaged === true) throw new DamagedMessageError('the e-mail is damaged')
  }
  const sizeBytes = account.sizes([email])[0] ?? 0
  // A message of one piece is verified as it is read, before anything of it is sent.
  if (sizeBytes > PIECE_BYTES) for await (const piece of messagePieces(session, email, sizeBytes)) void piece
  return sizeBytes
}
