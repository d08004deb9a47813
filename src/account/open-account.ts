// Opening an unlocked account: its index is brought up to date, its log followed, its new mail filed.

import { wipe } from '#base/bytes.ts'
import type { SigningKey } from '#crypto/ed25519.ts'
import type { RootSecret } from '#keys/root.ts'
import type { LogReader } from '#ledger/reader.ts'
import { type Clock, sleep } from '#platform/clock.ts'
import { AccountCore } from './account-core.ts'
import type { AccountIndex } from './account-index.ts'
import type { AccountLog, LogEntry } from './account-log.ts'
import { IDENTITY_SETTING, identityKindOf } from './account-settings.ts'
import type { Progress } from './catch-up.ts'
import type { AlarmKind, LogAlarm } from './log-alarm.ts'
import { LogWitness } from './log-witness.ts'
import { ownerKeyOf, ownerSigningKey } from './owner-key.ts'
import { putMessage } from './derive-record.ts'
import { type PlaceMail, intoInbox } from './filer.ts'
import { JournalSealer } from './journal.ts'
import { MailReader } from './mail-reader.ts'
import { openIndex } from './open-index.ts'
import { OpenAccount } from './opened-account.ts'
import type { DeriveThread } from './record-deriver.ts'
import { TimeTravel } from './past/time-travel.ts'

export { OpenAccount } from './opened-account.ts'

/** Opening waits this long for new mail to be filed; the rest is filed while the account is in use. */
const FILING_WAIT_MS = 2000

/** Something that the owner or the operator should hear of. */
export type AccountEvent =
  | { readonly kind: 'indexDiscarded' }
  | { readonly kind: 'journalRecordPassedOver'; readonly seq: number }
  | { readonly kind: 'alarm'; readonly alarm: AlarmKind; readonly known: string; readonly met: string }

export interface OpenAccountOptions {
  readonly clock: Clock
  readonly ledger: AccountLog
  /** Of the account; it stays the caller's. */
  readonly reader: LogReader
  /** It stays the caller's, who wipes it when the account is locked. */
  readonly root: RootSecret
  readonly indexDirectory: string
  /** The login name. */
  readonly address: string
  readonly place?: PlaceMail
  /** How far the index is, while it is brought up to date. */
  readonly progress?: ((progress: Progress) => void) | undefined
  readonly rebuilt?: (() => void) | undefined
  readonly signal?: AbortSignal | undefined
  /** That helps if there is much to do. */
  readonly thread?: DeriveThread | null
  readonly report?: (event: AccountEvent) => void
}

/** Throws JournalDamagedError, IndexBusyError, IndexStorageError, DiskError, and what the log throws. */
export async function openAccount(options: OpenAccountOptions): Promise<OpenAccount> {
  const { clock, ledger, reader, root, address, indexDirectory, place = intoInbox, report } = options
  const sealer = new JournalSealer(root, reader.account)
  const mailReader = new MailReader(reader, root.identities())
  const early: LogEntry[] = []
  let core: AccountCore | null = null
  let index: AccountIndex | null = null
  const heard = (entries: readonly LogEntry[]): void => {
    if (core === null) early.push(...entries)
    else core.follower.heard(entries)
  }
  const passedOver = (seq: number): void => report?.({ kind: 'journalRecordPassedOver', seq })
  const raised = ({ kind, known, met }: LogAlarm): void =>
    report?.({ kind: 'alarm', alarm: kind, known: `${known.size} ${known.root}`, met: `${met.size} ${met.root}` })
  const witness = new LogWitness({ reader, clock, indexDirectory, ownerKey: ownerKeyOf(root), raised })
  mailReader.unreadable = (entry) => witness.unreadable(entry)
  const discarded = (): void => report?.({ kind: 'indexDiscarded' })
  const watch = await ledger.watch(heard)
  try {
    if (watch.size > 0) await ledger.settled((watch.size - 1) as never)
    const { progress, signal, thread, rebuilt } = options
    index = await openIndex({
      reader,
      mailReader,
      sealer,
      witness,
      clock,
      root,
      indexDirectory,
      thread,
      progress,
      rebuilt,
      signal,
      passedOver,
      discarded,
    })
    lookAgain(index, reader, mailReader)
    const ownerKey = (): SigningKey => ownerSigningKey(root)
    const parts = { reader, mailReader, sealer, clock, place, witness, ownerKey, passedOver }
    core = new AccountCore({ index, log: ledger, ...parts })
    core.follower.heard(early)
    core.start(watch)
  } catch (error) {
    watch[Symbol.dispose]()
    index?.[Symbol.dispose]()
    mailReader[Symbol.dispose]()
    sealer[Symbol.dispose]()
    await witness.saved()
    witness[Symbol.dispose]()
    throw error
  }
  const recipient = root.recipient(identityKindOf(index.state.settings.get(IDENTITY_SETTING)))
  const account = new OpenAccount({
    id: reader.account,
    address,
    core,
    witness,
    reader,
    log: ledger,
    mailReader,
    clock,
    recipient,
    indexDirectory,
    timeTravel: new TimeTravel({ core, log: ledger, reader, mailReader, sealer, clock }),
  })
  await Promise.race([account.filed(), sleep(FILING_WAIT_MS)])
  return account
}

/** Records that were damaged may have been repaired since. */
function lookAgain(index: AccountIndex, reader: LogReader, mailReader: MailReader): void {
  for (const record of index.damaged) {
    let entry = index.mails.entry(record)
    if (entry === null) {
      entry = reader.locate(record as never)
      if (entry?.header.kind !== 'mail') continue
      index.mails.heal(entry)
    }
    const opened = mailReader.openByIdentity(entry)
    if (opened === null) continue
    putMessage(index, record, opened.bytes, opened.payload)
    wipe(opened.bytes)
  }
  index.flush()
}
