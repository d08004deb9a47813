// CLOSE (RFC 9051 §6.4.1) and UNSELECT (RFC 3691, RFC 9051 §6.4.2). Neither tells the client of what was expunged.

import { type Command, ok } from './command.ts'
import { removeDeleted } from './expunge.ts'
import { selectedOf } from './message-set.ts'

export const close: Command<void> = {
  name: 'CLOSE',
  state: 'selected',
  mayExpunge: false,
  parse: () => undefined,
  async run(session) {
    const selected = selectedOf(session)
    session.selected = null
    session.savedUids = []
    if (!selected.isReadOnly) await removeDeleted(session, selected, null)
    return ok('Closed')
  },
}

export const unselectCommand: Command<void> = {
  name: 'UNSELECT',
  state: 'selected',
  mayExpunge: false,
  parse: () => undefined,
  run(session) {
    session.selected = null
    session.savedUids = []
    return ok('Unselected')
  },
}
