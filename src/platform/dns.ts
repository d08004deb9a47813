// Names of the network: what a server that sends mail asks of DNS. Answers are values; nothing throws. What is looked up and answered is
// bounded in number and in time.

import { Resolver, lookup } from 'node:dns/promises'
import { isIP } from 'node:net'

export type DnsAnswer<T> =
  /** At least one. */
  | { readonly kind: 'found'; readonly records: readonly T[] }
  /** There is no such name. */
  | { readonly kind: 'noName' }
  /** The name has no records of this type. */
  | { readonly kind: 'noRecords' }
  /** Nobody answered, or not in a way that can be understood: another time, perhaps. */
  | { readonly kind: 'failed'; readonly code: string }

export interface MailExchange {
  readonly preference: number
  /** Without a dot at its end; empty for the root. */
  readonly host: string
}

export interface MailResolver {
  /** MX records, in no order. */
  exchanges(domain: string): Promise<DnsAnswer<MailExchange>>
  /** A records, then AAAA records, as text. */
  addresses(host: string): Promise<DnsAnswer<string>>
  /** As this machine itself finds hosts: its hosts file, then whatever it is configured to ask. */
  systemAddresses(host: string): Promise<DnsAnswer<string>>
}

export interface ResolverOptions {
  /** IP addresses, with `:port` if it is another than 53; those of the system if there are none. */
  readonly servers?: readonly string[]
  readonly timeoutMs?: number
  readonly tries?: number
}

const RECORDS_MAX = 50
const TIMEOUT_MS = 5000
const TRIES = 3

export function systemResolver(options: ResolverOptions = {}): MailResolver {
  const { servers = [], timeoutMs = TIMEOUT_MS, tries = TRIES } = options
  const resolver = new Resolver({ timeout: timeoutMs, tries })
  if (servers.length > 0) resolver.setServers(servers)
  return {
    exchanges: (domain) =>
      answer(async () => {
        const records = await resolver.resolveMx(domain)
        return records.map(({ priority, exchange }) => ({ preference: priority, host: exchange.replace(/\.$/, '') }))
      }),
    async addresses(host) {
      const both = [answer(() => resolver.resolve4(host)), answer(() => resolver.resolve6(host))] as const
      return joined(...(await Promise.all(both)))
    },
    systemAddresses: (host) =>
      answer(async () => {
        const found = await inTime(lookup(host, { all: true, order: 'ipv4first' }), timeoutMs * tries)
        return found.map(({ address }) => address)
      }),
  }
}

async function answer<T>(look: () => Promise<readonly T[]>): Promise<DnsAnswer<T>> {
  try {
    const records = await look()
    return records.length === 0 ? { kind: 'noRecords' } : { kind: 'found', records: records.slice(0, RECORDS_MAX) }
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    // EBADNAME: such a name cannot exist.
    if (code === 'ENOTFOUND' || code === 'EBADNAME') return { kind: 'noName' }
    return code === 'ENODATA' ? { kind: 'noRecords' } : { kind: 'failed', code: code ?? 'EUNKNOWN' }
  }
}

/** What of the two is found is good enough; that there is nothing takes both to say. */
function joined(four: DnsAnswer<string>, six: DnsAnswer<string>): DnsAnswer<string> {
  const records = [four, six].flatMap((one) => (one.kind === 'found' ? one.records : []))
  if (records.length > 0) return { kind: 'found', records }
  if (four.kind === 'failed') return four
  if (six.kind === 'failed') return six
  return four.kind === 'noName' ? four : six
}

function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<T>()
  const timer = setTimeout(() => reject(Object.assign(new Error('timed out'), { code: 'ETIMEOUT' })), timeoutMs)
  return Promise.race([promise, late]).finally(() => clearTimeout(timer))
}

/** An IP address of either family as text. */
export function isIpAddress(text: string): boolean {
  return isIP(text) !== 0
}
