// CONDSTORE is switched on by the first command that shows that the client understands it (RFC 7162 §3.1).

import type { Session } from './session.ts'

/** Of a mailbox that is selected the client is told the modseq then. Call it before a reply, not within one. */
export function enableCondstore(session: Session): void {
  if (session.enabled.has('CONDSTORE')) return
  session.enabled.add('CONDSTORE')
  if (session.selected !== null) writeHighestModseq(session, session.selected.toldModseq, 'CONDSTORE is enabled')
}

export function writeHighestModseq(session: Session, modseq: number, text: string): void {
  session.out.line(`* OK [HIGHESTMODSEQ ${modseq}] ${text}`)
}
