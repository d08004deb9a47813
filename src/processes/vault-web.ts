// JMAP in a vault: requests that the gate brings from browsers and other JMAP clients, answered by one engine for each unlocked account.

import { randomBytes } from '#crypto/random.ts'
import { wipe } from '#base/bytes.ts'
import { nextTurn } from '#account/turns.ts'
import type { AccountId } from '#base/ids.ts'
import type { OpenAccount } from '#account/open-account.ts'
import { type Access, type Download, JmapEngine, type JmapHost, type Reply, type Upload } from '#jmap/engine.ts'
import { REQUEST_BYTES_MAX } from '#jmap/limits.ts'
import type { Clock, Timer } from '#platform/clock.ts'
import type { Log } from '#platform/log.ts'
import type { Connection } from '#platform/net.ts'
import { Channel } from '#protocol/channel.ts'
import {
  BODY_PIECE_BYTES_MAX,
  type JmapRequest,
  type PasskeyLogin,
  type WebRequest,
  type WebResponse,
  webVaultSide,
} from '#protocol/vault-web.ts'
import { BusyError } from '#unlock/argon-queue.ts'
import { Seats } from '#unlock/seats.ts'
import { AccountOpeningError, type Lease, type UnlockedAccount } from '#unlock/unlocked-account.ts'
import type { Login, LoginFacts, UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import type { UseNotes } from '#unlock/use-notes.ts'
import { WebSessions } from '#unlock/web-sessions.ts'
import { rebuilding } from './rebuilding.ts'
import type { PasskeyIn } from './vault-passkeys.ts'

export interface VaultWebParts {
  readonly accounts: UnlockedAccounts
  readonly notes: UseNotes
  readonly clock: Clock
  readonly log: Log
  readonly number: number
  readonly idleMs: number
  readonly messageBytesMax: number
  /** Null: the directory cannot be asked now. */
  facts(login: Uint8Array): Promise<LoginFacts | null>
  addresses(account: AccountId): Promise<readonly string[] | null>
  /** Null: it is not let in. */
  passkey(given: PasskeyLogin): Promise<PasskeyIn | 'unavailable' | null>
  recovery(unlocked: UnlockedAccount): JmapHost['recovery']
  keys(unlocked: UnlockedAccount, account: OpenAccount): JmapHost['keys']
  submit(account: AccountId, ...message: Parameters<JmapHost['submit']>): ReturnType<JmapHost['submit']>
}

type WebChannel = Channel<WebRequest, WebResponse>

/** A JMAP engine that is in use, or was lately. */
interface Service {
  readonly engine: JmapEngine
  readonly lease: Lease
  uses: number
  timer: Timer | null
}

/** Who logs in with every request should not have the account opened by every request. */
const LINGER_MS = 60_000
const ADDRESSES_MS = 60_000

export class VaultWeb {
  readonly sessions: WebSessions
  readonly #parts: VaultWebParts
  readonly #clock: Clock
  readonly #services = new Map<AccountId, Promise<Service>>()
  #connections = 0

  constructor(parts: VaultWebParts) {
    this.#parts = parts
    const { number, idleMs, clock } = parts
    this.#clock = clock
    this.sessions = new WebSessions({
      clock,
      number,
      idleMs,
      unused: (account) => void this.#releaseIfUnused(account),
    })
  }

  get connections(): number {
    return this.#connections
  }

  /** One request from the gate. */
  accept(connection: Connection): void {
    this.#connections++
    const channel: WebChannel = new Channel(connection, webVaultSide)
    let request: OpenRequest | null = null
    channel.open({
      message: async (message, release) => {
        try {
          if (request === null) {
            request = await this.#begin(channel, message)
            // Who has gone while the account was opened has been told of already.
            if (!channel.isOpen) request.dispose()
          } else await request.receive(message)
        } catch (error) {
          if (error instanceof AccountOpeningError) void channel.send(rebuilding(error.progress))
          else {
            if (!(error instanceof BusyError)) this.#parts.log.fault('web', error)
            void channel.send({ kind: 'unavailable' })
          }
          channel.end()
        } finally {
          release()
        }
      },
      close: () => {
        this.#connections--
        request?.dispose()
      },
    })
  }

  async #begin(channel: WebChannel, message: WebRequest): Promise<OpenRequest> {
    switch (message.kind) {
      case 'login':
        await this.#logIn(channel, message, await this.#unlock(message.login, message.password))
        return ENDED
      case 'passkeyLogin':
        await this.#logIn(channel, message, await this.#parts.passkey(message))
        return ENDED
      case 'logout':
        this.sessions.logout(message.token)
        void channel.send({ kind: 'done' })
        channel.end()
        return ENDED
      case 'jmap':
        return this.#jmap(channel, message)
      case 'body':
      case 'bodyEnd':
        channel.destroy()
        return ENDED
    }
  }

  async #logIn(
    channel: WebChannel,
    { remote, isTls }: { readonly remote: string; readonly isTls: boolean },
    opened: Login | PasskeyIn | 'unavailable' | null,
  ): Promise<void> {
    if (opened === 'unavailable' || opened === null) {
      void channel.send({ kind: opened === null ? 'refused' : 'unavailable' })
    } else {
      const { unlocked, admission } = opened
      const { by } = admission
      this.#parts.log.info('session.begin', { protocol: 'web', account: unlocked.id, remote, tls: isTls, by })
      // Opening is the longest part: the page's first request comes at once.
      const { lease } = await this.#serviceOf(unlocked)
      if (admission.isOver) void channel.send({ kind: 'refused' })
      else if ('counter' in opened && !this.#parts.notes.advance(lease.account, admission, opened.counter)) {
        this.#parts.accounts.refuseCounter(opened)
        void channel.send({ kind: 'counterBehind' })
      } else {
        this.#parts.notes.used(lease.account, admission, 'jmap')
        const token = this.sessions.begin(unlocked.id, admission)
        void channel.send({ kind: 'token', token, address: unlocked.address })
      }
    }
    channel.end()
  }

  async #unlock(login: Uint8Array, password: Uint8Array): Promise<Login | 'unavailable' | null> {
    const facts = await this.#parts.facts(login)
    return facts === null ? 'unavailable' : this.#parts.accounts.login(facts, password, 'jmap')
  }

  async #jmap(channel: WebChannel, request: JmapRequest): Promise<OpenRequest> {
    const { credential } = request
    const session = credential.kind === 'token' ? this.sessions.use(credential.token) : null
    let opened: Guest | 'unavailable' | null = null
    if (credential.kind === 'password') opened = asGuest(await this.#unlock(credential.login, credential.password))
    else if (session !== null) {
      const unlocked = this.#parts.accounts.get(session.account)
      opened = unlocked === null ? null : { unlocked, seats: session.seats }
    }
    if (opened === null || opened === 'unavailable') {
      session?.[Symbol.dispose]()
      void channel.send({ kind: opened === null ? 'refused' : 'unavailable' })
      channel.end()
      return ENDED
    }
    const { unlocked, seats } = opened
    const service = await this.#serviceOf(unlocked)
    service.timer?.cancel()
    service.uses++
    const { id } = unlocked
    if (session === null) this.#parts.notes.used(service.lease.account, seats.admission, 'jmap')
    let membership: Disposable | null = null
    const open = new JmapCall(channel, request, service.engine, seats, () => {
      membership?.[Symbol.dispose]()
      session?.[Symbol.dispose]()
      service.uses--
      this.#lingerAndRelease(id, service)
    })
    membership = seats.join(() => open.cut())
    await open.begin()
    return open
  }

  /** Throws BusyError, and what opening the account throws. */
  #serviceOf(unlocked: UnlockedAccount): Promise<Service> {
    const known = this.#services.get(unlocked.id)
    if (known !== undefined) return known
    const made = this.#makeService(unlocked)
    this.#services.set(unlocked.id, made)
    made.catch(() => {
      if (this.#services.get(unlocked.id) === made) this.#services.delete(unlocked.id)
    })
    return made
  }

  async #makeService(unlocked: UnlockedAccount): Promise<Service> {
    const { accounts, log, messageBytesMax } = this.#parts
    const { id } = unlocked
    let engine: JmapEngine | null = null
    const lease = await accounts.lease(unlocked, {
      end: (reason) => {
        engine?.[Symbol.dispose]()
        this.#services.delete(id)
        if (reason !== 'failed') this.sessions.endAll(id)
        return Promise.resolve()
      },
    })
    const addresses = await this.#watchAddresses(id, unlocked.address)
    engine = new JmapEngine(
      lease.account,
      {
        now: () => this.#clock.now(),
        monotonic: () => this.#clock.monotonic(),
        pause: nextTurn,
        after: (delayMs, action) => this.#clock.after(delayMs, action),
        random: randomBytes,
        addresses,
        keys: this.#parts.keys(unlocked, lease.account),
        submit: (message) => this.#parts.submit(id, message),
        recovery: this.#parts.recovery(unlocked),
        fail: (error) => log.fault('jmap', error, { account: id }),
      },
      { messageBytesMax },
    )
    return { engine, lease, uses: 0, timer: null }
  }

  /** What the directory said last, asked again when that is old. */
  async #watchAddresses(account: AccountId, main: string): Promise<() => readonly string[]> {
    let known = (await this.#parts.addresses(account)) ?? [main]
    let askedAt = this.#clock.monotonic()
    return () => {
      if (this.#clock.monotonic() - askedAt > ADDRESSES_MS) {
        askedAt = this.#clock.monotonic()
        void this.#parts.addresses(account).then((addresses) => (known = addresses ?? known))
      }
      return known
    }
  }

  #lingerAndRelease(account: AccountId, service: Service): void {
    service.timer?.cancel()
    service.timer = this.#clock.after(LINGER_MS, () => void this.#releaseIfUnused(account))
  }

  async #releaseIfUnused(account: AccountId): Promise<void> {
    const pending = this.#services.get(account)
    const service = await pending?.catch(() => undefined)
    if (service === undefined || service.uses > 0 || this.sessions.has(account)) return
    if (this.#services.get(account) !== pending) return
    this.#services.delete(account)
    service.timer?.cancel()
    service.engine[Symbol.dispose]()
    service.lease[Symbol.dispose]()
  }
}

