// Fills the log of an account as years of use would: messages sealed and appended, then filed, moved, flagged and expunged by journal records. Much
// faster than by way of mail programs, and the same to whoever reads the log.

import type { AccountId, MailboxId, Seq } from '#base/ids.ts'
import type { Recipient } from '#crypto/age/recipient.ts'
import { sealAge } from '#crypto/age/seal.ts'
import type { RootSecret } from '#keys/root.ts'
import type { Ledger } from '#ledger/ledger.ts'
import { type ChainHead, JournalSealer, nextHead } from '#account/journal.ts'
import { encodeOperation } from '#account/operation-codec.ts'
import type { JournalOperation } from '#account/operation.ts'
import { INBOX } from '#account/state.ts'
import { corpus } from './corpus.ts'

/** Of one append, and of one journal record, as an open account files them. */
const BATCH = 128
const ARCHIVE = 4 as MailboxId

export interface FilledAccount {
  readonly ledger: Ledger
  readonly account: AccountId
  readonly root: RootSecret
  readonly recipient: Recipient
  /** Of the journal as it is. */
  readonly chain: ChainHead
}

/** Resolves with the number of bytes of all messages. */
export async function fillAccount(parts: FilledAccount, count: number): Promise<number> {
  const { ledger, account, root, recipient } = parts
  using sealer = new JournalSealer(root, account)
  let { chain } = parts
  let bytes = 0
  let uid = 1
  let batch: { readonly payload: Uint8Array; readonly date: number; readonly isSeen: boolean }[] = []
  const flush = async (): Promise<void> => {
    const { firstSeq } = await ledger.append(
      account,
      batch.map(({ payload }) => ({ kind: 'mail', payload })),
    )
    const filed = batch.map(({ date, isSeen }, at): JournalOperation => ({
      kind: 'file',
      record: { seq: (firstSeq + at) as Seq },
      mailboxes: [INBOX],
      keywords: isSeen ? ['$seen'] : [],
      internalDate: date,
      thread: null,
      source: 'delivered',
    }))
    const first = uid
    uid += batch.length
    await commit(filed)
    // Most of it ends in the archive, some in nothing.
    if (first > BATCH)
      await commit([{ kind: 'move', from: INBOX, set: [[first - BATCH, first - 1 - BATCH / 8]], to: ARCHIVE }])
    if (first % 5 === 1) await commit([{ kind: 'remove', mailbox: INBOX, set: [[first, first]] }])
    batch = []
  }
  const commit = async (operations: readonly JournalOperation[]): Promise<void> => {
    const payload = sealer.seal(chain, 1_767_225_600_000, operations.map(encodeOperation))
    await ledger.append(account, [{ kind: 'journal', payload }])
    chain = nextHead(chain, payload)
  }
  for (const message of corpus(count)) {
    bytes += message.bytes.length
    batch.push({ payload: sealAge([recipient], message.bytes), date: message.date.getTime(), isSeen: message.isSeen })
    if (batch.length >= BATCH) await flush()
  }
  if (batch.length > 0) await flush()
  return bytes
}
