// Settling: copying the records of durable groups to where they are read. Everything here is a write to a place that the group's
// plan fixes, so that it can be repeated: after a failed write nothing is lost, and the whole group is settled again.

import { writeAll } from '#platform/disk.ts'
import type { AccountState } from './account-state.ts'
import { AccountDamagedError } from './errors.ts'
import type { Group, GroupPart, Run } from './group.ts'
import type { OpenContext } from './open-context.ts'
import { incomingPath, segmentPath } from './paths.ts'
import { HEAD_BYTES, withState } from './record.ts'
import { SEGMENT_HEAD_BYTES, encodeSegmentHead } from './segment.ts'
import { loadSlotsBytes } from './slots.ts'

const LARGE_HEADS_BYTES = SEGMENT_HEAD_BYTES + HEAD_BYTES

export class Settler {
  readonly #context: OpenContext
  readonly #settled: (part: GroupPart) => void
  readonly #pending: { readonly group: Group; next: number }[] = []

  /** `settled` is told each account's part of a group when it can be read. */
  constructor(context: OpenContext, settled: (part: GroupPart) => void) {
    this.#context = context
    this.#settled = settled
  }

  /** Groups that are not settled. */
  get pending(): number {
    return this.#pending.length
  }

  /** A durable group. Its bytes must stay as they are until it is settled. */
  add(group: Group): void {
    this.#pending.push({ group, next: 0 })
  }

  /** Settles all that was added, in order. Throws DiskError; what is not settled then stays for the next call. */
  settle(): void {
    for (let first = this.#pending[0]; first !== undefined; first = this.#pending[0]) {
      const { parts, bytes } = first.group
      for (let part = parts[first.next]; part !== undefined; part = parts[first.next]) {
        this.#settlePart(part, bytes)
        first.next++
        part.release()
        this.#settled(part)
      }
      this.#pending.shift()
    }
  }

  #settlePart(part: GroupPart, bytes: Buffer): void {
    const { state } = part
    const { paths } = state
    for (const run of part.runs) {
      const path = segmentPath(paths, run.segment)
      if (run.beginsSegment) this.#beginSegment(state, run.segment)
      this.#context.touched(path)
      if (run.incoming !== null) {
        this.#moveIncoming(state, run, bytes, path)
        continue
      }
      if (run.beginsSegment && run.segment !== state.begunSegment) {
        this.#context.files.write(path, this.#segmentHead(state, run), 0)
      }
      this.#context.files.write(path, bytes.subarray(run.start, run.end), run.offset)
    }
    part.growth.write(this.#context, paths.tree)
    const slotsBytes = this.#writeSlots(part, bytes)
    state.slotsBytes = slotsBytes
    state.settled = part.position.size
  }

  #segmentHead(state: AccountState, run: Run): Buffer {
    return encodeSegmentHead({ account: state.id, first: run.segment, bytesBefore: run.bytesBefore })
  }

  #beginSegment(state: AccountState, segment: number): void {
    const { disk, files } = this.#context
    const { paths } = state
    if (segment === 0) {
      for (const directory of [...paths.ancestors, paths.directory]) this.#context.touchedDirectory(directory)
      disk.makeDirectory(paths.segments)
      this.#context.touched(paths.slots)
      files.create(paths.slots)
    }
    this.#context.touchedDirectory(paths.segments)
  }

  /** Fills in the heads of a large record, and gives its file the segment's name. */
  #moveIncoming(state: AccountState, run: Run, bytes: Buffer, path: string): void {
    const { disk, files, directory } = this.#context
    const record = bytes.subarray(run.start, run.start + HEAD_BYTES)
    const heads = Buffer.concat([this.#segmentHead(state, run), withState(record, 'present')])
    const source = incomingPath(directory, run.incoming ?? '')
    if (disk.exists(source)) {
      const file = disk.openWrite(source)
      try {
        writeAll(file, heads, 0)
      } finally {
        file.close()
      }
      files.forget(path)
      this.#context.touchedDirectory(`${directory}/incoming`)
      disk.rename(source, path)
    } else if (files.size(path) > LARGE_HEADS_BYTES) {
      files.write(path, heads, 0)
    } else {
      throw new AccountDamagedError(state.id, `the payload of record ${run.segment} has gone`)
    }
  }

  /** Returns the size of `slots` afterwards. */
  #writeSlots(part: GroupPart, bytes: Buffer): number | null {
    const first = part.slots[0]
    if (first === undefined) return part.state.slotsBytes
    const { paths } = part.state
    let at = part.state.slotsBytes ?? loadSlotsBytes(this.#context, part.state, first.seq)
    this.#context.touched(paths.slots)
    for (const { start, end } of part.slots) {
      this.#context.files.write(paths.slots, bytes.subarray(start, end), at)
      at += end - start
    }
    return at
  }
}
