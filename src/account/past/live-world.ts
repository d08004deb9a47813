// The account as a restore changes it: by commits to its log, each with a record of its own, and messages that are back in the index before their
// e-mails are.

import { wipe } from '#base/bytes.ts'
import type { AccountCore } from '#account/account-core.ts'
import { INLINE_BYTES_MAX } from '#account/account-log.ts'
import { CommitRefusedError } from '#account/account.ts'
import { deriveRecordInSteps, storeRecord } from '#account/derive-record.ts'
import type { Operation, Outcome } from '#account/operation.ts'
import { planOperations } from '#account/plan.ts'
import type { AccountState } from '#account/state.ts'
import type { Slices } from '#account/turns.ts'
import { type PastMailParts, type Unreadable, entryOfRecord, knownUnreadable, whyUnreadable } from './past-mail.ts'
import type { RestoreWorld } from './restore-world.ts'

/** Contents in the index between two commits of it. */
const CONTENTS_PER_FLUSH = 64

export interface LiveWorldParts extends PastMailParts {
  readonly core: AccountCore
  readonly slices: Slices
  readonly pause: () => Promise<void>
}

export function liveWorld(parts: LiveWorldParts): RestoreWorld {
  const { core, pause } = parts
  let prepared: readonly number[] = []
  return {
    state: core.index.state,
    pause,
    async commit(plan) {
      const records = prepared
      prepared = []
      try {
        return await commit(core, plan)
      } catch (error) {
        if (error instanceof CommitRefusedError) for (const record of records) giveUp(parts, record)
        throw error
      }
    },
    async prepare(records) {
      const unreadable = new Map<number, Unreadable>()
      prepared = records
      for (const record of records) {
        const why = await prepare(parts, record)
        if (why !== null) unreadable.set(record, why)
        await pause()
      }
      return unreadable
    },
  }
}

function commit(
  { index, writer }: AccountCore,
  plan: (state: AccountState) => readonly Operation[],
): Promise<readonly Outcome[]> {
  return writer.commit({
    messages: [],
    // So long that nothing else shares its record: the plan knows the state that it is applied to.
    operationBytes: INLINE_BYTES_MAX,
    plan: () => planOperations(index, plan(index.state), [], () => 0),
  })
}

async function prepare(parts: LiveWorldParts, record: number): Promise<Unreadable | null> {
  const { core, index, reader, mailReader, slices } = parts
  const known = knownUnreadable(parts, record)
  if (known !== null || index.content.has(record)) return known
  const entry = entryOfRecord(parts, record)
  if (entry !== null && index.mails.entry(record) === null) index.mails.heal(entry)
  const derived = await slices.run(deriveRecordInSteps(index, mailReader, record))
  if (derived.payload === null) return whyUnreadable(reader, entry)
  if (index.content.has(record)) wipe(derived.payload.key)
  else storeRecord(index, record, derived)
  if (index.uncommitted >= CONTENTS_PER_FLUSH) core.flush()
  else core.changed()
  return null
}

/** The content of a record that no e-mail was made of after all. */
function giveUp({ index }: LiveWorldParts, record: number): void {
  if (index.mails.emailsOf(record).length === 0) index.removeContent(record)
}
