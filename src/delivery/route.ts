// Where a message goes to get to an address elsewhere: to the relay that is configured, or to the mail exchangers of its domain (RFC 5321 §5,
// RFC 7505).
//
// A server at home sends through its owner's provider: without a relay, and unless it is told to deliver directly, it sends nothing, and says so
// when the message is submitted. Mail never goes back to this server: exchangers at and behind its own preference are left out, and so are
// addresses that can only be this machine's or its network's own.

import { ipAddressBytes } from '#crypto/ip-address.ts'
import type { MailExchange, MailResolver } from '#platform/dns.ts'
import type { SmtpPeer, SmtpTls } from '#platform/smtp-client.ts'
import { type Reply, reply } from './reply.ts'

export interface Relay {
  readonly host: string
  readonly port: number
  readonly tls: SmtpTls
  readonly credentials: SmtpPeer['credentials']
}

export interface Routing {
  /** For everything that is not local. */
  readonly relay: Relay | null
  /** Without a relay: deliver to the exchangers themselves. */
  readonly direct: boolean
  /** Names under which other servers know this one, in lower case. */
  readonly ownNames: readonly string[]
  /** For tests on one machine: another port than 25, and loopback addresses. */
  readonly port?: number
  readonly loopback?: boolean
}

/** What one connection can serve. Two of the same key are the same. */
export type Destination =
  | { readonly kind: 'relay'; readonly key: string; readonly relay: Relay }
  /** `domain` in ASCII and lower case. */
  | { readonly kind: 'domain'; readonly key: string; readonly domain: string }
  | { readonly kind: 'address'; readonly key: string; readonly address: string }

/** A host to try, with what finds its addresses. */
export interface RouteHost {
  readonly name: string
  readonly port: number
  readonly tls: SmtpTls
  readonly credentials: SmtpPeer['credentials']
  addresses(): Promise<readonly string[] | Reply>
}

const SMTP_PORT = 25
/** The most that are tried in one attempt. */
const HOSTS_MAX = 8
const ADDRESSES_MAX = 8

const NO_RELAY = reply(
  550,
  '5.4.4',
  'this server sends no mail to others: no relay is configured, and direct delivery is off',
)

/** Why nothing can be sent elsewhere; null if it can. To be asked when a message is submitted. */
export function noRouteReply({ relay, direct }: Routing): Reply | null {
  return relay === null && !direct ? NO_RELAY : null
}

/** A permanent failure if there can be no way. */
export function destinationOf(address: string, routing: Routing): Destination | Reply {
  const { relay } = routing
  if (relay !== null) return { kind: 'relay', key: `relay ${relay.host}:${relay.port}`, relay }
  const refusal = noRouteReply(routing)
  if (refusal !== null) return refusal
  const domain = address.slice(address.lastIndexOf('@') + 1)
  if (domain.startsWith('[')) return literalDestination(domain)
  const ascii = asciiDomain(domain)
  if (ascii === null) return reply(553, '5.1.2', 'the domain of this address cannot exist')
  return { kind: 'domain', key: ascii, domain: ascii }
}

/** The hosts to try, in order; or a failure, permanent or not. `random`: from 0 up to, not including, 1. */
export async function routeTo(
  destination: Destination,
  routing: Routing,
  resolver: MailResolver,
  random: () => number,
): Promise<readonly RouteHost[] | Reply> {
  switch (destination.kind) {
    case 'relay': {
      const { host, port, tls, credentials } = destination.relay
      return [{ name: host, port, tls, credentials, addresses: () => relayAddresses(host, resolver) }]
    }
    case 'address': {
      const { address } = destination
      const addresses = usable([address], routing)
      if (addresses.length === 0) return LOOP
      return [exchangeHost(address, routing, () => Promise.resolve(addresses))]
    }
    case 'domain':
      return routeToDomain(destination.domain, routing, resolver, random)
  }
}

const LOOP = reply(554, '5.4.6', 'mail for this address would come back to this server')

