// One SMTP session: what commands read and change. The engine feeds it; it has no grammar and no commands itself.

import { ResponseWriter } from '#base/response-writer.ts'
import type { SmtpHost } from './host.ts'
import type { SmtpLimits } from './limits.ts'
import type { LineEndCheck } from './line-end-check.ts'
import type { MailAddress } from './mail-address.ts'
import type { MailParameters } from './mail-parameters.ts'
import type { MessageIntake } from './message-intake.ts'
import type { Reply } from './reply.ts'
import { type Hello, type Peer, type Recipient, type TlsState, type Transaction, protocolWord } from './transaction.ts'

/** The connection ended while a command ran. */
export class SessionEndedError extends Error {
  override name = 'SessionEndedError'
}

/** While a message's bytes come, they go here and not to the commands. */
export interface Content {
  /** Of the last call: where in the chunk its bytes end. */
  readonly next: number
  /** Takes what is its own of `chunk` from `at`, and may overwrite it. The reply, when it has come to its end; then it is called no more. */
  receive(chunk: Buffer, at: number): Reply | null | Promise<Reply | null>
}

export interface SessionOptions {
  /** Of this server: a domain. */
  readonly hostname: string
  readonly peerAddress: string
  readonly tls: TlsState | null
  readonly offersStartTls: boolean
  readonly isAuthenticated: boolean
  readonly hello: Hello | null
  readonly limits: SmtpLimits
}

/** A transaction that is still being put together. */
interface OpenTransaction extends Transaction<unknown> {
  readonly recipients: Recipient<unknown>[]
}

export class Session {
  readonly host: SmtpHost
  readonly hostname: string
  readonly limits: SmtpLimits
  readonly out: ResponseWriter
  readonly #peerAddress: string
  readonly #isAuthenticated: boolean
  readonly #offersStartTls: boolean
  #peer: Peer | null = null
  hello: Hello | null
  tls: TlsState | null
  transaction: OpenTransaction | null = null
  /** The message of the transaction, from DATA or the first BDAT on. */
  intake: MessageIntake | null = null
  /** What is known of the lines of a message that comes by BDAT. */
  lineEnds: LineEndCheck | null = null
  content: Content | null = null
  /** TLS was asked for and is not up yet: nothing is read meanwhile. */
  awaitsTls = false
  /** More input has come behind the command that runs. */
  hasMoreInput = false
  /** After QUIT, 421 or the loss of the connection: nothing more is read. */
  isEnding = false
  transactions = 0
  fruitlessCommands = 0
  refusedRecipients = 0
  errors = 0
  #isCut = false

  constructor(host: SmtpHost, options: SessionOptions) {
    this.host = host
    this.hostname = options.hostname
    this.limits = options.limits
    this.hello = options.hello
    this.tls = options.tls
    this.#peerAddress = options.peerAddress
    this.#isAuthenticated = options.isAuthenticated
    this.#offersStartTls = options.offersStartTls
    this.out = new ResponseWriter((bytes) => (this.#isCut ? null : host.send(bytes)))
  }

  get isAuthenticated(): boolean {
    return this.#isAuthenticated
  }

  get offersStartTls(): boolean {
    return this.#offersStartTls && this.tls === null
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** The client has said who it is. */
  peer(hello: Hello): Peer {
    if (this.#peer?.hello !== hello || this.#peer.tls !== this.tls) {
      this.#peer = { address: this.#peerAddress, hello, tls: this.tls, isAuthenticated: this.#isAuthenticated }
    }
    return this.#peer
  }

  begin(peer: Peer, sender: MailAddress | null, parameters: MailParameters): void {
    this.transactions++
    this.transaction = {
      peer,
      protocol: protocolWord(peer, parameters.isUtf8),
      sender,
      ...parameters,
      recipients: [],
    }
  }

  /** The transaction is over, or given up: then the message that may have begun is given up, too. */
  reset(): void {
    this.intake?.abort()
    this.intake = null
    this.lineEnds = null
    this.content = null
    this.transaction = null
  }

  /** TLS is up: RFC 3207 §4.2, nothing that was said in the clear counts. */
  secure(tls: TlsState): void {
    this.reset()
    this.hello = null
    this.tls = tls
    this.awaitsTls = false
  }

  /** The session ends with this reply. */
  endWith(reply: Reply): Reply {
    this.isEnding = true
    return reply
  }

  /** The connection is gone: a running command stops at its next pause. */
  cut(): void {
    this.#isCut = true
    this.isEnding = true
    this.reset()
  }

  /** After every pause. Throws SessionEndedError. */
  checkConnected(): void {
    if (this.#isCut) throw new SessionEndedError('the connection ended')
  }
}
