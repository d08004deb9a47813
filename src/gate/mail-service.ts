// The services that documents of autoconfiguration name, in the order in which a program should try them: what is in TLS from the first byte before
// STARTTLS (RFC 8314 §3), IMAP before POP3.

import type { ClientSettings } from '#base/client-settings.ts'

export interface MailService {
  readonly protocol: 'imap' | 'pop3' | 'smtp'
  readonly tls: 'implicit' | 'starttls'
  readonly port: number
}

const SERVICES = [
  { setting: 'imaps', protocol: 'imap', tls: 'implicit' },
  { setting: 'imap', protocol: 'imap', tls: 'starttls' },
  { setting: 'pop3s', protocol: 'pop3', tls: 'implicit' },
  { setting: 'pop3', protocol: 'pop3', tls: 'starttls' },
  { setting: 'submissions', protocol: 'smtp', tls: 'implicit' },
  { setting: 'submission', protocol: 'smtp', tls: 'starttls' },
] as const

export function mailServices({ ports }: ClientSettings): readonly MailService[] {
  return SERVICES.flatMap(({ setting, protocol, tls }) => {
    const port = ports[setting]
    return port === null ? [] : [{ protocol, tls, port }]
  })
}

/** `https://mail.example.org:8443`; null if nobody is told of HTTPS. */
export function httpsOrigin({ host, ports: { https } }: ClientSettings): string | null {
  if (https === null) return null
  return `https://${host}${https === 443 ? '' : `:${https}`}`
}
