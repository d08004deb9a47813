// What a STORE changes: which messages need it, as operations of the log, and what their flags should be afterwards.

import type { Modseq } from '#base/ids.ts'
import type { Account, FlagSet, MailboxView } from '#account/account.ts'
import type { Operation, RangeSet } from '#account/operation.ts'
import type { Flags } from './flag-names.ts'
import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import { rangesOf } from './sequence-set.ts'

type StoreMode = 'add' | 'remove' | 'replace'

export interface FlagChange {
  readonly mode: StoreMode
  readonly flags: Flags
}

/** What the change does to one set of flags. */
interface Effect {
  readonly changesKeywords: boolean
  readonly changesDeleted: boolean
  /** The flags afterwards, in a form to compare. */
  readonly after: string
}

export function flagsKey(keywords: readonly string[], deleted: boolean): string {
  return `${deleted ? '1' : '0'} ${keywords.join(' ')}`
}

function effectOn({ mode, flags }: FlagChange, keywords: readonly string[], deleted: boolean): Effect {
  const given = new Set(flags.keywords)
  const after =
    mode === 'replace'
      ? flags.keywords
      : mode === 'remove'
        ? keywords.filter((keyword) => !given.has(keyword))
        : [...new Set([...keywords, ...flags.keywords])].sort()
  const deletedAfter = mode === 'replace' ? flags.deleted : flags.deleted ? mode === 'add' : deleted
  return {
    changesKeywords: after.length !== keywords.length || after.some((keyword, index) => keyword !== keywords[index]),
    changesDeleted: deletedAfter !== deleted,
    after: flagsKey(after, deletedAfter),
  }
}

/** Effects by the id of the set of flags: a mailbox has few of them. */
export class FlagEffects {
  readonly #account: Account
  readonly #change: FlagChange
  readonly #effects = new Map<number, Effect>()

  constructor(account: Account, change: FlagChange) {
    this.#account = account
    this.#change = change
  }

  flagSet(id: number): FlagSet {
    return this.#account.flagSet(id)
  }

  of(flagSet: number): Effect {
    let effect = this.#effects.get(flagSet)
    if (effect === undefined) {
      const { keywords, deleted } = this.#account.flagSet(flagSet)
      effect = effectOn(this.#change, keywords, deleted)
      this.#effects.set(flagSet, effect)
    }
    return effect
  }
}

/** The messages that the change would change, as UIDs. What is as it should be costs no record in the log. */
export function messagesToChange(
  selected: SelectedMailbox,
  live: MailboxView,
  spans: Spans,
  effects: FlagEffects,
): { readonly keywords: RangeSet; readonly deleted: RangeSet } {
  const keywords: number[] = []
  const deleted: number[] = []
  for (const [first, last] of spans) {
    for (let position = first; position <= last; position++) {
      const at = selected.livePosition(live, position)
      if (at < 0) continue
      const effect = effects.of(live.flags[at] as number)
      if (effect.changesKeywords) keywords.push(live.uids[at] as number)
      if (effect.changesDeleted) deleted.push(live.uids[at] as number)
    }
  }
  return { keywords: rangesOf(keywords), deleted: rangesOf(deleted) }
}

/** The same for a STORE with UNCHANGEDSINCE: a message that is to change in both ways is in `keywords` and in `both`. */
export function conditionalPlan(
  selected: SelectedMailbox,
  live: MailboxView,
  spans: Spans,
  effects: FlagEffects,
  unchangedSince: Modseq,
): {
  readonly refused: number[]
  readonly keywords: RangeSet
  readonly deletedAlone: RangeSet
  readonly both: number[]
} {
  const refused: number[] = []
  const keywords: number[] = []
  const deletedAlone: number[] = []
  const both: number[] = []
  for (const [first, last] of spans) {
    for (let position = first; position <= last; position++) {
      const at = selected.livePosition(live, position)
      if (at < 0) continue
      const uid = live.uids[at] as number
      const effect = effects.of(live.flags[at] as number)
      if ((live.modseqs[at] as number) > unchangedSince) refused.push(uid)
      else if (effect.changesKeywords) keywords.push(uid)
      else if (effect.changesDeleted) deletedAlone.push(uid)
      if (effect.changesKeywords && effect.changesDeleted) both.push(uid)
    }
  }
  return { refused, keywords: rangesOf(keywords), deletedAlone: rangesOf(deletedAlone), both }
}

export function keywordOperation(
  selected: SelectedMailbox,
  set: RangeSet,
  { mode, flags }: FlagChange,
  unchangedSince: Modseq | null,
): Operation {
  return { kind: 'changeKeywords', mailbox: selected.id, set, mode, keywords: flags.keywords, unchangedSince }
}

export function deletedOperation(
  selected: SelectedMailbox,
  set: RangeSet,
  { mode, flags }: FlagChange,
  unchangedSince: Modseq | null,
): Operation {
  return { kind: 'markDeleted', mailbox: selected.id, set, deleted: mode !== 'remove' && flags.deleted, unchangedSince }
}
