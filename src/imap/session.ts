// One logged-in IMAP session: what commands read and change. The engine feeds it; it has no grammar and no commands itself.

import type { Account } from '#account/account.ts'
import { readOnlyAccount } from '#account/read-only-account.ts'
import type { SessionHost } from '#base/session-host.ts'
import { ResponseWriter } from '#base/response-writer.ts'
import type { StorageUse } from './command-quota.ts'
import type { Notifications } from './notifications.ts'
import { Progress } from './progress.ts'
import type { SelectedMailbox } from './selected-mailbox.ts'
import type { Ranges } from './sequence-set.ts'
import type { SharedAccount } from './shared-account.ts'

/** What ENABLE, or a command that implies it, switches on for the rest of the session (RFC 5161). */
export type Feature = 'CONDSTORE' | 'IMAP4REV2' | 'QRESYNC' | 'UIDONLY'

/** The connection ended while a command ran. */
export class SessionEndedError extends Error {
  override name = 'SessionEndedError'
}

export interface SessionOptions {
  readonly messageBytesMax: number
  /** The session may read and no more. */
  readonly isReadOnly?: boolean
  /** What the account stores, and may store; null: nobody can tell now. */
  readonly storageUse?: () => Promise<StorageUse | null>
  /** Of JMAP's session resource, if the password that the session began with may be used there; without characters to be escaped. */
  readonly jmapUrl?: string | null
}

export class Session {
  readonly shared: SharedAccount
  readonly account: Account
  readonly host: SessionHost
  readonly out: ResponseWriter
  readonly progress: Progress
  readonly enabled = new Set<Feature>()
  readonly messageBytesMax: number
  /** Every mailbox is selected as by EXAMINE, and nothing is changed. */
  readonly isReadOnly: boolean
  readonly storageUse: SessionOptions['storageUse'] | null
  readonly jmapUrl: string | null
  selected: SelectedMailbox | null = null
  /** `beginning`: with the end of the command that runs. */
  compression: 'none' | 'beginning' | 'active' = 'none'
  /** Since NOTIFY was said (RFC 5465). */
  notifications: Notifications | null = null
  /** UIDs that SEARCH saved (RFC 9051 §6.4.4.1). */
  savedUids: Ranges = []
  /** Alarms of the account that the client knows of: how many, and when the last was found. */
  toldAlarms: { readonly count: number; readonly last: number | null } = { count: 0, last: null }
  /** When the rehearsal ended whose failure the client knows of. */
  toldRehearsal: number | null = null
  /** After LOGOUT, BYE or the loss of the connection: nothing more is read. */
  isEnding = false
  /** Of the command that runs. */
  tag = '*'
  /** A reply is written in pieces, and nothing may come between them. */
  isWithinReply = false
  #isCut = false

  constructor(shared: SharedAccount, host: SessionHost, options: SessionOptions) {
    const isReadOnly = options.isReadOnly === true
    this.shared = shared
    this.account = isReadOnly ? readOnlyAccount(shared.account) : shared.account
    this.isReadOnly = isReadOnly
    this.host = host
    this.messageBytesMax = options.messageBytesMax
    this.storageUse = options.storageUse ?? null
    this.jmapUrl = options.jmapUrl ?? null
    this.out = new ResponseWriter((bytes) => (this.#isCut ? null : host.send(bytes)))
    this.progress = new Progress(host, this.out)
  }

  /** The connection is gone: a running command stops at its next pause. */
  cut(): void {
    this.#isCut = true
    this.isEnding = true
    this.selected = null
    this.notifications?.stop()
  }

  get isCut(): boolean {
    return this.#isCut
  }

  /** A command is being read or runs. */
  get isWithinCommand(): boolean {
    return this.tag !== '*'
  }

  /** Mailbox names are UTF-8 and not modified UTF-7 (RFC 9051 §5.1). */
  get isUtf8(): boolean {
    return this.enabled.has('IMAP4REV2')
  }

  /** Expunged messages are told by VANISHED (RFC 7162 §3.2.10). */
  get tellsVanished(): boolean {
    return this.enabled.has('QRESYNC') || this.isUidOnly
  }

  /** Neither side uses message sequence numbers (RFC 9586). */
  get isUidOnly(): boolean {
    return this.enabled.has('UIDONLY')
  }

  get isRev2(): boolean {
    return this.enabled.has('IMAP4REV2')
  }

  /** Waits until the client has read enough. Call it between replies, never within one. Throws SessionEndedError. */
  async room(): Promise<void> {
    const drain = this.out.room()
    if (drain !== null) await drain
    this.checkConnected()
  }

  /**
   * What follows is another message's. Compressed, the two must not be in one piece: who sent one of them could learn from its length
   * what is in the other.
   */
  boundary(): void {
    if (this.compression === 'active') this.out.flush()
  }

  /** After every pause. Throws SessionEndedError. */
  checkConnected(): void {
    if (this.#isCut) throw new SessionEndedError('the connection ended')
  }
}
