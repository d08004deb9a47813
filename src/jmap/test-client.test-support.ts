// A JMAP client for tests.

import assert from 'node:assert/strict'
import type { Account } from '#account/account.ts'
import { type Access, OWNER_ACCESS } from './access.ts'
import { JmapEngine, type Reply } from './engine.ts'
import { TestHost } from './test-host.test-support.ts'

// What comes back is looked at as a test expects it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Any = any

export const CORE = 'urn:ietf:params:jmap:core'
export const MAIL = 'urn:ietf:params:jmap:mail'
export const SUBMISSION = 'urn:ietf:params:jmap:submission'
export const RESTORE = 'urn:mailkeep:restore'

export const URLS = {
  api: '/jmap/api',
  download: '/jmap/download/{accountId}/{blobId}/{name}?type={type}',
  upload: '/jmap/upload/{accountId}/',
  events: '/jmap/events?types={types}&closeafter={closeafter}&ping={ping}',
}

export class TestClient {
  readonly host: TestHost
  readonly engine: JmapEngine
  readonly account: Account
  readonly accountId: string
  using: readonly string[] = [CORE, MAIL, SUBMISSION]
  access: Access = OWNER_ACCESS

  constructor(account: Account, host = new TestHost()) {
    this.account = account
    this.host = host
    this.engine = new JmapEngine(account, host, { messageBytesMax: 20_000_000 })
    this.accountId = `a${account.id}`
  }

  async post(body: string | Uint8Array): Promise<{ status: number; type: string; json: Any }> {
    const reply = await this.engine.api(this.access, Buffer.from(body as string))
    return { status: reply.status, type: reply.contentType, json: parseReply(reply) }
  }

  /** The responses to some calls, as [name, arguments]. */
  async calls(calls: readonly (readonly [string, object])[], createdIds?: object): Promise<[string, Any][]> {
    const methodCalls = calls.map(([name, args], at) => [name, { accountId: this.accountId, ...args }, `c${at}`])
    const { status, json } = await this.post(JSON.stringify({ using: this.using, methodCalls, createdIds }))
    assert.equal(status, 200, JSON.stringify(json))
    assert.deepEqual(this.host.failures, [])
    return json.methodResponses.map(([name, args]: [string, Any]) => [name, args])
  }

  /** The response to one call, which must succeed. */
  async call(name: string, args: object = {}): Promise<Any> {
    const [response] = await this.calls([[name, args]])
    assert.equal(response?.[0], name, JSON.stringify(response?.[1]))
    return response?.[1]
  }

  /** The error of one call, which must fail. */
  async error(name: string, args: object = {}): Promise<Any> {
    const [response] = await this.calls([[name, args]])
    assert.equal(response?.[0], 'error', JSON.stringify(response))
    return response?.[1]
  }

  upload(bytes: string | Uint8Array, type = 'application/octet-stream'): Any {
    const upload = this.engine.beginUpload(this.access, this.accountId)
    assert.ok('write' in upload)
    using sink = upload
    sink.write(Buffer.from(bytes as string))
    const reply = this.engine.finishUpload(sink, type)
    assert.equal(reply.status, 201)
    return parseReply(reply)
  }

  async download(blobId: string): Promise<Buffer> {
    const found = await this.engine.download(this.accountId, blobId)
    assert.ok('pieces' in found, JSON.stringify('body' in found ? parseReply(found) : found))
    using download = found
    const pieces: Buffer[] = []
    for await (const piece of download.pieces()) pieces.push(Buffer.from(piece))
    return Buffer.concat(pieces)
  }
}

export function parseReply({ body }: Reply): Any {
  return JSON.parse(Buffer.concat(body).toString('utf8'))
}

/** A message of CRLF lines. */
export function message(...lines: string[]): Buffer {
  return Buffer.from(lines.join('\r\n') + '\r\n')
}
