// What a restore writes into the journal beside the operations themselves: which mailbox stands for which one that had gone
// (docs/formats/journal.md §5). Without it, a restore that was cut short, or the next one, would take what was brought back for something new.

import type { MailboxId } from '#base/ids.ts'
import type { Operation, SettingValue } from '#account/operation.ts'

const RESTORE_SETTING = 'restore/mailboxes'

/** Pairs: a mailbox that had gone, and the one that was made in its place. */
export function restoredMailboxesOperation(pairs: readonly (readonly [MailboxId, MailboxId])[]): Operation {
  return { kind: 'set', key: RESTORE_SETTING, value: pairs.map(([gone, made]) => [gone, made]) }
}

/** None of another setting, or of a value that no restore wrote. */
export function readRestoredMailboxes({
  key,
  value,
}: {
  readonly key: string
  readonly value: SettingValue
}): [MailboxId, MailboxId][] {
  if (key !== RESTORE_SETTING || !Array.isArray(value)) return []
  return (value as readonly SettingValue[]).flatMap((pair) => {
    if (!Array.isArray(pair) || pair.length !== 2) return []
    const [gone, made] = pair as readonly SettingValue[]
    if (!Number.isSafeInteger(gone) || !Number.isSafeInteger(made)) return []
    return [[gone as MailboxId, made as MailboxId]]
  })
}
