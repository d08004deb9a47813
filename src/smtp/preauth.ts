// Submission before login (RFC 6409; AUTH: RFC 4954; STARTTLS: RFC 3207), for the process that faces the network: no more of the protocol than
// leads to a name and a password, and then everything that the client sends belongs to another process.
//
// How to drive it: send `greeting`, then call `receive` with each chunk; send `reply` and carry out `effect`. With an effect nothing
// more is read until its answer is given: `accept`, `reject` or `secured`. After `accept`, `takeRest` is what the client sent behind
// its login already, and `handover` what it said before; both, and all that follows, go to `SmtpEngine.afterLogin`. Call `expire` when nothing
// was heard for `timeoutMs`.
//
// Names and passwords are bytes from beginning to end, and what held them is overwritten. Bounds: line length, number of commands, failed
// logins, mistakes. What the client says in the clear before STARTTLS is forgotten, and anything behind it in the clear ends the connection.

import { assert, unreachable } from '#base/assert.ts'
import { asciiText } from '#base/bytes.ts'
import type { PreauthEffect, PreauthOutput } from '#base/preauth-effect.ts'
import { type SaslExchange, startSasl } from '#base/sasl-exchange.ts'
import { announcesContent, isForeignVerb, parseCommandLine } from './command-line.ts'
import type { Handover } from './handover.ts'
import { parseHelloName } from './hello.ts'
import { ehloReply } from './keywords.ts'
import { AUTH_LINE_BYTES_MAX, type SmtpLimits, defaultLimits } from './limits.ts'
import { type LineEvent, LineReader } from './line-reader.ts'
import * as replies from './preauth-replies.ts'
import { type Reply, formatReply, reply } from './reply.ts'
import {
  BARE_LINE_END,
  BEGIN_TLS,
  DONE,
  FOREIGN,
  GOODBYE,
  HELLO_FIRST,
  INJECTION,
  SYNTAX,
  TIMEOUT,
  TOO_LONG,
  TOO_MANY_ERRORS,
  UNKNOWN,
} from './standard-replies.ts'
import type { Hello, TlsState } from './transaction.ts'

export interface SubmissionPreauthOptions {
  /** Of this server: a domain. */
  readonly hostname: string
  /** IP address, as text. */
  readonly peerAddress: string
  readonly tls: TlsState | null
  /** The peer is on this machine: passwords may be sent without TLS. */
  readonly isLoopback: boolean
  readonly offersStartTls: boolean
  /** The same as after login: the client is told once. */
  readonly limits?: Partial<SmtpLimits>
}

const COMMANDS_MAX = 50
const MISTAKES_MAX = 5
const FAILED_LOGINS_MAX = 3
const EMPTY = Buffer.alloc(0)

export class SubmissionPreauth implements Disposable {
  readonly timeoutMs: number
  readonly #hostname: string
  readonly #peerAddress: string
  readonly #isLoopback: boolean
  readonly #offersStartTls: boolean
  readonly #limits: SmtpLimits
  readonly #reader = new LineReader(AUTH_LINE_BYTES_MAX)
  /** What has come and is not read yet: `#input[#at, …)`. */
  #input = EMPTY
  #at = 0
  #tls: TlsState | null
  #hello: Hello | null = null
  #reply = ''
  #effect: PreauthEffect | null = null
  #sasl: SaslExchange | null = null
  #commands = 0
  #mistakes = 0
  #failedLogins = 0

  constructor(options: SubmissionPreauthOptions) {
    this.#hostname = options.hostname
    this.#peerAddress = options.peerAddress
    this.#tls = options.tls
    this.#isLoopback = options.isLoopback
    this.#offersStartTls = options.offersStartTls
    this.#limits = options.limits === undefined ? defaultLimits : { ...defaultLimits, ...options.limits }
    this.timeoutMs = this.#limits.commandTimeoutMs
  }

  greeting(): string {
    return formatReply(reply(220, null, `${this.#hostname} ESMTP Mailkeep`))
  }

