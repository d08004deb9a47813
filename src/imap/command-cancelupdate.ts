// CANCELUPDATE (RFC 5267 §4.3.5).

import { asciiText } from '#base/bytes.ts'
import { type Command, no, ok } from './command.ts'
import { LIST_ITEMS_MAX } from './limits.ts'
import { SyntaxFailure } from './cursor.ts'
import { selectedOf } from './message-set.ts'

export const cancelUpdate: Command<readonly string[]> = {
  name: 'CANCELUPDATE',
  state: 'selected',
  mayExpunge: true,
  parse(cursor) {
    const tags: string[] = []
    do {
      cursor.space()
      tags.push(asciiText(cursor.string()))
      if (tags.length > LIST_ITEMS_MAX) throw new SyntaxFailure('too many tags')
    } while (!cursor.isAtEnd)
    return tags
  },
  run(session, tags) {
    const { contexts } = selectedOf(session)
    const unknown = tags.filter((tag) => contexts?.cancel(tag) !== true)
    return unknown.length === 0 ? ok('No further updates') : no('Not all of these searches were kept up to date')
  },
}
