// A configuration profile for Apple's Mail (Apple, "Device Management: TopLevel, Mail"): a property list with one mail account. No password is in it:
// the device asks. It is not signed: devices then say that it is not, which a self-made signature would not better.
//
// The same address gets the same identifiers, so that a profile that is installed again takes the place of the one before.

import type { ClientSettings } from '#base/client-settings.ts'
import { sha256 } from '#crypto/hash.ts'
import { type MailService, mailServices } from './mail-service.ts'
import { element, textElement, xmlText } from './xml.ts'

export const PROFILE_TYPE = 'application/x-apple-aspen-config'

type Value = string | number | boolean | readonly Dictionary[]
interface Dictionary {
  readonly [key: string]: Value
}

const DOCTYPE = '<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">'

/** `address` in canonical form. Null if there is nothing to be told: no way in, or none out. */
export function appleProfile(settings: ClientSettings, address: string): Buffer | null {
  const services = mailServices(settings)
  const incoming = services.find(({ protocol }) => protocol !== 'smtp')
  const outgoing = services.find(({ protocol }) => protocol === 'smtp')
  if (incoming === undefined || outgoing === undefined) return null
  const profile: Dictionary = {
    PayloadType: 'Configuration',
    PayloadVersion: 1,
    PayloadIdentifier: `mailkeep.profile.${identifier('profile', settings.host, address)}`,
    PayloadUUID: identifier('profile', settings.host, address),
    PayloadDisplayName: `Mail for ${address}`,
    PayloadDescription: `Sets up Mail for ${address} at ${settings.host}. It asks for the password.`,
    PayloadOrganization: settings.host,
    PayloadRemovalDisallowed: false,
    PayloadContent: [account(settings.host, address, incoming, outgoing)],
  }
  const root = element('plist version="1.0"', [dictionary(profile)])
  return Buffer.from(`<?xml version="1.0" encoding="UTF-8"?>\n${DOCTYPE}\n${root}\n`)
}

function account(host: string, address: string, incoming: MailService, outgoing: MailService): Dictionary {
  return {
    PayloadType: 'com.apple.mail.managed',
    PayloadVersion: 1,
    PayloadIdentifier: `mailkeep.mail.${identifier('mail', host, address)}`,
    PayloadUUID: identifier('mail', host, address),
    PayloadDisplayName: 'Mail account',
    EmailAccountType: incoming.protocol === 'imap' ? 'EmailTypeIMAP' : 'EmailTypePOP',
    EmailAccountDescription: address,
    EmailAddress: address,
    IncomingMailServerAuthentication: 'EmailAuthPassword',
    IncomingMailServerHostName: host,
    IncomingMailServerPortNumber: incoming.port,
    // TLS from the first byte or STARTTLS: the device finds out which.
    IncomingMailServerUseSSL: true,
    IncomingMailServerUsername: address,
    OutgoingMailServerAuthentication: 'EmailAuthPassword',
    OutgoingMailServerHostName: host,
    OutgoingMailServerPortNumber: outgoing.port,
    OutgoingMailServerUseSSL: true,
    OutgoingMailServerUsername: address,
    OutgoingPasswordSameAsIncomingPassword: true,
  }
}

/** A UUID of version 8 (RFC 9562 §5.8): the beginning of a hash. */
function identifier(what: string, host: string, address: string): string {
  const bytes = sha256(Buffer.from(`mailkeep/apple/${what}\0${host}\0${address}`)).subarray(0, 16)
  bytes[6] = ((bytes[6] as number) & 0x0f) | 0x80
  bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80
  return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5')
}

function dictionary(entries: Dictionary): string {
  return element(
    'dict',
    Object.entries(entries).flatMap(([key, value]) => [`<key>${xmlText(key)}</key>`, valueElement(value)]),
  )
}

function valueElement(value: Value): string {
  if (typeof value === 'string') return textElement('string', value)
  if (typeof value === 'number') return textElement('integer', value)
  if (typeof value === 'boolean') return value ? '<true/>' : '<false/>'
  return element('array', value.map(dictionary))
}
