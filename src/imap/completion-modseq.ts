// HIGHESTMODSEQ in the tagged OK of a command that expunged messages (RFC 7162 §3.2.7): after the updates that end it, so that the client
// knows of everything up to that modseq.

import type { Completion } from './command.ts'
import type { Session } from './session.ts'

export function withModseq({ enabled, selected }: Session, completion: Completion): Completion {
  if (completion.tellsModseq !== true || selected === null || !enabled.has('CONDSTORE')) return completion
  return { ...completion, code: `HIGHESTMODSEQ ${selected.toldModseq}` }
}
