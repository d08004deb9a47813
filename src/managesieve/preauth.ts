// ManageSieve before login (RFC 5804 §2.1, §2.2), for the process that faces the network.
//
// How to drive it: send `greeting`, then call `receive` with each chunk; send `reply` and carry out `effect`. With an effect nothing
// more is read until its answer is given: `accept`, `reject` or `secured`; after `secured`, send `afterTls`. After `accept`, `takeRest` is what the
// client sent behind its login already; it, and all that follows, goes to the session's engine.
//
// Names and passwords are bytes from beginning to end, and what held them is overwritten.

import { assert } from '#base/assert.ts'
import { decodeBase64 } from '#base/base64.ts'
import { asciiText, utf8TextOrNull, wipe } from '#base/bytes.ts'
import type { PreauthEffect, PreauthOutput } from '#base/preauth-effect.ts'
import { parseSaslPlain } from '#base/sasl-plain.ts'
import { capabilityLines } from './capabilities.ts'
import { type Argument, type CommandEvent, CommandReader } from './command-reader.ts'
import { PREAUTH_STRING_BYTES_MAX } from './limits.ts'
import { type ResponseCode, quoteString, responseLine } from './response.ts'

export interface PreauthOptions {
  readonly isTls: boolean
  /** The peer is on this machine: passwords may be sent without TLS. */
  readonly isLoopback: boolean
  readonly offersStartTls: boolean
}

const COMMANDS_MAX = 50
const MISTAKES_MAX = 5
const FAILED_LOGINS_MAX = 3
/** A string, as it is sent. */
const RESPONSE_BYTES_MAX = 2 * PREAUTH_STRING_BYTES_MAX

export class ManageSievePreauth implements Disposable {
  readonly #reader = new CommandReader(PREAUTH_STRING_BYTES_MAX)
  readonly #isLoopback: boolean
  readonly #offersStartTls: boolean
  #isTls: boolean
  #reply = ''
  #effect: PreauthEffect | null = null
  #commands = 0
  #mistakes = 0
  #failedLogins = 0
  /** The client's response to the empty challenge is what comes next, a string by itself. */
  #awaitsPlain: Buffer | null = null

  constructor({ isTls, isLoopback, offersStartTls }: PreauthOptions) {
    this.#isTls = isTls
    this.#isLoopback = isLoopback
    this.#offersStartTls = offersStartTls
  }

  greeting(): string {
    return this.#capabilities('Mailkeep ready')
  }

  /** RFC 5804 §2.2: what is said first when TLS is up. */
  afterTls(): string {
    return this.#capabilities('TLS is up')
  }

  /** The chunk is copied: its owner wipes it. */
  receive(chunk: Uint8Array): PreauthOutput {
    if (this.#effect?.kind === 'startTls') {
      this.#say('BYE', 'Nothing may follow STARTTLS in the clear')
      this.#end()
      return this.#output()
    }
    if (this.#awaitsPlain !== null) this.#pushResponse(chunk)
    else this.#reader.push(chunk)
    return this.#advance()
  }

  /** The name and password are right. What the client sends from now on is for the session's engine. */
  accept(notice: string | null = null): string {
    assert(this.#effect?.kind === 'authenticate', 'a login is pending')
    return responseLine('OK', notice === null ? 'Logged in' : `Logged in. ${notice}`)
  }

  takeRest(): Buffer {
    return this.#reader.takeRest()
  }

  /** `refused` says the same for every reason that a stranger may not tell apart; with `unavailable` the client should try again, and its user is told `why`. */
  reject(reason: 'refused' | 'unavailable', why = 'Try again later'): PreauthOutput {
    assert(this.#effect?.kind === 'authenticate', 'a login is pending')
    this.#effect = null
    if (reason === 'unavailable') this.#say('NO', why, 'TRYLATER')
    else if (++this.#failedLogins >= FAILED_LOGINS_MAX) {
      this.#say('BYE', 'Too many failed logins')
      this.#end()
    } else this.#say('NO', 'Name or password is wrong')
    return this.#advance()
  }

  /** TLS is up. */
  secured(): void {
    assert(this.#effect?.kind === 'startTls', 'TLS was asked for')
    this.#effect = null
    this.#isTls = true
  }

  /** Nothing was heard for too long. */
  expire(): PreauthOutput {
    this.#say('BYE', 'Nothing was heard for too long', 'TRYLATER')
    this.#end()
    return this.#output()
  }

  [Symbol.dispose](): void {
    this.#reader.wipe()
    wipe(this.#awaitsPlain)
  }

  get #isConfidential(): boolean {
    return this.#isTls || this.#isLoopback
  }

  get #canStartTls(): boolean {
    return this.#offersStartTls && !this.#isTls
  }

  #capabilities(text: string): string {
    const situation = { isConfidential: this.#isConfidential, canStartTls: this.#canStartTls, owner: null }
    return capabilityLines(situation) + responseLine('OK', text)
  }

  #say(word: 'OK' | 'NO' | 'BYE', text: string, code?: ResponseCode | `TAG ${string}`): void {
    this.#reply += responseLine(word, text, code)
  }

  #end(): void {
    this.#effect = { kind: 'end' }
    this.#reader.wipe()
  }

  #output(): PreauthOutput {
    const reply = this.#reply
    this.#reply = ''
    return { reply, effect: this.#effect }
  }

  #advance(): PreauthOutput {
    while (this.#effect === null && this.#awaitsPlain === null) {
      const event = this.#reader.next()
      if (event === null) break
      this.#event(event)
    }
    return this.#output()
  }

