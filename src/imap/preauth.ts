// IMAP before login (RFC 9051 §6.1, §6.2), for the process that faces the network: no more of the protocol than leads to a name and
// a password, and then everything that the client sends belongs to another process.
//
// How to drive it: send `greeting`, then call `receive` with each chunk; send `reply` and carry out `effect`. With an effect
// nothing more is read until its answer is given: `accept`, `reject` or `secured`. After `accept`, `takeRest` is what the client
// sent behind its login already; it, and all that follows, goes to the session's engine.
//
// Names and passwords are bytes from beginning to end, and what held them is overwritten. Bounds: command size, number of commands,
// failed logins, malformed commands. STARTTLS with anything behind it in the clear ends the connection (RFC 3207 §6's attack).

import { assert } from '#base/assert.ts'
import type { PreauthEffect, PreauthOutput } from '#base/preauth-effect.ts'
import { type SaslExchange, startSasl } from '#base/sasl-exchange.ts'
import { preauthCapabilities, sessionCapabilities } from './capabilities.ts'
import { CommandReader, type ReaderEvent } from './command-reader.ts'
import { preauthLimits } from './limits.ts'
import { parsePreauth, type PreauthCommand } from './preauth-parse.ts'
import { tagOf } from './tag.ts'

export interface PreauthOptions {
  readonly isTls: boolean
  /** The peer is on this machine: passwords may be sent without TLS. */
  readonly isLoopback: boolean
  readonly offersStartTls: boolean
}

const COMMANDS_MAX = 50
const MISTAKES_MAX = 5
const FAILED_LOGINS_MAX = 3

export class ImapPreauth implements Disposable {
  readonly #reader = new CommandReader(preauthLimits)
  readonly #isLoopback: boolean
  readonly #offersStartTls: boolean
  #isTls: boolean
  #tag = '*'
  #reply = ''
  #effect: PreauthEffect | null = null
  #sasl: SaslExchange | null = null
  #commands = 0
  #mistakes = 0
  #failedLogins = 0

  constructor({ isTls, isLoopback, offersStartTls }: PreauthOptions) {
    this.#isTls = isTls
    this.#isLoopback = isLoopback
    this.#offersStartTls = offersStartTls
  }

  greeting(): string {
    return `* OK [CAPABILITY ${this.#capabilities()}] Mailkeep ready\r\n`
  }

  /** The chunk is copied: its owner wipes it. */
  receive(chunk: Uint8Array): PreauthOutput {
    if (this.#effect?.kind === 'startTls') {
      this.#bye('Nothing may follow STARTTLS in the clear')
      return this.#output()
    }
    this.#reader.push(chunk)
    return this.#advance()
  }

  /** The name and password are right. What the client sends from now on is for the session's engine. */
  accept(): string {
    assert(this.#effect?.kind === 'authenticate', 'a login is pending')
    return `${this.#tag} OK [CAPABILITY ${sessionCapabilities}] Logged in\r\n`
  }

  /** What came behind the login already. */
  takeRest(): Buffer {
    return this.#reader.takeRest()
  }

  /**
   * Nobody was let in. `refused` says the same for every reason that a stranger may not tell apart (RFC 5530 §3); with
   * `unavailable` the client should try again, `why` being what its user is told.
   */
  reject(reason: 'refused' | 'unavailable', why = 'Try again later'): PreauthOutput {
    assert(this.#effect?.kind === 'authenticate', 'a login is pending')
    this.#effect = null
    if (reason === 'unavailable') this.#line(`NO [UNAVAILABLE] ${why}`)
    else {
      this.#line('NO [AUTHENTICATIONFAILED] Name or password is wrong')
      this.#failedLogins++
      if (this.#failedLogins >= FAILED_LOGINS_MAX) this.#bye('Too many failed logins')
    }
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
    this.#bye('Autologout')
    return this.#output()
  }

  [Symbol.dispose](): void {
    this.#reader.wipe()
  }

  get #isConfidential(): boolean {
    return this.#isTls || this.#isLoopback
  }

  #capabilities(): string {
    const canStartTls = this.#offersStartTls && !this.#isTls
    return preauthCapabilities({ isConfidential: this.#isConfidential, canStartTls })
  }

  #line(text: string): void {
    this.#reply += `${this.#tag} ${text}\r\n`
  }

  #advance(): PreauthOutput {
    while (this.#effect === null) {
      const event = this.#reader.next()
      if (event === null) break
      this.#handle(event)
      this.#reader.wipeConsumed()
    }
    return this.#output()
  }

  #output(): PreauthOutput {
    const reply = this.#reply
    this.#reply = ''
    return { reply, effect: this.#effect }
  }

  #bye(text: string): void {
    this.#reply += `* BYE ${text}\r\n`
    this.#effect = { kind: 'end' }
    this.#reader.wipe()
  }

