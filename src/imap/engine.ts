// A session's engine: the client's bytes in, replies and pauses out. It reads commands, runs one at a time, and ends each with
// what changed meanwhile and the tagged reply (RFC 3501 §2.2, §5.5).
//
// How to drive it: `receive` each chunk and await it before the next (that is what slows a fast client down); call `expire` when
// nothing was received or sent for `timeoutMs`, and `close` when the connection is gone. Calls `host.end` when the session is over.
// What a client can cause never throws. A broken invariant or a fault of the environment ends the session with BYE and goes to
// `host.fail`; no promise of the engine is ever rejected.

import { assert } from '#base/assert.ts'
import { type Change, CommitInDoubtError, CommitRefusedError, DamagedMessageError } from '#account/account.ts'
import { writeNewAlerts } from './alerts.ts'
import { type Completion, type Continuation, type LiteralSink, bad, formatCompletion, no } from './command.ts'
import { CommandReader, type LiteralOffer, type ReaderEvent } from './command-reader.ts'
import { refusalBefore } from './command-refusal.ts'
import { READ_ONLY, refusalOf } from './commit-refusal.ts'
import { withModseq } from './completion-modseq.ts'
import { Cursor } from './cursor.ts'
import type { SessionHost } from '#base/session-host.ts'
import { AUTOLOGOUT_MS, ERRORS_MAX, sessionLimits } from './limits.ts'
import { type Opening, type ParsedCommand, malformed, parseCommand, parseOpening } from './parse-command.ts'
import { Session, SessionEndedError, type SessionOptions } from './session.ts'
import type { SharedAccount } from './shared-account.ts'
import { tagOf } from './tag.ts'
import { isImmediate, writeNotifications } from './notify-write.ts'
import { writeUpdates } from './updates.ts'

/** The tagged response that is due would be a lie, whichever it was. */
const IN_DOUBT = 'Nobody knows whether that was done: log in again and look'

export class ImapEngine implements Disposable {
  readonly timeoutMs = AUTOLOGOUT_MS
  readonly #session: Session
  readonly #reader = new CommandReader(sessionLimits)
  readonly #subscriptions: readonly Disposable[]
  #running: Promise<void> | null = null
  #bye: string | null = null
  #hasEnded = false
  #isReceiving = false
  #errors = 0
  #continuation: Continuation | null = null
  #sink: LiteralSink | null = null
  #refusal: Completion | null = null
  #hasChanges = false

