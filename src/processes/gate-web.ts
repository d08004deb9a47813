// HTTP at the gate: the webmail's files, logins of browsers, and JMAP requests, which are carried to the vault that has the account. There are no
// cookies: every request names its token, so that no page of somebody else's can ask for anything.

import { asBuffer, wipe } from '#base/bytes.ts'
import { setupKind } from '#gate/setup-request.ts'
import { dataHeaders, frameHeaders, frameScriptHeaders, isOurHost, pageHeaders } from '#gate/web-headers.ts'
import type { WebPage } from '#gate/web-pages.ts'
import { sleep } from '#platform/clock.ts'
import type { HttpRequest, HttpResponse } from '#platform/http.ts'
import type { Connection } from '#platform/net.ts'
import type { JmapRequest } from '#protocol/vault-web.ts'
import { networkOf } from './connection-limits.ts'
import { type Credential, parseCredential, parseLogin, vaultOfToken } from './gate-credential.ts'
import { carryJmap, oneAnswer } from './gate-jmap.ts'
import { type GatePasskeyParts, PASSKEY_LOGIN_BYTES_MAX, logInByPasskey, passkeyChallenge } from './gate-passkey.ts'
import { type GateSetupParts, answerSetup } from './gate-setup.ts'
import type { IdleWipe } from './idle-wipe.ts'
import { isLoopback } from './connection-limits.ts'
import { type Rebuilding, describeRebuilding } from './rebuilding.ts'

export interface GateWebParts extends GatePasskeyParts, GateSetupParts {
  readonly pages: ReadonlyMap<string, WebPage>
  readonly wiping: IdleWipe
  /** The port of HTTPS, for those who come in the clear. */
  readonly httpsPort: number | null
  vaultFor(login: Uint8Array): Promise<Connection | null>
}

const FRAME_PAGE = '/message-frame.html'
const FRAME_SCRIPT = '/message-frame.js'
const LOGIN_BYTES_MAX = 8_192
const RETRY_SECONDS = 10

export function serveWeb(parts: GateWebParts, request: HttpRequest, response: HttpResponse): void {
  void response.closed.then(() => parts.wiping.touch())
  answer(parts, request, response).catch((error: unknown) => {
    parts.log.fault('http', error)
    response.abort()
  })
}

async function answer(parts: GateWebParts, request: HttpRequest, response: HttpResponse): Promise<void> {
  const { method, path } = request
  const host = request.header('host')
  // Mail programs that want to be set up ask by names that are not this server's.
  const setup = setupKind(path)
  if (setup !== null) return answerSetup(parts, setup, request, response)
  if (!isOurHost(host, parts.hostname) && !isOurHost(host, parts.clients.host))
    return plain(request, response, 421, 'This is not that host')
  // In the clear only within this machine.
  if (!request.isTls && !isLoopback(request.remoteAddress)) return redirectToTls(parts, request, response)
  const page = parts.pages.get(path)
  if (page !== undefined) {
    if (method !== 'GET' && method !== 'HEAD') return notAllowed(request, response, 'GET, HEAD')
    return sendPage(request, response, path, page)
  }
  if (path === '/auth/login')
    return method === 'POST' ? login(parts, request, response) : notAllowed(request, response, 'POST')
  if (path === '/auth/passkey/challenge')
    return method === 'POST' ? challenge(parts, request, response) : notAllowed(request, response, 'POST')
  if (path === '/auth/passkey')
    return method === 'POST' ? passkey(parts, request, response) : notAllowed(request, response, 'POST')
  if (path === '/auth/logout')
    return method === 'POST' ? logout(parts, request, response) : notAllowed(request, response, 'POST')
  const call = jmapCall(request)
  if (call === null)
    return plain(request, response, 404, parts.pages.size === 0 ? 'The webmail was not built' : 'There is no such page')
  if (typeof call === 'string') return notAllowed(request, response, call)
  return jmap(parts, request, response, call)
}

/** Null: not a path of JMAP. A string: the method that it takes. */
function jmapCall(request: HttpRequest): JmapRequest['call'] | string | null {
  const { method, path, query } = request
  const parts = path.split('/').slice(1)
  if (path === '/.well-known/jmap' || path === '/jmap/session') {
    return method === 'GET' ? { kind: 'session', origin: originOf(request) } : 'GET'
  }
  if (parts[0] !== 'jmap') return null
  switch (parts[1]) {
    case 'api':
      return method === 'POST' ? { kind: 'api' } : 'POST'
    case 'upload':
      if (method !== 'POST') return 'POST'
      return {
        kind: 'upload',
        accountId: cut(parts[2]),
        type: cut(request.header('content-type')) || 'application/octet-stream',
      }
    case 'download':
      if (method !== 'GET') return 'GET'
      return {
        kind: 'download',
        accountId: cut(parts[2]),
        blobId: cut(parts[3]),
        range: parseRange(request.header('range')),
      }
    case 'events':
      if (method !== 'GET') return 'GET'
      return {
        kind: 'events',
        types: cut(query.get('types')) || '*',
        closeAfter: cut(query.get('closeafter'), 16),
        ping: cut(query.get('ping'), 16),
        lastEventId: request.header('last-event-id')?.slice(0, 1_024) ?? null,
      }
    case undefined:
    default:
      return null
  }
}

