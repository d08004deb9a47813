// A part of a rehearsal: some moment of the account's past is chosen, the account of then is folded from the journal, and restoring all of it is planned over the
// account that was made again, as a dry run would say it.

import { randomBytes } from '#crypto/random.ts'
import type { LogReader } from '#ledger/reader.ts'
import type { AccountIndex } from '#account/account-index.ts'
import { CHAIN_START, type JournalSealer } from '#account/journal.ts'
import type { MailReader } from '#account/mail-reader.ts'
import { walkJournal } from '#account/past/journal-walk.ts'
import { PastAccount } from '#account/past/past-account.ts'
import { knownUnreadable } from '#account/past/past-mail.ts'
import { RESTORE_KINDS } from '#account/past/restore-request.ts'
import { restore } from '#account/past/restore.ts'
import { dryWorld } from '#account/past/restore-world.ts'
import type { Pace } from './pace.ts'
import type { RehearsedPoint } from './result.ts'

export interface PlanParts {
  /** Made again, up to `journalSeq` of its position. */
  readonly index: AccountIndex
  readonly reader: LogReader
  readonly mailReader: MailReader
  readonly sealer: JournalSealer
  readonly pace: Pace
}

/** Null if there is no journal record. Throws JournalDamagedError, and what `Pace.check` does. */
export async function planRestore(parts: PlanParts): Promise<RehearsedPoint | null> {
  const { index, reader, pace } = parts
  const { journalSeq, next, chain } = index.position
  if (journalSeq < 0) return null
  const past = new PastAccount()
  let left = numberFrom1To(chain.counter)
  for (const record of walkJournal(parts, { seq: 0, chain: CHAIN_START }, journalSeq)) {
    if (record.kind === 'mail') past.mail(record.seq)
    else past.apply(record.seq, record.time, record.chain, record.operations)
    if (record.kind === 'journal' && --left === 0) break
    await pace.pause()
  }
  if (past.record < 0) return null
  for (const record of walkJournal(parts, past.restored.after, journalSeq)) {
    if (record.kind === 'journal') past.restored.add(record.seq, record.chain, record.operations)
    await pace.pause()
  }
  const gone = new Set<number>()
  const world = dryWorld({
    state: index.state.copy(),
    nextSeq: Math.max(next, journalSeq + 1),
    isMail: (record) => index.mails.isMail(record),
    unreadable(record) {
      const why = knownUnreadable({ index, reader, mailReader: parts.mailReader }, record)
      if (why === 'dropped') gone.add(record)
      return why
    },
    pause: () => pace.pause(),
  })
  const report = await restore(world, past, {
    scope: { kind: 'everything' },
    kinds: new Set(RESTORE_KINDS),
    conflict: 'rename',
    messagesMax: Number.POSITIVE_INFINITY,
  })
  return {
    record: past.record,
    time: Math.max(0, past.time),
    messages: past.state.emails.live,
    changes: Object.values(report.counts).reduce((sum, count) => sum + count, 0),
    gone: gone.size,
    problems: Math.max(0, report.problemCount - gone.size),
  }
}

/** At random, with all of them as likely as one another, as far as a user could tell. */
function numberFrom1To(count: number): number {
  return 1 + (randomBytes(6).readUIntBE(0, 6) % Math.max(1, count))
}