  constructor(shared: SharedAccount, host: SessionHost, options: SessionOptions) {
    this.#session = new Session(shared, host, options)
    const { account } = shared
    this.#subscriptions = [
      account.subscribe((change) => {
        this.#note(change)
        this.#changed()
      }),
      account.integrity.watch(() => queueMicrotask(() => this.#changed())),
    ]
  }

  get isOver(): boolean {
    return this.#session.isEnding
  }

  /** Resolves when everything that the chunk asks for is done and the client can take more. */
  async receive(chunk: Uint8Array): Promise<void> {
    if (this.isOver) return
    assert(!this.#isReceiving, 'one chunk at a time')
    this.#isReceiving = true
    this.#reader.push(chunk)
    await this.#exclusively(async () => {
      for (let event = this.#reader.next(); event !== null; event = this.#reader.next()) {
        await this.#handle(event)
        if (this.isOver || this.#bye !== null) return
      }
      await this.#session.room()
    })
    this.#isReceiving = false
    if (this.#isPushing && this.#hasChanges) await this.#pushUpdates()
  }

  /** For `timeoutMs` nothing came from the client, and nothing that waits for it could be sent. */
  expire(): void {
    if (this.#running === null) return this.bye('Autologout: nothing was heard for half an hour')
    // Within a reply there is no place for another, and nobody reads it.
    this.#end()
    this.#session.cut()
  }

  /** Ends the session from our side, for a stop of the server or a lock of the account: after the command that runs. */
  bye(text: string): void {
    this.#bye = text
    if (this.#running === null) this.#endWithBye()
  }

  /** The connection is gone. */
  close(): void {
    this.#session.cut()
    this.#release()
  }

  [Symbol.dispose](): void {
    this.close()
  }

  /** One thing at a time: what a chunk asks for, or updates in IDLE. */
  async #exclusively(work: () => Promise<void>): Promise<void> {
    while (this.#running !== null) await this.#running
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#running = promise
    await this.#guard(work)
    this.#running = null
    resolve()
  }

  async #guard(work: () => Promise<void>): Promise<void> {
    try {
      await work()
      this.#endWithBye()
      if (this.isOver) this.#end()
    } catch (error) {
      if (error instanceof SessionEndedError) return
      const text = error instanceof CommitInDoubtError ? IN_DOUBT : 'Internal error'
      if (!this.isOver && !this.#session.isWithinReply) this.#writeBye(text)
      this.#end()
      this.#session.host.fail(error)
    }
  }

  #note(change: Change): void {
    const { notifications, selected, account } = this.#session
    // What its own commands do to flags, a client is told even if it does not want to know of others'.
    const isHeld = notifications?.set.selected.flags === false && !this.#session.isWithinCommand
    selected?.noteChange(change, isHeld)
    notifications?.noteChange(change, account, selected?.id ?? null)
  }

  /** The client is told without having asked: in IDLE (RFC 2177), and after NOTIFY (RFC 5465). */
  get #isPushing(): boolean {
    return this.#continuation !== null || this.#session.notifications?.isActive === true
  }

  /** There is something to tell the client of. */
  #changed(): void {
    this.#hasChanges = true
    if (this.#running === null && this.#isPushing) void this.#pushUpdates()
  }

  /** A client that does not read is told less often, not later more. */
  async #pushUpdates(): Promise<void> {
    const push = async (): Promise<void> => {
      while (this.#hasChanges && !this.isOver) {
        this.#hasChanges = false
        await writeUpdates(this.#session, this.#continuation !== null || isImmediate(this.#session))
        await writeNotifications(this.#session)
        writeNewAlerts(this.#session)
        this.#session.out.flush()
        await this.#session.room()
      }
    }
    // What changed while it came to its end has started nothing.
    do await this.#exclusively(push)
    while (this.#hasChanges && this.#isPushing && this.#running === null && !this.isOver)
  }

  async #handle(event: ReaderEvent): Promise<void> {
    switch (event.kind) {
      case 'command':
        return this.#command(event.text)
      case 'literal':
        return this.#offer(event)
      case 'chunk':
        return this.#sink?.write(event.bytes)
      case 'skipped':
        return this.#skipped(event.tooLong)
      case 'flood':
        this.#writeBye('The command is too long')
        return this.#end()
      case 'line':
        return this.#line(event.bytes)
    }
  }

  async #command(text: Buffer): Promise<void> {
    const sink = this.#sink
    if (sink !== null) return this.#complete(await this.#settle(() => sink.finish(new Cursor(text))), true)
    const parsed = parseCommand(text, this.#session)
    if (!parsed.ok) {
      this.#session.tag = parsed.error.tag
      return this.#complete(parsed.error.completion, false)
    }
    return this.#run(parsed.value)
  }

  async #run({ tag, command, args }: ParsedCommand): Promise<void> {
    this.#session.tag = tag
    const refusal = refusalBefore(this.#session, command)
    if (refusal !== null) return this.#complete(refusal, false)
    if (command.isLast === true && !this.#reader.isEmpty) {
      return this.#complete(bad('Wait for the answer before you send more'), false)
    }
    this.#session.progress.begin(tag)
    const outcome = await this.#settle(() => command.run(this.#session, args))
    if ('status' in outcome) return this.#complete(outcome, command.mayExpunge)
    this.#continuation = outcome
    this.#hasChanges = true
    this.#reader.expectLine()
    this.#session.out.line(`+ ${outcome.request}`)
    this.#session.out.flush()
  }

  /** Turns what the account refuses into a reply. */
  async #settle<T extends Completion | Continuation>(action: () => T | Promise<T>): Promise<T | Completion> {
    try {
      return await action()
    } catch (error) {
      if (error instanceof CommitRefusedError) return refusalOf(error)
      if (this.#session.isWithinReply) throw error
      if (error instanceof DamagedMessageError) return no('A message is damaged and was not served', 'SERVERBUG')
      return malformed(this.#session.tag, error).error.completion
    }
  }

  async #line(line: Buffer): Promise<void> {
    const continuation = this.#continuation
    assert(continuation !== null, 'a line was asked for')
    this.#continuation = null
    return this.#complete(continuation.finish(line), true)
  }

  async #offer(offer: LiteralOffer): Promise<void> {
    const decision = this.#decide(offer)
    if (decision === 'keep') this.#reader.keep()
    else if (decision === 'stream') this.#reader.stream()
    else {
      this.#refusal = decision
      return this.#reader.refuse()
    }
    if (!offer.waits) return
    this.#session.out.line('+ Ready for the literal')
    this.#session.out.flush()
  }

  #decide(offer: LiteralOffer): 'keep' | 'stream' | Completion {
    if (this.#sink !== null) return this.#decideMore(this.#sink, offer)
    const opening = parseOpening(offer.text)
    this.#session.tag = opening.ok ? opening.value.tag : opening.error.tag
    if (opening.ok) {
      const opened = this.#openLiteral(opening.value, offer.sizeBytes)
      if (opened !== null && 'status' in opened) return opened
      this.#sink = opened
      if (opened !== null) return 'stream'
    }
    return this.#keepIfShort(offer)
  }

  /** One more, of a command that has had one that was streamed. */
  #decideMore(sink: LiteralSink, offer: LiteralOffer): 'keep' | 'stream' | Completion {
    try {
      const decision = sink.offer?.(new Cursor(offer.text), offer.sizeBytes) ?? bad('Only one message at a time')
      return decision === 'keep' ? this.#keepIfShort(offer) : decision
    } catch (error) {
      return malformed(this.#session.tag, error).error.completion
    }
  }

  #keepIfShort({ text, sizeBytes }: LiteralOffer): 'keep' | Completion {
    const fits = sizeBytes <= sessionLimits.literalBytesMax && text.length + sizeBytes <= sessionLimits.commandBytesMax
    return fits ? 'keep' : bad('The literal is too long')
  }

  #openLiteral({ command, cursor }: Opening, sizeBytes: number): LiteralSink | Completion | null {
    try {
      // Before all of a message has come that is not stored.
      if (command.openLiteral !== undefined && command.changes === true && this.#session.isReadOnly) return READ_ONLY
      return command.openLiteral?.(this.#session, cursor, sizeBytes) ?? null
    } catch (error) {
      return malformed(this.#session.tag, error).error.completion
    }
  }

  async #skipped(tooLong: Buffer | null): Promise<void> {
    const refusal = this.#refusal ?? bad('The command is too long')
    this.#refusal = null
    if (tooLong !== null && this.#continuation === null && this.#sink === null) this.#session.tag = tagOf(tooLong)
    this.#continuation = null
    return this.#complete(refusal, false)
  }

  /** Ends the command that runs: updates, the tagged reply, and the count of a client's mistakes. */
  async #complete(completion: Completion, mayExpunge: boolean): Promise<void> {
    this.#sink?.[Symbol.dispose]()
    this.#sink = null
    const tag = this.#session.tag
    this.#session.tag = '*'
    this.#session.progress.end()
    if (!this.isOver) {
      const isOwed = completion.tellsModseq === true
      await writeUpdates(this.#session, mayExpunge && completion.usedNumbers !== true, isOwed)
      await writeNotifications(this.#session)
      writeNewAlerts(this.#session)
    }
    this.#session.out.line(formatCompletion(tag, withModseq(this.#session, completion)))
    this.#errors = completion.status === 'BAD' ? this.#errors + 1 : 0
    if (this.#errors >= ERRORS_MAX) {
      this.#writeBye('Too many malformed commands')
      this.#session.isEnding = true
    }
    this.#session.out.flush()
    if (this.#session.compression === 'beginning') {
      this.#session.compression = 'active'
      this.#session.host.compress?.()
    }
    await this.#session.room()
  }

  #endWithBye(): void {
    if (this.#bye === null || this.isOver) return
    this.#writeBye(this.#bye)
    this.#end()
  }

  #writeBye(text: string): void {
    this.#session.out.line(`* BYE ${text}`)
  }

  #end(): void {
    if (this.#hasEnded) return
    this.#hasEnded = true
    this.#session.isEnding = true
    this.#session.out.flush()
    this.#release()
    if (!this.#session.isCut) this.#session.host.end()
  }

  #release(): void {
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]()
    this.#sink?.[Symbol.dispose]()
    this.#sink = null
    this.#continuation = null
    this.#session.notifications?.stop()
    this.#reader.wipe()
  }
}
