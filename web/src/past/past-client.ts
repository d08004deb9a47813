// Going back in time, as the server offers it (docs/formats/jmap-restore.md).

import type { Connection } from '#web/jmap/connection.ts'
import type { Address, Id, MailboxRole } from '#web/jmap/types.ts'
import type { Point } from './point.ts'

export interface PastMailbox {
  readonly id: Id
  readonly name: string
  readonly path: string
  readonly role: MailboxRole | null
  readonly totalEmails: number
  readonly unreadEmails: number
}

export interface Past {
  readonly record: number
  readonly time: string
  readonly mailboxes: readonly PastMailbox[]
}

type State = 'present' | 'dropped' | 'damaged'

export interface PastEmail {
  readonly id: Id
  readonly state: State
  readonly receivedAt: string
  readonly keywords: Readonly<Record<string, true>>
  readonly subject: string | null
  readonly from: readonly Address[] | null
  readonly preview: string | null
  /** It has gone since, and is there to be restored until then at least. */
  readonly restorableUntil: string | null
}

export interface PastMessages {
  readonly total: number
  readonly list: readonly PastEmail[]
}

export interface PastPreview {
  readonly state: State
  readonly subject: string
  readonly from: readonly Address[]
  readonly to: readonly Address[]
  readonly text: string
  readonly isTruncated: boolean
  readonly files: readonly { readonly name: string | null; readonly type: string }[]
}

export type RestoreKind = 'mailboxes' | 'messages' | 'places' | 'flags' | 'settings'

export interface RestoreRequest {
  readonly record: number
  readonly mailboxId: Id | null
  readonly emailId: Id | null
  readonly only: readonly RestoreKind[] | null
  readonly onConflict: 'merge' | 'rename'
}

export interface RestoreChange {
  readonly kind: string
  readonly path?: string
  readonly was?: string
  readonly mailboxes?: readonly string[]
}

export interface RestoreReport {
  readonly before: number
  readonly counts: Readonly<Record<string, number>>
  readonly changes: readonly RestoreChange[]
  readonly problemCount: number
  readonly staying: number
  readonly isFinished: boolean
}

export const LIST_LENGTH = 30
const POINTS = 1000

export class PastClient {
  readonly #connection: Connection

  constructor(connection: Connection) {
    this.#connection = connection
  }

  /** Rejects with JmapFailure, as all of these. */
  async points(unit: 'day' | 'change', before: number | null = null, limit = POINTS): Promise<readonly Point[]> {
    const utcOffset = -new Date().getTimezoneOffset()
    const { list } = await this.#call<{ list: readonly Point[] }>('Restore/points', { unit, utcOffset, before, limit })
    return list
  }

  show(record: number): Promise<Past> {
    return this.#call('Restore/show', { record })
  }

  messages(record: number, mailboxId: Id, position: number): Promise<PastMessages> {
    return this.#call('Restore/messages', { record, mailboxId, position, limit: LIST_LENGTH })
  }

  preview(record: number, emailId: Id): Promise<PastPreview> {
    return this.#call('Restore/preview', { record, emailId })
  }

  dryRun(request: RestoreRequest): Promise<RestoreReport> {
    return this.#call('Restore/dryRun', { ...request })
  }

  /** In as many calls as it takes; `told` hears how many messages are back. The record before it is where an undo leads. */
  async run(
    request: RestoreRequest,
    told: (messages: number) => void,
  ): Promise<{ before: number; problemCount: number }> {
    let before: number | null = null
    let back = 0
    for (;;) {
      const report: RestoreReport = await this.#call('Restore/run', { ...request })
      before ??= report.before
      back += report.counts['restoreMessage'] ?? 0
      told(back)
      if (report.isFinished) return { before, problemCount: report.problemCount }
    }
  }

  async #call<T>(method: string, args: Record<string, unknown>): Promise<T> {
    return (await this.#connection.call([[method, args]])).of(0) as T
  }
}
