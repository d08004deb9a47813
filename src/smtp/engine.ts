// The SMTP server's engine: the client's bytes in, replies and questions to its host out (RFC 5321). It does no input or output. It serves
// strangers (`new SmtpEngine`: port 25, no AUTH) and, after login, the account's owner (`SmtpEngine.afterLogin`: submission).
//
// HOW TO DRIVE IT
//
//   const engine = new SmtpEngine<Target>(host, { hostname, peerAddress, tls, offersStartTls })      // host: SmtpHost<Target>, host.ts
//   engine.greeting()                        as soon as the client may speak; with a Refusal, to send it away instead. What comes in
//                                            before is refused with 554 and noted as `earlyTalker`. Not after login.
//   await engine.receive(chunk)              each chunk, one at a time: await it before the next (that slows a fast client down). The chunk belongs
//                                            to the engine until then, and is OVERWRITTEN; its owner wipes it afterwards.
//   engine.secured({ version, cipher })      after `host.startTls()`: TLS is up. Stop reading before the handshake begins: bytes that
//                                            came in the clear and are given to `receive` meanwhile end the session.
//   engine.expire()                          nothing was received, and nothing that waits for it could be sent, for `engine.timeoutMs` (ask again
//                                            after each `receive`: it depends on the state). While `receive` is pending, count only the time in
//                                            which a promise of `send` is, too.
//   engine.bye('Server is stopping')         421 after the command or message that runs; then `host.end()`. `close()` if that takes too long.
//   engine.close()                           the connection is gone.
//
// WHAT IT ASKS (SmtpHost in host.ts; answers may be given at once or as promises; meanwhile nothing more is read)
//
//   checkSender(sender, {sizeBytes, bodyType, isUtf8}, peer)    at MAIL      → {kind: 'accepted'} | Refusal
//   checkRecipient(address, transaction)                        at RCPT      → {kind: 'accepted', target} | {kind: 'unknown' | 'relayDenied' |
//                                                                              'overQuota' | 'unavailable'} | Refusal
//   openMessage(transaction)                                    at DATA or the first BDAT                 → MessageSink | Refusal
//   sink.write(bytes)                                           → null (go on) or a promise (wait); the bytes are valid until then
//   sink.commit()                                               → {kind: 'accepted', id} | Refusal; for all recipients at once
//   sink.abort()                                                instead of commit: RSET, a lost connection, a message that is refused
//   send(bytes), end(), fail(error), now(), monotonic(), pause()             SessionHost
//   startTls(), delay(ms), note(event)
//
// A `Refusal` is made with `refused(code, enhanced, text)` (verdict.ts). `transaction` (transaction.ts) is a plain record: peer (address, hello, tls,
// isAuthenticated), protocol word, sender, recipients with the targets that checkRecipient gave, size, body type, SMTPUTF8.
//
// `host.end()` must send what is written, and then read on and drop what still comes for a while (a second or two, some 100 KB) before it
// closes: closing at once makes TCP throw away the reply that says why.
//
// INVARIANTS. What a client can cause never throws; a broken invariant or a fault of the environment (a rejected promise of the host's) ends the
// session with 421 and goes to `host.fail`. No promise of the engine is ever rejected. Any division of the input into chunks gives the
// same replies (but STARTTLS with something behind it: see command-starttls.ts). Exactly one of `commit` and `abort` is called per sink, unless
// `commit` is running when the connection is lost. Replies to commands that came together leave together. Memory: one command line, one
// batch of replies, the transaction; an idle session holds no buffer.

import { assert, unreachable } from '#base/assert.ts'
import { announcesContent, isForeignVerb, parseCommandLine } from './command-line.ts'
import { commandOf } from './commands.ts'
import type { Handover } from './handover.ts'
import type { PolicyEvent, SmtpHost } from './host.ts'
import { ENVELOPE_COMMAND_BYTES_MAX, type SmtpLimits, defaultLimits } from './limits.ts'
import { type LineEvent, LineReader } from './line-reader.ts'
import { Patience } from './patience.ts'
import { type Reply, formatReply, reply, replyOf } from './reply.ts'
import { Session, SessionEndedError } from './session.ts'
import {
  BARE_LINE_END,
  FOREIGN,
  INJECTION,
  NO_TEXT,
  TIMEOUT,
  TOO_LONG,
  TOO_MANY_ERRORS,
  UNKNOWN,
} from './standard-replies.ts'
import type { TlsState } from './transaction.ts'
import type { Refusal } from './verdict.ts'

