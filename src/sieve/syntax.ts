// A script as it was written (RFC 5228 §8.2): commands with arguments, tests and blocks, and where each stands.

import type { Octets } from '#message/part.ts'

export type Argument = { readonly offset: number } & (
  | { readonly kind: 'tag'; readonly name: string }
  | { readonly kind: 'number'; readonly value: number }
  /** `isList`: it was written in brackets. */
  | { readonly kind: 'strings'; readonly values: readonly StringNode[]; readonly isList: boolean }
)

export interface StringNode {
  readonly offset: number
  readonly value: Octets
}

/** What commands and tests have in common. */
export interface Node {
  readonly offset: number
  /** In lower case. */
  readonly name: string
  readonly arguments: readonly Argument[]
  readonly tests: readonly TestNode[]
  /** The tests were written in parentheses. */
  readonly isTestList: boolean
}

export type TestNode = Node

export interface CommandNode extends Node {
  /** Null if a semicolon ended it. */
  readonly block: readonly CommandNode[] | null
}
