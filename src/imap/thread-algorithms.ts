// The threading algorithms of RFC 5256 §3: ORDEREDSUBJECT and REFERENCES. Both are given by parents; the order of siblings (step 6) is made
// by thread-tree.ts, of messages sorted once. Nothing recurses, for mail decides how deep threads are.

import type { TimeSlice } from '#base/time-slice.ts'
import { ThreadForest } from './thread-forest.ts'
import type { ThreadMessages } from './thread-messages.ts'
import { type ThreadTree, threadTree } from './thread-tree.ts'

const NONE = -1
const NODES_PER_LOOK = 4096

type Algorithm = (messages: ThreadMessages, slice: TimeSlice) => Promise<ThreadTree>

/** The first message with a subject has all others with it as its children. */
async function orderedSubject(messages: ThreadMessages, slice: TimeSlice): Promise<ThreadTree> {
  const parents = new Int32Array(messages.count).fill(NONE)
  const first = new Map<number, number>()
  for (const [at, message] of messages.byDate.entries()) {
    const subject = messages.subjects[message] as number
    const root = first.get(subject)
    if (root === undefined) first.set(subject, message)
    else parents[message] = root
    if (at % NODES_PER_LOOK === 0 && slice.isOver) await slice.next()
  }
  return threadTree(messages, parents)
}

async function references(messages: ThreadMessages, slice: TimeSlice): Promise<ThreadTree> {
  const linked = await linkReferences(messages, slice)
  const pruned = prune(messages, linked)
  if (slice.isOver) await slice.next()
  const parents = gatherSubjects(messages, threadTree(messages, pruned), pruned)
  if (slice.isOver) await slice.next()
  return threadTree(messages, parents)
}

export const THREAD_ALGORITHMS: Readonly<Record<string, Algorithm>> = {
  ORDEREDSUBJECT: orderedSubject,
  REFERENCES: references,
}

/** Step 1. */
async function linkReferences({ count, nodes, ancestors }: ThreadMessages, slice: TimeSlice): Promise<Int32Array> {
  const forest = new ThreadForest(nodes)
  for (let message = 0; message < count; message++) {
    let above = NONE
    // 1.A: each reference is the next one's parent, unless that has one.
    for (const node of ancestors[message] ?? []) {
      if (above !== NONE && forest.parents[node] === NONE) forest.link(above, node)
      above = node
    }
    // 1.B: what others said of this message's parent may have been cut short.
    forest.cut(message)
    if (above !== NONE) forest.link(above, message)
    if (message % 256 === 0 && slice.isOver) await slice.next()
  }
  return forest.parents
}

/**
 * Steps 2 and 3: every message gets its nearest ancestor that is a message, or the node without one at the top if that has several children
 * then. Nodes without a message remain at the top only.
 */
function prune({ count, nodes }: ThreadMessages, linked: Int32Array): Int32Array {
  const anchors = new Int32Array(nodes).fill(NONE)
  const isKnown = new Uint8Array(nodes)
  const way: number[] = []
  for (let node = 0; node < nodes; node++) {
    let at = node
    while (isKnown[at] === 0 && linked[at] !== NONE) {
      way.push(at)
      at = linked[at] as number
    }
    isKnown[at] = 1
    for (let below = way.pop(); below !== undefined; below = way.pop()) {
      const above = linked[below] as number
      const isPassed = above >= count && linked[above] !== NONE
      anchors[below] = isPassed ? (anchors[above] as number) : above
      isKnown[below] = 1
    }
  }
  const children = new Uint32Array(nodes)
  for (let message = 0; message < count; message++) {
    const anchor = anchors[message] as number
    if (anchor >= 0) children[anchor] = (children[anchor] as number) + 1
  }
  const parents = new Int32Array(nodes).fill(NONE)
  for (let message = 0; message < count; message++) {
    const anchor = anchors[message] as number
    // An only child takes the place of a node without a message.
    if (anchor >= 0 && (anchor < count || (children[anchor] as number) > 1)) parents[message] = anchor
  }
  return parents
}

/** Step 5: threads with the same subject become one. The tree has the threads in order (step 4). */
function gatherSubjects(messages: ThreadMessages, tree: ThreadTree, pruned: Int32Array): number[] {
  const { count, subjects, isReply } = messages
  const parents = Array.from(pruned)
  const isEmpty = (root: number): boolean => root >= count
  // A node without a message has the subject of its first child.
  const messageOf = (root: number): number =>
    isEmpty(root) ? (tree.children[tree.starts[root] as number] as number) : root
  const isReplyRoot = (root: number): boolean => isReply[messageOf(root)] === 1
  const table = new Map<number, number>()
  for (const root of tree.roots) {
    const subject = subjects[messageOf(root)] as number
    if (subject === 0) continue
    const known = table.get(subject)
    const isBetter =
      known === undefined || (!isEmpty(known) && (isEmpty(root) || (isReplyRoot(known) && !isReplyRoot(root))))
    if (isBetter) table.set(subject, root)
  }
  for (const root of tree.roots) {
    const subject = subjects[messageOf(root)] as number
    const known = table.get(subject)
    if (subject === 0 || known === undefined || known === root) continue
    if (isEmpty(root)) {
      // 5.C: both have no message: the children of one become the other's.
      for (let at = tree.starts[root] as number; at < (tree.starts[root + 1] as number); at++) {
        parents[tree.children[at] as number] = known
      }
    } else if (isEmpty(known) || (isReplyRoot(root) && !isReplyRoot(known))) parents[root] = known
    else {
      const above = parents.push(NONE) - 1
      parents[root] = above
      parents[known] = above
      table.set(subject, above)
    }
  }
  return parents
}
