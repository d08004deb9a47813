// Sessions in a vault: each is a connection from the gate that was let in, with the protocol's engine over the owner's account.

import type { AccountId } from '#base/ids.ts'
import type { Account } from '#account/account.ts'
import { ImapEngine } from '#imap/engine.ts'
import type { StorageUse } from '#imap/command-quota.ts'
import { type SharedAccount, shareAccount } from '#imap/shared-account.ts'
import { ManageSieveEngine } from '#managesieve/engine.ts'
import { alarmNotice } from '#pop3/alarm.ts'
import { Pop3Engine } from '#pop3/engine.ts'
import type { Clock } from '#platform/clock.ts'
import type { Log } from '#platform/log.ts'
import type { Connection } from '#platform/net.ts'
import { Channel } from '#protocol/channel.ts'
import { type SessionOpened, type SessionOpening, sessionVaultSide } from '#protocol/vault.ts'
import type { Handover } from '#smtp/handover.ts'
import { BusyError } from '#unlock/argon-queue.ts'
import { type Admission, refusalFor } from '#unlock/admission.ts'
import type { EndReason } from '#unlock/end-reason.ts'
import { AccountOpeningError, type Lease } from '#unlock/unlocked-account.ts'
import type { UseNotes } from '#unlock/use-notes.ts'
import type { UnlockedAccounts } from '#unlock/unlocked-accounts.ts'
import type { LoginFacts } from '#unlock/unlocked-accounts.ts'
import { rebuilding } from './rebuilding.ts'
import { type ConnectionHost, type Engine, connectionHost, driveEngine } from './session-host.ts'

export interface VaultSessionsParts {
  readonly accounts: UnlockedAccounts
  readonly clock: Clock
  readonly notes: UseNotes
  readonly log: Log
  readonly messageBytesMax: number
  /** Null: the directory cannot be asked now. */
  facts(login: Uint8Array): Promise<LoginFacts | null>
  /** Of JMAP's session resource; null without one. */
  readonly jmapUrl: string | null
  /** Null: nobody can tell now. */
  storageUse(account: AccountId): Promise<StorageUse | null>
  submission(account: AccountId, host: ConnectionHost, handover: Handover): EndingEngine
}

/** An engine that our side can end in order. */
export interface EndingEngine extends Engine {
  bye(text: string): void
}

const nothingToEnd: (reason: EndReason) => Promise<void> = () => Promise.resolve()

const GOODBYE: Readonly<Record<EndReason, string>> = {
  locked: 'The account was locked',
  failed: 'The account has to be opened again: log in again',
  stopped: 'The server stops: log in again later',
  revoked: 'This password was revoked',
  changed: 'The password was changed: log in with the new one',
  expired: 'The time of this password is over',
}

/** Whoever does not hear that the password was revoked, or is in the middle of something long, is cut off then. */
const REVOKED_END_MS = 1_000

export class VaultSessions {
  readonly #parts: VaultSessionsParts
  readonly #shared = new WeakMap<Account, SharedAccount>()
  readonly #ends = new Set<(reason: EndReason) => Promise<void>>()
  #connections = 0

  constructor(parts: VaultSessionsParts) {
    this.#parts = parts
  }

  get connections(): number {
    return this.#connections
  }

  get sessions(): number {
    return this.#ends.size
  }

  /** One connection from the gate. */
  accept(connection: Connection): void {
    this.#connections++
    const channel = new Channel<SessionOpening, SessionOpened>(connection, sessionVaultSide)
    channel.open({
      message: (opening, release) => this.#opened(channel, opening).finally(release),
      close: () => {
        this.#connections--
      },
    })
  }

  /** Resolves when every session has ended what was under way. */
  async end(reason: EndReason): Promise<void> {
    await Promise.all([...this.#ends].map((end) => end(reason)))
  }

  async #opened(channel: Channel<SessionOpening, SessionOpened>, opening: SessionOpening): Promise<void> {
    const { accounts, log } = this.#parts
    let end = nothingToEnd
    try {
      const facts = await this.#parts.facts(opening.login)
      const login = facts === null ? 'unavailable' : await accounts.login(facts, opening.password, opening.kind)
      if (login === null || login === 'unavailable') {
        void channel.send({ kind: login === null ? 'refused' : 'unavailable' })
        channel.end()
        return
      }
      const { unlocked, admission } = login
      const lease = await accounts.lease(unlocked, { end: (reason) => end(reason) })
      if (!channel.isOpen || admission.isOver) {
        lease[Symbol.dispose]()
        if (admission.isOver) void channel.send({ kind: 'refused' })
        channel.end()
        return
      }
      end = this.#begin(channel, opening, lease, unlocked.id, admission)
      this.#parts.notes.used(lease.account, admission, opening.kind)
    } catch (error) {
      if (error instanceof AccountOpeningError) void channel.send(rebuilding(error.progress))
      else {
        if (!(error instanceof BusyError)) log.fault('session.open', error, { protocol: opening.kind })
        void channel.send({ kind: 'unavailable' })
      }
      channel.end()
    }
  }

  #begin(
    channel: Channel<SessionOpening, SessionOpened>,
    opening: SessionOpening,
    lease: Lease,
    id: AccountId,
    admission: Admission,
  ): (reason: EndReason) => Promise<void> {
    const { log, clock } = this.#parts
    void channel.send({ kind: 'accepted', notice: opening.kind === 'pop3' ? alarmNotice(lease.account) : null })
    const { connection, rest } = channel.detach()
    const host = connectionHost(connection, (error) =>
      log.fault('session', error, { protocol: opening.kind, account: id }),
    )
    const engine = this.#engine(opening, lease.account, host, admission)
    const end = async (reason: EndReason): Promise<void> => {
      engine.bye(GOODBYE[reason])
      await host.over
    }
    this.#ends.add(end)
    const membership = admission.join((reason) => {
      const cut = clock.after(REVOKED_END_MS, () => connection.destroy())
      void end(reason).then(() => cut.cancel())
    })
    const by = admission.isOwner ? 'password' : 'appPassword'
    log.info('session.begin', { protocol: opening.kind, account: id, remote: opening.remote, tls: opening.isTls, by })
    driveEngine(connection, host, engine, rest, () => {
      this.#connections--
      this.#ends.delete(end)
      membership[Symbol.dispose]()
      lease[Symbol.dispose]()
      log.info('session.end', { protocol: opening.kind, account: id })
    })
    return end
  }

  #engine(opening: SessionOpening, account: Account, host: ConnectionHost, admission: Admission): EndingEngine {
    const { isReadOnly } = admission
    switch (opening.kind) {
      case 'imap': {
        let shared = this.#shared.get(account)
        if (shared === undefined) {
          shared = shareAccount(account)
          this.#shared.set(account, shared)
        }
        const { messageBytesMax, clock } = this.#parts
        const mayJmap = refusalFor(admission, 'jmap', clock.now()) === null
        const jmapUrl = mayJmap ? this.#parts.jmapUrl : null
        const storageUse = (): Promise<StorageUse | null> => this.#parts.storageUse(account.id)
        return new ImapEngine(shared, host, { messageBytesMax, isReadOnly, storageUse, jmapUrl })
      }
      case 'pop3': {
        const engine = new Pop3Engine(account, host, isReadOnly)
        return Object.assign(engine, { bye: () => engine.expire() })
      }
      case 'managesieve':
        return new ManageSieveEngine(account, host, isReadOnly)
      case 'submission':
        return this.#parts.submission(account.id, host, opening.handover)
    }
  }
}
