// Salvage: exports every message of an account that is whole, in folders as the journal tells, and lists what is not. It works where the account cannot be
// opened any more: with a journal that breaks off, without segments, tree, checkpoints, copies of slots or index. Nothing of the log is changed.
//
// Never wrong bytes: what is written has the digest that its record was committed with, and opened with the account's keys.

import { wipe } from '#base/bytes.ts'
import type { AccountId, MailboxId } from '#base/ids.ts'
import type { Steps } from '#base/steps.ts'
import type { Identity } from '#crypto/age/identity.ts'
import { openAge } from '#crypto/age/open.ts'
import { sha256 } from '#crypto/hash.ts'
import { JournalSealer } from '#account/journal.ts'
import { MailboxSnapshots } from '#account/mailbox-snapshot.ts'
import type { RootSecret } from '#keys/root.ts'
import type { Disk } from '#platform/disk.ts'
import { timeText, flagsOf } from './export-text.ts'
import { type ExportFormat, type ExportTarget, type Placed, assertWritable } from './export-target.ts'
import { EmlTarget, MaildirTarget } from './file-targets.ts'
import { MANIFEST, type DamageLine, type ManifestFile, ManifestWriter, isDamage, readManifest } from './manifest.ts'
import { MboxTarget } from './mbox-target.ts'
import { writeLists } from './salvage-lists.ts'
import { type SalvageState, readSalvageState, writeSalvageState } from './salvage-state.ts'
import { writeMailboxes, writeSettings } from './salvage-settings.ts'
import { type KnownState, SalvagedAccount, type JournalBreak, type SalvagedPlace } from './salvaged-account.ts'
import { SalvagedLog } from './salvaged-log.ts'

export interface SalvageOptions {
  readonly disk: Disk
  /** The ledger's. */
  readonly ledger: string
  readonly account: AccountId
  /** It stays the caller's. */
  readonly root: RootSecret
  /** Where the export goes; empty, or begun by an earlier run with the same options. */
  readonly directory: string
  readonly format: ExportFormat
  /** Messages that are in no mailbox any more, too. */
  readonly expunged: boolean
  /** What an index knows, if there is one: asked for when something is damaged. */
  readonly index?: () => SalvageIndex | null
  /** Bytes of the log, then messages. */
  readonly progress: (progress: SalvageProgress) => void
  /** Called often. Lets others have their turn if it is time. */
  readonly pause: () => Promise<void>
}

export interface SalvageIndex {
  readonly known: KnownState
  summary(record: number): { readonly subject: string; readonly from: string; readonly size: number } | null
}

export interface SalvageProgress {
  readonly phase: 'log' | 'messages'
  readonly done: number
  readonly total: number
}

export interface SalvageReport {
  readonly messages: number
  /** A message that is in several mailboxes is several files. */
  readonly files: number
  /** Whole, and left out. */
  readonly expunged: number
  /** Removed on purpose when their retention time was over. */
  readonly dropped: number
  readonly lost: number
  /** Of other records, or of such of which nobody knows what they were. */
  readonly otherDamage: number
  /** Not whole in their segments: computed from parity, or found in the commit journal alone. */
  readonly repaired: number
  readonly unfiled: number
  readonly journal: JournalBreak | null
}

/** What is there was begun otherwise, or is none of ours. */
export class OtherSalvageError extends Error {
  override name = 'OtherSalvageError'
}

const UNFILED = 'unfiled'
const EXPUNGED = 'expunged'

/** Throws OtherSalvageError, DiskError. What was written stays. */
export async function salvage(options: SalvageOptions): Promise<SalvageReport> {
  const { disk, ledger, account, root, directory, pause } = options
  const begun = readSalvageState(disk, directory)
  const indexOf = once(options.index)
  assertSame(begun, options)
  assertWritable(disk, directory)
  using log = new SalvagedLog(disk, ledger, account)
  await inTurns(
    log.find((done) => options.progress({ phase: 'log', done, total: log.bytes })),
    pause,
  )
  // What came since an earlier run began is for the next export.
  const end = begun?.end ?? log.size
  const state: SalvageState = { account, format: options.format, expunged: options.expunged, end, isComplete: false }
  writeSalvageState(disk, directory, state)
  using sealer = new JournalSealer(root, account)
  let salvaged = new SalvagedAccount()
  await inTurns(salvaged.fold(log, sealer, end), pause)
  const index = salvaged.journalBreak === null ? null : indexOf()
  if (salvaged.journalBreak !== null && index !== null && index.known.journalSeq >= salvaged.journalBreak.seq) {
    salvaged = new SalvagedAccount(index.known)
    await inTurns(salvaged.fold(log, sealer, end), pause)
  }
  const identities = root.identities()
  try {
    using exporting = new Salvage({ ...options, index: indexOf }, log, salvaged, identities, end)
    const report = await exporting.run()
    writeSalvageState(disk, directory, { ...state, isComplete: true })
    return report
  } finally {
    for (const identity of identities) identity[Symbol.dispose]()
  }
}

