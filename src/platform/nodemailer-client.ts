// `SmtpClient` with nodemailer's SMTPConnection.

import { createConnection, type Socket } from 'node:net'
import { Session, type SessionOptions, errorText } from './nodemailer-session.ts'
import type { SmtpClient, SmtpMessage, SmtpPeer, SmtpResult } from './smtp-client.ts'

export interface SmtpClientOptions extends SessionOptions {
  /** From which to connect. */
  readonly localAddress?: string
  readonly connectTimeoutMs?: number
}

const CONNECT_TIMEOUT_MS = 30_000

const TLS_FAILED = 'the TLS handshake failed'

export function smtpClient(options: SmtpClientOptions): SmtpClient {
  return {
    async deliver(peer, message, signal) {
      const first = await deliverOnce(options, peer, message, signal)
      if (first !== 'tlsFailed') return first
      // RFC 7435 §3: better in clear than not at all.
      const second = await deliverOnce(options, { ...peer, tls: 'never' }, message, signal)
      if (second === 'tlsFailed') return { kind: 'noSession', reason: TLS_FAILED, reply: null }
      return second.kind === 'noSession' ? second : { ...second, tls: { used: false, detail: TLS_FAILED } }
    },
  }
}

async function deliverOnce(
  options: SmtpClientOptions,
  peer: SmtpPeer,
  message: SmtpMessage,
  signal: AbortSignal,
): Promise<SmtpResult | 'tlsFailed'> {
  let socket: Socket
  try {
    socket = await connect(options, peer, signal)
  } catch (error) {
    return { kind: 'noSession', reason: errorText(error), reply: null }
  }
  const session = new Session(options, peer, socket, signal)
  try {
    return (await session.begin()) ?? (await session.send(message))
  } finally {
    session.end()
  }
}

function connect(options: SmtpClientOptions, peer: SmtpPeer, signal: AbortSignal): Promise<Socket> {
  const { promise, resolve, reject } = Promise.withResolvers<Socket>()
  const { address: host, port } = peer
  const { localAddress, connectTimeoutMs = CONNECT_TIMEOUT_MS } = options
  const socket = createConnection({ host, port, ...(localAddress === undefined ? {} : { localAddress }) })
  const fail = (error: Error): void => {
    socket.destroy()
    reject(error)
  }
  const abort = (): void => fail(new Error('given up'))
  const timer = setTimeout(() => fail(new Error('connecting took too long')), connectTimeoutMs)
  socket.once('error', fail)
  socket.once('connect', () => {
    socket.removeListener('error', fail)
    resolve(socket)
  })
  signal.addEventListener('abort', abort)
  if (signal.aborted) abort()
  return promise.finally(() => {
    clearTimeout(timer)
    signal.removeEventListener('abort', abort)
  })
}
