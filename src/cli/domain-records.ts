// The records that a domain's zone needs so that mail comes here and programs find their settings: MX, the names that programs ask
// (docs/adr/0090-autoconfiguration-for-other-names.md), and SRV (RFC 6186, RFC 8314 §5.1, RFC 8620 §2.2, RFC 5804 §1.8). As text they are lines of a
// zone file (RFC 1035 §5.1).

import type { ClientProtocol, ClientSettings } from '#base/client-settings.ts'

const TTL_SECONDS = 3_600
const MX_PREFERENCE = 10

export type DnsRecord = { readonly name: string; readonly ttl: number } & (
  | { readonly type: 'MX'; readonly preference: number; readonly exchange: string }
  | { readonly type: 'CNAME'; readonly target: string }
  | {
      readonly type: 'SRV'
      readonly priority: number
      readonly weight: number
      readonly port: number
      /** `.`: this domain does not have it (RFC 2782). */
      readonly target: string
    }
)

/** RFC 6186 §3.4: priorities say what is preferred, between TLS and STARTTLS and between IMAP and POP3. */
const SERVICES: readonly { readonly label: string; readonly protocol: ClientProtocol; readonly priority: number }[] = [
  { label: '_submissions', protocol: 'submissions', priority: 0 },
  { label: '_submission', protocol: 'submission', priority: 10 },
  { label: '_imaps', protocol: 'imaps', priority: 0 },
  { label: '_imap', protocol: 'imap', priority: 10 },
  { label: '_pop3s', protocol: 'pop3s', priority: 20 },
  { label: '_pop3', protocol: 'pop3', priority: 30 },
  { label: '_jmap', protocol: 'https', priority: 0 },
  { label: '_sieve', protocol: 'managesieve', priority: 0 },
  { label: '_autodiscover', protocol: 'https', priority: 0 },
]

export interface RecordSource {
  /** A-labels, without a dot at the end. */
  readonly domain: string
  /** Where mail comes. */
  readonly mailHost: string
  readonly clients: ClientSettings
  /** Ports at which mail comes in. */
  readonly smtpPorts: readonly number[]
}

/** Names have a dot at the end. */
export function domainRecords({ domain, mailHost, clients }: RecordSource): readonly DnsRecord[] {
  const { host, ports } = clients
  const asked = ports.https === null ? [] : ['autoconfig', 'autodiscover']
  return [
    {
      name: `${domain}.`,
      ttl: TTL_SECONDS,
      type: 'MX',
      preference: MX_PREFERENCE,
      exchange: `${mailHost.toLowerCase()}.`,
    },
    ...asked
      .map((label) => `${label}.${domain}`)
      .filter((name) => name !== host)
      .map((name): DnsRecord => ({ name: `${name}.`, ttl: TTL_SECONDS, type: 'CNAME', target: `${host}.` })),
    ...SERVICES.map(({ label, protocol, priority }): DnsRecord => {
      const port = ports[protocol]
      const common = { name: `${label}._tcp.${domain}.`, ttl: TTL_SECONDS, type: 'SRV' } as const
      return port === null
        ? { ...common, priority: 0, weight: 0, port: 0, target: '.' }
        : { ...common, priority, weight: 1, port, target: `${host}.` }
    }),
  ]
}

/** What has to be true besides, in sentences. */
export function recordNotes({ mailHost, clients: { host, ports }, smtpPorts }: RecordSource): readonly string[] {
  const hosts = [...new Set([mailHost.toLowerCase(), host])]
  if (hosts.includes('localhost')) {
    return ['No other machine finds localhost: set hostname in mailkeep.yaml to the public name of this server.']
  }
  const notes = hosts.map((name) => `${name} needs A and AAAA records with the addresses of this server.`)
  if (!smtpPorts.includes(25)) {
    notes.push(`Other servers bring mail to port 25, and Mailkeep listens at ${smtpPorts.join(', ')}: lead one there.`)
  }
  if (ports.https !== null && ports.https !== 443) {
    notes.push(
      `Programs ask autoconfig. and autodiscover. at port 443, and HTTPS is at ${ports.https}: lead one there, and say so in mailkeep.yaml (clients.ports).`,
    )
  }
  return notes
}

export function zoneLines(records: readonly DnsRecord[]): readonly string[] {
  const width = Math.max(...records.map(({ name }) => name.length))
  return records.map((record) => {
    const { name, ttl, type } = record
    return `${name.padEnd(width)} ${ttl} IN ${type.padEnd(5)} ${valueOf(record)}`
  })
}

function valueOf(record: DnsRecord): string {
  switch (record.type) {
    case 'MX':
      return `${record.preference} ${record.exchange}`
    case 'CNAME':
      return record.target
    case 'SRV':
      return `${record.priority} ${record.weight} ${record.port} ${record.target}`
  }
}
