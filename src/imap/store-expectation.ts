// Tells what a STORE did from what other sessions did at the same time: commits that wait together share one record of the log, so
// the record does not say whose a change is. A message whose flags are what the STORE alone would have made of them is its own.

import type { SelectedMailbox, Spans } from './selected-mailbox.ts'
import { type FlagEffects, flagsKey } from './store-plan.ts'

/** Ids of the sets of flags of all messages in the spans, one after the other. */
export function flagsBefore(selected: SelectedMailbox, spans: Spans): Uint32Array {
  const flags = new Uint32Array(spans.reduce((sum, [first, last]) => sum + last - first + 1, 0))
  const live = selected.live()
  if (live === null) return flags
  let index = 0
  for (const [first, last] of spans) {
    for (let position = first; position <= last; position++) {
      const at = selected.livePosition(live, position)
      flags[index++] = at < 0 ? 0 : (live.flags[at] as number)
    }
  }
  return flags
}

/** True for a UID whose flags are what the STORE alone made of them. */
export function expectation(
  selected: SelectedMailbox,
  spans: Spans,
  before: Uint32Array,
  effects: FlagEffects,
): (uid: number) => boolean {
  const starts = indexStarts(spans)
  return (uid) => {
    const index = indexWithin(spans, selected.positionOf(uid), starts)
    const live = selected.live()
    const at = live === null ? -1 : live.indexOf(uid)
    if (index < 0 || live === null || at < 0) return false
    const { keywords, deleted } = effects.flagSet(live.flags[at] as number)
    return effects.of(before[index] as number).after === flagsKey(keywords, deleted)
  }
}

/** For each span, how many messages are in those before it. */
export function indexStarts(spans: Spans): readonly number[] {
  let sum = 0
  return spans.map(([first, last]) => {
    const start = sum
    sum += last - first + 1
    return start
  })
}

/** Which of the spans' messages is at a position of the client's list, or -1. */
export function indexWithin(spans: Spans, position: number, starts: readonly number[]): number {
  let low = 0
  let high = spans.length - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    const [first, last] = spans[middle] as readonly [number, number]
    if (position < first) high = middle - 1
    else if (position > last) low = middle + 1
    else return (starts[middle] as number) + position - first
  }
  return -1
}
