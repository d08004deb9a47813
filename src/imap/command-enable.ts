// ENABLE (RFC 5161). Names of extensions that are unknown, or need no enabling, are passed over.

import { type Command, ok } from './command.ts'
import { enableCondstore } from './condstore.ts'
import { LIST_ITEMS_MAX } from './limits.ts'
import { SyntaxFailure } from './cursor.ts'
import type { Feature } from './session.ts'

const SPELLING: Readonly<Record<Feature, string>> = {
  CONDSTORE: 'CONDSTORE',
  IMAP4REV2: 'IMAP4rev2',
  QRESYNC: 'QRESYNC',
  UIDONLY: 'UIDONLY',
}

export const enable: Command<readonly string[]> = {
  name: 'ENABLE',
  state: 'authenticated',
  mayExpunge: true,
  parse(cursor) {
    const names: string[] = []
    do {
      cursor.space()
      names.push(cursor.word())
      if (names.length > LIST_ITEMS_MAX) throw new SyntaxFailure('too many names')
    } while (!cursor.isAtEnd)
    return names
  },
  run(session, names) {
    const isNew = (name: string): name is Feature =>
      Object.hasOwn(SPELLING, name) && !session.enabled.has(name as Feature)
    // RFC 5161 §3.1: the reply names what this command enabled.
    const enabled = [...new Set(names)].filter(isNew)
    // RFC 7162 §3.2.3: the one comes with the other.
    if (enabled.includes('CONDSTORE') || enabled.includes('QRESYNC')) enableCondstore(session)
    for (const feature of enabled) session.enabled.add(feature)
    session.out.line(['* ENABLED', ...enabled.map((feature) => SPELLING[feature])].join(' '))
    return ok('Enabled')
  },
}
