// Where mail programs are told to connect to: what autoconfiguration and the records for name servers are made of.

/** As in `src/supervisor/plan.ts`; the implicit TLS of each before its STARTTLS, which is the order in which programs should want them (RFC 8314 §3). */
export const CLIENT_PROTOCOLS = [
  'imaps',
  'imap',
  'pop3s',
  'pop3',
  'submissions',
  'submission',
  'managesieve',
  'https',
] as const

export type ClientProtocol = (typeof CLIENT_PROTOCOLS)[number]

export interface ClientSettings {
  /** A host name. */
  readonly host: string
  /** Null: programs are not told of it. */
  readonly ports: Readonly<Record<ClientProtocol, number | null>>
}
