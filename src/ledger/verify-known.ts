// What whoever verifies has seen of a log before, against what it is now: it begins with that, and its owner is the same.

import type { MarkVerifier } from './verify-marks.ts'
import type { Report, TreeVerifier } from './verify-tree.ts'

export interface KnownLog {
  readonly size: number
  readonly root: Uint8Array
  /** Null if there is no mark in it. */
  readonly ownerKey: Uint8Array | null
}

const SEGMENTS = ['segments', { start: 0, end: 0 }] as const

export class KnownVerifier {
  readonly #known: KnownLog | null
  readonly #tree: TreeVerifier
  readonly #report: Report

  /** `known` is null for who has seen nothing. */
  constructor(known: KnownLog | null, tree: TreeVerifier, report: Report) {
    this.#known = known
    this.#tree = tree
    this.#report = report
  }

  /** A record has been added to the tree. */
  added(): void {
    const known = this.#known
    if (known?.size !== this.#tree.size || this.#tree.root.equals(known.root)) return
    this.#report('fork', ...SEGMENTS, { from: 0, to: known.size })
  }

  /** After the last record: what is known of the log now. */
  finish(marks: MarkVerifier): KnownLog {
    const known = this.#known
    const { size, root } = this.#tree
    const { ownerKey } = marks
    if (known !== null && known.size > size) this.#report('rollback', ...SEGMENTS, { from: size, to: known.size })
    if (known !== null && known.ownerKey !== null && ownerKey?.equals(known.ownerKey) !== true) {
      if (ownerKey !== null) this.#report('mark', ...SEGMENTS)
      else if (!marks.isIncomplete) this.#report('marksMissing', ...SEGMENTS)
    }
    return { size, root, ownerKey: ownerKey ?? known?.ownerKey ?? null }
  }
}
