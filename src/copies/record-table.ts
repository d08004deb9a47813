// Where the records of a log were found, by their numbers: some bytes for each, however long the log is.

import { assert } from '#base/assert.ts'
import type { Seq } from '#base/ids.ts'
import type { RecordHeader } from '#ledger/record.ts'

/** `parity`: as the segment's parity says that it was; `journal`: in the commit journal. */
export type RecordSource = 'segment' | 'parity' | 'journal'

export interface FoundRecord {
  readonly seq: Seq
  readonly kind: RecordHeader['kind']
  readonly isDropped: boolean
  readonly source: RecordSource
  readonly segment: Seq
  readonly offset: number
  readonly payloadLength: number
}

const KINDS: readonly RecordHeader['kind'][] = ['mail', 'journal', 'slot', 'release', 'epoch', 'mark', 'digests']
const SOURCES: readonly RecordSource[] = ['segment', 'parity', 'journal']
const ROWS_MIN = 1024
/** Numbers that leave out more records than these are none of this log. */
const GAP_MAX = 2 ** 24

export class RecordTable {
  /** After the highest that was found. */
  #size = 0
  /** 0: not found; else the source's number plus one. */
  #sources = new Uint8Array(ROWS_MIN)
  #kinds = new Uint8Array(ROWS_MIN)
  #dropped = new Uint8Array(ROWS_MIN)
  #segments = new Float64Array(ROWS_MIN)
  #offsets = new Float64Array(ROWS_MIN)
  #lengths = new Float64Array(ROWS_MIN)

  get size(): number {
    return this.#size
  }

  has(seq: number): boolean {
    return (this.#sources[seq] ?? 0) !== 0
  }

  get(seq: number): FoundRecord | null {
    if (!this.has(seq)) return null
    return {
      seq: seq as Seq,
      kind: KINDS[this.#kinds[seq] as number] as RecordHeader['kind'],
      isDropped: this.#dropped[seq] === 1,
      source: SOURCES[(this.#sources[seq] as number) - 1] as RecordSource,
      segment: this.#segments[seq] as Seq,
      offset: this.#offsets[seq] as number,
      payloadLength: this.#lengths[seq] as number,
    }
  }

  /** False: no log has that number. */
  put({ seq, kind, isDropped, source, segment, offset, payloadLength }: FoundRecord): boolean {
    assert(KINDS.includes(kind), 'a kind of records that this table knows')
    if (seq - this.#size > GAP_MAX) return false
    this.#grow(seq + 1)
    this.#sources[seq] = SOURCES.indexOf(source) + 1
    this.#kinds[seq] = KINDS.indexOf(kind)
    this.#dropped[seq] = isDropped ? 1 : 0
    this.#segments[seq] = segment
    this.#offsets[seq] = offset
    this.#lengths[seq] = payloadLength
    this.#size = Math.max(this.#size, seq + 1)
    return true
  }

  /** The nearest before, or from there on, that was found in a segment. */
  before(seq: number): FoundRecord | null {
    for (let at = Math.min(seq, this.#size) - 1; at >= 0; at--) if (this.#isInSegment(at)) return this.get(at)
    return null
  }

  from(seq: number): FoundRecord | null {
    for (let at = seq; at < this.#size; at++) if (this.#isInSegment(at)) return this.get(at)
    return null
  }

  #isInSegment(seq: number): boolean {
    const source = SOURCES[(this.#sources[seq] ?? 0) - 1]
    return source !== undefined && source !== 'journal'
  }

  #grow(rows: number): void {
    if (rows <= this.#sources.length) return
    const length = Math.max(rows, this.#sources.length * 2)
    this.#sources = grown(this.#sources, new Uint8Array(length))
    this.#kinds = grown(this.#kinds, new Uint8Array(length))
    this.#dropped = grown(this.#dropped, new Uint8Array(length))
    this.#segments = grown(this.#segments, new Float64Array(length))
    this.#offsets = grown(this.#offsets, new Float64Array(length))
    this.#lengths = grown(this.#lengths, new Float64Array(length))
  }
}

function grown<T extends Uint8Array | Float64Array>(column: T, larger: T): T {
  larger.set(column)
  return larger
}
