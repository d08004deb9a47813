// POP3 before login (RFC 1939 §4, §7; AUTH: RFC 5034; STLS: RFC 2595 §4; UTF8: RFC 6856 §2), for the process that faces the network.
//
// How to drive it: send `greeting`, then call `receive` with each chunk; send `reply` and carry out `effect`. With an effect nothing
// more is read until its answer is given: `accept`, `reject` or `secured`. After `accept`, `takeRest` is what the client sent behind
// its login already; it, and all that follows, goes to the session's engine.
//
// Names and passwords are bytes from beginning to end, and what held them is overwritten.

import { assert } from '#base/assert.ts'
import { decodeBase64 } from '#base/base64.ts'
import { asciiText, wipe } from '#base/bytes.ts'
import type { PreauthEffect, PreauthOutput } from '#base/preauth-effect.ts'
import { parseSaslPlain } from '#base/sasl-plain.ts'
import { preauthCapabilities } from './capabilities.ts'
import { PREAUTH_LINE_BYTES_MAX } from './limits.ts'
import { LineReader } from './line-reader.ts'
import type { PreauthSituation } from './preauth-situation.ts'

export interface PreauthOptions {
  readonly isTls: boolean
  /** The peer is on this machine: passwords may be sent without TLS. */
  readonly isLoopback: boolean
  readonly offersStartTls: boolean
}

const COMMANDS_MAX = 50
const MISTAKES_MAX = 5
const FAILED_LOGINS_MAX = 3
const SECRET_BYTES_MAX = 1_024

export class Pop3Preauth implements Disposable {
  readonly #reader = new LineReader(PREAUTH_LINE_BYTES_MAX)
  readonly #isLoopback: boolean
  readonly #offersStartTls: boolean
  #isTls: boolean
  #reply = ''
  #effect: PreauthEffect | null = null
  /** From USER, until PASS. */
  #name: Buffer | null = null
  #awaitsPlain = false
  #commands = 0
  #mistakes = 0
  #failedLogins = 0

  constructor({ isTls, isLoopback, offersStartTls }: PreauthOptions) {
    this.#isTls = isTls
    this.#isLoopback = isLoopback
    this.#offersStartTls = offersStartTls
  }

  greeting(): string {
    return '+OK Mailkeep ready\r\n'
  }

  /** The chunk is copied: its owner wipes it. */
  receive(chunk: Uint8Array): PreauthOutput {
    if (this.#effect?.kind === 'startTls') {
      this.#line('-ERR Nothing may follow STLS in the clear')
      this.#end()
      return this.#output()
    }
    this.#reader.push(chunk)
    return this.#advance()
  }