async function routeToDomain(
  domain: string,
  routing: Routing,
  resolver: MailResolver,
  random: () => number,
): Promise<readonly RouteHost[] | Reply> {
  const host = (name: string): RouteHost =>
    exchangeHost(name, routing, () => exchangeAddresses(name, routing, resolver))
  const found = await resolver.exchanges(domain)
  switch (found.kind) {
    case 'noName':
      return reply(550, '5.1.2', 'the domain of this address does not exist')
    case 'failed':
      return reply(451, '4.4.3', `looking up the domain of this address failed: ${found.code}`)
    case 'noRecords':
      // RFC 5321 §5.1: the implicit exchanger.
      return isOwn(domain, routing) ? LOOP : [host(domain)]
    case 'found': {
      // RFC 7505.
      if (found.records.every(({ host }) => host === '')) {
        return reply(556, '5.1.10', 'the domain of this address takes no mail')
      }
      const exchanges = sorted(found.records, random).filter((exchange) => exchange.host !== '')
      const own = exchanges.find((exchange) => isOwn(exchange.host, routing))
      // RFC 5321 §5.1: never to one's own preference or a worse one.
      const better = own === undefined ? exchanges : exchanges.filter((one) => one.preference < own.preference)
      return better.length === 0 ? LOOP : better.slice(0, HOSTS_MAX).map((exchange) => host(exchange.host))
    }
  }
}

/** By preference; equal ones in random order. */
function sorted(exchanges: readonly MailExchange[], random: () => number): MailExchange[] {
  const keyed = exchanges.map((exchange) => ({ exchange, key: random() }))
  keyed.sort((a, b) => a.exchange.preference - b.exchange.preference || a.key - b.key)
  return keyed.map(({ exchange }) => exchange)
}

function isOwn(host: string, { ownNames }: Routing): boolean {
  return ownNames.includes(host.toLowerCase())
}

function exchangeHost(name: string, routing: Routing, addresses: RouteHost['addresses']): RouteHost {
  return { name, port: routing.port ?? SMTP_PORT, tls: 'opportunistic', credentials: null, addresses }
}

async function exchangeAddresses(
  host: string,
  routing: Routing,
  resolver: MailResolver,
): Promise<readonly string[] | Reply> {
  const found = await resolver.addresses(host)
  switch (found.kind) {
    case 'found': {
      const addresses = usable(found.records, routing)
      return addresses.length === 0 ? LOOP : addresses.slice(0, ADDRESSES_MAX)
    }
    case 'noName':
    case 'noRecords':
      return reply(550, '5.4.4', 'the mail exchanger of this address has no IP address')
    case 'failed':
      return reply(451, '4.4.3', `looking up the mail exchanger of this address failed: ${found.code}`)
  }
}

/** A relay is our own choice: whatever is wrong with it may be put right. */
async function relayAddresses(host: string, resolver: MailResolver): Promise<readonly string[] | Reply> {
  if (ipAddressBytes(host) !== null) return [host]
  const found = await resolver.systemAddresses(host)
  if (found.kind === 'found') return found.records.slice(0, ADDRESSES_MAX)
  return reply(
    451,
    '4.4.3',
    `the relay ${host} cannot be found: ${found.kind === 'failed' ? found.code : 'no address'}`,
  )
}

function literalDestination(literal: string): Destination | Reply {
  const address = /^\[(?:IPv6:)?([0-9A-Fa-f.:]+)\]$/i.exec(literal)?.[1] ?? ''
  if (ipAddressBytes(address) === null) return reply(553, '5.1.2', 'the domain of this address cannot exist')
  return { kind: 'address', key: `[${address.toLowerCase()}]`, address }
}

const DOMAIN = /^[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*$/
const DOMAIN_LENGTH_MAX = 253

/** RFC 5890: as DNS knows it. Null for what is none. */
function asciiDomain(domain: string): string | null {
  const plain = domain.toLowerCase().replace(/\.$/, '')
  // What means something else in a URL, which is asked for the ASCII form.
  if (/[\s/:?#@\\%[\]<>^|]/.test(plain)) return null
  // eslint-disable-next-line no-control-regex -- exactly the bytes of ASCII
  const ascii = /^[\x00-\x7f]*$/.test(plain) ? plain : (URL.parse(`http://${plain}/`)?.hostname ?? '')
  return ascii.length <= DOMAIN_LENGTH_MAX && DOMAIN.test(ascii) && !/^[0-9.]+$/.test(ascii) ? ascii : null
}

/** Without those that no other mail server can have. */
function usable(addresses: readonly string[], { loopback }: Routing): readonly string[] {
  return addresses.filter((address) => loopback === true || !isOfThisHost(address))
}

function isOfThisHost(address: string): boolean {
  const bytes = ipAddressBytes(address)
  // IPv4 in IPv6 and the like.
  if (bytes === null) return true
  const [first = 0, second = 0] = bytes
  if (bytes.length === 4) return first === 0 || first === 127 || first >= 224 || (first === 169 && second === 254)
  const isZeroUpTo = (end: number): boolean => bytes.subarray(0, end).every((byte) => byte === 0)
  return isZeroUpTo(10) || first === 0xff || (first === 0xfe && (second & 0xc0) === 0x80)
}
