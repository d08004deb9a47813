// What Microsoft's programs are told (MS-OXDSCLI §2.2.4, POX): one server for each protocol, that of TLS from the first byte where there is one, and the
// name to log in with. Of an error there is a code, which is sent with status 200 (§3.2.5.1).

import type { ClientSettings } from '#base/client-settings.ts'
import { type MailService, mailServices } from './mail-service.ts'
import { element, textElement, xmlDocument } from './xml.ts'

const OUTER = 'http://schemas.microsoft.com/exchange/autodiscover/responseschema/2006'
export const OUTLOOK_SCHEMA = 'http://schemas.microsoft.com/exchange/autodiscover/outlook/responseschema/2006a'

const TYPES: Readonly<Record<MailService['protocol'], string>> = { imap: 'IMAP', pop3: 'POP3', smtp: 'SMTP' }

/** `address` in canonical form. Null if there is nothing to be told: no way in, or none out. */
export function autodiscoverDocument(settings: ClientSettings, address: string): Buffer | null {
  const services = mailServices(settings)
  // Programs take one of each: the first, and that is the one.
  const first = Object.keys(TYPES).flatMap((type) => services.find(({ protocol }) => protocol === type) ?? [])
  if (!first.some(({ protocol }) => protocol === 'smtp') || first.length < 2) return null
  const account = element('Account', [
    textElement('AccountType', 'email'),
    textElement('Action', 'settings'),
    ...first.map((service) => protocolElement(settings.host, address, service)),
  ])
  return xmlDocument(
    element(`Autodiscover xmlns="${OUTER}"`, [element(`Response xmlns="${OUTLOOK_SCHEMA}"`, [account])]),
  )
}

function protocolElement(host: string, address: string, { protocol, tls, port }: MailService): string {
  return element('Protocol', [
    textElement('Type', TYPES[protocol]),
    textElement('Server', host),
    textElement('Port', port),
    textElement('DomainRequired', 'off'),
    textElement('LoginName', address),
    textElement('SPA', 'off'),
    textElement('SSL', 'on'),
    // It goes before SSL where a program knows it (§2.2.4.1.1.2.6.11): TLS is STARTTLS here.
    textElement('Encryption', tls === 'implicit' ? 'SSL' : 'TLS'),
    textElement('AuthRequired', 'on'),
    ...(protocol === 'smtp' ? [textElement('UsePOPAuth', 'on'), textElement('SMTPLast', 'off')] : []),
  ])
}

const ERRORS = {
  notFound: [500, 'The e-mail address cannot be found.'],
  invalidRequest: [600, 'Invalid Request'],
  unknownSchema: [601, 'Provider is not available'],
} as const

export type AutodiscoverError = keyof typeof ERRORS

/** `nowMs` since 1970, UTC. */
export function autodiscoverError(kind: AutodiscoverError, nowMs: number): Buffer {
  const [code, message] = ERRORS[kind]
  const time = new Date(nowMs).toISOString().slice(11, 23)
  const error = element(`Error Time="${time}" Id="0"`, [
    textElement('ErrorCode', code),
    textElement('Message', message),
    '<DebugData/>',
  ])
  return xmlDocument(element(`Autodiscover xmlns="${OUTER}"`, [element('Response', [error])]))
}
