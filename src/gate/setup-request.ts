// Which requests ask how a mail program is set up, and about which domain. They come for host names that are not this server's own
// (`autoconfig.example.org` for each domain), so that they are looked for before anything else, by fixed paths alone: no other path is ever served
// for a name that is not ours.

/** What is asked for. */
export type SetupKind = 'autoconfig' | 'appleProfile' | 'autodiscover'

/** draft-ietf-mailmaint-autoconfig, "Config retrieval"; the last is where its newer versions look behind the names of MX hosts. */
const AUTOCONFIG_PATHS: ReadonlySet<string> = new Set([
  '/.well-known/autoconfig/mail/config-v1.1.xml',
  '/mail/config-v1.1.xml',
  '/.well-known/mail-v1.xml',
])

/** Of our own: Apple's devices ask for nothing, somebody opens it on them. */
const APPLE_PROFILE_PATH = '/mailkeep.mobileconfig'

/** MS-OXDISCO §3.1.5: programs write it with capitals as they like. */
const AUTODISCOVER_PATH = '/autodiscover/autodiscover.xml'

/** Null: something else. */
export function setupKind(path: string): SetupKind | null {
  if (AUTOCONFIG_PATHS.has(path)) return 'autoconfig'
  if (path === APPLE_PROFILE_PATH) return 'appleProfile'
  return path.length === AUTODISCOVER_PATH.length && path.toLowerCase() === AUTODISCOVER_PATH ? 'autodiscover' : null
}

const HOST_LENGTH_MAX = 260
const DOMAIN_LENGTH_MAX = 1_024
const NAME = /^[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?$/
const PREFIX = /^(?:autoconfig|autodiscover)\./

/**
 * Of which domain a request's Host is: itself without what programs put in front. Null if it is no host name (addresses are none). IDNs come as A-labels
 * (RFC 9110 §4.2.3 with RFC 5890).
 */
export function domainOfHost(host: string | null): string | null {
  if (host === null || host.length > HOST_LENGTH_MAX) return null
  const name = host
    .toLowerCase()
    .replace(/:\d{1,5}$/, '')
    .replace(/\.$/, '')
  return NAME.test(name) && /[a-z_]/.test(name) ? name.replace(PREFIX, '') : null
}

/** What stands behind the last `@`: the name in front of it plays no part, and may be missing. Null if there is none. */
export function domainOfAddress(address: string): string | null {
  const domain = address.slice(address.lastIndexOf('@') + 1)
  return domain === '' || domain.length > DOMAIN_LENGTH_MAX ? null : domain.toWellFormed()
}
