// Answers programs that ask how they are set up (docs/adr/0090-autoconfiguration-for-other-names.md), for this server's name and for those that
// the domains have for it. The name in the request decides nothing but whether there is an answer: what stands in it is the configuration's. Whether
// an account exists is never asked.

import type { ClientSettings } from '#base/client-settings.ts'
import { addressText, canonicalAddress } from '#directory/address.ts'
import { PROFILE_TYPE, appleProfile } from '#gate/apple-profile.ts'
import { autoconfigDocument } from '#gate/autoconfig-document.ts'
import {
  type AutodiscoverError,
  OUTLOOK_SCHEMA,
  autodiscoverDocument,
  autodiscoverError,
} from '#gate/autodiscover-document.ts'
import { AUTODISCOVER_BYTES_MAX, parseAutodiscoverRequest } from '#gate/autodiscover-request.ts'
import { httpsOrigin } from '#gate/mail-service.ts'
import type { RequestRate } from '#gate/request-rate.ts'
import { type SetupKind, domainOfAddress, domainOfHost } from '#gate/setup-request.ts'
import { dataHeaders, isOurHost } from '#gate/web-headers.ts'
import { systemClock } from '#platform/clock.ts'
import { displayedDomain } from '#platform/domain-name.ts'
import type { HttpRequest, HttpResponse } from '#platform/http.ts'
import { isLoopback, networkOf } from './connection-limits.ts'

export interface GateSetupParts {
  readonly hostname: string
  readonly clients: ClientSettings
  readonly rate: RequestRate
  /** In canonical form, a name of null if it is not served here; null if that cannot be known now. */
  servedDomain(domain: string): Promise<{ readonly name: string | null } | null>
}

const RETRY_SECONDS = 10
const ADDRESS_LENGTH_MAX = 1_024
const XML = 'text/xml; charset=utf-8'
/** What an operator changes shows after that time. */
const KEPT = { 'Cache-Control': 'public, max-age=300' }

/** By which name the request came. */
interface Asked {
  readonly isOwnName: boolean
  /** Null: of none that is served here. */
  readonly domain: string | null
}

class UnavailableError extends Error {}

export async function answerSetup(
  parts: GateSetupParts,
  kind: SetupKind,
  request: HttpRequest,
  response: HttpResponse,
): Promise<void> {
  const { remoteAddress } = request
  const answer = new SetupAnswer(request, response)
  if (!parts.rate.take(isLoopback(remoteAddress) ? null : networkOf(remoteAddress))) {
    return answer.text(429, 'Too often', { 'Retry-After': String(RETRY_SECONDS) })
  }
  try {
    const asked = await askedName(parts, request.header('host'))
    if (asked === null) return answer.text(421, 'This is not that host')
    answer.isOwnName = asked.isOwnName
    // In the clear only within this machine.
    if (!request.isTls && !isLoopback(remoteAddress)) return redirectToTls(parts, kind, asked, request, answer)
    switch (kind) {
      case 'autoconfig':
        return await autoconfig(parts, asked, request, answer)
      case 'appleProfile':
        return await profile(parts, request, answer)
      case 'autodiscover':
        return await autodiscover(parts, request, answer)
    }
  } catch (error) {
    if (!(error instanceof UnavailableError)) throw error
    answer.text(503, 'Not now', { 'Retry-After': String(RETRY_SECONDS) })
  }
}

async function autoconfig(
  parts: GateSetupParts,
  asked: Asked,
  request: HttpRequest,
  answer: SetupAnswer,
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer.notAllowed('GET, HEAD')
  const address = request.query.get('emailaddress')
  const domain = address === null ? asked.domain : await served(parts, domainOfAddress(address))
  const configured = domain === null ? null : { name: domain, displayName: displayedDomain(domain) }
  const document = configured === null ? null : autoconfigDocument(parts.clients, configured)
  if (document === null) return answer.text(404, 'There is no such domain here')
  answer.send(200, XML, document, KEPT)
}

async function profile(parts: GateSetupParts, request: HttpRequest, answer: SetupAnswer): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') return answer.notAllowed('GET, HEAD')
  const address = canonicalAddress((request.query.get('emailaddress') ?? '').slice(0, ADDRESS_LENGTH_MAX))
  if (address === null) return answer.text(400, 'For which address? ?emailaddress=')
  const isServed = (await served(parts, address.domain)) !== null
  const document = isServed ? appleProfile(parts.clients, addressText(address)) : null
  if (document === null) return answer.text(404, 'There is no such domain here')
  answer.send(200, PROFILE_TYPE, document, { 'Content-Disposition': 'attachment; filename="mail.mobileconfig"' })
}

