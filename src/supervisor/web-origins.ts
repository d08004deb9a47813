// From where browsers come to this server, as they write it (RFC 6454 §6.1): what passkeys are bound to. A passkey is made for a host name, never for an IP
// address. In the clear only at `localhost`, which browsers take for as safe as TLS.

/** As many as `control.ts` carries. */
const WEB_ORIGINS_MAX = 32

interface WebListener {
  readonly protocol: string
  readonly port: number
}

const DEFAULT_PORT = { https: 443, http: 80 } as const

/** `further`: as configured, where ports are forwarded. */
export function webOrigins(hostname: string, listeners: readonly WebListener[], further: readonly string[]): string[] {
  const name = hostname.toLowerCase()
  const own = listeners.flatMap(({ protocol, port }) => {
    if (protocol === 'https') return [originOf('https', name, port), originOf('https', 'localhost', port)]
    return protocol === 'http' ? [originOf('http', 'localhost', port)] : []
  })
  return [...new Set([...own, ...further])].slice(0, WEB_ORIGINS_MAX)
}

function originOf(scheme: 'https' | 'http', host: string, port: number): string {
  return `${scheme}://${host}${port === DEFAULT_PORT[scheme] ? '' : `:${port}`}`
}
