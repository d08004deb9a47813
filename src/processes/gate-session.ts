// A connection from a client to the gate: TLS, the protocol up to the login, the delay after failed ones, and then bytes to and from the vault.

import { wipe } from '#base/bytes.ts'
import type { PreauthEffect, PreauthOutput } from '#base/preauth-effect.ts'
import type { LoginThrottle } from '#gate/login-throttle.ts'
import { ImapPreauth } from '#imap/preauth.ts'
import { ManageSievePreauth } from '#managesieve/preauth.ts'
import { Pop3Preauth } from '#pop3/preauth.ts'
import type { Log } from '#platform/log.ts'
import { type Clock, sleep } from '#platform/clock.ts'
import type { Connection, TlsContext, TlsState } from '#platform/net.ts'
import { Channel } from '#protocol/channel.ts'
import { type SessionOpened, type SessionOpening, type SessionProtocol, sessionGateSide } from '#protocol/vault.ts'
import type { SmtpLimits } from '#smtp/limits.ts'
import { SubmissionPreauth } from '#smtp/preauth.ts'
import { type ConnectionLimits, isLoopback, networkOf } from './connection-limits.ts'
import type { IdleWipe } from './idle-wipe.ts'
import { type Rebuilding, describeRebuilding } from './rebuilding.ts'

export interface GateSessionParts {
  readonly clock: Clock
  readonly log: Log
  readonly hostname: string
  readonly tls: TlsContext
  readonly throttle: LoginThrottle
  readonly limits: ConnectionLimits
  readonly smtpLimits: Partial<SmtpLimits>
  readonly wiping: IdleWipe
  /** To the vault that has the login name's account; null if it cannot be reached. */
  vaultFor(login: Uint8Array): Promise<Connection | null>
}

/** What the engines before login of all protocols have in common. */
interface Preauth extends Disposable {
  greeting(): string
  receive(chunk: Uint8Array): PreauthOutput
  accept(notice: string | null): string
  takeRest(): Buffer
  reject(reason: 'refused' | 'unavailable', why?: string): PreauthOutput
  secured(tls: TlsState): void
  /** What is said first when TLS is up, if anything is. */
  afterTls?(): string
  expire(): PreauthOutput
}

/** Before login nobody is waited for longer. */
const PREAUTH_IDLE_MS = 60_000
/** However it comes, a byte now and then too: a login is done in this time, or not any more. */
const PREAUTH_MS = 5 * 60_000
/** Who is silent in a session is the vault's business. But of what is said to a client somebody holds a part, until it is taken. */
const STALLED_MS = 5 * 60_000

const CROWDED: Readonly<Record<SessionProtocol, string>> = {
  imap: '* BYE Too many connections from your address\r\n',
  pop3: '-ERR [SYS/TEMP] Too many connections from your address\r\n',
  submission: '421 4.7.0 Too many connections from your address\r\n',
  managesieve: 'BYE (TRYLATER) "Too many connections from your address"\r\n',
}

type Authenticate = Extract<PreauthEffect, { kind: 'authenticate' }>

export class GateSession {
  readonly #parts: GateSessionParts
  readonly #protocol: SessionProtocol
  #connection: Connection
  #preauth: Preauth | null = null
  #vault: Connection | null = null
  #isOver = false
  readonly #isCrowded: boolean
  readonly #beganMs: number
  readonly #over: () => void

  constructor(parts: GateSessionParts, protocol: SessionProtocol, connection: Connection, over: () => void) {
    this.#parts = parts
    this.#protocol = protocol
    this.#connection = connection
    const leave = parts.limits.enter(connection.remoteAddress)
    this.#over = () => {
      if (this.#isOver) return
      this.#isOver = true
      leave?.()
      this.#preauth?.[Symbol.dispose]()
      parts.wiping.touch()
      over()
    }
    this.#isCrowded = leave === null
    this.#beganMs = parts.clock.monotonic()
  }

