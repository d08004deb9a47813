// Delivery to another server: its hosts in order, each host's addresses in order, until one of them answers for the message. What was said about a
// recipient there counts; hosts that cannot be talked to are passed over (RFC 5321 §5.1).

import type { MailResolver } from '#platform/dns.ts'
import type { SmtpClient, SmtpMessage, SmtpReply, SmtpResult, TlsReport } from '#platform/smtp-client.ts'
import { type Outcome, noSessionOutcome, ownOutcome, recipientOutcome } from './outcome.ts'
import { type Destination, type RouteHost, type Routing, routeTo } from './route.ts'

export interface RemoteParts {
  readonly client: SmtpClient
  readonly resolver: MailResolver
  readonly routing: Routing
  /** From 0 up to, not including, 1. */
  readonly random: () => number
}

export interface RemoteResult {
  /** In the order of the recipients. */
  readonly outcomes: readonly Outcome[]
  /** Of the session, if there was one. */
  readonly tls: TlsReport | null
}

/** Connections of one attempt. */
const CONNECTIONS_MAX = 6

/** `message.recipients` are all for the destination. Throws what the message's content throws. */
export async function deliverRemotely(
  parts: RemoteParts,
  destination: Destination,
  message: SmtpMessage,
  signal: AbortSignal,
): Promise<RemoteResult> {
  const hosts = await routeTo(destination, parts.routing, parts.resolver, parts.random)
  if (!isHosts(hosts)) return forAll(message, ownOutcome(hosts))
  /** What is told if no host takes it: the last one's reason, but a temporary one before one for good. */
  let failure: Outcome | null = null
  let connections = 0
  for (const host of hosts) {
    const addresses = await host.addresses()
    if (!isAddresses(addresses)) {
      const outcome = ownOutcome(addresses)
      if (failure === null || outcome.kind === 'delayed') failure = outcome
      continue
    }
    for (const address of addresses) {
      if (connections++ >= CONNECTIONS_MAX || signal.aborted) break
      const result = await parts.client.deliver({ ...host, address }, message, signal)
      if (result.kind === 'session') return sessionResult(host, result)
      failure = noSessionOutcome(host.name, result.reason, result.reply)
    }
  }
  return forAll(message, failure ?? noSessionOutcome(destination.key, 'given up', null))
}

function sessionResult(host: RouteHost, session: Extract<SmtpResult, { readonly kind: 'session' }>): RemoteResult {
  const { recipients, tls } = session
  const accepted = recipients.some(({ kind }) => kind === 'accepted')
  return { outcomes: recipients.map((result) => recipientOutcome(host.name, result, accepted)), tls }
}

function forAll({ recipients }: SmtpMessage, outcome: Outcome): RemoteResult {
  return { outcomes: recipients.map(() => outcome), tls: null }
}

function isHosts(route: readonly RouteHost[] | SmtpReply): route is readonly RouteHost[] {
  return Array.isArray(route)
}

function isAddresses(found: readonly string[] | SmtpReply): found is readonly string[] {
  return Array.isArray(found)
}
