// What is to be as it was then, and what became of that.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Unreadable } from './past-mail.ts'

export const RESTORE_KINDS = ['mailboxes', 'messages', 'places', 'flags', 'settings'] as const

/**
 * `mailboxes`: that they are there, with name, place, role and subscription. `messages`: those that have gone, where they were, with their flags.
 * `places`: in which mailboxes the others are. `flags`: their keywords, and IMAP's \Deleted. `settings`: all that a restore may change.
 */
export type RestoreKind = (typeof RESTORE_KINDS)[number]

/** What belongs to another time, or to none, is left as it is. */
export type RestoreScope =
  | { readonly kind: 'everything' }
  /** The mailbox of then and the messages that were in it. What has come into it since stays. */
  | { readonly kind: 'mailbox'; readonly mailbox: MailboxId }
  /** One e-mail of then. */
  | { readonly kind: 'message'; readonly email: EmailId }

export interface RestoreRequest {
  readonly scope: RestoreScope
  readonly kinds: ReadonlySet<RestoreKind>
  /** A mailbox that has gone, and whose name another has now: its messages go into that one, or it gets a clear other name. */
  readonly conflict: 'merge' | 'rename'
  /** Messages that one call brings back, at most; the next one goes on. */
  readonly messagesMax: number
}

export type RestoreChange =
  | { readonly kind: 'createMailbox'; readonly path: string }
  | { readonly kind: 'changeMailbox'; readonly path: string; readonly was: string; readonly what: readonly string[] }
  | { readonly kind: 'removeMailbox'; readonly path: string }
  /** The messages of a mailbox that has gone go into this one. */
  | { readonly kind: 'mergeMailbox'; readonly path: string }
  /** An e-mail of then comes back. */
  | {
      readonly kind: 'restoreMessage'
      readonly email: EmailId
      readonly record: number
      readonly mailboxes: readonly string[]
    }
  | {
      readonly kind: 'moveMessage'
      readonly email: EmailId
      readonly record: number
      readonly mailboxes: readonly string[]
    }
  | {
      readonly kind: 'flagMessage'
      readonly email: EmailId
      readonly record: number
      readonly keywords: readonly string[]
    }
  /** One that a restore brought back after that time, and that was not there then. */
  | { readonly kind: 'removeMessage'; readonly email: EmailId; readonly record: number }
  | { readonly kind: 'setSetting' | 'removeSetting'; readonly key: string }

export type RestoreChangeKind = RestoreChange['kind']

/** What cannot be as it was then. */
export type RestoreProblem =
  | {
      readonly kind: 'message'
      readonly email: EmailId
      readonly record: number
      readonly reason: Unreadable | 'noMailbox'
    }
  /** There are too many mailboxes, or it would be nested too deep. */
  | { readonly kind: 'mailbox'; readonly path: string }

export interface RestoreReport {
  /** Of all changes, those also that are not in the list. */
  readonly counts: Readonly<Record<RestoreChangeKind, number>>
  /** The first of them. */
  readonly changes: readonly RestoreChange[]
  readonly problemCount: number
  readonly problems: readonly RestoreProblem[]
  /** E-mails that came after that time, and stay where they are. */
  readonly staying: number
  /** False: there is more to do, and the same request goes on with it. */
  readonly isFinished: boolean
}

/** Changes, and problems, that a report lists. */
export const LISTED_MAX = 500

const CHANGE_KINDS: readonly RestoreChangeKind[] = [
  'createMailbox',
  'changeMailbox',
  'removeMailbox',
  'mergeMailbox',
  'restoreMessage',
  'moveMessage',
  'flagMessage',
  'removeMessage',
  'setSetting',
  'removeSetting',
]

export class ReportBuilder {
  readonly #counts = Object.fromEntries(CHANGE_KINDS.map((kind) => [kind, 0])) as Record<RestoreChangeKind, number>
  readonly #changes: RestoreChange[] = []
  readonly #problems: RestoreProblem[] = []
  #problemCount = 0
  staying = 0

  change(change: RestoreChange): void {
    this.#counts[change.kind]++
    if (this.#changes.length < LISTED_MAX) this.#changes.push(change)
  }

  problem(problem: RestoreProblem): void {
    this.#problemCount++
    if (this.#problems.length < LISTED_MAX) this.#problems.push(problem)
  }

  finish(isFinished: boolean): RestoreReport {
    return {
      counts: this.#counts,
      changes: this.#changes,
      problemCount: this.#problemCount,
      problems: this.#problems,
      staying: this.staying,
      isFinished,
    }
  }
}
