// What one group of the commit journal adds to the accounts it names: planned before the group is written, put into the
// accounts' states when it is durable, and then copied into their segments from the group's own bytes.

import type { AccountId, Seq } from '#base/ids.ts'
import type { AccountState } from './account-state.ts'
import type { GroupRecord } from './journal-format.ts'
import type { LedgerLimits } from './limits.ts'
import { type Location, type RecordHeader, leafHashOfHead } from './record.ts'
import { type Position, place } from './segment.ts'
import { TreeGrowth } from './tree.ts'

export interface CommittedRecord {
  readonly header: RecordHeader
  readonly location: Location
}

/** Records that are back to back in the group and go to one place of one segment. */
export interface Run {
  /** By its first sequence number. */
  readonly segment: Seq
  readonly bytesBefore: number
  readonly beginsSegment: boolean
  readonly offset: number
  readonly start: number
  end: number
  /** Of a large record, which becomes the segment; else null. */
  readonly incoming: string | null
}

export class GroupPart {
  readonly state: AccountState
  readonly #limits: LedgerLimits
  /** After the records so far. */
  position: Position
  readonly first: number
  readonly records: CommittedRecord[] = []
  readonly runs: Run[] = []
  readonly slots: { readonly start: number; readonly end: number; readonly seq: number }[] = []
  readonly #heads: number[] = []
  readonly growth = new TreeGrowth()

  constructor(state: AccountState, limits: LedgerLimits) {
    this.state = state
    this.#limits = limits
    this.position = state.committed
    this.first = state.committed.size
    state.pins++
  }

  /** Plans the next record. */
  add(record: GroupRecord): CommittedRecord {
    const { header, start, end, incoming } = record
    const forced = this.state.laterSegments.has(this.position.size)
    const { location, beginsSegment, after } = place(this.position, header, this.#limits, forced)
    const run = this.runs.at(-1)
    if (run !== undefined && !beginsSegment && run.incoming === null && run.end === start) {
      run.end = end
    } else {
      const bytesBefore = after.segment?.bytesBefore ?? 0
      const { segment, offset } = location
      this.runs.push({ segment, bytesBefore, beginsSegment, offset, start, end, incoming })
    }
    if (header.kind === 'slot') this.slots.push({ start, end, seq: header.seq })
    this.#heads.push(start)
    this.position = after
    const committed = { header, location }
    this.records.push(committed)
    return committed
  }

  /** The group with these bytes is durable. */
  commit(bytes: Buffer): void {
    for (const start of this.#heads) this.growth.append(this.state.frontier, leafHashOfHead(bytes.subarray(start)))
    this.state.committed = this.position
    this.state.checkpoint = null
  }

  /** It is settled, or will never be committed. */
  release(): void {
    this.state.pins--
  }
}

export interface Group {
  /** As in the journal. */
  readonly bytes: Buffer
  readonly parts: readonly GroupPart[]
}

/** The parts of one group, by account. */
export class GroupPlan {
  readonly #limits: LedgerLimits
  readonly #parts = new Map<AccountId, GroupPart>()

  constructor(limits: LedgerLimits) {
    this.#limits = limits
  }

  part(state: AccountState): GroupPart {
    let part = this.#parts.get(state.id)
    if (part === undefined) {
      part = new GroupPart(state, this.#limits)
      this.#parts.set(state.id, part)
    }
    return part
  }

  get parts(): GroupPart[] {
    return [...this.#parts.values()]
  }
}
