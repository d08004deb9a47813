// JMAP (RFC 8620, RFC 8621) for one unlocked account and its owner. Requests and replies as bytes; who carries them, and who checks that it is the
// owner who asks, or somebody with an app password and therefore which access, is the caller's business.
//
// How to drive it. Make one engine when the account is unlocked, and dispose it before the account is closed.
//
//   GET  /.well-known/jmap                               session(access, urls)
//   POST /jmap/api                                       api(access, body)
//   GET  /jmap/download/{accountId}/{blobId}/{name}?type={type}
//                                                        download(accountId, blobId, range)
//   POST /jmap/upload/{accountId}/                       beginUpload(access, accountId), write…, then finishUpload(upload, type)
//   GET  /jmap/events?types={types}&closeafter={closeafter}&ping={ping}
//                                                        events({ types, closeAfter, ping, lastEventId })
//
// A `Reply` has an HTTP status, a media type, and a body in buffers that hold mail: they belong to the caller, who wipes them when they are sent.
// Problem details (RFC 7807) have `application/problem+json`. `session` must not be cached; a download may be for ever, for what a blob id means
// never changes: `Cache-Control: private, immutable, max-age=31536000`. The caller chooses Content-Type and Content-Disposition of a download from
// `type` and `name` of its URL, and must keep a browser from taking mail for a page of ours: `Content-Disposition: attachment` or a sandbox.
//
// Nothing that a client can send rejects a promise of the engine. What it does reject with is a fault of the environment: the account has failed.
// Long work pauses by `host.pause`. Nothing is kept of a request when it is done.

import type { Account } from '#account/account.ts'
import type { Access } from './access.ts'
import { processRequest } from './api.ts'
import type { Shared } from './context.ts'
import { type ByteRange, type Download, openDownload } from './download.ts'
import type { JmapHost } from './host.ts'
import { Identities } from './identities.ts'
import { formatAccountId } from './ids.ts'
import { CONCURRENT_REQUESTS_MAX, UPLOAD_BYTES_MAX } from './limits.ts'
import { MailIndex } from './mail-index.ts'
import { ContentSizes } from './part-content.ts'
import { type Problem, limitExceeded, plainProblem } from './problem.ts'
import { type EventOptions, EventStream } from './push.ts'
import { type JmapUrls, sessionObject, sessionState } from './session-object.ts'
import { openSubmissions } from './submissions.ts'
import { type Upload, Uploads } from './uploads.ts'

export type { ByteRange, Download } from './download.ts'
export type { Access } from './access.ts'
export type { JmapHost, JmapKeys, MadePasskey, OwnerKeys, PasskeyAnswer, PasskeyRequest } from './host.ts'
export type { EventOptions, EventStream } from './push.ts'
export type { JmapUrls } from './session-object.ts'
export type { Upload } from './uploads.ts'

export interface JmapOptions {
  /** Bytes of one message that is stored or sent. */
  readonly messageBytesMax: number
}

export interface Reply {
  readonly status: number
  readonly contentType: 'application/json' | 'application/problem+json'
  readonly body: readonly Buffer[]
}

export class JmapEngine implements Disposable {
  readonly #shared: Shared
  readonly #streams = new Set<EventStream>()
  #requests = 0

  constructor(account: Account, host: JmapHost, options: JmapOptions) {
    this.#shared = {
      account,
      accountId: formatAccountId(account.id),
      host,
      index: new MailIndex(account),
      uploads: new Uploads(host),
      contentSizes: new ContentSizes(),
      identities: new Identities(account, host),
      submissions: openSubmissions(account),
      messageBytesMax: options.messageBytesMax,
    }
  }

  /** The Session object (RFC 8620 §2). URLs are as the client reaches this server. */
  session(access: Access, urls: JmapUrls): Reply {
    return json(200, sessionObject(this.#shared.account, access, urls))
  }

  /** An API request (RFC 8620 §3). The body stays the caller's. */
  async api(access: Access, body: Uint8Array): Promise<Reply> {
    if (this.#requests >= CONCURRENT_REQUESTS_MAX) {
      return problem(limitExceeded('maxConcurrentRequests', 'Too many requests at a time'))
    }
    this.#requests++
    try {
      const { account } = this.#shared
      const state = (): string => sessionState(account, access)
      const result = await processRequest(this.#shared, access, body, state)
      return result.ok ? { status: 200, contentType: 'application/json', body: result.value } : problem(result.error)
    } finally {
      this.#requests--
    }
  }

  /** A file from the client (RFC 8620 §6.1): write it, then `finishUpload`. Dispose it in any case. Or the reply that refuses it. */
  beginUpload({ kind }: Access, accountId: string): Upload | Reply {
    if (kind === 'readOnly') return problem(plainProblem(403, 'This password may only read'))
    if (accountId !== this.#shared.accountId) return problem(plainProblem(404, 'There is no such account'))
    const upload = this.#shared.uploads.begin()
    return upload ?? problem(limitExceeded('maxConcurrentUpload', 'Too many uploads at a time'))
  }

  /** `type`: the request's Content-Type. */
  finishUpload(upload: Upload, type: string): Reply {
    const size = upload.sizeBytes
    const blobId = upload.finish()
    if (blobId === null) {
      const detail = `A file may have ${UPLOAD_BYTES_MAX} bytes`
      return problem({ ...limitExceeded('maxSizeUpload', detail), status: 413 })
    }
    return json(201, { accountId: this.#shared.accountId, blobId, type, size })
  }

  /** A blob, or a range of it (RFC 8620 §6.2). Or the reply that says why not. */
  async download(accountId: string, blobId: string, range: ByteRange | null = null): Promise<Download | Reply> {
    if (accountId !== this.#shared.accountId) return problem(plainProblem(404, 'There is no such account'))
    const outcome = await openDownload(this.#shared, blobId, range)
    switch (outcome.kind) {
      case 'found':
        return outcome
      case 'notFound':
        return problem(plainProblem(404, 'There is no such blob'))
      case 'damaged':
        return problem(plainProblem(500, 'The message is damaged, and is not served'))
      case 'rangeNotSatisfiable':
        return problem(plainProblem(416, 'The range is not within the blob'))
    }
  }

  /** An event source (RFC 8620 §7.3): text/event-stream. Dispose it when the client has gone. */
  events(options: EventOptions): EventStream {
    const stream = new EventStream(this.#shared, options)
    for (const known of this.#streams) if (known.isOver) this.#streams.delete(known)
    this.#streams.add(stream)
    return stream
  }

  [Symbol.dispose](): void {
    for (const stream of this.#streams) stream[Symbol.dispose]()
    this.#streams.clear()
    const { index, uploads, identities, submissions } = this.#shared
    for (const part of [index, uploads, identities, submissions]) part[Symbol.dispose]()
  }
}

function json(status: number, value: unknown): Reply {
  return { status, contentType: 'application/json', body: [Buffer.from(JSON.stringify(value))] }
}

function problem(value: Problem): Reply {
  return { status: value.status, contentType: 'application/problem+json', body: [Buffer.from(JSON.stringify(value))] }
}