  async begin(implicitTls: boolean): Promise<void> {
    if (this.#isOver) return
    if (this.#isCrowded) return this.#refuse(implicitTls)
    if (implicitTls && !(await this.#startTls())) return
    const isLocal = isLoopback(this.#connection.remoteAddress)
    this.#preauth = this.#makePreauth(this.#connection.tls, isLocal, implicitTls)
    this.#say(this.#preauth.greeting())
    this.#drive()
  }

  /** There are too many from its address: a handshake would be a favour. */
  #refuse(implicitTls: boolean): void {
    this.#connection.handle({ data: (chunk) => void chunk.fill(0), close: this.#over })
    if (implicitTls) return this.#connection.destroy()
    this.#say(CROWDED[this.#protocol])
    this.#connection.end()
  }

  /** For a stop of the server. A session that a vault has ends when the vault says goodbye. */
  stop(): void {
    if (this.#vault !== null) return
    // In the middle of a handshake nobody is to be told anything.
    if (this.#preauth === null) this.#connection.destroy()
    else this.#connection.end()
    this.#over()
  }

  #makePreauth(tls: TlsState | null, isLocal: boolean, implicitTls: boolean): Preauth {
    const offersStartTls = !implicitTls
    const common = { isTls: tls !== null, isLoopback: isLocal, offersStartTls }
    switch (this.#protocol) {
      case 'imap':
        return new ImapPreauth(common)
      case 'pop3':
        return new Pop3Preauth(common)
      case 'managesieve':
        return new ManageSievePreauth(common)
      case 'submission':
        return new SubmissionPreauth({
          hostname: this.#parts.hostname,
          peerAddress: this.#connection.remoteAddress,
          tls,
          isLoopback: isLocal,
          offersStartTls,
          limits: this.#parts.smtpLimits,
        })
    }
  }

  async #startTls(): Promise<boolean> {
    const secure = await this.#connection.startTls(this.#parts.tls)
    if (secure === null) {
      this.#parts.log.info('tls.failed', { protocol: this.#protocol, remote: this.#connection.remoteAddress })
      this.#over()
      return false
    }
    this.#connection = secure
    return true
  }

  #drive(): void {
    const connection = this.#connection
    connection.timeout(PREAUTH_IDLE_MS, () => {
      if (this.#preauth !== null && this.#vault === null) void this.#carryOut(this.#preauth.expire())
    })
    connection.handle({
      data: async (chunk) => {
        const isLate = this.#parts.clock.monotonic() - this.#beganMs > PREAUTH_MS
        const output = isLate ? this.#preauth?.expire() : this.#preauth?.receive(chunk)
        chunk.fill(0)
        if (output !== undefined) await this.#carryOut(output)
      },
      close: () => this.#over(),
    })
  }

  #say(text: string): void {
    if (text !== '') void this.#connection.write(Buffer.from(text, 'latin1'))
  }

  async #carryOut(output: PreauthOutput): Promise<void> {
    for (let next: PreauthOutput | null = output; next !== null && !this.#isOver;) {
      this.#say(next.reply)
      const { effect }: PreauthOutput = next
      next = null
      switch (effect?.kind) {
        case undefined:
          break
        case 'end':
          this.#connection.end()
          break
        case 'startTls':
          // Not awaited: the handler that asked for it must have returned.
          void this.#secure()
          break
        case 'authenticate':
          next = await this.#authenticate(effect)
      }
    }
  }

  async #secure(): Promise<void> {
    if (!(await this.#startTls())) return
    this.#preauth?.secured(this.#connection.tls as TlsState)
    this.#say(this.#preauth?.afterTls?.() ?? '')
    this.#drive()
  }

  /** Null: the session has begun, or the client has gone. */
  async #authenticate({ name, password }: Authenticate): Promise<PreauthOutput | null> {
    const { log, throttle } = this.#parts
    const remote = this.#connection.remoteAddress
    try {
      const attempt = throttle.attempt(name, networkOf(remote))
      if (attempt.waitMs === null) {
        log.warn('login.throttled', { protocol: this.#protocol, remote })
        return this.#preauth?.reject('unavailable') ?? null
      }
      if (attempt.waitMs > 0) await sleep(attempt.waitMs)
      if (this.#isOver) return null
      const opened = await this.#open(name, password)
      if (opened.kind === 'accepted') {
        attempt.succeeded()
        this.#relay(opened.connection, opened.rest, opened.notice)
        return null
      }
      if (opened.kind === 'refused') {
        attempt.failed()
        log.warn('login.refused', { protocol: this.#protocol, remote })
      }
      if (this.#isOver) return null
      if (opened.kind !== 'rebuilding') return this.#preauth?.reject(opened.kind) ?? null
      return this.#preauth?.reject('unavailable', describeRebuilding(opened)) ?? null
    } finally {
      wipe(name, password)
      this.#parts.wiping.touch()
    }
  }

  async #open(
    login: Buffer,
    password: Buffer,
  ): Promise<
    | {
        readonly kind: 'accepted'
        readonly connection: Connection
        readonly rest: Buffer
        readonly notice: string | null
      }
    | { readonly kind: 'refused' | 'unavailable' }
    | Rebuilding
  > {
    const vault = await this.#parts.vaultFor(login)
    if (vault === null) return { kind: 'unavailable' }
    const channel = new Channel<SessionOpened, SessionOpening>(vault, sessionGateSide)
    const answer = Promise.withResolvers<SessionOpened>()
    channel.open({
      message(opened, release) {
        answer.resolve(opened)
        release()
        // What follows is the session's.
        if (opened.kind === 'accepted') return new Promise((resolve) => queueMicrotask(resolve))
      },
      close: () => answer.resolve({ kind: 'unavailable' }),
    })
    void channel.send(this.#opening(login, password))
    const opened = await answer.promise
    if (opened.kind === 'accepted' && channel.isOpen) return { ...opened, ...channel.detach() }
    channel.destroy()
    return opened.kind === 'refused' || opened.kind === 'rebuilding' ? opened : { kind: 'unavailable' }
  }

  #opening(login: Buffer, password: Buffer): SessionOpening {
    const peer = { remote: this.#connection.remoteAddress, isTls: this.#connection.tls !== null }
    const preauth = this.#preauth
    if (preauth instanceof SubmissionPreauth) {
      return { kind: 'submission', login, password, ...peer, handover: preauth.handover() }
    }
    return { kind: this.#protocol as 'imap' | 'pop3' | 'managesieve', login, password, ...peer }
  }

  #relay(vault: Connection, rest: Buffer, notice: string | null): void {
    const preauth = this.#preauth as Preauth
    const client = this.#connection
    this.#vault = vault
    this.#say(preauth.accept(notice))
    if (rest.length > 0) void client.writeAndWipe(rest)
    const early = preauth.takeRest()
    if (early.length > 0) void vault.writeAndWipe(early)
    client.endIfStalled(STALLED_MS)
    client.handle({
      data: (chunk) => vault.writeAndWipe(chunk) ?? undefined,
      end: () => vault.endWriting(),
      close: () => {
        vault.destroy()
        this.#over()
      },
    })
    vault.handle({
      data: (chunk) => client.writeAndWipe(chunk) ?? undefined,
      close: () => client.end(),
    })
  }
}
