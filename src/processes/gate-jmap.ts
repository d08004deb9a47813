// Carries one HTTP request of JMAP to a vault and its answer back, in pieces in both directions.

import type { HttpRequest, HttpResponse } from '#platform/http.ts'
import { dataHeaders } from '#gate/web-headers.ts'
import type { Connection } from '#platform/net.ts'
import { Channel } from '#protocol/channel.ts'
import {
  BODY_PIECE_BYTES_MAX,
  type JmapRequest,
  type WebRequest,
  type WebResponse,
  webGateSide,
} from '#protocol/vault-web.ts'

type WebChannel = Channel<WebResponse, WebRequest>

/** Asks what has one answer without a body. Null if the vault is gone. */
export function oneAnswer(vault: Connection, request: WebRequest): Promise<WebResponse | null> {
  const channel: WebChannel = new Channel(vault, webGateSide)
  return new Promise((resolve) => {
    channel.open({
      message(answer, release) {
        resolve(answer)
        release()
        channel.destroy()
      },
      close: () => resolve(null),
    })
    void channel.send(request)
  })
}

export type CarriedJmap = 'answered' | 'refused' | 'unavailable' | Extract<WebResponse, { kind: 'rebuilding' }>

/** Resolves when the response is complete; with a word if there was none, and the caller has to write one. */
export async function carryJmap(
  vault: Connection,
  jmap: JmapRequest,
  request: HttpRequest,
  response: HttpResponse,
): Promise<CarriedJmap> {
  const channel: WebChannel = new Channel(vault, webGateSide)
  const outcome = Promise.withResolvers<CarriedJmap>()
  let hasHead = false
  channel.open({
    async message(message, release) {
      switch (message.kind) {
        case 'reply':
          hasHead = true
          response.head(message.status, replyHeaders(message, jmap, request))
          break
        case 'body': {
          // It is sent when the kernel has it: until then the piece must stay as it is.
          const drain = response.write(Buffer.from(message.bytes))
          if (drain !== null) await drain
          break
        }
        case 'bodyEnd':
          response.end()
          outcome.resolve('answered')
          channel.destroy()
          break
        case 'refused':
        case 'unavailable':
          outcome.resolve(message.kind)
          channel.destroy()
          break
        case 'rebuilding':
          outcome.resolve(message)
          channel.destroy()
          break
        case 'done':
        case 'token':
        case 'counterBehind':
          channel.destroy()
      }
      release()
    },
    close() {
      // In the middle of a body: what was announced does not come.
      if (hasHead) response.abort()
      outcome.resolve(hasHead ? 'answered' : 'unavailable')
    },
  })
  void response.closed.then(() => channel.destroy())
  void channel.send(jmap)
  if (jmap.call.kind === 'api' || jmap.call.kind === 'upload') {
    // The answer may come before all of the body is read, and ends it.
    sendBody(channel, request).catch(() => channel.destroy())
  }
  return outcome.promise
}

async function sendBody(channel: WebChannel, request: HttpRequest): Promise<void> {
  for await (const chunk of request.body) {
    for (let at = 0; at < chunk.length; at += BODY_PIECE_BYTES_MAX) {
      const drain = channel.send({ kind: 'body', bytes: chunk.subarray(at, at + BODY_PIECE_BYTES_MAX) })
      if (drain !== null) await drain
    }
    chunk.fill(0)
    if (!channel.isOpen) return
  }
  void channel.send({ kind: 'bodyEnd' })
}

function replyHeaders(
  { contentType, length, range }: Extract<WebResponse, { kind: 'reply' }>,
  { call }: JmapRequest,
  request: HttpRequest,
): Record<string, string> {
  const headers: Record<string, string> = { ...dataHeaders(request.isTls), 'Content-Type': contentType }
  if (length !== null) headers['Content-Length'] = String(length)
  if (call.kind === 'download' && contentType === 'application/octet-stream') {
    // Whatever it is said to be, a browser saves it.
    headers['Content-Type'] = downloadType(request.query.get('type'))
    headers['Content-Disposition'] = `attachment; filename*=UTF-8''${fileName(request.path)}`
    headers['Cache-Control'] = 'private, immutable, max-age=31536000'
    headers['Accept-Ranges'] = 'bytes'
    if (range !== null && length !== null) {
      headers['Content-Range'] = `bytes ${range.start}-${range.start + length - 1}/${range.size}`
    }
  }
  return headers
}

function downloadType(type: string | null): string {
  return type !== null && /^[\w!#$&^.+-]{1,100}\/[\w!#$&^.+-]{1,100}$/.test(type) ? type : 'application/octet-stream'
}

/** The last part of the path, percent-encoded as it came; RFC 8187 §3.2.1. */
function fileName(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  return /^(?:[\w.~!$&+-]|%[0-9A-Fa-f]{2}){1,400}$/.test(name) ? name : 'download'
}
