// FETCH and UID FETCH (RFC 9051 §6.4.5, §6.4.9).

import { type Command, type Completion, no, ok } from './command.ts'
import { type FetchArgs, parseFetch } from './fetch-parse.ts'
import { modseqItem } from './fetch-row-items.ts'
import { fetchSpans } from './fetch-run.ts'
import { resolveSet, selectedOf } from './message-set.ts'
import type { Session } from './session.ts'

async function run(session: Session, args: FetchArgs, isUid: boolean): Promise<Completion> {
  const selected = selectedOf(session)
  const spans = resolveSet(session, selected, args.set, isUid)
  if (!spans.ok) return spans.error
  // RFC 7162 §3.1: either shows that the client understands CONDSTORE.
  if (args.changedSince !== null || args.items.includes(modseqItem)) session.enabled.add('CONDSTORE')
  const report = await fetchSpans(session, selected, spans.value, args.items, args.changedSince)
  if (report.damaged > 0) return no('Damaged messages were not served', 'CORRUPTION')
  if (report.undecodable > 0) return no('The encoding of a part is not known', 'UNKNOWN-CTE')
  // RFC 2180 §4.1.3, RFC 5530 §3: the others were served.
  if (report.gone > 0 && !isUid) return no('Some of the messages were expunged', 'EXPUNGEISSUED')
  return ok('That is all')
}

export const fetch: Command<FetchArgs> = {
  name: 'FETCH',
  state: 'selected',
  mayExpunge: false,
  parse: (cursor) => parseFetch(cursor, false),
  run: (session, args) => run(session, args, false),
}

export const uidFetch: Command<FetchArgs> = {
  name: 'UID FETCH',
  state: 'selected',
  mayExpunge: true,
  parse: (cursor) => parseFetch(cursor, true),
  run: (session, args) => run(session, args, true),
}
