// LSUB (RFC 3501 §6.3.9).

import { type Command, type Completion, ok } from './command.ts'
import { ancestorsOf, listEntries } from './list-entries.ts'
import { writeListLine } from './list-line.ts'
import { parseLsub } from './list-parse.ts'
import { pathMatcher } from './list-pattern.ts'
import type { Session } from './session.ts'

interface Args {
  readonly reference: string
  readonly pattern: string
}

async function run(session: Session, { reference, pattern }: Args): Promise<Completion> {
  const matches = pathMatcher(reference, pattern)
  const subscribed = listEntries(session.account).filter((entry) => entry.isSubscribed)
  const paths = new Set(subscribed.map(({ path }) => path))
  for (const path of paths) {
    if (!matches(path)) continue
    writeListLine(session, 'LSUB', path, [])
    await session.room()
  }
  // With `%`, a name above a subscribed one is given though it is not subscribed itself.
  for (const path of pattern.endsWith('%') ? ancestorsOf(subscribed) : []) {
    if (!paths.has(path) && matches(path)) writeListLine(session, 'LSUB', path, ['\\Noselect'])
  }
  return ok('That is all')
}

export const lsub: Command<Args> = {
  name: 'LSUB',
  state: 'authenticated',
  mayExpunge: true,
  parse: parseLsub,
  run,
}
