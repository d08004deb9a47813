// What of a segment is not as it was when its parity was made: block by block, with what kind of damage it is, and whether it can be computed.

import type { Steps } from '#base/steps.ts'
import type { DamageKind, DamagedRange } from './damage-log.ts'
import type { SegmentFault } from './examine-segment.ts'
import type { ParityFile } from './parity-file.ts'
import { PARITY_BLOCK_BYTES } from './parity-format.ts'
import type { RepairedFile } from './repaired-file.ts'

const BLOCKS_PER_STEP = 64

export interface Damage {
  /** Can be computed. */
  readonly repaired: readonly DamagedRange[]
  readonly lost: readonly DamagedRange[]
}

/** Of the parity file itself. */
export function* findParityDamage(parity: ParityFile): Steps<DamagedRange[]> {
  const ranges: DamagedRange[] = []
  let steps = 0
  for (const range of parity.damagedRanges()) {
    if (range !== null) add(ranges, { ...range, kind: 'changed' })
    if (++steps % BLOCKS_PER_STEP === 0) yield
  }
  return ranges
}

/** Every block that is not as it was encoded. */
export function* findDamage(view: RepairedFile, parity: ParityFile): Steps<Damage> {
  const repaired: DamagedRange[] = []
  const lost: DamagedRange[] = []
  const { length } = parity.head.shape
  for (let block = 0; block < view.blocks; block++) {
    if (block % BLOCKS_PER_STEP === 0) yield
    const stored = view.storedBlock(block)
    if (parity.isBlock(block, stored) === true) continue
    const start = block * PARITY_BLOCK_BYTES
    const end = Math.min(start + PARITY_BLOCK_BYTES, length)
    const good = yield* view.goodBlockInSteps(block)
    // A block of which nothing is known may be good: it has no checksum left.
    if (good === null && parity.isBlock(block, stored) === null) continue
    add(good === null ? lost : repaired, { start, end, kind: kindOf(view, stored, start) })
  }
  return { repaired, lost }
}

function kindOf(view: RepairedFile, stored: Buffer, start: number): DamageKind {
  if (start >= view.storedBytes) return 'missing'
  if (view.isUnreadable(start)) return 'unreadable'
  return stored.every((byte) => byte === 0) ? 'zeroed' : 'changed'
}

function add(ranges: DamagedRange[], range: DamagedRange): void {
  const last = ranges.at(-1)
  if (last?.end === range.start && last.kind === range.kind) ranges[ranges.length - 1] = { ...last, end: range.end }
  else ranges.push(range)
}

export function rangesOf(faults: readonly SegmentFault[]): DamagedRange[] {
  return faults.map(({ kind, bytes }) => ({
    ...bytes,
    kind: kind === 'payloadZeroed' ? 'zeroed' : kind === 'missingRecords' ? 'missing' : 'changed',
  }))
}

export function recordsOf(faults: readonly SegmentFault[]): [number, number][] {
  const runs: [number, number][] = []
  for (const { records } of faults) {
    const last = runs.at(-1)
    if (records === null) continue
    if (last !== undefined && records.from <= last[1]) last[1] = Math.max(last[1], records.to)
    else runs.push([records.from, records.to])
  }
  return runs
}
