// LIST (RFC 9051 §6.3.9; RFC 5258 LIST-EXTENDED; RFC 5819 LIST-STATUS; RFC 6154 SPECIAL-USE; RFC 3348 CHILDREN).

import { writeMyRights } from './command-acl.ts'
import { type Command, type Completion, ok } from './command.ts'
import { type ListEntry, ancestorsOf, listEntries } from './list-entries.ts'
import { writeListLine } from './list-line.ts'
import { type ListArgs, parseList } from './list-parse.ts'
import { pathMatcher } from './list-pattern.ts'
import { DELIMITER } from './mailbox-name.ts'
import type { Session } from './session.ts'
import { attributeOf } from './special-use.ts'
import { writeStatus } from './status-items.ts'
import { TimeSlice } from '#base/time-slice.ts'

async function run(session: Session, args: ListArgs): Promise<Completion> {
  // RFC 9051 §6.3.9: an empty name asks for the delimiter and the root.
  if (!args.isExtended && args.patterns[0] === '') {
    session.out.line(`* LIST (\\Noselect) "${DELIMITER}" ""`)
    return ok('That is all')
  }
  const matchers = args.patterns.map((pattern) => pathMatcher(args.reference, pattern))
  const entries = listEntries(session.account)
  const chosen = new Set(entries.filter((entry) => isChosen(entry, args)))
  const aboveChosen = args.select.has('RECURSIVEMATCH') ? ancestorsOf(chosen) : new Set<string>()
  const slice = new TimeSlice(session.host)
  for (const entry of entries) {
    const isAbove = aboveChosen.has(entry.path)
    if ((chosen.has(entry) || isAbove) && matchers.some((matches) => matches(entry.path))) {
      const childInfo = isAbove
        ? ` ("CHILDINFO" ("${args.select.has('SUBSCRIBED') ? 'SUBSCRIBED' : 'SPECIAL-USE'}"))`
        : ''
      writeListLine(session, 'LIST', entry.path, attributes(entry, args), childInfo)
      if (args.status.length > 0 && entry.mailbox !== null) writeStatus(session, entry.mailbox, args.status)
      // RFC 8440
      if (args.returns.has('MYRIGHTS') && entry.mailbox !== null) writeMyRights(session, entry.mailbox)
      await session.room()
    }
    if (slice.isOver) await slice.next()
    session.checkConnected()
  }
  return ok('That is all')
}

function isChosen(entry: ListEntry, { select }: ListArgs): boolean {
  if (select.has('SUBSCRIBED') && !entry.isSubscribed) return false
  if (select.has('SPECIAL-USE') && attributeOf(entry.mailbox?.role ?? null) === null) return false
  return select.has('SUBSCRIBED') || entry.mailbox !== null
}

function attributes(entry: ListEntry, { select, returns }: ListArgs): string[] {
  const names: string[] = []
  if (entry.mailbox === null) names.push('\\NonExistent')
  if (entry.isSubscribed && (returns.has('SUBSCRIBED') || select.has('SUBSCRIBED'))) names.push('\\Subscribed')
  names.push(entry.hasChildren ? '\\HasChildren' : '\\HasNoChildren')
  const use = attributeOf(entry.mailbox?.role ?? null)
  if (use !== null) names.push(use)
  return names
}

export const list: Command<ListArgs> = {
  name: 'LIST',
  state: 'authenticated',
  mayExpunge: true,
  parse: parseList,
  run,
}