export interface SmtpEngineOptions {
  /** Of this server: a domain. */
  readonly hostname: string
  /** IP address, as text. */
  readonly peerAddress: string
  readonly tls: TlsState | null
  readonly offersStartTls: boolean
  readonly limits?: Partial<SmtpLimits>
}

const EARLY = reply(554, '5.5.1', 'You spoke before you were greeted')
const INTERNAL = reply(421, '4.3.0', 'Internal error: try again later')
const TOO_MANY_COMMANDS = reply(421, '4.7.0', 'Too many commands without a message')

export class SmtpEngine<Target = unknown> implements Disposable {
  readonly #session: Session
  readonly #reader = new LineReader(ENVELOPE_COMMAND_BYTES_MAX)
  readonly #patience: Patience
  #mayTalk: boolean
  #isReceiving = false
  #hasEnded = false
  #bye: string | null = null

  constructor(host: SmtpHost<Target>, options: SmtpEngineOptions, handover: Handover | null = null) {
    const limits = options.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits }
    const { hostname, peerAddress, tls, offersStartTls } = options
    const isAuthenticated = handover !== null
    const hello = handover?.hello ?? null
    this.#session = new Session(host, {
      hostname,
      peerAddress,
      tls,
      offersStartTls,
      isAuthenticated,
      hello,
      limits,
    })
    this.#patience = new Patience(limits, host.monotonic())
    this.#mayTalk = isAuthenticated
  }

  /** For a client that has logged in elsewhere (preauth.ts): it goes on as if it had said EHLO here. */
  static afterLogin<Target>(
    host: SmtpHost<Target>,
    handover: Handover,
    options: Pick<SmtpEngineOptions, 'hostname' | 'limits'>,
  ): SmtpEngine<Target> {
    const { peerAddress, tls } = handover
    return new SmtpEngine(host, { ...options, peerAddress, tls, offersStartTls: false }, handover)
  }

  get isOver(): boolean {
    return this.#session.isEnding
  }

  /** How long the client may be silent in the state that the session is in. */
  get timeoutMs(): number {
    const { content, limits } = this.#session
    return content === null ? limits.commandTimeoutMs : limits.contentTimeoutMs
  }

  /** Lets the client speak (RFC 5321 §3.1), or sends it away with 421 or 554. */
  greeting(refusal: Refusal | null = null): void {
    if (this.isOver) return
    assert(!this.#mayTalk, 'the client is greeted once')
    this.#mayTalk = true
    const { hostname, host } = this.#session
    if (refusal !== null) return this.#endWith(replyOf(refusal))
    this.#write(reply(220, null, `${hostname} ESMTP Mailkeep`))
    this.#session.out.flush()
    this.#patience.renew()
    this.#patience.pause(host.monotonic())
  }

  /** Resolves when everything that the chunk asks for is done and the client can take more. */
  async receive(chunk: Buffer): Promise<void> {
    if (this.isOver) return
    assert(!this.#isReceiving, 'one chunk at a time')
    this.#isReceiving = true
    try {
      await this.#read(chunk)
      this.#endIfDue()
    } catch (error) {
      this.#fail(error)
    }
    this.#isReceiving = false
  }

  /** TLS is up. */
  secured(tls: TlsState): void {
    if (this.isOver) return
    assert(this.#session.awaitsTls, 'TLS was asked for')
    this.#session.secure(tls)
    this.#patience.renew()
    this.#patience.pause(this.#session.host.monotonic())
  }

  /** For `timeoutMs` nothing came from the client, and nothing that waits for it could be sent. */
  expire(): void {
    if (this.isOver) return
    this.#session.host.note('timeout')
    if (!this.#isReceiving && !this.#session.awaitsTls) return this.#endWith(TIMEOUT)
    // Replies are waiting that nobody reads, or TLS that does not begin.
    this.#end()
    this.#session.cut()
  }

  /** Ends the session from our side, for a stop of the server: after the command or message that runs. */
  bye(text: string): void {
    this.#bye = text
    if (!this.#isReceiving) this.#endIfDue()
  }

  /** The connection is gone. */
  close(): void {
    this.#session.cut()
    this.#reader.wipe()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  async #read(chunk: Buffer): Promise<void> {
    const session = this.#session
    if (!this.#mayTalk) return this.#refuse(EARLY, 'earlyTalker')
    if (session.awaitsTls) return this.#refuse(INJECTION, 'startTlsInjection')
    this.#patience.resume(session.host.monotonic(), session.content !== null, chunk.length)
    if (this.#patience.isExhausted) return this.#refuse(TIMEOUT, 'timeout')
    let at = 0
    while (at < chunk.length && !session.isEnding) {
      const { content } = session
      if (content === null) {
        const event = this.#reader.read(chunk, at)
        at = this.#reader.next
        session.hasMoreInput = at < chunk.length
        if (event !== null) await this.#line(event)
      } else {
        const finished = await content.receive(chunk, at)
        at = content.next
        if (finished !== null) await this.#finish(finished, false)
      }
      if (this.#bye !== null) this.#endIfDue()
    }
    session.out.flush()
    const drain = session.out.room()
    if (drain !== null) await drain
    session.checkConnected()
    if (session.awaitsTls) session.host.startTls()
    this.#patience.pause(session.host.monotonic())
  }

  #line(event: LineEvent): Promise<void> | void {
    switch (event.kind) {
      case 'line':
        return this.#command(event.bytes)
      case 'tooLong':
        return this.#misread(event.bytes, TOO_LONG)
      case 'bareCr':
      case 'bareLf':
        return this.#refuse(BARE_LINE_END[event.kind], 'bareLineEnd')
      case 'flood':
      case 'tls':
        return this.#refuse(FOREIGN, 'foreignProtocol')
      default:
        return unreachable(event)
    }
  }

  async #command(bytes: Buffer): Promise<void> {
    const session = this.#session
    if (++session.fruitlessCommands > session.limits.fruitlessCommandsMax) {
      return this.#refuse(TOO_MANY_COMMANDS, 'tooManyCommands')
    }
    const line = parseCommandLine(bytes)
    if (line === null) return this.#misread(bytes, NO_TEXT)
    const command = commandOf(line.verb)
    if (command === undefined) {
      return isForeignVerb(line.verb) ? this.#refuse(FOREIGN, 'foreignProtocol') : this.#finish(UNKNOWN, false)
    }
    if (bytes.length + 2 > command.lineBytesMax) return this.#misread(bytes, TOO_LONG)
    const { refusedRecipients } = session
    const outcome = command.run(session, line.args)
    const answer = outcome instanceof Promise ? await outcome : outcome
    if (answer !== null) await this.#finish(answer, session.refusedRecipients > refusedRecipients)
  }

  /** A line that cannot be understood. If content follows it, the place of the next command is lost. */
  #misread(line: Buffer, answer: Reply): Promise<void> {
    return this.#finish(announcesContent(line) ? this.#session.endWith(answer) : answer, false)
  }

  /** A command, or a message, has its reply. Mistakes are counted, and from some number on answered slowly. */
  async #finish(answer: Reply, isRefusedRecipient: boolean): Promise<void> {
    const session = this.#session
    const { limits } = session
    const isError = answer.code >= 500 && !isRefusedRecipient
    if (isError) session.errors++
    const count = isError ? session.errors : isRefusedRecipient ? session.refusedRecipients : 0
    if (count > limits.errorsUndelayed && !session.isEnding) {
      session.out.flush()
      await session.host.delay(limits.errorDelayMs)
      session.checkConnected()
    }
    this.#write(answer)
    this.#patience.renew()
    if (answer.code === 421) session.isEnding = true
    if (session.isEnding) return
    if (session.errors >= limits.errorsMax || session.refusedRecipients >= limits.refusedRecipientsMax) {
      this.#refuse(TOO_MANY_ERRORS, 'tooManyErrors')
    }
  }

  #write(answer: Reply): void {
    this.#session.out.text(formatReply(answer))
  }

  /** Ends the session for what the client did. */
  #refuse(answer: Reply, event: PolicyEvent): void {
    this.#session.host.note(event)
    this.#write(this.#session.endWith(answer))
  }

  #endWith(answer: Reply): void {
    this.#write(this.#session.endWith(answer))
    this.#end()
  }

  /** Between commands; not within a message, and not while the client waits for TLS. */
  #endIfDue(): void {
    const { isEnding, content, awaitsTls } = this.#session
    if (isEnding) return this.#end()
    if (this.#bye === null || content !== null) return
    if (awaitsTls) return this.#end()
    this.#endWith(reply(421, '4.3.2', this.#bye))
  }

  #fail(error: unknown): void {
    if (error instanceof SessionEndedError) return
    if (!this.#session.isCut) {
      this.#write(this.#session.endWith(INTERNAL))
      this.#end()
    }
    this.#session.host.fail(error)
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#session.isEnding = true
    this.#session.out.flush()
    this.#session.reset()
    this.#reader.wipe()
    if (!this.#session.isCut) this.#session.host.end()
  }
}
