// One attempt to deliver a queued message: which recipients go where, and what became of them.
//
// A recipient who is on this server gets a delivery of their own; those who are reached by the same connection share one, up to 100 at a time
// (RFC 5321 §4.5.3.1.8). Nothing here is durable, and nothing here throws: `verdict.ts` says what has to be recorded.

import { DiskError } from '#platform/disk.ts'
import type { SmtpMessage, TlsReport } from '#platform/smtp-client.ts'
import { type LocalAccount, type LocalParts, deliverLocally } from './local-delivery.ts'
import { type Outcome, ownOutcome } from './outcome.ts'
import { ContentDamagedError } from './queue-errors.ts'
import type { QueueId, QueuedMessage } from './queue-message.ts'
import { type RemoteParts, deliverRemotely } from './remote-delivery.ts'
import { type Reply, reply } from './reply.ts'
import { type Destination, destinationOf } from './route.ts'

/** Who an address is to this server. */
export type Resolution =
  | LocalAccount
  /** Its domain is not ours. */
  | { readonly kind: 'remote' }
  /** Its domain is ours, and nobody has it; or nobody may write to it now. */
  | { readonly kind: 'refused'; readonly reply: Reply }

/** In the order of the addresses. Whatever it throws: it is tried again later. */
type ResolveLocal = (addresses: readonly string[]) => Promise<readonly Resolution[]>

export interface AttemptParts extends LocalParts, RemoteParts {
  readonly resolveLocal: ResolveLocal
  /** Of a queued message, as `Queue.content`. */
  content(id: QueueId): Iterable<Buffer>
  /** Something went wrong that should not: for the log. */
  report(error: unknown): void
}

/** A part of an attempt that stands by itself. */
export type Delivery =
  | { readonly kind: 'local'; readonly key: string; readonly recipients: readonly number[]; readonly to: LocalAccount }
  | {
      readonly kind: 'remote'
      readonly key: string
      readonly recipients: readonly number[]
      readonly to: Destination
    }
  /** It is clear without trying. */
  | { readonly kind: 'none'; readonly key: string; readonly recipients: readonly number[]; readonly outcome: Outcome }

/** Recipients by their position in the message. */
export type Outcomes = ReadonlyMap<number, Outcome>

export interface DeliveryResult {
  readonly outcomes: Outcomes
  readonly tls: TlsReport | null
}

const RECIPIENTS_MAX = 100

/** The deliveries that the recipients at these positions need. */
export async function planDeliveries(
  parts: AttemptParts,
  message: QueuedMessage,
  positions: readonly number[],
): Promise<readonly Delivery[]> {
  const addresses = positions.map((position) => message.recipients[position]?.address ?? '')
  let resolutions: readonly Resolution[]
  try {
    resolutions = await parts.resolveLocal(addresses)
  } catch (error) {
    parts.report(error)
    return [noDelivery(positions, reply(451, '4.3.0', 'looking up the address failed'))]
  }
  const deliveries: Delivery[] = []
  const remote = new Map<string, { readonly to: Destination; readonly recipients: number[] }>()
  for (const [index, position] of positions.entries()) {
    const resolution = resolutions[index]
    if (resolution === undefined) {
      deliveries.push(noDelivery([position], reply(451, '4.3.0', 'looking up the address failed')))
    } else if (resolution.kind === 'account') {
      deliveries.push({ kind: 'local', key: 'local', recipients: [position], to: resolution })
    } else if (resolution.kind === 'refused') {
      deliveries.push(noDelivery([position], resolution.reply))
    } else {
      const to = destinationOf(addresses[index] ?? '', parts.routing)
      if (!('kind' in to)) deliveries.push(noDelivery([position], to))
      else {
        const together = remote.get(to.key)
        if (together === undefined) remote.set(to.key, { to, recipients: [position] })
        else together.recipients.push(position)
      }
    }
  }
  for (const [key, { to, recipients }] of remote) {
    for (let at = 0; at < recipients.length; at += RECIPIENTS_MAX) {
      deliveries.push({ kind: 'remote', key, to, recipients: recipients.slice(at, at + RECIPIENTS_MAX) })
    }
  }
  return deliveries
}

function noDelivery(recipients: readonly number[], refusal: Reply): Delivery {
  return { kind: 'none', key: 'none', recipients, outcome: ownOutcome(refusal) }
}

/** Always resolves, with an outcome for each of the delivery's recipients. */
export async function attemptDelivery(
  parts: AttemptParts,
  message: QueuedMessage,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  try {
    return await attempt(parts, message, delivery, signal)
  } catch (error) {
    parts.report(error)
    const outcome = ownOutcome(contentReply(error))
    return { outcomes: new Map(delivery.recipients.map((position) => [position, outcome])), tls: null }
  }
}

async function attempt(
  parts: AttemptParts,
  message: QueuedMessage,
  delivery: Delivery,
  signal: AbortSignal,
): Promise<DeliveryResult> {
  const { recipients } = delivery
  const addresses = recipients.map((position) => message.recipients[position]?.address ?? '')
  switch (delivery.kind) {
    case 'none':
      return { outcomes: new Map(recipients.map((position) => [position, delivery.outcome])), tls: null }
    case 'local': {
      const content = parts.content(message.id)
      const outcome = await deliverLocally(parts, message, addresses[0] ?? '', delivery.to, content)
      return { outcomes: new Map(recipients.map((position) => [position, outcome])), tls: null }
    }
    case 'remote': {
      const sent: SmtpMessage = { ...message, recipients: addresses, content: () => parts.content(message.id) }
      const { outcomes, tls } = await deliverRemotely(parts, delivery.to, sent, signal)
      return { outcomes: new Map(recipients.map((position, index) => [position, outcomes[index] as Outcome])), tls }
    }
  }
}

function contentReply(error: unknown): Reply {
  if (error instanceof ContentDamagedError) return reply(554, '5.3.0', 'the stored message is damaged')
  const detail = error instanceof DiskError ? 'the stored message cannot be read now' : 'an error in this server'
  return reply(451, '4.3.0', detail)
}
