// Threads that are ready to be told: which message is whose child, children and threads in the order of their sent dates.

import type { ThreadMessages } from './thread-messages.ts'

export interface ThreadTree {
  /** Messages, and nodes without one above several messages (from `count` on). */
  readonly roots: readonly number[]
  /** Children of the node are `children[starts[node]]` to before `children[starts[node + 1]]`. */
  readonly starts: Uint32Array
  readonly children: Uint32Array
  /** Nodes from here on have no message. */
  readonly count: number
}

/** `parents`: of messages and of nodes without one, which are all at the top: -1. Those without a message and children are left out. */
export function threadTree({ count, byDate }: ThreadMessages, parents: ArrayLike<number>): ThreadTree {
  const starts = new Uint32Array(parents.length + 1)
  for (let message = 0; message < count; message++) {
    const parent = parents[message] as number
    if (parent >= 0) starts[parent + 1] = (starts[parent + 1] as number) + 1
  }
  for (let node = 0; node < parents.length; node++)
    starts[node + 1] = (starts[node + 1] as number) + (starts[node] as number)
  const next = starts.slice()
  const children = new Uint32Array(starts[parents.length] as number)
  const roots: number[] = []
  // By date: so are each node's children, then, and a node without a message has the place of its first child.
  for (let at = 0; at < count; at++) {
    const message = byDate[at] as number
    const parent = parents[message] as number
    if (parent < 0) {
      roots.push(message)
      continue
    }
    const place = next[parent] as number
    if (parent >= count && place === starts[parent]) roots.push(parent)
    children[place] = message
    next[parent] = place + 1
  }
  return { roots, starts, children, count }
}