  /** The chunk is copied: its owner wipes it. */
  receive(chunk: Uint8Array): PreauthOutput {
    if (this.#effect?.kind === 'startTls') {
      this.#end(INJECTION)
      return this.#output()
    }
    const rest = this.#takeInput()
    this.#input = Buffer.concat([rest, chunk])
    rest.fill(0)
    return this.#advance()
  }

  /** The name and password are right. What the client sends from now on is for the session's engine. */
  accept(): string {
    assert(this.#effect?.kind === 'authenticate', 'a login is pending')
    return formatReply(replies.ACCEPTED)
  }

  /** What came behind the login already. */
  takeRest(): Buffer {
    return this.#takeInput()
  }

  /** What the engine after login has to know. */
  handover(): Handover {
    assert(this.#hello !== null, 'nobody logs in without EHLO')
    return { peerAddress: this.#peerAddress, hello: this.#hello, tls: this.#tls }
  }

  /** `refused` says the same for every reason that a stranger may not tell apart; with `unavailable` the client should try again. */
  reject(reason: 'refused' | 'unavailable', why?: string): PreauthOutput {
    assert(this.#effect?.kind === 'authenticate', 'a login is pending')
    this.#effect = null
    if (reason === 'unavailable') this.#say(why === undefined ? replies.UNAVAILABLE : replies.unavailable(why))
    else {
      this.#say(replies.REFUSED)
      if (++this.#failedLogins >= FAILED_LOGINS_MAX) this.#end(replies.TOO_MANY_LOGINS)
    }
    return this.#advance()
  }

  /** TLS is up. RFC 3207 §4.2: nothing that was said in the clear counts. */
  secured(tls: TlsState): void {
    assert(this.#effect?.kind === 'startTls', 'TLS was asked for')
    this.#effect = null
    this.#tls = tls
    this.#hello = null
  }

  /** Nothing was heard for too long. */
  expire(): PreauthOutput {
    // While TLS is coming up, nothing is said in the clear.
    if (this.#effect?.kind === 'startTls') this.#effect = { kind: 'end' }
    else this.#end(TIMEOUT)
    return this.#output()
  }

  [Symbol.dispose](): void {
    this.#wipe()
  }

  get #isConfidential(): boolean {
    return this.#tls !== null || this.#isLoopback
  }

  get #canStartTls(): boolean {
    return this.#offersStartTls && this.#tls === null
  }

  #say(answer: Reply): void {
    this.#reply += formatReply(answer)
  }

  #end(answer: Reply): void {
    this.#say(answer)
    this.#effect = { kind: 'end' }
    this.#wipe()
  }

  #mistake(answer: Reply): void {
    this.#say(answer)
    if (++this.#mistakes >= MISTAKES_MAX) this.#end(TOO_MANY_ERRORS)
  }

  #output(): PreauthOutput {
    const answer = this.#reply
    this.#reply = ''
    return { reply: answer, effect: this.#effect }
  }

  #advance(): PreauthOutput {
    while (this.#effect === null && this.#at < this.#input.length) {
      const event = this.#reader.read(this.#input, this.#at)
      this.#input.fill(0, this.#at, event === null ? this.#reader.next : this.#at)
      this.#at = this.#reader.next
      if (event !== null) this.#handle(event)
    }
    if (this.#at === this.#input.length) this.#input = EMPTY
    if (this.#input.length === 0) this.#at = 0
    return this.#output()
  }

  /** What is not read yet, as a new buffer; what held it is overwritten. */
  #takeInput(): Buffer {
    const rest = Buffer.from(this.#input.subarray(this.#at))
    this.#input.fill(0)
    this.#input = EMPTY
    this.#at = 0
    return rest
  }

  #wipe(): void {
    this.#takeInput().fill(0)
    this.#reader.wipe()
  }

  #handle(event: LineEvent): void {
    switch (event.kind) {
      case 'line':
        if (this.#sasl === null) this.#command(event.bytes)
        else this.#respond(event.bytes)
        event.bytes.fill(0)
        return
      case 'tooLong': {
        const isResponse = this.#sasl !== null
        this.#sasl = null
        const isLost = !isResponse && announcesContent(event.bytes)
        event.bytes.fill(0)
        if (isLost) return this.#end(TOO_LONG)
        return this.#mistake(isResponse ? replies.RESPONSE_TOO_LONG : TOO_LONG)
      }
      case 'bareCr':
      case 'bareLf':
        return this.#end(BARE_LINE_END[event.kind])
      case 'flood':
      case 'tls':
        return this.#end(FOREIGN)
      default:
        return unreachable(event)
    }
  }

  #command(bytes: Buffer): void {
    if (++this.#commands > COMMANDS_MAX) return this.#end(replies.TOO_MANY_COMMANDS)
    // A line with a password in it is not made a string.
    if (asciiText(bytes, 0, Math.min(bytes.length, 5)).toUpperCase() === 'AUTH ') return this.#auth(bytes.subarray(5))
    const line = parseCommandLine(bytes)
    if (line === null) return announcesContent(bytes) ? this.#end(SYNTAX) : this.#mistake(SYNTAX)
    this.#run(line.verb, line.args)
  }

  #run(verb: string, args: string): void {
    switch (verb) {
      case 'EHLO':
      case 'HELO':
        return this.#greet(args, verb === 'EHLO')
      case 'STARTTLS':
        return this.#startTls(args)
      case 'AUTH':
        return this.#mistake(replies.MECHANISM_EXPECTED)
      case 'NOOP':
      case 'RSET':
        return this.#say(DONE)
      case 'HELP':
        return this.#say(replies.HELP)
      case 'QUIT':
        return this.#end(GOODBYE)
      case 'MAIL':
      case 'RCPT':
      case 'DATA':
      case 'VRFY':
      case 'EXPN':
        return this.#mistake(replies.LOGIN_FIRST)
      case 'BDAT':
        // What follows is not a command, and not worth reading past.
        return this.#end(replies.LOGIN_FIRST)
      default:
        return isForeignVerb(verb) ? this.#end(FOREIGN) : this.#mistake(UNKNOWN)
    }
  }

  #greet(args: string, isExtended: boolean): void {
    const name = parseHelloName(args)
    if (name === null) return this.#mistake(SYNTAX)
    this.#hello = { name, isExtended }
    if (!isExtended) return this.#say(reply(250, null, this.#hostname))
    const offer = { startTls: this.#canStartTls, auth: this.#isConfidential }
    this.#say(ehloReply({ hostname: this.#hostname, limits: this.#limits, ...offer }))
  }

  #startTls(args: string): void {
    if (args !== '') return this.#mistake(SYNTAX)
    if (!this.#canStartTls) return this.#mistake(replies.NO_TLS)
    if (this.#hello === null) return this.#mistake(HELLO_FIRST)
    if (this.#at < this.#input.length) return this.#end(INJECTION)
    this.#say(BEGIN_TLS)
    this.#effect = { kind: 'startTls' }
  }

  /** RFC 4954 §4: `mechanism [initial response]`, of which an empty one is `=`. */
  #auth(args: Buffer): void {
    if (this.#hello?.isExtended !== true) return this.#mistake(HELLO_FIRST)
    if (!this.#isConfidential) return this.#mistake(replies.NEEDS_TLS)
    const space = args.indexOf(0x20)
    const exchange = startSasl(asciiText(args, 0, space < 0 ? args.length : space).toUpperCase())
    if (exchange === null) return this.#mistake(replies.NO_MECHANISM)
    this.#sasl = exchange
    if (space < 0) return this.#say(reply(334, null, exchange.challenge))
    const initial = args.subarray(space + 1)
    this.#respond(initial.length === 1 && initial[0] === 0x3d ? EMPTY : initial)
  }

  #respond(response: Buffer): void {
    const exchange = this.#sasl
    assert(exchange !== null, 'an exchange is going on')
    const step = exchange.respond(response)
    if (step.kind === 'challenge') return this.#say(reply(334, null, step.challenge))
    this.#sasl = null
    switch (step.kind) {
      case 'credentials':
        this.#effect = { kind: 'authenticate', name: step.name, password: step.password }
        return
      case 'cancelled':
        return this.#say(replies.CANCELLED)
      case 'malformed':
        return this.#mistake(replies.MALFORMED_RESPONSE)
      default:
        return unreachable(step)
    }
  }
}
