// What a restore is done to: the account, or, for a dry run, a copy of its state in memory. Both apply the same operations by the same fold, so that
// a dry run says what the run does.

import type { MailRecords } from '#account/fold-context.ts'
import { applyRecord } from '#account/fold.ts'
import type { JournalOperation, Operation, Outcome } from '#account/operation.ts'
import type { AccountState } from '#account/state.ts'
import type { Unreadable } from './past-mail.ts'

export interface RestoreWorld {
  /** As it is now; it changes by commits. */
  readonly state: AccountState
  /** Makes operations of the state as it is when they are written, and nothing between that and their being applied. */
  commit(plan: (state: AccountState) => readonly Operation[]): Promise<readonly Outcome[]>
  /** Makes the messages of these records ready to be filed; those that cannot be are returned. */
  prepare(records: readonly number[]): Promise<ReadonlyMap<number, Unreadable>>
  /** Lets others have their turn, if it is time. Throws when the work has to end. */
  pause(): Promise<void>
}

export interface DryWorldParts {
  readonly state: AccountState
  /** No record of the log has this number, nor a greater one. */
  readonly nextSeq: number
  readonly isMail: (record: number) => boolean
  /** Null: it can be read, as far as is known without reading it. */
  readonly unreadable: (record: number) => Unreadable | null
  readonly pause: () => Promise<void>
}

/** Takes a copy of the state over. */
export function dryWorld({ state, nextSeq, isMail, unreadable, pause }: DryWorldParts): RestoreWorld {
  let seq = nextSeq
  const records: MailRecords = {
    isMail,
    sizeOf: () => 0,
    named: () => undefined,
    began: () => undefined,
    ended: () => undefined,
  }
  return {
    state,
    pause,
    commit(plan) {
      // Only a message in the same commit has another form in the journal.
      const operations = plan(state) as readonly JournalOperation[]
      return Promise.resolve(applyRecord(state, records, seq++, operations).outcomes)
    },
    prepare(wanted) {
      const found = new Map<number, Unreadable>()
      for (const record of wanted) {
        const why = unreadable(record)
        if (why !== null) found.set(record, why)
      }
      return Promise.resolve(found)
    },
  }
}
