// What mail programs are told to connect to: the ports that are listened on, and where others lead there, what the configuration says.

import { CLIENT_PROTOCOLS, type ClientProtocol, type ClientSettings } from '#base/client-settings.ts'
import type { Configuration } from '#configuration/read.ts'

interface Listener {
  readonly protocol: string
  readonly port: number
}

export function clientSettings(
  hostname: string,
  listeners: readonly Listener[],
  { host, ports }: Configuration['clients'],
): ClientSettings {
  const portOf = (protocol: ClientProtocol): number | null => {
    const configured = ports[protocol]
    if (configured === 'off') return null
    return configured ?? listeners.find((listener) => listener.protocol === protocol)?.port ?? null
  }
  const entries = CLIENT_PROTOCOLS.map((protocol) => [protocol, portOf(protocol)] as const)
  return {
    host: (host ?? hostname).toLowerCase(),
    ports: Object.fromEntries(entries) as Record<ClientProtocol, number | null>,
  }
}
