// THREAD=REFERENCES against RFC 5256 §3 as it is written, step by step, over objects.

import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { TimeSlice } from '#base/time-slice.ts'
import { THREAD_ALGORITHMS } from './thread-algorithms.ts'
import type { ThreadMessages } from './thread-messages.ts'
import type { ThreadTree } from './thread-tree.ts'

interface Container {
  /** Null for a dummy. */
  message: number | null
  parent: Container | null
  children: Container[]
}

interface Given {
  readonly dates: readonly number[]
  readonly subjects: readonly number[]
  readonly replies: readonly boolean[]
  readonly ancestors: readonly (readonly number[])[]
  readonly nodes: number
}

function threaded({ dates, subjects, replies, ancestors, nodes }: Given): string {
  const count = dates.length
  const all = Array.from({ length: nodes }, (_, at): Container => ({
    message: at < count ? at : null,
    parent: null,
    children: [],
  }))
  const link = (parent: Container, child: Container): void => {
    for (let at: Container | null = parent; at !== null; at = at.parent) if (at === child) return
    child.parent = parent
    parent.children.push(child)
  }
  const unlink = (child: Container): void => {
    if (child.parent !== null) child.parent.children = child.parent.children.filter((one) => one !== child)
    child.parent = null
  }
  for (const [message, references] of ancestors.entries()) {
    let above: Container | null = null
    for (const node of references) {
      const here = all[node] as Container
      if (above !== null && here.parent === null) link(above, here)
      above = here
    }
    unlink(all[message] as Container)
    if (above !== null) link(above, all[message] as Container)
  }
  const pruned = (list: readonly Container[], isTop: boolean): Container[] =>
    list.flatMap((one) => {
      one.children = pruned(one.children, false)
      if (one.message !== null) return [one]
      return one.children.length === 1 || !isTop ? one.children : one.children.length === 0 ? [] : [one]
    })
  const compare = (left: Container, right: Container): number => {
    const [a, b] = [first(left), first(right)]
    return (dates[a] as number) - (dates[b] as number) || a - b
  }
  const first = (one: Container): number => one.message ?? first(one.children.toSorted(compare)[0] as Container)
  let roots = pruned(
    all.filter(({ parent }) => parent === null),
    true,
  ).sort(compare)
  const table = new Map<number, Container>()
  const subjectOf = (one: Container): number => subjects[first(one)] as number
  const isReply = (one: Container): boolean => replies[first(one)] as boolean
  for (const root of roots) {
    const known = table.get(subjectOf(root))
    if (subjectOf(root) === 0) continue
    if (known === undefined) table.set(subjectOf(root), root)
    else if (known.message !== null && (root.message === null || (isReply(known) && !isReply(root))))
      table.set(subjectOf(root), root)
  }
  for (const root of roots.slice()) {
    const subject = subjectOf(root)
    const known = table.get(subject)
    if (subject === 0 || known === undefined || known === root) continue
    roots = roots.filter((one) => one !== root)
    if (known.message === null && root.message === null) known.children.push(...root.children)
    else if (known.message === null) known.children.push(root)
    else if (isReply(root) && !isReply(known)) known.children.push(root)
    else {
      const dummy: Container = { message: null, parent: null, children: [known, root] }
      roots = [...roots.filter((one) => one !== known), dummy]
      table.set(subject, dummy)
    }
  }
  const text = (one: Container): string => {
    const below = one.children.toSorted(compare).map(text)
    return `[${one.message ?? 'x'}${below.join('')}]`
  }
  return roots.sort(compare).map(text).join('')
}

function textOf({ roots, starts, children, count }: ThreadTree): string {
  const text = (node: number): string => {
    const below = Array.from(children.subarray(starts[node], starts[node + 1]), text)
    return `[${node < count ? node : 'x'}${below.join('')}]`
  }
  return roots.map(text).join('')
}

const given = fc.integer({ min: 0, max: 12 }).chain((count) => {
  const nodes = count + 6
  const list = <T>(item: fc.Arbitrary<T>): fc.Arbitrary<T[]> => fc.array(item, { minLength: count, maxLength: count })
  return fc.record({
    dates: list(fc.nat(5)),
    subjects: list(fc.nat(6)),
    replies: list(fc.boolean()),
    ancestors: list(fc.array(fc.nat(nodes - 1), { maxLength: 4 })),
    nodes: fc.constant(nodes),
  })
})

test('REFERENCES is what RFC 5256 says, whatever messages refer to', async () => {
  const host = { pause: () => Promise.resolve(), monotonic: () => 0 }
  await fc.assert(
    fc.asyncProperty(given, async (given) => {
      const { dates, subjects, replies, ancestors, nodes } = given
      const count = dates.length
      const order = dates.map((_, at) => at).sort((a, b) => (dates[a] as number) - (dates[b] as number) || a - b)
      const messages: ThreadMessages = {
        count,
        byDate: Uint32Array.from(order),
        subjects: Uint32Array.from(subjects),
        isReply: Uint8Array.from(replies, Number),
        nodes,
        ancestors,
      }
      const tree = await THREAD_ALGORITHMS['REFERENCES']?.(messages, new TimeSlice(host))
      assert(tree !== undefined)
      assert.equal(textOf(tree), threaded(given))
    }),
    { numRuns: 2_000 },
  )
})