function assertSame(begun: SalvageState | null, { account, format, expunged }: SalvageOptions): void {
  if (begun === null) return
  if (begun.account !== account || begun.format !== format || begun.expunged !== expunged) {
    throw new OtherSalvageError('the export that was begun there is of another account, format or selection')
  }
}

function once(index: SalvageOptions['index']): () => SalvageIndex | null {
  let known: SalvageIndex | null | undefined
  return () => {
    if (known === undefined) known = index?.() ?? null
    return known
  }
}

async function inTurns(steps: Steps<void>, pause: () => Promise<void>): Promise<void> {
  while (steps.next().done !== true) await pause()
}

class Salvage implements Disposable {
  readonly #options: SalvageOptions
  readonly #log: SalvagedLog
  readonly #account: SalvagedAccount
  readonly #identities: readonly Identity[]
  readonly #end: number
  readonly #target: ExportTarget
  readonly #mailboxes: MailboxSnapshots
  readonly #folders = new Map<MailboxId | typeof UNFILED | typeof EXPUNGED, string>()
  readonly #counts = {
    messages: 0,
    files: 0,
    expunged: 0,
    dropped: 0,
    lost: 0,
    otherDamage: 0,
    repaired: 0,
    unfiled: 0,
  }

  constructor(
    options: SalvageOptions,
    log: SalvagedLog,
    account: SalvagedAccount,
    identities: readonly Identity[],
    end: number,
  ) {
    this.#options = options
    this.#log = log
    this.#account = account
    this.#identities = identities
    this.#end = end
    this.#target = targetFor(options)
    this.#mailboxes = new MailboxSnapshots(account.state)
  }

  [Symbol.dispose](): void {
    this.#target.close()
  }

  async run(): Promise<SalvageReport> {
    const { disk, directory, progress } = this.#options
    this.#makeFolders()
    writeMailboxes(disk, directory, this.#mailboxes.all(), (mailbox) => this.#folders.get(mailbox) ?? null)
    writeSettings(disk, directory, this.#account.settings)
    const from = await this.#resume()
    const manifest = new ManifestWriter(disk, `${directory}/${MANIFEST}`, from.position)
    try {
      await this.#takeAll(from.record, manifest)
    } finally {
      manifest.close()
    }
    const total = this.#end
    progress({ phase: 'messages', done: total, total })
    const report = { ...this.#counts, journal: this.#account.journalBreak }
    writeLists(disk, directory, this.#options.account, report)
    return report
  }

  async #takeAll(from: number, manifest: ManifestWriter): Promise<void> {
    const { progress, pause } = this.#options
    for (let seq = from; seq < this.#end; seq++) {
      this.#take(seq, manifest)
      progress({ phase: 'messages', done: seq, total: this.#end })
      await pause()
    }
    this.#target.finish()
  }

  #makeFolders(): void {
    for (const mailbox of this.#mailboxes.all()) {
      const path = mailbox.path.split('/')
      this.#folders.set(mailbox.id, this.#target.folder({ path, kind: mailbox.role === 'inbox' ? 'inbox' : 'mailbox' }))
    }
    const own = this.#options.expunged ? ([UNFILED, EXPUNGED] as const) : ([UNFILED] as const)
    for (const name of own) this.#folders.set(name, this.#target.folder({ path: [name], kind: 'own' }))
  }

  /** Where to go on: after what an earlier run has written, as far as that is there. */
  async #resume(): Promise<{ readonly record: number; readonly position: number }> {
    const { disk, directory, pause } = this.#options
    const last = new Map<string, Placed>()
    let record = 0
    let position = 0
    for (const { line, end } of readManifest(disk, `${directory}/${MANIFEST}`)) {
      const files = isDamage(line) ? [] : line.files
      const digest = isDamage(line) ? Buffer.alloc(0) : Buffer.from(line.sha256, 'hex')
      if (!files.every((file) => this.#target.holds(file, digest))) break
      for (let seq = record; seq < line.record; seq++) this.#countLeftOut(seq)
      if (isDamage(line)) this.#count(line)
      else {
        this.#countMessage(line.source, files)
        const copies = this.#copies(line.record, Date.parse(line.receivedAt))
        for (const copy of copies) this.#target.wasWritten(copy.at, { record: line.record, ...copy })
      }
      for (const file of files) if (file.bytes !== undefined) last.set(file.path, file)
      record = line.record + 1
      position = end
      await pause()
    }
    this.#target.continueAfter([...last.values()])
    return { record, position }
  }

  #take(seq: number, manifest: ManifestWriter): void {
    const found = this.#log.table.get(seq)
    if (found === null) {
      const line = this.#damageLine(seq)
      this.#count(line)
      manifest.write(line)
      return
    }
    if (found.kind !== 'mail' || this.#countLeftOut(seq)) return
    const record = this.#log.read(seq)
    const opened = record === null ? null : openAge(record.payload, this.#identities)
    if (record === null || opened?.ok !== true) {
      const line = this.#damageLine(seq, record === null ? null : 'sealed')
      this.#count(line)
      manifest.write(line)
      return
    }
    const bytes = opened.value
    try {
      const filed = this.#filedOnce(seq)
      const copies = this.#copies(seq, record.header.time)
      const receivedAt = copies[0]?.receivedAt ?? record.header.time
      const files = copies.map((copy): ManifestFile => {
        const { at, mailbox, uid, keywords, deleted } = copy
        const placed = this.#target.write(at, { bytes, record: seq, ...copy })
        return { ...placed, mailbox, uid, flags: flagsOf(keywords, deleted) }
      })
      this.#countMessage(found.source, files)
      manifest.write({
        record: seq,
        sha256: sha256(bytes).toString('hex'),
        size: bytes.length,
        receivedAt: timeText(receivedAt),
        source: found.source,
        files,
        ...(filed === null ? {} : { filed }),
      })
    } finally {
      wipe(bytes)
    }
  }

  /** The owner had it, and it is in no mailbox any more. */
  #isExpunged(record: number): boolean {
    return this.#account.wasFiled(record) && this.#account.places(record).length === 0
  }

  /** Where the message of a record that was committed at a time goes. */
  #copies(record: number, committedAt: number): readonly Copy[] {
    const places = this.#account.places(record)
    if (places.length > 0) {
      return places.map((place: SalvagedPlace) => ({
        ...place,
        at: this.#folders.get(place.mailbox) ?? '',
        mailbox: this.#pathOf(place.mailbox),
      }))
    }
    const { keywords = [], receivedAt = committedAt } = this.#account.filedLater(record) ?? {}
    const at = this.#folders.get(this.#account.wasFiled(record) ? EXPUNGED : UNFILED) ?? ''
    return [{ at, mailbox: null, uid: null, keywords, deleted: false, receivedAt }]
  }

  /** Whether the record is a message that is not exported on purpose. */
  #countLeftOut(seq: number): boolean {
    const found = this.#log.table.get(seq)
    if (found?.kind !== 'mail') return false
    if (found.isDropped) this.#counts.dropped++
    else if (!this.#options.expunged && this.#isExpunged(seq)) this.#counts.expunged++
    else return false
    return true
  }

  #damageLine(seq: number, sealed: 'sealed' | null = null): DamageLine {
    const { header, fault, file, bytes } = this.#log.lost(seq)
    const places = this.#account.places(seq)
    const filed = this.#filedOnce(seq)
    const isExpunged = this.#isExpunged(seq)
    // Where its head has gone, what names it says what it was.
    const isNamed = places.length > 0 || filed !== null || isExpunged
    const kind = header?.kind ?? (isNamed ? 'mail' : 'unknown')
    const receivedAt = places[0]?.receivedAt ?? this.#account.filedLater(seq)?.receivedAt ?? header?.time
    const summary = kind === 'mail' ? (this.#options.index?.()?.summary(seq) ?? null) : null
    return {
      record: seq,
      what: kind === 'mail' ? 'message' : kind,
      damage: { kind: sealed ?? fault, file, bytes: sealed === null ? bytes : [] },
      known: {
        ...(receivedAt === undefined ? {} : { receivedAt: timeText(receivedAt) }),
        ...(header === null ? {} : { sealedBytes: header.payloadLength }),
        ...(places.length === 0
          ? {}
          : {
              mailboxes: places.map(({ mailbox, uid, keywords, deleted }) => ({
                mailbox: this.#pathOf(mailbox) ?? '',
                uid,
                flags: flagsOf(keywords, deleted),
              })),
            }),
        ...(filed === null ? {} : { filed }),
        ...(isExpunged ? { expunged: true as const } : {}),
        ...summary,
      },
    }
  }

  #filedOnce(record: number): { mailboxes: string[]; flags: readonly string[] } | null {
    const later = this.#account.filedLater(record)
    if (later === null || this.#account.places(record).length > 0) return null
    const mailboxes = later.mailboxes.map((id) => this.#pathOf(id) ?? `mailbox ${id}`)
    return { mailboxes, flags: flagsOf(later.keywords, false) }
  }

  #pathOf(mailbox: MailboxId): string | null {
    return this.#mailboxes.get(mailbox)?.path ?? null
  }

  #countMessage(source: string, files: readonly ManifestFile[]): void {
    this.#counts.messages++
    this.#counts.files += files.length
    if (source !== 'segment') this.#counts.repaired++
    if (files.some(({ mailbox }) => mailbox === null)) this.#counts.unfiled++
  }

  #count({ what }: DamageLine): void {
    if (what === 'message') this.#counts.lost++
    else this.#counts.otherDamage++
  }
}

interface Copy extends Omit<SalvagedPlace, 'mailbox' | 'uid'> {
  readonly at: string
  readonly mailbox: string | null
  readonly uid: number | null
}

function targetFor({ disk, directory, format }: SalvageOptions): ExportTarget {
  switch (format) {
    case 'eml':
      return new EmlTarget(disk, directory)
    case 'maildir':
      return new MaildirTarget(disk, directory)
    case 'mbox':
      return new MboxTarget(disk, directory)
  }
}
