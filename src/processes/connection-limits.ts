// How many connections one client address may have at a time; IPv6 clients count by their /64. Clients on this machine are not counted.

import { ipAddressBytes } from '#crypto/ip-address.ts'

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** What addresses of one customer have in common. */
export function networkOf(address: string): string {
  const bytes = ipAddressBytes(address)
  if (bytes === null) return address
  return (bytes.length === 16 ? bytes.subarray(0, 8) : bytes).toString('hex')
}

export class ConnectionLimits {
  readonly #perAddressMax: number
  readonly #counts = new Map<string, number>()

  constructor(perAddressMax: number) {
    this.#perAddressMax = perAddressMax
  }

  /** Null: there are too many already. Otherwise to be called when the connection has gone. */
  enter(address: string): (() => void) | null {
    if (isLoopback(address)) return () => undefined
    const network = networkOf(address)
    const count = this.#counts.get(network) ?? 0
    if (count >= this.#perAddressMax) return null
    this.#counts.set(network, count + 1)
    return () => {
      const left = (this.#counts.get(network) ?? 1) - 1
      if (left === 0) this.#counts.delete(network)
      else this.#counts.set(network, left)
    }
  }
}
