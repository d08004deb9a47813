// What the server engine asks of the process that carries it. How and when it asks: see engine.ts.

import type { SessionHost } from '#base/session-host.ts'
import type { MailAddress } from './mail-address.ts'
import type { MailParameters } from './mail-parameters.ts'
import type { Peer, Transaction } from './transaction.ts'
import type { MessageVerdict, RecipientVerdict, Refusal, SenderVerdict } from './verdict.ts'

type Awaitable<T> = T | Promise<T>

/** What a client did that says something about it. For logs, counters and rate limits; there is no text of the client's in it. */
export type PolicyEvent =
  /** It spoke before the greeting. */
  | 'earlyTalker'
  /** It sent a CR or LF on its own. */
  | 'bareLineEnd'
  /** It sent something behind STARTTLS in the clear. */
  | 'startTlsInjection'
  /** It spoke HTTP or TLS, or never ended its line. */
  | 'foreignProtocol'
  /** It made more mistakes, or was refused more recipients, than is bearable. */
  | 'tooManyErrors'
  | 'tooManyCommands'
  /** Silent, or slower than is bearable. */
  | 'timeout'
  | 'mailLoop'

/** Where one message goes. The engine calls `write` any number of times, then either `commit` or `abort`, once. */
export interface MessageSink {
  /**
   * The message's next bytes, without dot-stuffing. They may be overwritten as soon as the call returns (null) or the promise resolves: copy or
   * consume them before. Null: go on. A promise: no more is read from the client until it resolves. A rejection is a fault of the
   * environment and ends the session; what is to be told to the client (no space, too long a wait) is for `commit` to say.
   */
  write(content: Buffer): Promise<void> | null
  /** The message is complete. Accepted means that it is durable. The connection may be lost meanwhile: the verdict stands, unheard. */
  commit(): Awaitable<MessageVerdict>
  /** The message will not be completed. May come while a `write` is pending. Must not throw. */
  abort(): void
}

export interface SmtpHost<Target = unknown> extends SessionHost {
  /** MAIL. `sender` is null for `<>`. */
  checkSender(sender: MailAddress | null, parameters: MailParameters, peer: Peer): Awaitable<SenderVerdict>
  /** RCPT. The transaction holds the recipients that were accepted before. An address without a domain is `<Postmaster>`. */
  checkRecipient(recipient: MailAddress, transaction: Transaction<Target>): Awaitable<RecipientVerdict<Target>>
  /** DATA, or the first BDAT: the envelope is complete, with at least one recipient. */
  openMessage(transaction: Transaction<Target>): Awaitable<MessageSink | Refusal>
  /** The reply that asks for it is sent: begin TLS, then call `secured`. Only called if the engine was told to offer it. */
  startTls(): void
  /** Resolves after `ms`, or as soon as the connection is gone. */
  delay(ms: number): Promise<void>
  note(event: PolicyEvent): void
}
