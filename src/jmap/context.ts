// What a method works with: the account, what JMAP keeps beside it, and what belongs to the request.

import type { Account } from '#account/account.ts'
import { readOnlyAccount } from '#account/read-only-account.ts'
import type { Steps } from '#base/steps.ts'
import { TimeSlice } from '#base/time-slice.ts'
import type { Access } from './access.ts'
import type { Capability } from './capabilities.ts'
import { MethodFailure } from './failure.ts'
import type { JmapHost } from './host.ts'
import type { Identities } from './identities.ts'
import { RESPONSE_BYTES_MAX } from './limits.ts'
import type { MailIndex } from './mail-index.ts'
import type { ContentSizes } from './part-content.ts'
import type { Submissions } from './submissions.ts'
import type { Uploads } from './uploads.ts'

/** What all requests of one account share. */
export interface Shared {
  readonly account: Account
  readonly accountId: string
  readonly host: JmapHost
  readonly index: MailIndex
  readonly uploads: Uploads
  readonly contentSizes: ContentSizes
  readonly identities: Identities
  readonly submissions: Submissions
  /** Bytes of one message that is stored or sent. */
  readonly messageBytesMax: number
}

export class Context {
  readonly shared: Shared
  readonly access: Access
  readonly account: Account
  readonly index: MailIndex
  readonly host: JmapHost
  readonly slice: TimeSlice
  readonly using: ReadonlySet<string>
  /** From creation ids to the ids of what was created (RFC 8620 §3.3). */
  readonly createdIds: Map<string, string>
  /** Text that the response to the call that runs may have. */
  lengthLeft = RESPONSE_BYTES_MAX

  constructor(
    shared: Shared,
    access: Access,
    using: ReadonlySet<string>,
    createdIds: ReadonlyMap<string, string> | null,
  ) {
    this.shared = shared
    this.access = access
    this.account = access.kind === 'readOnly' ? readOnlyAccount(shared.account) : shared.account
    this.index = shared.index
    this.host = shared.host
    this.slice = new TimeSlice(shared.host)
    this.using = using
    this.createdIds = new Map(createdIds)
  }

  uses(capability: Capability): boolean {
    return this.using.has(capability)
  }

  /** Throws MethodFailure unless it is this account. */
  checkAccount(accountId: string): void {
    if (accountId !== this.shared.accountId) throw new MethodFailure('accountNotFound')
  }

  /** Lets other work of the process have its turn if it is time. */
  async pause(): Promise<void> {
    if (this.slice.isOver) await this.slice.next()
  }

  /** All of the work, with such pauses. */
  run<T>(steps: Steps<T>): Promise<T> {
    return this.slice.run(steps)
  }

  /** Counts text that goes into a response before it is collected. Throws MethodFailure. */
  spend(length: number): void {
    this.lengthLeft -= length
    if (this.lengthLeft < 0) throw new MethodFailure('requestTooLarge', 'The response would be too large')
  }

  /** The id that a reference to a creation id (`#…`) stands for, or the id itself; null if nothing was created by that name. */
  resolveId(reference: string): string | null {
    return reference.startsWith('#') ? (this.createdIds.get(reference.slice(1)) ?? null) : reference
  }
}
