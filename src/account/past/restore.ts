// A restore: makes the account, or a part of it, what it was then, by new operations. Nothing is rewritten and nothing of the log is lost, so that it
// is undone by restoring to the time before it.
//
// What is as it was then is left alone. So it does not matter whether an earlier restore was cut short: the same request does what is left.

import type { MailboxId } from '#base/ids.ts'
import { MailboxSnapshots } from '#account/mailbox-snapshot.ts'
import type { Operation } from '#account/operation.ts'
import { type AccountState, INBOX } from '#account/state.ts'
import { EmailMatch } from './email-match.ts'
import type { PastAccount } from './past-account.ts'
import { type MailboxMap, type WantedMailboxes, restoreMailboxes } from './restore-mailboxes.ts'
import { MessageRestore, emailsInScope } from './restore-messages.ts'
import { ReportBuilder, type RestoreReport, type RestoreRequest } from './restore-request.ts'
import { restoreSettings } from './restore-settings.ts'
import type { RestoreWorld } from './restore-world.ts'

/** `past.restored` is up to date with the journal. Throws what the world's commits throw. */
export async function restore(world: RestoreWorld, past: PastAccount, request: RestoreRequest): Promise<RestoreReport> {
  const report = new ReportBuilder()
  const isAll = request.scope.kind === 'everything'
  const mailboxes = wantedMailboxes(world, past, request)
  const map = await restoreMailboxes(world, past, request, mailboxes, report)
  const { kinds } = request
  if (kinds.has('messages') || kinds.has('places') || kinds.has('flags')) {
    const paths = new MailboxSnapshots(world.state)
    const messages = new MessageRestore({ world, past, request, map, report }, (id) => paths.get(id)?.path ?? '')
    if (!(await messages.run())) return report.finish(false)
    await messages.removeOthers()
  }
  if (isAll && kinds.has('mailboxes')) await removeMadeMailboxes(world, past, map, report)
  if (isAll && kinds.has('settings')) await restoreSettings(world, past, report)
  return report.finish(true)
}

function wantedMailboxes({ state }: RestoreWorld, past: PastAccount, request: RestoreRequest): WantedMailboxes {
  const { scope, kinds } = request
  const all = new Set(past.state.mailboxes.keys())
  if (scope.kind === 'everything' && kinds.has('mailboxes')) return { wanted: all, changed: all }
  const none: ReadonlySet<MailboxId> = new Set()
  const placesMessages = kinds.has('messages') || kinds.has('places')
  if (scope.kind === 'mailbox') {
    const one = new Set([scope.mailbox])
    const changed = kinds.has('mailboxes') ? one : none
    return { wanted: placesMessages || kinds.has('mailboxes') ? one : none, changed }
  }
  // A message that is put somewhere needs the mailbox.
  const wanted = new Set<MailboxId>()
  if (placesMessages) {
    const match = new EmailMatch(past, state)
    for (const then of emailsInScope(past, request)) {
      const row = past.state.emails.get(then)
      if (row === null) continue
      const memberships = past.state.membershipsOf(then)
      const here = memberships.map(({ mailbox }) => past.restored.mailboxNow(mailbox, state) ?? mailbox)
      const isGone = match.find(then, row, here) === null
      if (!kinds.has(isGone ? 'messages' : 'places')) continue
      for (const { mailbox } of memberships) wanted.add(mailbox)
    }
  }
  return { wanted, changed: none }
}

/** Mailboxes that a restore made after then, and that were not there then, go again if nothing is in them. */
async function removeMadeMailboxes(
  world: RestoreWorld,
  past: PastAccount,
  map: MailboxMap,
  report: ReportBuilder,
): Promise<void> {
  const kept = new Set(map.values())
  const made = [...new Set(past.restored.madeMailboxes())].filter((id) => !kept.has(id))
  // Those in others first.
  const removable = (state: AccountState): MailboxId[] => made.filter((id) => isUnused(state, id))
  for (let some = removable(world.state); some.length > 0; some = removable(world.state)) {
    const paths = new MailboxSnapshots(world.state)
    for (const id of some) report.change({ kind: 'removeMailbox', path: paths.get(id)?.path ?? '' })
    const outcomes = await world.commit((state) =>
      removable(state).map((mailbox): Operation => ({ kind: 'destroyMailbox', mailbox, destroyEmails: false })),
    )
    if (!outcomes.some(({ applied }) => applied)) break
  }
}

function isUnused(state: AccountState, id: MailboxId): boolean {
  const mailbox = state.mailboxes.get(id)
  return mailbox !== undefined && id !== INBOX && mailbox.columns.count === 0 && !state.hasChildren(id)
}
