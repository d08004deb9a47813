// RETURN (UPDATE) of a search (RFC 5267 §4.3), from its beginning to its end.

import { type Completion, bad } from './command.ts'
import { enableCondstore } from './condstore.ts'
import { modseqItem } from './fetch-row-items.ts'
import { SearchContexts } from './search-contexts.ts'
import type { SearchReturns } from './search-return.ts'
import type { Session } from './session.ts'

/** Before the search. Null: it may go on. */
export function openUpdate(session: Session, returns: SearchReturns | null): Completion | null {
  const { selected } = session
  if (returns === null || returns.update === null) return null
  if (selected === null) return bad('Select a mailbox first')
  if (selected.contexts?.hasTag(session.tag) === true) return bad('A search with that tag is kept up to date already')
  if (returns.update.items.includes(modseqItem)) enableCondstore(session)
  selected.contexts ??= new SearchContexts()
  selected.contexts.open()
  return null
}
