// Names as a test gives them.

import type { DnsAnswer, MailExchange, MailResolver } from './dns.ts'

export class TestResolver implements MailResolver {
  readonly exchangesOf = new Map<string, readonly MailExchange[]>()
  readonly addressesOf = new Map<string, readonly string[]>()
  /** Domains and hosts about which nobody answers. */
  readonly silent = new Set<string>()
  readonly asked: string[] = []

  exchanges(domain: string): Promise<DnsAnswer<MailExchange>> {
    this.asked.push(`MX ${domain}`)
    return Promise.resolve(this.#answer(this.exchangesOf, domain))
  }

  addresses(host: string): Promise<DnsAnswer<string>> {
    this.asked.push(`A ${host}`)
    return Promise.resolve(this.#answer(this.addressesOf, host))
  }

  systemAddresses(host: string): Promise<DnsAnswer<string>> {
    this.asked.push(`host ${host}`)
    return Promise.resolve(this.#answer(this.addressesOf, host))
  }

  #answer<T>(records: ReadonlyMap<string, readonly T[]>, name: string): DnsAnswer<T> {
    if (this.silent.has(name)) return { kind: 'failed', code: 'ETIMEOUT' }
    const found = records.get(name)
    if (found !== undefined && found.length > 0) return { kind: 'found', records: found }
    const exists = this.exchangesOf.has(name) || this.addressesOf.has(name)
    return exists ? { kind: 'noRecords' } : { kind: 'noName' }
  }
}
