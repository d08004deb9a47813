// Everything that a client can see of an account's state, as plain data, for tests to compare: of the fold's state, and of the model's.

import type { EmailId } from '#base/ids.ts'
import type { FoldModel } from './fold-model.ts'
import type { AccountState } from './state.ts'

export function visibleState(state: AccountState): unknown {
  return {
    mailboxes: [...state.mailboxes.values()]
      .sort((a, b) => a.id - b.id)
      .map((mailbox) => {
        const { columns } = mailbox
        const members = Array.from({ length: columns.count }, (_, index) => ({
          uid: columns.uids[index],
          email: columns.emails[index],
          ...flagsOf(state, columns.flags[index] as number),
          modseq: columns.modseqs[index],
        }))
        return {
          id: mailbox.id,
          parent: mailbox.parent,
          name: mailbox.name,
          role: mailbox.role,
          subscribed: mailbox.subscribed,
          sortOrder: mailbox.sortOrder,
          uidValidity: mailbox.uidValidity,
          uidNext: columns.uidNext,
          highestModseq: mailbox.highestModseq,
          counts: countsOf(state, columns.flagCounts),
          members,
        }
      }),
    emails: [...state.emails.ids()].map((id) => {
      const row = state.emails.get(id)
      return {
        id,
        record: row?.record,
        internalDate: row?.internalDate,
        thread: row?.thread,
        keywords: state.flagSets.get(row?.flags ?? 0).keywords,
        modseq: row?.modseq,
        memberships: state.membershipsOf(id as EmailId).map(({ mailbox, uid }) => [mailbox, uid]),
      }
    }),
    settings: [...state.settings].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}

function flagsOf(state: AccountState, id: number): { keywords: readonly string[]; deleted: boolean } {
  const { keywords, deleted } = state.flagSets.get(id)
  return { keywords, deleted }
}

function countsOf(state: AccountState, flagCounts: ReadonlyMap<number, number>): number[] {
  let messages = 0
  let unseen = 0
  let deleted = 0
  for (const [id, count] of flagCounts) {
    const set = state.flagSets.get(id)
    messages += count
    if (!set.keywords.includes('$seen')) unseen += count
    if (set.deleted) deleted += count
  }
  return [messages, unseen, deleted]
}

export function visibleModel(model: FoldModel): unknown {
  return {
    mailboxes: [...model.mailboxes].map(([id, mailbox]) => {
      const members = [...mailbox.members]
        .sort(([a], [b]) => a - b)
        .map(([uid, { email, deleted, modseq }]) => ({
          uid,
          email,
          keywords: model.emails.get(email)?.keywords ?? [],
          deleted,
          modseq,
        }))
      const unseen = members.filter(({ keywords }) => !keywords.includes('$seen'))
      const { parent, name, role, subscribed, sortOrder, uidValidity, uidNext, highestModseq } = mailbox
      return {
        id,
        parent,
        name,
        role,
        subscribed,
        sortOrder,
        uidValidity,
        uidNext,
        highestModseq,
        counts: [members.length, unseen.length, members.filter(({ deleted }) => deleted).length],
        members,
      }
    }),
    emails: [...model.emails]
      .sort(([a], [b]) => a - b)
      .map(([id, { record, internalDate, thread, keywords, modseq }]) => ({
        id,
        record,
        internalDate,
        thread,
        keywords,
        modseq,
        memberships: [...model.mailboxes].flatMap(([mailbox, { members }]) =>
          [...members].filter(([, { email }]) => email === id).map(([uid]) => [mailbox, uid]),
        ),
      })),
    settings: [...model.settings].sort(([a], [b]) => (a < b ? -1 : 1)),
  }
}
