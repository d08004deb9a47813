// `Integrity` of an account that is open.

import type { EmailId, Seq } from '#base/ids.ts'
import { formatCheckpoint, formatVerifier } from '#ledger/checkpoint.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import { formatOwnerKey } from '#ledger/mark.ts'
import type { LogReader } from '#ledger/reader.ts'
import { FRAME_BYTES, encodeHead } from '#ledger/record.ts'
import type { Clock } from '#platform/clock.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import type { AccountCore } from './account-core.ts'
import type { InclusionProof, Integrity, IntegrityReport, LogMark, RehearsalStanding } from './integrity.ts'
import type { LogAlarm } from './log-alarm.ts'
import { readLogScrub } from './log-scrub.ts'
import type { LogWitness } from './log-witness.ts'
import type { Operation, SettingValue } from './operation.ts'
import { rehearsalPath } from './rehearsal/paths.ts'
import { isRehearsalOverdue, readRehearsalNotes } from './rehearsal/rehearsal-file.ts'
import {
  NEVER_REHEARSED,
  REHEARSAL_SETTING,
  type Rehearsed,
  isAlarming,
  laterOf,
  rehearsalOperation,
  rehearsedSetting,
} from './rehearsal/result.ts'

export interface OpenIntegrityParts {
  readonly core: AccountCore
  readonly witness: LogWitness
  readonly reader: LogReader
  readonly clock: Clock
  readonly indexDirectory: string
}

/** What was acknowledged, and when. */
const ALARMS_SETTING = 'integrity/alarms'
const NOTED_MAX = 50

export class OpenIntegrity implements Integrity {
  readonly #core: AccountCore
  readonly #witness: LogWitness
  readonly #reader: LogReader
  readonly #clock: Clock
  readonly #indexDirectory: string
  /** The setting that was read last, and what it says. */
  #setting: SettingValue = null
  #rehearsed: Rehearsed = NEVER_REHEARSED

  constructor({ core, witness, reader, clock, indexDirectory }: OpenIntegrityParts) {
    this.#indexDirectory = indexDirectory
    this.#clock = clock
    this.#core = core
    this.#witness = witness
    this.#reader = reader
  }

  get alarms(): readonly LogAlarm[] {
    return this.#witness.alarms.filter(({ acknowledged }) => acknowledged === null)
  }

  get rehearsed(): Rehearsed {
    const value = this.#core.index.state.settings.get(REHEARSAL_SETTING) ?? null
    if (value !== this.#setting) {
      this.#setting = value
      this.#rehearsed = rehearsedSetting(value)
    }
    return this.#rehearsed
  }

  watch(raised: () => void): Disposable {
    return this.#witness.watch(raised)
  }

  report(since: number | null): IntegrityReport {
    const { proofs, publicKey, ownerKey, alarms } = this.#witness
    const newest = publicKey === null ? null : proofs.newest(publicKey)
    const isKnown = newest !== null && publicKey !== null
    return {
      checkpoint: isKnown ? { size: newest.size, note: formatCheckpoint(newest, publicKey) } : null,
      ledgerKey: publicKey === null ? null : formatVerifier(publicKey).trimEnd(),
      ownerKey: formatOwnerKey(ownerKey),
      consistency: newest === null || since === null ? null : proofs.consistency(since, newest.size),
      mark: newest === null ? null : this.#mark(newest.size),
      alarms,
      scrub: readLogScrub(systemDisk, this.#reader.directory, this.#reader.account, this.#clock),
      rehearsal: this.#rehearsal(),
    }
  }

  #rehearsal(): RehearsalStanding | null {
    const { account } = this.#reader
    try {
      const notes = readRehearsalNotes(systemDisk, rehearsalPath(this.#indexDirectory, account), account)
      const known = { ...notes, ...laterOf(this.rehearsed, notes) }
      const begun = known.last === null ? (this.#reader.locate(0 as Seq)?.header.time ?? null) : null
      return { ...known, isOverdue: isRehearsalOverdue(known, known.everyMs, begun, this.#clock.now()) }
    } catch (error) {
      if (error instanceof DiskError) return null
      throw error
    }
  }

  prove(email: EmailId, size: number): InclusionProof | null {
    const { mails, state } = this.#core.index
    const record = state.emails.recordOf(email)
    const entry = record < 0 ? null : mails.entry(record)
    const proof = entry === null ? null : this.#witness.proofs.inclusion(record, size)
    if (entry === null || proof === null) return null
    return { record, header: encodeHead(entry.header).subarray(FRAME_BYTES), size, proof }
  }

  async acknowledge(): Promise<boolean> {
    const acknowledged = await this.#witness.acknowledge()
    const noted = this.#witness.alarms.slice(-NOTED_MAX).map(({ kind, found, known, met, acknowledged: at }) => ({
      kind,
      found,
      known: { ...known },
      met: { ...met },
      acknowledged: at,
    }))
    const operations: Extract<Operation, { kind: 'set' }>[] = []
    if (acknowledged) operations.push({ kind: 'set', key: ALARMS_SETTING, value: noted })
    const { rehearsed } = this
    if (isAlarming(rehearsed)) operations.push(rehearsalOperation({ ...rehearsed, isAcknowledged: true }))
    if (operations.length === 0) return false
    const plan = (): typeof operations => operations
    await this.#core.writer.commit({ messages: [], operationBytes: JSON.stringify(operations).length, plan })
    return true
  }

  #mark(size: number): LogMark | null {
    const { lastMark, marks } = this.#core.index.position
    if (lastMark === null || marks === null || lastMark.size > size) return null
    const found = this.#reader.locate(lastMark.seq as never)
    const consistency = this.#witness.proofs.consistency(lastMark.size, size)
    if (found === null || consistency === null) return null
    try {
      const note = this.#reader.readPayload(found.location, found.header).toString('utf8')
      return { number: marks - 1, size: lastMark.size, note, record: lastMark.seq, consistency }
    } catch (error) {
      if (error instanceof DamagedRecordError) return null
      throw error
    }
  }
}