function cut(text: string | null | undefined, max = 255): string {
  return Buffer.from((text ?? '').toWellFormed())
    .subarray(0, max)
    .toString('utf8')
    .toWellFormed()
    .slice(0, max)
}

function originOf(request: HttpRequest): string {
  return `${request.isTls ? 'https' : 'http'}://${request.header('host') ?? 'localhost'}`
}

/** RFC 9110 §14.1.2: one range of bytes; anything else is as if there was none. */
function parseRange(header: string | null): { readonly first: number | null; readonly last: number | null } | null {
  const match = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header ?? '')
  if (match === null || (match[1] === '' && match[2] === '')) return null
  return { first: match[1] === '' ? null : Number(match[1]), last: match[2] === '' ? null : Number(match[2]) }
}

async function jmap(
  parts: GateWebParts,
  request: HttpRequest,
  response: HttpResponse,
  call: JmapRequest['call'],
): Promise<void> {
  const credential = parseCredential(request.header('authorization'))
  if (credential === null) return unauthorized(request, response)
  try {
    const vault = await vaultOf(parts, credential)
    if (vault === null) return unavailable(request, response)
    const attempt =
      credential.kind === 'password' ? parts.throttle.attempt(credential.login, networkOf(request.remoteAddress)) : null
    if (attempt?.waitMs === null) {
      vault.destroy()
      return unavailable(request, response)
    }
    if (attempt !== null && attempt.waitMs > 0) await sleep(attempt.waitMs)
    const outcome = await carryJmap(vault, { kind: 'jmap', credential, call }, request, response)
    if (outcome === 'refused') {
      attempt?.failed()
      return unauthorized(request, response)
    }
    if (outcome === 'unavailable') return unavailable(request, response)
    if (outcome !== 'answered') return beingRebuilt(request, response, outcome)
    attempt?.succeeded()
  } finally {
    if (credential.kind === 'password') wipe(credential.login, credential.password)
  }
}

function vaultOf(parts: GateWebParts, credential: Credential): Promise<Connection | null> {
  if (credential.kind === 'password') return parts.vaultFor(credential.login)
  const number = vaultOfToken(credential.token)
  return number === null || number >= parts.vaults ? parts.vault(0) : parts.vault(number)
}

async function login(parts: GateWebParts, request: HttpRequest, response: HttpResponse): Promise<void> {
  const { log, throttle } = parts
  const body = await readBody(request, LOGIN_BYTES_MAX)
  const given = body === null ? null : parseLogin(body)
  wipe(body)
  if (given === null) return json(request, response, 400, { error: 'malformed' })
  try {
    const remote = request.remoteAddress
    const attempt = throttle.attempt(given.login, networkOf(remote))
    if (attempt.waitMs === null) {
      log.warn('login.throttled', { protocol: 'web', remote })
      return unavailable(request, response)
    }
    if (attempt.waitMs > 0) await sleep(attempt.waitMs)
    const vault = await parts.vaultFor(given.login)
    const answered =
      vault === null ? null : await oneAnswer(vault, { kind: 'login', ...given, remote, isTls: request.isTls })
    if (answered?.kind === 'token') {
      attempt.succeeded()
      return json(request, response, 200, { token: answered.token, address: answered.address })
    }
    if (answered?.kind === 'rebuilding') return beingRebuilt(request, response, answered)
    if (answered?.kind !== 'refused') return unavailable(request, response)
    attempt.failed()
    log.warn('login.refused', { protocol: 'web', remote })
    return json(request, response, 401, { error: 'refused' })
  } finally {
    wipe(given.login, given.password)
  }
}

function challenge(parts: GateWebParts, request: HttpRequest, response: HttpResponse): void {
  json(request, response, 200, passkeyChallenge(parts, request.remoteAddress))
}

/** docs/formats/passkeys.md §3. */
async function passkey(parts: GateWebParts, request: HttpRequest, response: HttpResponse): Promise<void> {
  const body = await readBody(request, PASSKEY_LOGIN_BYTES_MAX)
  if (body === null) return json(request, response, 400, { error: 'malformed' })
  const client = { remote: request.remoteAddress, isTls: request.isTls }
  const outcome = await logInByPasskey(parts, body, client).finally(() => wipe(body))
  switch (outcome.kind) {
    case 'token':
      return json(request, response, 200, { token: outcome.token, address: outcome.address })
    case 'malformed':
      return json(request, response, 400, { error: 'malformed' })
    case 'refused':
    case 'expired':
    case 'counterBehind':
      return json(request, response, 401, { error: outcome.kind })
    case 'rebuilding':
      return beingRebuilt(request, response, outcome)
    case 'unavailable':
      return unavailable(request, response)
  }
}