/** Whatever password comes along (programs of Microsoft's way send it) is not looked at. */
async function autodiscover(parts: GateSetupParts, request: HttpRequest, answer: SetupAnswer): Promise<void> {
  if (request.method !== 'POST') return answer.notAllowed('POST')
  const refuse = (error: AutodiscoverError): void => answer.send(200, XML, autodiscoverError(error, systemClock.now()))
  const body = await readStart(request)
  if (body === null) return answer.text(413, 'Too long')
  const asked = parseAutodiscoverRequest(body)
  const address = asked === null ? null : canonicalAddress(asked.address)
  if (asked === null || address === null) return refuse('invalidRequest')
  if (asked.schema !== null && asked.schema !== OUTLOOK_SCHEMA) return refuse('unknownSchema')
  const isServed = (await served(parts, address.domain)) !== null
  const document = isServed ? autodiscoverDocument(parts.clients, addressText(address)) : null
  if (document === null) return refuse('notFound')
  answer.send(200, XML, document)
}

/** The body; null if it is longer than any request. */
async function readStart(request: HttpRequest): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.body) {
    length += chunk.length
    if (length > AUTODISCOVER_BYTES_MAX) return null
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** Null: neither a name of this server nor of a domain. */
async function askedName(parts: GateSetupParts, host: string | null): Promise<Asked | null> {
  const isOwnName = isOurHost(host, parts.hostname) || isOurHost(host, parts.clients.host)
  const name = domainOfHost(host)
  const domain = await served(parts, name)
  // Programs look behind the name of the MX host, too: `autoconfig.mail.example.org`.
  const isKnown = isOwnName || domain !== null || isOurHost(name, parts.hostname) || isOurHost(name, parts.clients.host)
  return isKnown ? { isOwnName, domain } : null
}

async function served(parts: GateSetupParts, domain: string | null): Promise<string | null> {
  if (domain === null) return null
  const found = await parts.servedDomain(domain)
  if (found === null) throw new UnavailableError()
  return found.name
}

/**
 * To the name that the certificate is for, whatever name was asked for: the domains' own names need not be in it. Temporary, as Outlook looks for it
 * (MS-OXDISCO §3.1.5.4), and because where an insecure answer leads should not be remembered.
 */
function redirectToTls(
  { clients }: GateSetupParts,
  kind: SetupKind,
  { domain }: Asked,
  request: HttpRequest,
  answer: SetupAnswer,
): void {
  const origin = httpsOrigin(clients)
  // Thunderbird looks for it by a POST, and sends another one there.
  const isLooking = ['GET', 'HEAD'].includes(request.method) || (kind === 'autodiscover' && request.method === 'POST')
  if (origin === null || !isLooking) return answer.text(403, 'Over TLS only')
  const query = new URLSearchParams(request.query)
  // The name that was asked for said which domain it is about.
  if (kind === 'autoconfig' && !query.has('emailaddress') && domain !== null) query.set('emailaddress', `@${domain}`)
  const behind = query.size === 0 ? '' : `?${query.toString()}`
  answer.text(302, 'Over TLS', { Location: `${origin}${request.path}${behind}` })
}

/** One answer. */
class SetupAnswer {
  readonly #request: HttpRequest
  readonly #response: HttpResponse
  /** A browser that is told to want TLS is told so for this server alone: what else a domain's name is used for is nothing of ours. */
  isOwnName = false

  constructor(request: HttpRequest, response: HttpResponse) {
    this.#request = request
    this.#response = response
  }

  send(status: number, contentType: string, body: Buffer, headers: Readonly<Record<string, string>> = {}): void {
    this.#response.head(status, {
      ...dataHeaders(this.isOwnName && this.#request.isTls),
      'Content-Type': contentType,
      'Content-Length': String(body.length),
      ...headers,
    })
    if (this.#request.method !== 'HEAD') void this.#response.write(body)
    this.#response.end()
  }

  text(status: number, text: string, headers: Readonly<Record<string, string>> = {}): void {
    this.send(status, 'text/plain; charset=utf-8', Buffer.from(`${text}\n`), headers)
  }

  notAllowed(allow: string): void {
    this.text(405, 'Not that method', { Allow: allow })
  }
}
