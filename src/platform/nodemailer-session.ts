// A session with an SMTP server over nodemailer's SMTPConnection: the commands, STARTTLS (RFC 3207), AUTH (RFC 4954), PIPELINING (RFC 2920), SIZE
// (RFC 1870), 8BITMIME (RFC 6152), SMTPUTF8 (RFC 6531). What it must see to: `smtp-client.ts`.

import type { Socket } from 'node:net'
import { Readable } from 'node:stream'
import { type ConnectionOptions, TLSSocket } from 'node:tls'
import SMTPConnection, { type Options, type SMTPError } from 'nodemailer/lib/smtp-connection/index.js'
import { isIpAddress } from './dns.ts'
import type { SmtpMessage, SmtpPeer, SmtpRecipientResult, SmtpReply, SmtpResult, TlsReport } from './smtp-client.ts'

export interface SessionOptions {
  /** For EHLO: this machine's name. */
  readonly name: string
  /** For the greeting, and TLS. */
  readonly greetingTimeoutMs?: number
  /** Without a word from the peer: RFC 5321 §4.5.3.2 asks for ten minutes after the message. */
  readonly silenceTimeoutMs?: number
  /** For all of it. */
  readonly sessionTimeoutMs?: number
  /** Certificates to trust instead of those that the system trusts, in PEM. */
  readonly trusted?: string
}

const GREETING_TIMEOUT_MS = 5 * 60_000
const SILENCE_TIMEOUT_MS = 10 * 60_000
const SESSION_TIMEOUT_MS = 60 * 60_000
/** After QUIT. */
const CLOSE_TIMEOUT_MS = 5000
const REPLY_BYTES_MAX = 64 * 1024
const CONTENT_CHUNK_BYTES = 64 * 1024

/** What nodemailer's declarations leave out. */
interface Internals {
  readonly _supportedExtensions: readonly string[]
  readonly _maxAllowedSize: number
  _sendCommand(command: string, logged?: string): void
}

class Connection extends SMTPConnection {
  /** The header is in UTF-8: nodemailer itself looks at addresses only (RFC 6531 §3.4). */
  declareUtf8 = false

  _sendCommand(command: string, logged?: string): void {
    const declares = this.declareUtf8 && command.startsWith('MAIL FROM:<') && !/ SMTPUTF8\b/.test(command)
    const inherited = SMTPConnection.prototype as unknown as Internals
    inherited._sendCommand.call(this, declares ? `${command} SMTPUTF8` : command, logged)
  }
}

/** nodemailer sends no such addresses, and refuses a whole message for one. */
const UNSENDABLE = /[\r\n<>]/
const NO_ADDRESS: SmtpRecipientResult = {
  kind: 'refused',
  reply: { code: 553, text: '5.1.3 an address that cannot be sent' },
}

export class Session {
  readonly #peer: SmtpPeer
  readonly #connection: Connection
  readonly #signal: AbortSignal
  readonly #timer: NodeJS.Timeout
  /** Rejects when the connection has failed, or was given up. */
  readonly #failure = Promise.withResolvers<never>()
  readonly #abort = (): void => this.#fail(new Error('given up'))
  #over = false

