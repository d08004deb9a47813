// The configuration file that Thunderbird and programs after its example ask for (draft-ietf-mailmaint-autoconfig, "Data format"; Mozilla's
// "Autoconfig file format", version 1.1). It says the same to whoever asks about a domain: the name of the user is a placeholder that the program
// fills in, so that nothing in it depends on an account.

import type { ClientSettings } from '#base/client-settings.ts'
import { type MailService, httpsOrigin, mailServices } from './mail-service.ts'
import { element, textElement, xmlDocument, xmlText } from './xml.ts'

/** Longer names are refused by the draft. */
const DISPLAY_NAME_LENGTH_MAX = 60
const SHORT_NAME_LENGTH_MAX = 20
const USER = textElement('username', '%EMAILADDRESS%')

export interface ConfiguredDomain {
  /** A-labels. */
  readonly name: string
  /** As people write it. */
  readonly displayName: string
}

/** Null if there is nothing to be told: no way in, or none out. */
export function autoconfigDocument(settings: ClientSettings, domain: ConfiguredDomain): Buffer | null {
  const services = mailServices(settings)
  const incoming = services.filter(({ protocol }) => protocol !== 'smtp')
  const outgoing = services.filter(({ protocol }) => protocol === 'smtp')
  if (incoming.length === 0 || outgoing.length === 0) return null
  const origin = httpsOrigin(settings)
  const provider = element(`emailProvider id="${xmlText(domain.name)}"`, [
    textElement('domain', domain.name),
    textElement('displayName', cut(domain.displayName, DISPLAY_NAME_LENGTH_MAX)),
    textElement('displayShortName', cut(domain.displayName, SHORT_NAME_LENGTH_MAX)),
    ...incoming.map((service) => serverElement('incomingServer', settings.host, service)),
    // Programs that do not know it must go on (draft, "Multiple server sections"); those that prefer the first take IMAP.
    ...(origin === null ? [] : [jmapElement(origin)]),
    ...outgoing.map((service) => serverElement('outgoingServer', settings.host, service)),
  ])
  const webMail = origin === null ? [] : [element('webMail', [`<loginPage url="${xmlText(origin)}/"/>`])]
  return xmlDocument(element('clientConfig version="1.1"', [provider, ...webMail]))
}

function serverElement(name: string, host: string, { protocol, tls, port }: MailService): string {
  return element(`${name} type="${protocol}"`, [
    textElement('hostname', host),
    textElement('port', port),
    textElement('socketType', tls === 'implicit' ? 'SSL' : 'STARTTLS'),
    textElement('authentication', 'password-cleartext'),
    USER,
    // A program that fetches and deletes is a choice of its owner's.
    ...(protocol === 'pop3' ? [element('pop3', [textElement('leaveMessagesOnServer', 'true')])] : []),
  ])
}

function jmapElement(origin: string): string {
  return element('incomingServer type="jmap"', [
    textElement('url', `${origin}/.well-known/jmap`),
    textElement('authentication', 'http-basic'),
    USER,
  ])
}

function cut(text: string, max: number): string {
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`
}