  #handle(event: ReaderEvent): void {
    switch (event.kind) {
      case 'command':
        return this.#command(event.text)
      case 'line':
        return this.#saslLine(event.bytes)
      case 'literal': {
        const fits =
          event.sizeBytes <= preauthLimits.literalBytesMax &&
          event.text.length + event.sizeBytes <= preauthLimits.commandBytesMax
        // Nobody who may not log in yet is worth reading past a long literal for.
        if (!fits) return this.#bye('The command is too long')
        this.#reader.keep()
        if (event.waits) this.#reply += '+ Ready for the literal\r\n'
        return
      }
      case 'flood':
        return this.#bye('The command is too long')
      case 'skipped':
        this.#sasl = null
        this.#tag = event.tooLong === null ? '*' : tagOf(event.tooLong)
        event.tooLong?.fill(0)
        return this.#mistake('The command is too long')
      case 'chunk':
        return assert(false, 'no literal is streamed before login')
    }
  }

  #mistake(text: string): void {
    this.#line(`BAD ${text}`)
    if (++this.#mistakes >= MISTAKES_MAX) this.#bye('Too many malformed commands')
  }

  #command(text: Buffer): void {
    if (++this.#commands > COMMANDS_MAX) return this.#bye('Too many commands before login')
    const parsed = parsePreauth(text)
    this.#tag = parsed.ok ? parsed.value.tag : parsed.error.tag
    if (!parsed.ok) return this.#mistake(parsed.error.text)
    this.#run(parsed.value)
  }

  #run(command: PreauthCommand): void {
    switch (command.kind) {
      case 'capability':
        this.#reply += `* CAPABILITY ${this.#capabilities()}\r\n`
        return this.#line('OK That is all')
      case 'noop':
        return this.#line('OK Done')
      case 'id':
        this.#reply += `${command.reply}\r\n`
        return this.#line('OK Pleased to meet you')
      case 'logout':
        this.#reply += '* BYE Logging out\r\n'
        this.#line('OK Logged out')
        this.#effect = { kind: 'end' }
        return
      case 'startTls':
        return this.#startTls()
      case 'login':
        if (this.#isConfidential) return this.#authenticate(command.name, command.password)
        command.name.fill(0)
        command.password.fill(0)
        return this.#line('NO [PRIVACYREQUIRED] Passwords are taken over TLS only')
      case 'authenticate':
        return this.#startSasl(command.mechanism, command.initial)
      case 'notYet':
        return this.#mistake('Log in first')
    }
  }

  #startTls(): void {
    if (!this.#offersStartTls || this.#isTls) return this.#mistake('STARTTLS is not available now')
    if (!this.#reader.isEmpty) return this.#bye('Nothing may follow STARTTLS in the clear')
    this.#line('OK Begin TLS now')
    this.#effect = { kind: 'startTls' }
  }

  #startSasl(mechanism: string, initial: Buffer | null): void {
    if (!this.#isConfidential) {
      initial?.fill(0)
      return this.#line('NO [PRIVACYREQUIRED] Passwords are taken over TLS only')
    }
    const exchange = startSasl(mechanism)
    if (exchange === null) {
      initial?.fill(0)
      return this.#line('NO [CANNOT] There is no such mechanism')
    }
    this.#sasl = exchange
    if (initial !== null) return this.#saslLine(initial)
    this.#askSasl(exchange.challenge)
  }

  #askSasl(challenge: string): void {
    this.#reply += `+ ${challenge}\r\n`
    this.#reader.expectLine()
  }

  #saslLine(line: Buffer): void {
    const exchange = this.#sasl
    assert(exchange !== null, 'an exchange is going on')
    const step = exchange.respond(line)
    line.fill(0)
    switch (step.kind) {
      case 'challenge':
        return this.#askSasl(step.challenge)
      case 'credentials':
        this.#sasl = null
        return this.#authenticate(step.name, step.password)
      case 'cancelled':
        this.#sasl = null
        return this.#line('BAD Cancelled')
      case 'malformed':
        this.#sasl = null
        return this.#mistake('The response is malformed')
    }
  }

  #authenticate(name: Buffer, password: Buffer): void {
    this.#effect = { kind: 'authenticate', name, password }
  }
}
