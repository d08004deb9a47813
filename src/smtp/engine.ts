// The SMTP server's engine: the client's bytes in, replies and questions to its host out (RFC 5321). It does no input or output. It serves
// strangers (`new SmtpEngine`: port 25, no AUTH) and, after login, the account's owner (`SmtpEngine.afterLogin`: submission).
//
// HOW TO DRIVE IT
//
//   const engine = new SmtpEngine<Target>(host, { hostname, peerAddress, tls, offersStartTls })      // host: SmtpHost<Target>, host.ts
//   engine.greeting()                        as soon as the client may speak; with a Refusal, to send it away instead. What comes in
//                                            before is refused with 554 and noted as `earlyTalker`. Not after login.
//   engine.receive(chunk)                    each chunk, one at a time: nothing if it is done, or a promise to be awaited before the next (that slows
//                                            a fast client down). The chunk belongs to the engine until then, and is OVERWRITTEN; its owner
//                                            wipes it afterwards.
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
import { Answers } from './answers.ts'
import { announcesContent, isForeignVerb, parseCommandLine } from './command-line.ts'
import { commandOf } from './commands.ts'
import type { Handover } from './handover.ts'
import type { SmtpHost } from './host.ts'
import { ENVELOPE_COMMAND_BYTES_MAX, type SmtpLimits, defaultLimits } from './limits.ts'
import { type LineEvent, LineReader } from './line-reader.ts'
import { Patience } from './patience.ts'
import { type Reply, reply, replyOf } from './reply.ts'
import { type Content, Session, SessionEndedError } from './session.ts'
import { BARE_LINE_END, FOREIGN, INJECTION, NO_TEXT, TIMEOUT, TOO_LONG, UNKNOWN } from './standard-replies.ts'
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
  readonly #answers: Answers
  #mayTalk: boolean
  /** Where in the chunk what comes next begins. */
  #at = 0
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
    this.#answers = new Answers(this.#session, this.#patience)
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
    this.#answers.write(reply(220, null, `${hostname} ESMTP Mailkeep`))
    this.#session.out.flush()
    this.#patience.renew()
    this.#patience.pause(host.monotonic())
  }

  /** Everything that the chunk asks for is done and the client can take more: when this returns nothing, or when the promise resolves. */
  receive(chunk: Buffer): Promise<void> | undefined {
    if (this.isOver) return
    assert(!this.#isReceiving, 'one chunk at a time')
    this.#isReceiving = true
    try {
      const reading = this.#read(chunk)
      if (reading !== undefined) return this.#received(reading)
      this.#endIfDue()
    } catch (error) {
      this.#fail(error)
    }
    this.#isReceiving = false
  }

  async #received(reading: Promise<void>): Promise<void> {
    try {
      await reading
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

  #read(chunk: Buffer): Promise<void> | undefined {
    const session = this.#session
    if (!this.#mayTalk) this.#answers.refuse(EARLY, 'earlyTalker')
    else if (session.awaitsTls) this.#answers.refuse(INJECTION, 'startTlsInjection')
    else {
      this.#patience.resume(session.host.monotonic(), session.content !== null, chunk.length)
      if (this.#patience.isExhausted) this.#answers.refuse(TIMEOUT, 'timeout')
      else {
        this.#at = 0
        const step = this.#advance(chunk)
        return step === undefined ? this.#flush() : this.#readOn(step, chunk)
      }
    }
    return undefined
  }

  async #readOn(first: Promise<void>, chunk: Buffer): Promise<void> {
    for (let step: Promise<void> | undefined = first; step !== undefined; step = this.#advance(chunk)) {
      await step
      if (this.#bye !== null) this.#endIfDue()
    }
    await this.#flush()
  }

  /** Goes on in the chunk up to its end, or to something that has to be waited for. Most can be answered at once. */
  #advance(chunk: Buffer): Promise<void> | undefined {
    const session = this.#session
    while (this.#at < chunk.length && !session.isEnding) {
      const step = session.content === null ? this.#readLine(chunk) : this.#readContent(session.content, chunk)
      if (step !== undefined) return step
      if (this.#bye !== null) this.#endIfDue()
    }
    return undefined
  }

  #readContent(content: Content, chunk: Buffer): Promise<void> | undefined {
    const finished = content.receive(chunk, this.#at)
    this.#at = content.next
    return this.#answers.finishWhenKnown(finished, this.#session.refusedRecipients)
  }

  #readLine(chunk: Buffer): Promise<void> | undefined {
    const event = this.#reader.read(chunk, this.#at)
    this.#at = this.#reader.next
    this.#session.hasMoreInput = this.#at < chunk.length
    return event === null ? undefined : this.#line(event)
  }

  #flush(): Promise<void> | undefined {
    this.#session.out.flush()
    const drain = this.#session.out.room()
    if (drain !== null) return drain.then(() => this.#rest())
    this.#rest()
    return undefined
  }

  /** The chunk is used up, and everything is answered. */
  #rest(): void {
    const session = this.#session
    session.checkConnected()
    if (session.awaitsTls) session.host.startTls()
    this.#patience.pause(session.host.monotonic())
  }

  #line(event: LineEvent): Promise<void> | undefined {
    switch (event.kind) {
      case 'line':
        return this.#command(event.bytes)
      case 'tooLong':
        return this.#misread(event.bytes, TOO_LONG)
      case 'bareCr':
      case 'bareLf':
        this.#answers.refuse(BARE_LINE_END[event.kind], 'bareLineEnd')
        return
      case 'flood':
      case 'tls':
        this.#answers.refuse(FOREIGN, 'foreignProtocol')
        return
      default:
        return unreachable(event)
    }
  }

  #command(bytes: Buffer): Promise<void> | undefined {
    const session = this.#session
    if (++session.fruitlessCommands > session.limits.fruitlessCommandsMax) {
      this.#answers.refuse(TOO_MANY_COMMANDS, 'tooManyCommands')
      return
    }
    const line = parseCommandLine(bytes)
    if (line === null) return this.#misread(bytes, NO_TEXT)
    const command = commandOf(line.verb)
    if (command === undefined) {
      if (!isForeignVerb(line.verb)) return this.#answers.finish(UNKNOWN, false)
      this.#answers.refuse(FOREIGN, 'foreignProtocol')
      return
    }
    if (bytes.length + 2 > command.lineBytesMax) return this.#misread(bytes, TOO_LONG)
    const { refusedRecipients } = session
    return this.#answers.finishWhenKnown(command.run(session, line.args), refusedRecipients)
  }

  /** A line that cannot be understood. If content follows it, the place of the next command is lost. */
  #misread(line: Buffer, answer: Reply): Promise<void> | undefined {
    return this.#answers.finish(announcesContent(line) ? this.#session.endWith(answer) : answer, false)
  }

  #endWith(answer: Reply): void {
    this.#answers.write(this.#session.endWith(answer))
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
      this.#answers.write(this.#session.endWith(INTERNAL))
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
