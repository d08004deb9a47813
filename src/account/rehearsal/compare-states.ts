// Whether an account that was made again from its log is the one in use: mailboxes, memberships, e-mails, settings and counters, each difference by its name.
// In steps; nothing is copied.

import type { EmailId, MailboxId } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { EmailRow } from '#account/email-table.ts'
import { MailboxSnapshots } from '#account/mailbox-snapshot.ts'
import { sameValue } from '#account/same-value.ts'
import type { AccountState, MailboxState } from '#account/state.ts'
import { type RehearsalFinding, indexFinding, ofRecord } from './finding.ts'

const EMAILS_PER_STEP = 500
const MEMBERS_PER_STEP = 5_000

/** `isOpened`: whether what the record holds is known in both, so that its size is. */
export function* compareStates(
  made: AccountState,
  used: AccountState,
  isOpened: (record: number) => boolean,
  found: (finding: RehearsalFinding) => void,
): Steps<void> {
  const flags = new FlagComparison(made, used)
  yield* compareMailboxes(made, used, flags, found)
  yield* compareEmails(made, used, flags, isOpened, found)
  for (const key of [...new Set([...made.settings.keys(), ...used.settings.keys()])].sort()) {
    const isSame = sameValue(made.settings.get(key) ?? null, used.settings.get(key) ?? null)
    if (!isSame) found(indexFinding('settingChanged', { name: key }))
    yield
  }
  const counters = differing(countersOf(made), countersOf(used))
  if (counters !== '') found(indexFinding('countersChanged', { what: counters }))
}

type Fields = Readonly<Record<string, unknown>>

/** Names of those that differ. */
function differing(made: Fields, used: Fields): string {
  return Object.keys(made)
    .filter((name) => made[name] !== used[name])
    .join(', ')
}

function countersOf({ emails, nextMailbox, uidValidity, latest }: AccountState): Fields {
  const changes = {
    'changes of mailboxes': latest.mailboxes,
    'changes of e-mails': latest.emails,
    'changes of threads': latest.threads,
  }
  return { 'e-mails': emails.next, mailboxes: nextMailbox, uidValidity, ...changes }
}

/** Flag sets by their content: their numbers may be others. */
class FlagComparison {
  readonly #made: AccountState
  readonly #used: AccountState
  /** Of sets that say the same. */
  readonly #pairs = new Map<number, number>()

  constructor(made: AccountState, used: AccountState) {
    this.#made = made
    this.#used = used
  }

  isSame(made: number, used: number): boolean {
    const known = this.#pairs.get(made)
    if (known !== undefined) return known === used
    const [a, b] = [this.#made.flagSets.get(made), this.#used.flagSets.get(used)]
    const isSame = a.deleted === b.deleted && a.keywords.join(' ') === b.keywords.join(' ')
    if (isSame) this.#pairs.set(made, used)
    return isSame
  }
}

function* compareMailboxes(
  made: AccountState,
  used: AccountState,
  flags: FlagComparison,
  found: (finding: RehearsalFinding) => void,
): Steps<void> {
  const paths = { made: new MailboxSnapshots(made), used: new MailboxSnapshots(used) }
  for (const id of [...new Set([...made.mailboxes.keys(), ...used.mailboxes.keys()])].sort((a, b) => a - b)) {
    yield
    const [own, other] = [made.mailboxes.get(id), used.mailboxes.get(id)]
    const about = { id, name: paths[own === undefined ? 'used' : 'made'].get(id)?.path ?? null }
    if (own === undefined) found(indexFinding('mailboxUnknown', about))
    else if (other === undefined) found(indexFinding('mailboxMissing', about))
    else {
      const members = (yield* sameMembers(own, other, flags)) ? '' : 'messages'
      const what = [differing(propertiesOf(own), propertiesOf(other)), members].filter((one) => one !== '').join(', ')
      if (what !== '') found(indexFinding('mailboxChanged', { ...about, what }))
    }
  }
}

function propertiesOf(mailbox: MailboxState): Fields {
  const { parent, name, role, subscribed, sortOrder, uidValidity, modseq, highestModseq, columns } = mailbox
  return { parent, name, role, subscribed, sortOrder, uidValidity, modseq, highestModseq, uidNext: columns.uidNext }
}

function* sameMembers(
  { columns: made }: MailboxState,
  { columns: used }: MailboxState,
  flags: FlagComparison,
): Steps<boolean> {
  if (made.count !== used.count) return false
  for (let at = 0; at < made.count; at++) {
    const isSame =
      made.uids[at] === used.uids[at] &&
      made.emails[at] === used.emails[at] &&
      made.modseqs[at] === used.modseqs[at] &&
      flags.isSame(made.flags[at] as number, used.flags[at] as number)
    if (!isSame) return false
    if (at % MEMBERS_PER_STEP === MEMBERS_PER_STEP - 1) yield
  }
  return true
}

function* compareEmails(
  made: AccountState,
  used: AccountState,
  flags: FlagComparison,
  isOpened: (record: number) => boolean,
  found: (finding: RehearsalFinding) => void,
): Steps<void> {
  let count = 0
  const unknown = used.emails.ids()
  let other = unknown.next()
  const unknownBefore = (id: number): void => {
    for (; other.done !== true && other.value < id; other = unknown.next()) {
      if (made.emails.has(other.value)) continue
      found(indexFinding('messageUnknown', { id: other.value, records: ofRecord(used.emails.recordOf(other.value)) }))
    }
  }
  for (const id of made.emails.ids()) {
    if (++count % EMAILS_PER_STEP === 0) yield
    unknownBefore(id)
    const row = made.emails.get(id) as EmailRow
    const records = ofRecord(row.record)
    const there = used.emails.get(id)
    if (there === null) found(indexFinding('messageMissing', { id, records }))
    else {
      const what = [
        differing(propertiesOfEmail(row), propertiesOfEmail(there)),
        ...(flags.isSame(row.flags, there.flags) ? [] : ['keywords']),
        ...(placesOf(made, id) === placesOf(used, id) ? [] : ['mailboxes']),
        ...(row.sizeBytes === there.sizeBytes || !isOpened(row.record) ? [] : ['size']),
      ].filter((one) => one !== '')
      if (what.length > 0) found(indexFinding('messageChanged', { id, records, what: what.join(', ') }))
    }
  }
  unknownBefore(Number.POSITIVE_INFINITY)
}

function propertiesOfEmail({ thread, modseq, createdModseq, internalDate, record }: EmailRow): Fields {
  return { record, thread, modseq, createdModseq, internalDate }
}

function placesOf(state: AccountState, id: number): string {
  const { home, homeUid } = state.emails.get(id) as EmailRow
  if (!state.extras.has(id as EmailId)) return `${home as MailboxId}:${homeUid}`
  return state
    .membershipsOf(id as EmailId)
    .map(({ mailbox, uid }) => `${mailbox}:${uid}`)
    .join(' ')
}
