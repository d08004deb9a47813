// A search as a tree of keys, and how it is evaluated: for all messages of the mailbox at once, a byte for each, cheap keys first, so that
// a text is only looked for where everything else holds already.

import { type Completion, ok } from './command.ts'
import type { SearchRows } from './search-rows.ts'

/** For each row 1 or 0. */
export type Mask = Uint8Array

export interface SearchLeaf {
  readonly kind: 'leaf'
  /** 0: looks at columns. 1: at a small row of the index per message. 2: at text. */
  readonly cost: 0 | 1 | 2
  /** With such a key the response says MODSEQ (RFC 7162 §3.1.6). */
  readonly isModseq?: true
  /** It names messages by sequence number, which UIDONLY forbids (RFC 9586 §3.3). */
  readonly usesNumbers?: true
  /** It is about the result that SEARCH saved. */
  readonly usesSaved?: true
  /**
   * What it means for messages that come or change after the search (RFC 5267 §4.3): null if their own state does not say. Without this, it means
   * the same.
   */
  freeze?(rows: SearchRows): SearchLeaf | null
  /** Rows outside of `within` are 0 in the result. */
  test(rows: SearchRows, within: Mask): Mask | Promise<Mask>
}

export type SearchNode =
  | SearchLeaf
  | { readonly kind: 'and'; readonly nodes: readonly SearchNode[] }
  | { readonly kind: 'or'; readonly left: SearchNode; readonly right: SearchNode }
  | { readonly kind: 'not'; readonly node: SearchNode }

function costOf(node: SearchNode): number {
  switch (node.kind) {
    case 'leaf':
      return node.cost
    case 'and':
      return Math.max(0, ...node.nodes.map(costOf))
    case 'or':
      return Math.max(costOf(node.left), costOf(node.right))
    case 'not':
      return costOf(node.node)
  }
}

export function asksModseq(node: SearchNode): boolean {
  return someLeaf(node, ({ isModseq }) => isModseq === true)
}

/** The end of a command that searched. */
export function searched(node: SearchNode): Completion {
  return usesNumbers(node) ? { ...ok('That is all'), usedNumbers: true } : ok('That is all')
}

export function usesNumbers(node: SearchNode): boolean {
  return someLeaf(node, (leaf) => leaf.usesNumbers === true)
}

export function usesSaved(node: SearchNode): boolean {
  return someLeaf(node, (leaf) => leaf.usesSaved === true)
}

function someLeaf(node: SearchNode, test: (leaf: SearchLeaf) => boolean): boolean {
  switch (node.kind) {
    case 'leaf':
      return test(node)
    case 'and':
      return node.nodes.some((inner) => someLeaf(inner, test))
    case 'or':
      return someLeaf(node.left, test) || someLeaf(node.right, test)
    case 'not':
      return someLeaf(node.node, test)
  }
}

/** The search as it goes on after its reply; null if it cannot. */
export function freeze(node: SearchNode, rows: SearchRows): SearchNode | null {
  switch (node.kind) {
    case 'leaf':
      return node.freeze === undefined ? node : node.freeze(rows)
    case 'and': {
      const nodes = node.nodes.map((inner) => freeze(inner, rows)).filter((inner) => inner !== null)
      return nodes.length === node.nodes.length ? { kind: 'and', nodes } : null
    }
    case 'or': {
      const [left, right] = [freeze(node.left, rows), freeze(node.right, rows)]
      return left === null || right === null ? null : { kind: 'or', left, right }
    }
    case 'not': {
      const inner = freeze(node.node, rows)
      return inner === null ? null : { kind: 'not', node: inner }
    }
  }
}

export async function evaluate(node: SearchNode, rows: SearchRows, within: Mask): Promise<Mask> {
  await rows.pause()
  switch (node.kind) {
    case 'leaf':
      return node.test(rows, within)
    case 'and': {
      let mask = within
      for (const inner of [...node.nodes].sort((left, right) => costOf(left) - costOf(right))) {
        if (!mask.includes(1)) break
        mask = await evaluate(inner, rows, mask)
      }
      return mask
    }
    case 'or': {
      const [first, second] =
        costOf(node.left) <= costOf(node.right) ? [node.left, node.right] : [node.right, node.left]
      const mask = await evaluate(first, rows, within)
      const other = await evaluate(second, rows, difference(within, mask))
      return mask.map((value, row) => value | (other[row] as number))
    }
    case 'not':
      return difference(within, await evaluate(node.node, rows, within))
  }
}

function difference(mask: Mask, other: Mask): Mask {
  return mask.map((value, row) => value & ~(other[row] as number))
}

/** A leaf that looks at one row at a time. */
export function leaf(cost: 0 | 1, test: (rows: SearchRows, row: number) => boolean): SearchLeaf {
  return {
    kind: 'leaf',
    cost,
    async test(rows, within) {
      const mask = new Uint8Array(within.length)
      const rowsPerLook = cost === 0 ? 65_536 : 256
      for (let row = 0; row < mask.length; row++) {
        if (within[row] === 1 && test(rows, row)) mask[row] = 1
        if (row % rowsPerLook === rowsPerLook - 1) await rows.pause(row + 1)
      }
      return mask
    },
  }
}
