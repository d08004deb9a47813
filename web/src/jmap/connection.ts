// Requests to the server: method calls, uploads, downloads, the stream of events. Each bears the token; nothing else is known of the session.

import { JmapFailure, failureOf, failureOfStatus, offline } from './failure.ts'
import type { Token } from './login.ts'
import { readEvents } from './push.ts'
import type { Id } from './types.ts'

const USING = [
  'urn:ietf:params:jmap:core',
  'urn:ietf:params:jmap:mail',
  'urn:ietf:params:jmap:submission',
  'urn:mailkeep:integrity',
  'urn:mailkeep:restore',
  'urn:mailkeep:recovery',
  'urn:mailkeep:keys',
]

export type Arguments = Readonly<Record<string, unknown>>
/** A method and its arguments, but the account. */
export type Call = readonly [method: string, args: Arguments]
type Answer = readonly [method: string, args: Record<string, unknown>, callId: string]

interface Session {
  readonly accountId: Id
  readonly apiUrl: string
  readonly downloadUrl: string
  readonly uploadUrl: string
  readonly eventSourceUrl: string
  readonly uploadBytesMax: number
}

/** The responses by method call; a call that failed has a JmapFailure. */
export interface Answers {
  /** Throws JmapFailure if the call failed. */
  of(call: number): unknown
  /** Null if the call failed. */
  tryOf(call: number): unknown
}

export interface Uploaded {
  readonly blobId: Id
  readonly type: string
  readonly size: number
}

/** A reference to an earlier call's result (RFC 8620 §3.7). */
export function result(call: number, name: string, path: string): Arguments {
  return { resultOf: String(call), name, path }
}

export class Connection {
  readonly #token: Token
  #session: Promise<Session> | null = null
  /** Told when the server no longer knows the token. */
  onLoggedOut: () => void = () => {}
  /** Told when a request did not get through. */
  onLost: () => void = () => {}

  constructor(token: Token) {
    this.#token = token
  }

  get address(): string {
    return this.#token.address
  }

