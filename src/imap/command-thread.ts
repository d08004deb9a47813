// THREAD and UID THREAD (RFC 5256).

import { TimeSlice } from '#base/time-slice.ts'
import { type Command, type Completion, UID_REQUIRED } from './command.ts'
import { enableCondstore } from './condstore.ts'
import { type Cursor, SyntaxFailure } from './cursor.ts'
import { selectedOf } from './message-set.ts'
import { parseCharset, refuseCharset } from './search-charset.ts'
import { parseSearchKeys } from './search-filter.ts'
import { type SearchNode, asksModseq, evaluate, searched, usesNumbers } from './search-node.ts'
import { foundRows } from './search-result.ts'
import { SearchRows } from './search-rows.ts'
import type { Session } from './session.ts'
import { THREAD_ALGORITHMS } from './thread-algorithms.ts'
import { threadMessages } from './thread-messages.ts'
import type { ThreadTree } from './thread-tree.ts'

interface Args {
  readonly algorithm: string
  /** Null for a character set that is not known. */
  readonly node: SearchNode | null
}

const NUMBERS_PER_LOOK = 1024
/** On the stack of what is left to write: the end of a thread. */
const CLOSE = -1

function parse(cursor: Cursor, session: Session): Args {
  cursor.space()
  const algorithm = cursor.word()
  if (!Object.hasOwn(THREAD_ALGORITHMS, algorithm)) throw new SyntaxFailure(`there is no algorithm ${algorithm}`)
  cursor.space()
  if (!parseCharset(cursor)) return { algorithm, node: null }
  cursor.space()
  return { algorithm, node: parseSearchKeys(cursor, session, null) }
}

async function run(session: Session, { algorithm, node }: Args, isUid: boolean): Promise<Completion> {
  const selected = selectedOf(session)
  if (node === null) return refuseCharset()
  if (session.isUidOnly && usesNumbers(node)) return UID_REQUIRED
  if (asksModseq(node)) enableCondstore(session)
  const rows = new SearchRows(session, selected)
  const found = foundRows(await evaluate(node, rows, rows.all()))
  const messages = await threadMessages(rows, found)
  const tree = await THREAD_ALGORITHMS[algorithm]?.(messages, new TimeSlice(session.host))
  if (tree === undefined) throw new TypeError('the algorithm was looked up when the command was read')
  session.checkConnected()
  await writeThreads(session, tree, (message) => {
    const row = found[message] as number
    return isUid ? (rows.uids[row] as number) : (rows.positions[row] as number) + 1
  })
  return searched(node)
}

/** `* THREAD (2)(3 6 (4 23)(44 7 96))` (RFC 5256 §4). */
async function writeThreads(session: Session, tree: ThreadTree, numberOf: (message: number) => number): Promise<void> {
  const { out } = session
  out.text('* THREAD')
  if (tree.roots.length > 0) out.text(' ')
  session.isWithinReply = true
  const left: number[] = []
  let written = 0
  for (const root of tree.roots) {
    left.push(root)
    for (let next = left.pop(); next !== undefined; next = left.pop()) {
      if (next === CLOSE) out.text(')')
      else writeChain(session, tree, next, left, numberOf)
      if (++written % NUMBERS_PER_LOOK === 0) await session.room()
    }
  }
  session.isWithinReply = false
  out.line('')
}

/** A message, its only child, and so on; where there are several children they are left to write, each in parentheses. */
function writeChain(
  { out }: Session,
  { starts, children, count }: ThreadTree,
  first: number,
  left: number[],
  numberOf: (message: number) => number,
): void {
  out.text('(')
  let node = first
  for (;;) {
    if (node < count) out.number(numberOf(node))
    const start = starts[node] as number
    const end = starts[node + 1] as number
    if (start === end) return out.text(')')
    if (node < count) out.text(' ')
    if (end - start > 1) {
      left.push(CLOSE)
      for (let at = end - 1; at >= start; at--) left.push(children[at] as number)
      return
    }
    node = children[start] as number
  }
}

export const thread: Command<Args> = {
  name: 'THREAD',
  state: 'selected',
  mayExpunge: false,
  usesNumbers: true,
  parse,
  run: (session, args) => run(session, args, false),
}

export const uidThread: Command<Args> = {
  ...thread,
  name: 'UID THREAD',
  mayExpunge: true,
  usesNumbers: false,
  run: (session, args) => run(session, args, true),
}
