// `Integrity` of an account that is open.

import type { EmailId } from '#base/ids.ts'
import { formatCheckpoint, formatVerifier } from '#ledger/checkpoint.ts'
import { DamagedRecordError } from '#ledger/damage.ts'
import { formatOwnerKey } from '#ledger/mark.ts'
import type { LogReader } from '#ledger/reader.ts'
import { FRAME_BYTES, encodeHead } from '#ledger/record.ts'
import type { Clock } from '#platform/clock.ts'
import { systemDisk } from '#platform/disk.ts'
import type { AccountCore } from './account-core.ts'
import type { InclusionProof, Integrity, IntegrityReport, LogMark } from './integrity.ts'
import type { LogAlarm } from './log-alarm.ts'
import { readLogScrub } from './log-scrub.ts'
import type { LogWitness } from './log-witness.ts'
import type { SettingValue } from './operation.ts'

export interface OpenIntegrityParts {
  readonly core: AccountCore
  readonly witness: LogWitness
  readonly reader: LogReader
  readonly clock: Clock
}

/** What was acknowledged, and when. */
const ALARMS_SETTING = 'integrity/alarms'
const NOTED_MAX = 50

export class OpenIntegrity implements Integrity {
  readonly #core: AccountCore
  readonly #witness: LogWitness
  readonly #reader: LogReader
  readonly #clock: Clock

  constructor({ core, witness, reader, clock }: OpenIntegrityParts) {
    this.#clock = clock
    this.#core = core
    this.#witness = witness
    this.#reader = reader
  }

  get alarms(): readonly LogAlarm[] {
    return this.#witness.alarms.filter(({ acknowledged }) => acknowledged === null)
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
    if (acknowledged) {
      const operations = [{ kind: 'set' as const, key: ALARMS_SETTING, value: noted satisfies SettingValue }]
      const plan = (): typeof operations => operations
      await this.#core.writer.commit({ messages: [], operationBytes: JSON.stringify(noted).length, plan })
    }
    return acknowledged
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