  /** The name and password are right. What the client sends from now on is for the session's engine. `notice` is for its user, in ASCII. */
  accept(notice: string | null = null): string {
    assert(this.#effect?.kind === 'authenticate', 'a login is pending')
    return notice === null ? '+OK Logged in\r\n' : `+OK Logged in. ${notice}\r\n`
  }

  /** What came behind the login already. */
  takeRest(): Buffer {
    return this.#reader.takeRest()
  }

  /** `refused` says the same for every reason that a stranger may not tell apart; with `unavailable` the client should try again, and its user is told `why`. */
  reject(reason: 'refused' | 'unavailable', why = 'Try again later'): PreauthOutput {
    assert(this.#effect?.kind === 'authenticate', 'a login is pending')
    this.#effect = null
    if (reason === 'unavailable') this.#line(`-ERR [SYS/TEMP] ${why}`)
    else {
      this.#line('-ERR [AUTH] Name or password is wrong')
      if (++this.#failedLogins >= FAILED_LOGINS_MAX) this.#end()
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
    // RFC 1939 §3: without a reply.
    this.#end()
    return this.#output()
  }

  [Symbol.dispose](): void {
    this.#reader.wipe()
    wipe(this.#name)
  }

  get #situation(): PreauthSituation {
    return {
      isConfidential: this.#isTls || this.#isLoopback,
      canStartTls: this.#offersStartTls && !this.#isTls,
    }
  }

  #line(text: string): void {
    this.#reply += `${text}\r\n`
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
    while (this.#effect === null) {
      const event = this.#reader.next()
      if (event === null) break
      if (event.kind !== 'line') {
        this.#awaitsPlain = false
        this.#mistake('The command is too long')
        if (event.kind === 'flood') this.#end()
        continue
      }
      if (this.#awaitsPlain) this.#plain(event.bytes)
      else this.#command(event.bytes)
      event.bytes.fill(0)
    }
    return this.#output()
  }

  #mistake(text: string): void {
    this.#line(`-ERR ${text}`)
    if (++this.#mistakes >= MISTAKES_MAX) this.#end()
  }

  #command(line: Buffer): void {
    if (++this.#commands > COMMANDS_MAX) {
      this.#line('-ERR Too many commands before login')
      return this.#end()
    }
    const space = line.indexOf(0x20)
    const name = asciiText(line, 0, space < 0 ? Math.min(line.length, 20) : Math.min(space, 20)).toUpperCase()
    this.#run(name, space < 0 ? line.subarray(line.length) : line.subarray(space + 1))
  }

  #run(name: string, argument: Buffer): void {
    switch (name) {
      case 'CAPA':
        this.#line('+OK')
        for (const capability of preauthCapabilities(this.#situation)) this.#line(capability)
        return this.#line('.')
      case 'QUIT':
        this.#line('+OK Goodbye')
        return this.#end()
      case 'UTF8':
        // Messages are given as they are in either mode, so that it is not announced.
        return this.#line('+OK')
      case 'STLS':
        return this.#startTls()
      case 'USER':
        return this.#user(argument)
      case 'PASS':
        return this.#pass(argument)
      case 'AUTH':
        return this.#auth(argument)
      default:
        return this.#mistake('Log in first')
    }
  }

  #startTls(): void {
    if (!this.#situation.canStartTls) return this.#mistake('STLS is not available now')
    // Whatever was sent behind it in the clear must not be taken for what TLS protects.
    if (!this.#reader.isEmpty) {
      this.#line('-ERR Nothing may follow STLS in the clear')
      return this.#end()
    }
    this.#line('+OK Begin TLS now')
    this.#effect = { kind: 'startTls' }
  }

  #user(argument: Buffer): void {
    if (!this.#situation.isConfidential) return this.#refuseInTheClear()
    if (argument.length === 0 || argument.length > SECRET_BYTES_MAX) return this.#mistake('A name is expected')
    wipe(this.#name)
    this.#name = Buffer.from(argument)
    this.#line('+OK')
  }

  #pass(argument: Buffer): void {
    const name = this.#name
    if (name === null) return this.#mistake('USER first')
    if (argument.length === 0 || argument.length > SECRET_BYTES_MAX) return this.#mistake('A password is expected')
    this.#name = null
    this.#effect = { kind: 'authenticate', name, password: Buffer.from(argument) }
  }

  /** `PLAIN [initial response]`; without an argument, the list of mechanisms. */
  #auth(argument: Buffer): void {
    if (argument.length === 0) {
      this.#line('+OK')
      if (this.#situation.isConfidential) this.#line('PLAIN')
      return this.#line('.')
    }
    const space = argument.indexOf(0x20)
    const mechanism = asciiText(argument, 0, space < 0 ? Math.min(argument.length, 20) : Math.min(space, 20))
    if (mechanism.toUpperCase() !== 'PLAIN') return this.#line('-ERR There is no such mechanism')
    if (!this.#situation.isConfidential) return this.#refuseInTheClear()
    if (space >= 0) return this.#plain(argument.subarray(space + 1))
    this.#awaitsPlain = true
    this.#line('+ ')
  }

  #refuseInTheClear(): void {
    this.#line('-ERR Passwords are taken over TLS only')
  }

  #plain(encoded: Buffer): void {
    this.#awaitsPlain = false
    if (encoded.length === 1 && encoded[0] === 0x2a) return this.#line('-ERR Cancelled')
    const message = decodeBase64(encoded)
    const credentials = message === null ? null : parseSaslPlain(message)
    wipe(message)
    if (credentials === null) return this.#mistake('The response is malformed')
    this.#effect = { kind: 'authenticate', ...credentials }
  }
}