async function logout(parts: GateWebParts, request: HttpRequest, response: HttpResponse): Promise<void> {
  const credential = parseCredential(request.header('authorization'))
  if (credential?.kind !== 'token') return unauthorized(request, response)
  const vault = await vaultOf(parts, credential)
  if (vault !== null) await oneAnswer(vault, { kind: 'logout', token: credential.token })
  response.head(204, dataHeaders(request.isTls))
  response.end()
}

/** Null if it is too long. The caller wipes it. */
async function readBody(request: HttpRequest, bytesMax: number): Promise<Buffer | null> {
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of request.body) {
    length += chunk.length
    if (length > bytesMax) {
      wipe(chunk, ...chunks)
      return null
    }
    chunks.push(asBuffer(chunk))
  }
  const body = Buffer.concat(chunks)
  wipe(...chunks)
  return body
}

function headersOf(path: string, isTls: boolean): Record<string, string> {
  if (path === FRAME_PAGE) return frameHeaders()
  return path === FRAME_SCRIPT ? frameScriptHeaders(isTls) : pageHeaders(isTls)
}

function sendPage(request: HttpRequest, response: HttpResponse, path: string, page: WebPage): void {
  const headers: Record<string, string> = {
    ...headersOf(path, request.isTls),
    'Content-Type': page.contentType,
    'Cache-Control': page.isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
    ETag: page.etag,
    Vary: 'Accept-Encoding',
  }
  // The page that shows mail has an origin of its own: what it loads comes from another.
  if (path !== '/' && path !== FRAME_PAGE) headers['Cross-Origin-Resource-Policy'] = 'cross-origin'
  if (request.header('if-none-match') === page.etag) {
    response.head(304, headers)
    return response.end()
  }
  const gzipped = /\bgzip\b/.test(request.header('accept-encoding') ?? '') ? page.gzipped() : null
  const bytes = gzipped ?? page.bytes
  if (gzipped !== null) headers['Content-Encoding'] = 'gzip'
  response.head(200, { ...headers, 'Content-Length': String(bytes.length) })
  if (request.method !== 'HEAD') void response.write(bytes)
  response.end()
}

function redirectToTls({ httpsPort, hostname }: GateWebParts, request: HttpRequest, response: HttpResponse): void {
  if (httpsPort === null || (request.method !== 'GET' && request.method !== 'HEAD')) {
    return plain(request, response, 403, 'Over TLS only')
  }
  const host = (request.header('host') ?? hostname).replace(/:\d+$/, '')
  const port = httpsPort === 443 ? '' : `:${httpsPort}`
  response.head(308, { ...dataHeaders(false), Location: `https://${host}${port}/` })
  response.end()
}

function plain(request: HttpRequest, response: HttpResponse, status: number, text: string): void {
  send(request, response, status, 'text/plain; charset=utf-8', Buffer.from(`${text}\n`))
}

function json(request: HttpRequest, response: HttpResponse, status: number, value: unknown): void {
  send(request, response, status, 'application/json', Buffer.from(JSON.stringify(value)))
}

function send(
  request: HttpRequest,
  response: HttpResponse,
  status: number,
  contentType: string,
  body: Buffer,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.head(status, {
    ...dataHeaders(request.isTls),
    'Content-Type': contentType,
    'Content-Length': String(body.length),
    ...headers,
  })
  if (request.method !== 'HEAD') void response.write(body)
  response.end()
}

function notAllowed(request: HttpRequest, response: HttpResponse, allow: string): void {
  send(request, response, 405, 'text/plain', Buffer.from('Not that method\n'), { Allow: allow })
}

function unauthorized(request: HttpRequest, response: HttpResponse): void {
  // Without a challenge: browsers would ask with a window of their own.
  json(request, response, 401, { error: 'refused' })
}

/** docs/formats/jmap-rebuilding.md. */
function beingRebuilt(request: HttpRequest, response: HttpResponse, told: Omit<Rebuilding, 'kind'>): void {
  const { percent, secondsLeft } = told
  // RFC 9457; the page looks at `error`, as with other answers of ours.
  const problem = {
    type: 'urn:mailkeep:error:rebuilding',
    status: 503,
    detail: describeRebuilding(told),
    error: 'rebuilding',
    percent,
    secondsLeft,
  }
  const retryAfter = Math.max(1, Math.min(secondsLeft ?? RETRY_SECONDS, RETRY_SECONDS))
  const body = Buffer.from(JSON.stringify(problem))
  send(request, response, 503, 'application/problem+json', body, { 'Retry-After': String(retryAfter) })
}

function unavailable(request: HttpRequest, response: HttpResponse): void {
  send(request, response, 503, 'application/json', Buffer.from('{"error":"unavailable"}'), {
    'Retry-After': String(RETRY_SECONDS),
  })
}