  #event(event: CommandEvent): void {
    if (event.kind === 'flood') {
      this.#say('BYE', 'That is too much before login')
      return this.#end()
    }
    if (event.kind !== 'command') return this.#mistake('The command is malformed')
    if (++this.#commands > COMMANDS_MAX) {
      this.#say('BYE', 'Too many commands before login')
      return this.#end()
    }
    this.#run(event.name, event.arguments)
    for (const argument of event.arguments) if (argument.kind === 'string') wipe(argument.bytes)
  }

  #mistake(text: string): void {
    if (++this.#mistakes < MISTAKES_MAX) return this.#say('NO', text)
    this.#say('BYE', text)
    this.#end()
  }

  #run(name: string, args: readonly Argument[]): void {
    switch (name) {
      case 'CAPABILITY':
        this.#reply += this.#capabilities('Capabilities')
        return
      case 'NOOP': {
        const [tag] = args
        const text = tag?.kind === 'string' ? utf8TextOrNull(tag.bytes) : null
        return this.#say('OK', 'Done', text === null ? undefined : `TAG ${quoteString(text)}`)
      }
      case 'LOGOUT':
        this.#say('OK', 'Goodbye')
        return this.#end()
      case 'STARTTLS':
        return this.#startTls()
      case 'AUTHENTICATE':
        return this.#authenticate(args)
      default:
        return this.#mistake('Log in first')
    }
  }

  #startTls(): void {
    if (!this.#canStartTls) return this.#mistake('STARTTLS is not available now')
    // Whatever was sent behind it in the clear must not be taken for what TLS protects.
    if (!this.#reader.isEmpty) {
      this.#say('BYE', 'Nothing may follow STARTTLS in the clear')
      return this.#end()
    }
    this.#say('OK', 'Begin TLS now')
    this.#effect = { kind: 'startTls' }
  }

  #authenticate([mechanism, initial]: readonly Argument[]): void {
    if (mechanism?.kind !== 'string' || asciiText(mechanism.bytes).toUpperCase() !== 'PLAIN') {
      return this.#mistake('There is no such mechanism')
    }
    if (!this.#isConfidential) return this.#say('NO', 'Passwords are taken over TLS only', 'ENCRYPT-NEEDED')
    if (initial === undefined) {
      this.#reply += '""\r\n'
      this.#awaitsPlain = this.#reader.takeRest()
      return this.#readResponse()
    }
    if (initial.kind !== 'string') return this.#mistake('The response is malformed')
    this.#plain(initial.bytes)
  }

  #pushResponse(chunk: Uint8Array): void {
    const before = this.#awaitsPlain as Buffer
    this.#awaitsPlain = Buffer.concat([before, chunk])
    before.fill(0)
    this.#readResponse()
  }

  /** §2.1: the response is a string by itself. It is read as the argument of a command of our own making. */
  #readResponse(): void {
    const waiting = this.#awaitsPlain as Buffer
    if (waiting.length > RESPONSE_BYTES_MAX) return this.#end()
    const reader = new CommandReader(PREAUTH_STRING_BYTES_MAX)
    const prefix = Buffer.from('RESPONSE ')
    reader.push(Buffer.concat([prefix, waiting]))
    const event = reader.next()
    if (event === null) {
      reader.wipe()
      return
    }
    this.#reader.push(reader.takeRest())
    waiting.fill(0)
    this.#awaitsPlain = null
    const [response] = event.kind === 'command' ? event.arguments : []
    if (event.kind === 'flood') this.#end()
    else if (response?.kind !== 'string') this.#mistake('The response is malformed')
    else if (asciiText(response.bytes) === '*') this.#say('NO', 'Cancelled')
    else this.#plain(response.bytes)
    if (response?.kind === 'string') wipe(response.bytes)
  }

  #plain(encoded: Buffer): void {
    const message = decodeBase64(encoded)
    const credentials = message === null ? null : parseSaslPlain(message)
    wipe(message)
    if (credentials === null) return this.#mistake('The response is malformed')
    this.#effect = { kind: 'authenticate', ...credentials }
  }
}
