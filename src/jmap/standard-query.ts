// What all `/query` methods share (RFC 8620 §5.5): which part of the result is returned.

import { MethodFailure } from './failure.ts'
import { QUERY_IDS_MAX } from './limits.ts'
import { flag, id, int, nullable, unsigned, withDefault } from './schema.ts'

export const queryArguments = {
  accountId: id,
  position: withDefault(int, 0),
  anchor: nullable(id),
  anchorOffset: withDefault(int, 0),
  limit: nullable(unsigned),
  calculateTotal: withDefault(flag, false),
}

export interface Window {
  readonly position: number
  readonly anchor: string | null
  readonly anchorOffset: number
  readonly limit: number | null
  readonly calculateTotal: boolean
}

export interface List {
  readonly length: number
  /** The id at a position. */
  idAt(position: number): string
  /** Or -1. */
  indexOf(id: string): number
}

/** The response's arguments that say which part of the list it has. Throws MethodFailure. */
export function windowOf(list: List, window: Window): Record<string, unknown> {
  const { length } = list
  const first = firstPosition(list, window)
  const limit = Math.min(window.limit ?? QUERY_IDS_MAX, QUERY_IDS_MAX)
  const count = Math.max(0, Math.min(limit, length - first))
  return {
    position: first,
    ids: Array.from({ length: count }, (_, at) => list.idAt(first + at)),
    ...(window.calculateTotal ? { total: length } : {}),
    ...(window.limit === null || window.limit > QUERY_IDS_MAX ? { limit: QUERY_IDS_MAX } : {}),
  }
}

function firstPosition(list: List, { anchor, anchorOffset, position }: Window): number {
  if (anchor === null) return position < 0 ? Math.max(0, list.length + position) : position
  const at = list.indexOf(anchor)
  if (at < 0) throw new MethodFailure('anchorNotFound')
  return Math.max(0, at + anchorOffset)
}
