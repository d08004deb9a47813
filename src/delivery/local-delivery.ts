// Delivery to an account of this server: trace fields, sealed to the account's key, durable in its log. The same for what comes from outside
// and for what a user sends to another.

import { wipe } from '#base/bytes.ts'
import type { AccountId } from '#base/ids.ts'
import type { MailStore } from './mail-store.ts'
import { type Outcome, ownOutcome } from './outcome.ts'
import type { QueuedMessage } from './queue-message.ts'
import type { RecipientKeys } from './recipient-keys.ts'
import { reply } from './reply.ts'
import { SealingMessage } from './seal.ts'
import { deliveryFields } from './trace.ts'

export interface LocalAccount {
  readonly kind: 'account'
  readonly account: AccountId
  /** As an age recipient. */
  readonly key: string
  readonly quotaBytes: number | null
}

export interface LocalParts {
  readonly store: MailStore
  readonly keys: RecipientKeys
  readonly hostName: string
  readonly now: () => number
}

const DELIVERED: Outcome = {
  kind: 'delivered',
  reply: { ...reply(250, '2.1.5', 'delivered to the mailbox'), host: null },
}

/** `content` is wiped piece by piece. Throws what it throws. */
export async function deliverLocally(
  parts: LocalParts,
  message: QueuedMessage,
  recipient: string,
  account: LocalAccount,
  content: Iterable<Uint8Array>,
): Promise<Outcome> {
  const { store, keys, hostName, now } = parts
  const hop = { from: null, by: hostName, protocol: null, tls: null, id: message.id, recipient, time: now() }
  const target = {
    account: account.account,
    key: keys.get(account.key),
    quotaBytes: account.quotaBytes,
    head: () => deliveryFields(hop, { sender: message.sender, recipient }),
  }
  using sealing = new SealingMessage(store, [target], message.sizeBytes)
  for (const piece of content) {
    await sealing.write(piece)
    wipe(piece)
  }
  const outcome = await sealing.commit()
  return outcome.kind === 'stored' ? DELIVERED : ownOutcome(outcome.reply)
}
