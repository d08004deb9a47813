// How parts of a message are called: by their position, from 1, among those that are not multiparts, depth first, without those of messages within
// (RFC 8621 §4.1.4). It follows from the message alone.

import { type Part, isMultipart } from '#message/part.ts'

/** In the order of their numbers. */
export function leafParts(root: Part): Part[] {
  const leaves: Part[] = []
  collect(root, leaves)
  return leaves
}

function collect(part: Part, leaves: Part[]): void {
  if (!isMultipart(part)) leaves.push(part)
  else for (const child of part.children) collect(child, leaves)
}

/** The part with its offsets counted from its own start, for bytes that hold nothing else. */
export function rebased(part: Part, from = part.start): Part {
  return { ...part, start: part.start - from, bodyStart: part.bodyStart - from, end: part.end - from, children: [] }
}
