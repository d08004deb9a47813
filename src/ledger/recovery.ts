// Recovery: everything that the commit journal holds is written again to where it is read, and made durable there; then the
// journal is cut. docs/formats/ledger.md §4, "Replay" and "Damage". It can be interrupted at any point and begun again.

import type { AccountId } from '#base/ids.ts'
import { DiskError } from '#platform/disk.ts'
import { openAccount } from './account-open.ts'
import type { AccountState } from './account-state.ts'
import { AccountDamagedError } from './errors.ts'
import { type GroupPart, GroupPlan } from './group.ts'
import type { GroupRecord } from './journal-format.ts'
import {
  type JournalContent,
  type JournalDamage,
  type ReplayedGroup,
  describeJournalDamage,
  replayJournal,
  salvageJournal,
} from './journal-replay.ts'
import type { LedgerLimits } from './limits.ts'
import type { OpenContext } from './open-context.ts'
import { openReadOrNull } from './open-files.ts'
import { incomingPath, segmentPath } from './paths.ts'
import { HEAD_BYTES, decodeHead } from './record.ts'
import { SEGMENT_HEAD_BYTES } from './segment.ts'
import { Settler } from './settler.ts'

export interface Recovered {
  /** Accounts with records in the journal, at the end of their logs. */
  readonly states: readonly AccountState[]
  readonly records: number
  /** What is missing, in words, without content. */
  readonly damage: readonly string[]
  /** Journal files in which acknowledged groups were damaged. */
  readonly damagedFiles: readonly JournalContent[]
}

/** Throws DiskError. With `salvage`, groups after damage are used, too. */
export function replay(
  context: OpenContext,
  limits: LedgerLimits,
  contents: readonly JournalContent[],
  salvage: boolean,
): Recovered {
  const recovery = new Recovery(context, limits)
  const damagedFiles: JournalContent[] = []
  const inOrder = contents.toSorted((a, b) => (a.stamp?.generation ?? 0) - (b.stamp?.generation ?? 0))
  for (const content of inOrder) {
    const damage = recovery.replay(content)
    if (damage === null) continue
    recovery.damage.push(describeJournalDamage(damage))
    damagedFiles.push(content)
    if (salvage) recovery.salvage(content)
  }
  recovery.cutTails()
  return { states: recovery.states, records: recovery.records, damage: recovery.damage, damagedFiles }
}

class Recovery {
  readonly #context: OpenContext
  readonly #limits: LedgerLimits
  readonly #settler: Settler
  readonly #states = new Map<AccountId, AccountState>()
  /** Accounts to which nothing can be written. */
  readonly #lost = new Set<AccountId>()
  /** Where the last record that was written ends, by segment. */
  readonly #ends = new Map<string, { readonly end: number; readonly account: AccountId }>()
  readonly damage: string[] = []
  records = 0

  constructor(context: OpenContext, limits: LedgerLimits) {
    this.#context = context
    this.#limits = limits
    this.#settler = new Settler(context, (part) => this.#noteEnds(part))
  }

  get states(): AccountState[] {
    return [...this.#states.values()]
  }

  replay(content: JournalContent): JournalDamage | null {
    const groups = replayJournal(content)
    for (;;) {
      const next = groups.next()
      if (next.done === true) return next.value
      this.#apply(next.value)
    }
  }

  salvage(content: JournalContent): void {
    for (const group of salvageJournal(content)) this.#apply(group)
  }

  /** Bytes after the last record of the segments that were written are what a crash left of a record. */
  cutTails(): void {
    for (const [path, { end, account }] of this.#ends) {
      if (this.#context.files.size(path) <= end) continue
      if (this.#isRecord(path, end, account)) {
        this.damage.push(`account ${account} has records after those of the journal`)
        continue
      }
      this.#context.touched(path)
      this.#context.files.truncate(path, end)
    }
    for (const state of this.#states.values()) {
      if (state.storedSize <= state.committed.size) continue
      this.damage.push(`account ${state.id} has ${state.committed.size} records, and ${state.storedSize} were signed`)
    }
  }

  #apply({ bytes, records }: ReplayedGroup): void {
    const plan = new GroupPlan(this.#limits)
    for (const record of records) {
      const state = this.#stateFor(record)
      if (state === null) continue
      const part = plan.part(state)
      if (record.header.seq !== part.position.size || !this.#hasPayload(state, record)) continue
      part.add(record)
      this.records++
    }
    const parts = plan.parts
    for (const part of parts) part.commit(bytes)
    this.#settler.add({ bytes, parts })
    this.#settler.settle()
  }

  /** The account's log, which ends at or after the record; null if it cannot be continued with it. */
  #stateFor({ header }: GroupRecord): AccountState | null {
    const { account, seq } = header
    const known = this.#states.get(account)
    if (this.#lost.has(account)) return null
    if (known !== undefined && (known.pins > 0 || seq <= known.committed.size)) return known
    try {
      const state = openAccount(this.#context, account, seq)
      this.#states.set(account, state)
      return state
    } catch (error) {
      if (!(error instanceof AccountDamagedError)) throw error
      this.#lost.add(account)
      this.#states.delete(account)
      this.damage.push(error.message)
      return null
    }
  }

  /** A large payload is where it arrived, or already is the record's segment. */
  #hasPayload(state: AccountState, { header, incoming }: GroupRecord): boolean {
    if (incoming === null) return true
    const { disk, directory, files } = this.#context
    const segmentBytes = SEGMENT_HEAD_BYTES + HEAD_BYTES + header.payloadLength
    if (disk.exists(incomingPath(directory, incoming))) return true
    // What follows the payload is cut.
    if (files.size(segmentPath(state.paths, header.seq)) >= segmentBytes) return true
    this.#lost.add(state.id)
    this.damage.push(`account ${state.id}: the payload of record ${header.seq} has gone`)
    return false
  }

  #noteEnds(part: GroupPart): void {
    for (const run of part.runs) {
      const path = segmentPath(part.state.paths, run.segment)
      const end = run.incoming === null ? run.offset + run.end - run.start : largeSegmentBytes(part, run.segment)
      this.#ends.set(path, { end, account: part.state.id })
    }
  }

  #isRecord(path: string, offset: number, account: AccountId): boolean {
    const file = openReadOrNull(this.#context.disk, path)
    if (file === null) return false
    try {
      const head = Buffer.alloc(HEAD_BYTES)
      const found = file.read(head, offset) === HEAD_BYTES ? decodeHead(head) : null
      return found?.ok === true && found.value.header.account === account
    } catch (error) {
      if (error instanceof DiskError) return true
      throw error
    } finally {
      file.close()
    }
  }
}

/** Of the segment that a large record becomes. */
function largeSegmentBytes(part: GroupPart, segment: number): number {
  const record = part.records.find(({ header }) => header.seq === segment)
  return SEGMENT_HEAD_BYTES + HEAD_BYTES + (record?.header.payloadLength ?? 0)
}