  /** Rejects with JmapFailure. */
  async #fetch(url: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers)
    headers.set('Authorization', `Bearer ${this.#token.token}`)
    let response: Response
    try {
      response = await fetch(url, { ...init, headers, credentials: 'omit' })
    } catch (error) {
      if (init.signal?.aborted === true) throw error
      this.onLost()
      throw offline()
    }
    if (response.status === 401) this.onLoggedOut()
    if (!response.ok) throw await failureOf(response)
    return response
  }

  session(): Promise<Session> {
    this.#session ??= this.#readSession().catch((error: unknown) => {
      this.#session = null
      throw error
    })
    return this.#session
  }

  async #readSession(): Promise<Session> {
    const session = (await (await this.#fetch('/jmap/session')).json()) as {
      readonly primaryAccounts: Readonly<Record<string, Id>>
      readonly capabilities: Readonly<Record<string, { readonly maxSizeUpload?: number }>>
      readonly apiUrl: string
      readonly downloadUrl: string
      readonly uploadUrl: string
      readonly eventSourceUrl: string
    }
    const accountId = session.primaryAccounts['urn:ietf:params:jmap:mail']
    if (accountId === undefined) throw new JmapFailure('server', 'This account has no mail.')
    return {
      accountId,
      apiUrl: session.apiUrl,
      downloadUrl: session.downloadUrl,
      uploadUrl: session.uploadUrl,
      eventSourceUrl: session.eventSourceUrl,
      uploadBytesMax: session.capabilities['urn:ietf:params:jmap:core']?.maxSizeUpload ?? 50_000_000,
    }
  }

  /** Runs method calls in one request. Their ids are their positions, for `result`. Rejects with JmapFailure. */
  async call(calls: readonly Call[], signal?: AbortSignal): Promise<Answers> {
    const { apiUrl, accountId } = await this.session()
    const methodCalls = calls.map(([method, args], at) => [method, { accountId, ...args }, String(at)])
    const response = await this.#fetch(apiUrl, {
      method: 'POST',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ using: USING, methodCalls }),
      ...(signal === undefined ? {} : { signal }),
    })
    const { methodResponses } = (await response.json()) as { readonly methodResponses: readonly Answer[] }
    return answersOf(calls, methodResponses)
  }

  async downloadUrl(blobId: Id, name: string, type: string): Promise<string> {
    const { downloadUrl, accountId } = await this.session()
    return expand(downloadUrl, { accountId, blobId, name, type })
  }

  /** The media type is what the caller says: a blob: URL of it is used as that and nothing else. */
  async download(blobId: Id, name: string, type: string, signal?: AbortSignal): Promise<Blob> {
    const url = await this.downloadUrl(blobId, name, type)
    const response = await this.#fetch(url, signal === undefined ? {} : { signal })
    return new Blob([await response.arrayBuffer()], { type })
  }

  /** `fetch` does not tell how far an upload has come; XMLHttpRequest does. Rejects with JmapFailure. */
  async upload(file: Blob, progress: (part: number) => void, signal: AbortSignal): Promise<Uploaded> {
    const { uploadUrl, accountId, uploadBytesMax } = await this.session()
    if (file.size > uploadBytesMax) throw failureOfStatus(413)
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest()
      request.open('POST', expand(uploadUrl, { accountId }))
      request.setRequestHeader('Authorization', `Bearer ${this.#token.token}`)
      request.setRequestHeader('Content-Type', file.type === '' ? 'application/octet-stream' : file.type)
      request.upload.addEventListener('progress', (event) =>
        progress(event.total === 0 ? 1 : event.loaded / event.total),
      )
      request.addEventListener('load', () => {
        if (request.status >= 200 && request.status < 300) resolve(JSON.parse(request.responseText) as Uploaded)
        else {
          if (request.status === 401) this.onLoggedOut()
          reject(failureOfStatus(request.status))
        }
      })
      request.addEventListener('error', () => {
        this.onLost()
        reject(offline())
      })
      request.addEventListener('abort', () => reject(new JmapFailure('refused', 'Cancelled.')))
      signal.addEventListener('abort', () => request.abort())
      request.send(file)
    })
  }

  /** Calls `onChange` with the states of types that changed, until the stream ends. Rejects with JmapFailure if there is none. */
  async events(onChange: (states: Readonly<Record<string, string>>) => void, signal: AbortSignal): Promise<void> {
    const { eventSourceUrl, accountId } = await this.session()
    const url = expand(eventSourceUrl, { types: '*', closeafter: 'no', ping: '30' })
    const response = await this.#fetch(url, { signal, headers: { Accept: 'text/event-stream' }, cache: 'no-store' })
    if (response.body === null) return
    await readEvents(response.body, (change) => {
      const states = change.changed[accountId]
      if (states !== undefined) onChange(states)
    })
  }
}

/** A level 1 template (RFC 6570). */
function expand(template: string, values: Readonly<Record<string, string>>): string {
  return template.replaceAll(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(values[name] ?? ''))
}

/** Of sessions that began with an app password (docs/formats/jmap-keys.md §1). */
const NOT_PERMITTED: Readonly<Record<string, string>> = {
  accountReadOnly: 'You came in with a password that may only read.',
  accountNotSupportedByMethod: 'You came in with an app password: this is for your own password.',
}

function answersOf(calls: readonly Call[], responses: readonly Answer[]): Answers {
  const find = (call: number): JmapFailure | Record<string, unknown> => {
    const own = responses.find(([, , id]) => id === String(call))
    if (own === undefined) return new JmapFailure('server', 'The server left out an answer.')
    const [method, args] = own
    if (method !== 'error') return args
    const type = String(args['type'])
    const description = typeof args['description'] === 'string' ? args['description'] : null
    const words = NOT_PERMITTED[type]
    if (words !== undefined) return new JmapFailure('refused', words, type, description)
    const detail = description === null ? '' : `: ${description}`
    const text = `The server could not do that (${calls[call]?.[0]}, ${type}${detail}).`
    return new JmapFailure('server', text, type, description)
  }
  return {
    of(call: number) {
      const answer = find(call)
      if (answer instanceof JmapFailure) throw answer
      return answer
    },
    tryOf(call: number) {
      const answer = find(call)
      return answer instanceof JmapFailure ? null : answer
    },
  }
}