  constructor(options: SessionOptions, peer: SmtpPeer, socket: Socket, signal: AbortSignal) {
    this.#peer = peer
    this.#signal = signal
    this.#connection = new Connection(connectionOptions(options, peer, socket))
    this.#failure.promise.catch(() => undefined)
    this.#connection.on('error', (error: Error) => this.#fail(error))
    // What the peer said at last is told right after this event.
    const closed = (): void => this.#fail(new Error('the connection was closed'))
    this.#connection.on('end', () => queueMicrotask(closed))
    signal.addEventListener('abort', this.#abort)
    const tooLong = (): void => this.#fail(new Error('the session took too long'))
    this.#timer = setTimeout(tooLong, options.sessionTimeoutMs ?? SESSION_TIMEOUT_MS)
  }

  /** Up to and with AUTH. Null when the session is ready. */
  async begin(): Promise<SmtpResult | 'tlsFailed' | null> {
    const { credentials, tls } = this.#peer
    try {
      if (this.#signal.aborted) this.#abort()
      await this.#step((done) => this.#connection.connect(done))
      if (credentials === null) return null
      if (!this.#connection.allowsAuth) {
        return { kind: 'noSession', reason: 'the server does not offer AUTH', reply: null }
      }
      const auth = { user: credentials.user, pass: credentials.password }
      await this.#step((done) => this.#connection.login(auth, done))
      return null
    } catch (error) {
      if (this.#connection.upgrading === true && tls === 'opportunistic') return 'tlsFailed'
      return { kind: 'noSession', reason: errorText(error), reply: replyOf(error) }
    }
  }

  async send(message: SmtpMessage): Promise<SmtpResult> {
    const { recipients } = message
    const refused = recipients.map((recipient) => this.#refusal(message, recipient))
    const to = recipients.filter((_, index) => refused[index] === null)
    const results = to.length === 0 ? new Map<string, SmtpRecipientResult>() : await this.#transact(message, to)
    return {
      kind: 'session',
      tls: this.#tlsReport(),
      recipients: recipients.map(
        (recipient, index) => refused[index] ?? results.get(recipient) ?? { kind: 'unknown', reason: 'no reply' },
      ),
    }
  }

  /** Politely if it can be. */
  end(): void {
    clearTimeout(this.#timer)
    this.#signal.removeEventListener('abort', this.#abort)
    if (this.#over) return
    this.#over = true
    setTimeout(() => this.#connection.close(), CLOSE_TIMEOUT_MS).unref()
    this.#connection.quit()
  }

  /** Why it is not even tried: what the peer would have to understand to take the message unchanged. */
  #refusal({ sender, sizeBytes, eightBit, smtpUtf8 }: SmtpMessage, recipient: string): SmtpRecipientResult | null {
    const { _supportedExtensions: supported, _maxAllowedSize: sizeMax } = this.#connection as unknown as Internals
    if (UNSENDABLE.test(sender) || UNSENDABLE.test(recipient) || recipient.trim() !== recipient) return NO_ADDRESS
    if (recipient === '') return NO_ADDRESS
    const needsUtf8 = smtpUtf8 || !isAscii(sender) || !isAscii(recipient)
    // RFC 6531 §3.5: never to be sent to a server that does not know it.
    if (needsUtf8 && !supported.includes('SMTPUTF8')) return { kind: 'unsupported', extension: 'SMTPUTF8' }
    // RFC 6152 §3.
    if (eightBit && !supported.includes('8BITMIME')) return { kind: 'unsupported', extension: '8BITMIME' }
    // RFC 1870 §6.
    if (sizeMax > 0 && sizeBytes > sizeMax) return { kind: 'unsupported', extension: 'SIZE' }
    return null
  }

  async #transact(message: SmtpMessage, to: readonly string[]): Promise<Map<string, SmtpRecipientResult>> {
    // nodemailer keeps its book in this very object, also if the transaction fails.
    const envelope = {
      from: message.sender,
      to: [...to],
      size: message.sizeBytes,
      use8BitMime: message.eightBit,
      rejectedErrors: [] as SMTPError[],
    }
    this.#connection.declareUtf8 = message.smtpUtf8
    const source = new Source(message.content())
    const content = Readable.from(source.chunks(), { objectMode: false, highWaterMark: CONTENT_CHUNK_BYTES })
    // Of those who are not refused by name.
    let rest: SmtpRecipientResult
    try {
      const { response } = await this.#step<{ readonly response: string }>((done) =>
        this.#connection.send(envelope, content, done),
      )
      rest =
        source.state === 'ended'
          ? { kind: 'accepted', reply: parseReply(response) ?? { code: 250, text: '' } }
          : { kind: 'unknown', reason: 'a reply before the end of the message' }
    } catch (error) {
      if (source.error !== null) throw source.error
      const reply = replyOf(error)
      rest = reply === null ? { kind: 'unknown', reason: errorText(error) } : { kind: 'refused', reply }
    } finally {
      // What comes next would be taken for a part of the message.
      if (source.state === 'begun') this.#fail(new Error('the message was not sent whole'))
      content.destroy()
    }
    const results = new Map<string, SmtpRecipientResult>(to.map((recipient) => [recipient, rest]))
    for (const error of envelope.rejectedErrors) {
      const reply = replyOf(error)
      if (error.recipient !== undefined && reply !== null) results.set(error.recipient, { kind: 'refused', reply })
    }
    return results
  }

  /** Runs one of nodemailer's functions; the connection's failure is its failure. */
  #step<T>(run: (done: (error?: Error | null, value?: T) => void) => void): Promise<T> {
    const { promise, resolve, reject } = Promise.withResolvers<T>()
    run((error, value) => (error === null || error === undefined ? resolve(value as T) : reject(error)))
    return Promise.race([promise, this.#failure.promise])
  }

  #fail(error: Error): void {
    if (this.#over) return
    this.#over = true
    this.#failure.reject(error)
    this.#connection.close()
  }

  #tlsReport(): TlsReport {
    const socket = this.#connection._socket
    if (!(socket instanceof TLSSocket)) {
      return { used: false, detail: this.#peer.tls === 'opportunistic' ? 'not offered, or refused' : 'not wanted' }
    }
    const certificate = socket.authorized ? 'verified' : `not verified: ${String(socket.authorizationError)}`
    return { used: true, detail: `${socket.getProtocol()} ${socket.getCipher().standardName}, ${certificate}` }
  }
}

function connectionOptions(options: SessionOptions, peer: SmtpPeer, socket: Socket): Options {
  const { tls, address, port, name } = peer
  const greetingTimeout = options.greetingTimeoutMs ?? GREETING_TIMEOUT_MS
  // Whatever protects a little is more than nothing.
  const unverified: ConnectionOptions = {
    rejectUnauthorized: false,
    minVersion: 'TLSv1',
    ciphers: 'DEFAULT@SECLEVEL=0',
  }
  return {
    connection: socket,
    host: address,
    port,
    ...(isIpAddress(name) ? {} : { servername: name }),
    name: options.name,
    secure: tls === 'implicit',
    ignoreTLS: tls === 'never',
    requireTLS: tls === 'starttls',
    opportunisticTLS: tls === 'opportunistic',
    tls: {
      ...(options.trusted === undefined ? {} : { ca: options.trusted }),
      ...(tls === 'opportunistic' ? unverified : {}),
    },
    connectionTimeout: greetingTimeout,
    greetingTimeout,
    socketTimeout: options.silenceTimeoutMs ?? SILENCE_TIMEOUT_MS,
    socketCloseTimeout: CLOSE_TIMEOUT_MS,
    maxResponseSize: REPLY_BYTES_MAX,
  }
}

/** A content as it is sent: how far it came, and why no further. */
class Source {
  readonly content: Iterable<Uint8Array>
  state: 'new' | 'begun' | 'ended' = 'new'
  error: unknown = null

  constructor(content: Iterable<Uint8Array>) {
    this.content = content
  }

  *chunks(): Generator<Uint8Array> {
    this.state = 'begun'
    try {
      yield* this.content
      this.state = 'ended'
    } catch (error) {
      this.error = error
      throw error
    }
  }
}

function isAscii(text: string): boolean {
  // eslint-disable-next-line no-control-regex -- exactly the bytes of ASCII
  return /^[\x00-\x7f]*$/.test(text)
}

const REPLY_LINE = /^(\d{3})[ -]?(.*)$/
const TEXT_LENGTH_MAX = 1000

/** Null if it is not a reply. */
function parseReply(response: string): SmtpReply | null {
  let code: number | null = null
  const texts: string[] = []
  for (const line of response.split(/\r?\n/)) {
    const match = REPLY_LINE.exec(line)
    if (match === null) continue
    code = Number(match[1])
    texts.push((match[2] ?? '').trim())
  }
  return code === null ? null : { code, text: texts.join(' ').slice(0, TEXT_LENGTH_MAX) }
}

function replyOf(error: unknown): SmtpReply | null {
  const { response } = error as SMTPError
  return typeof response === 'string' ? parseReply(response) : null
}

/** What happened, without what the peer said. */
export function errorText(error: unknown): string {
  const { message, response } = error as SMTPError
  const text = typeof response === 'string' ? message.replace(response, '').replace(/[\s:]+$/, '') : message
  return text.slice(0, TEXT_LENGTH_MAX)
}