/** Whoever was let in, by a token or by a password. */
interface Guest {
  readonly unlocked: UnlockedAccount
  readonly seats: Seats
}

function asGuest(login: Login | 'unavailable' | null): Guest | 'unavailable' | null {
  if (login === null || login === 'unavailable') return login
  return { unlocked: login.unlocked, seats: new Seats(login.admission) }
}

interface OpenRequest {
  receive(message: WebRequest): Promise<void>
  dispose(): void
}

const ENDED: OpenRequest = { receive: () => Promise.resolve(), dispose: () => undefined }

/** One JMAP request on its channel. */
class JmapCall implements OpenRequest {
  readonly #channel: WebChannel
  readonly #call: JmapRequest['call']
  readonly #engine: JmapEngine
  readonly #access: Access
  readonly #ended: () => void
  #body: Buffer[] = []
  #bodyBytes = 0
  #upload: Upload | null = null
  #stream: Disposable | null = null
  #isOver = false

  constructor(channel: WebChannel, { call }: JmapRequest, engine: JmapEngine, seats: Seats, ended: () => void) {
    this.#channel = channel
    this.#call = call
    this.#engine = engine
    this.#access = accessOf(seats)
    this.#ended = ended
  }

  async begin(): Promise<void> {
    const call = this.#call
    if (this.#isOver) return
    switch (call.kind) {
      case 'session':
        return this.#reply(this.#engine.session(this.#access, urlsFrom(call.origin)))
      case 'api':
        return
      case 'upload': {
        const upload = this.#engine.beginUpload(this.#access, call.accountId)
        if ('status' in upload) return this.#reply(upload)
        this.#upload = upload
        return
      }
      case 'download':
        return this.#download(await this.#engine.download(call.accountId, call.blobId, call.range))
      case 'events':
        // Not awaited: nothing more comes from the client, and the stream ends when it goes.
        void this.#events(call).catch(() => this.#channel.destroy())
    }
  }

  async receive(message: WebRequest): Promise<void> {
    if (this.#isOver) return
    if (message.kind === 'body') return this.#collect(message.bytes)
    if (message.kind !== 'bodyEnd') return this.#channel.destroy()
    if (this.#upload !== null && this.#call.kind === 'upload') {
      return this.#reply(this.#engine.finishUpload(this.#upload, this.#call.type))
    }
    const body = Buffer.concat(this.#body)
    wipe(...this.#body)
    const reply = await this.#engine.api(this.#access, body)
    wipe(body)
    await this.#reply(reply)
  }

  /** Whoever asks may not any more. */
  cut(): void {
    this.#channel.destroy()
    this.dispose()
  }

  dispose(): void {
    if (this.#isOver) return
    this.#isOver = true
    wipe(...this.#body)
    this.#upload?.[Symbol.dispose]()
    this.#stream?.[Symbol.dispose]()
    this.#ended()
  }

  #collect(bytes: Uint8Array): void {
    if (this.#upload !== null) return void this.#upload.write(bytes)
    this.#bodyBytes += bytes.length
    // One byte too many is kept, so that the engine says that it is too long.
    if (this.#bodyBytes <= REQUEST_BYTES_MAX + BODY_PIECE_BYTES_MAX) this.#body.push(Buffer.from(bytes))
  }

  async #reply({ status, contentType, body }: Reply): Promise<void> {
    const length = body.reduce((sum, piece) => sum + piece.length, 0)
    void this.#channel.send({ kind: 'reply', status, contentType, length, range: null })
    for (const piece of body) {
      await this.#send(piece)
      wipe(piece)
    }
    this.#finish()
  }

  async #download(download: Download | Reply): Promise<void> {
    if ('status' in download) return this.#reply(download)
    using found = download
    const { start, end, sizeBytes } = found
    const isPart = start > 0 || end < sizeBytes
    const range = isPart ? { start, size: sizeBytes } : null
    const contentType = 'application/octet-stream'
    void this.#channel.send({ kind: 'reply', status: isPart ? 206 : 200, contentType, length: end - start, range })
    try {
      for await (const piece of found.pieces()) {
        await this.#send(piece)
        if (!this.#channel.isOpen) break
      }
    } catch {
      // What was announced does not come: the gate cuts the connection.
      this.#channel.destroy()
      return
    }
    this.#finish()
  }

  async #events({
    types,
    closeAfter,
    ping,
    lastEventId,
  }: Extract<JmapRequest['call'], { kind: 'events' }>): Promise<void> {
    const stream = this.#engine.events({ types, closeAfter, ping, lastEventId })
    this.#stream = stream
    void this.#channel.send({ kind: 'reply', status: 200, contentType: 'text/event-stream', length: null, range: null })
    for await (const text of stream.chunks()) await this.#send(Buffer.from(text))
    this.#finish()
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; at += BODY_PIECE_BYTES_MAX) {
      const drain = this.#channel.send({ kind: 'body', bytes: bytes.subarray(at, at + BODY_PIECE_BYTES_MAX) })
      if (drain !== null) await drain
    }
  }

  #finish(): void {
    void this.#channel.send({ kind: 'bodyEnd' })
    this.#channel.end()
    this.dispose()
  }
}

function accessOf(seats: Seats): Access {
  const { isOwner, isReadOnly } = seats.admission
  return {
    kind: isOwner ? 'owner' : isReadOnly ? 'readOnly' : 'full',
    get isOver() {
      return seats.admission.isOver
    },
    origin: seats,
  }
}

function urlsFrom(origin: string): Parameters<JmapEngine['session']>[1] {
  return {
    api: `${origin}/jmap/api`,
    download: `${origin}/jmap/download/{accountId}/{blobId}/{name}?type={type}`,
    upload: `${origin}/jmap/upload/{accountId}/`,
    events: `${origin}/jmap/events?types={types}&closeafter={closeafter}&ping={ping}`,
  }
}
