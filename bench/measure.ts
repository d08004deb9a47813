// One thing that is measured, on one server after the other, and how far from its peers Mailkeep may be.

import type { Server } from './peers/server.ts'

export interface Run {
  /** In the measure's unit. */
  readonly value: number
  /** By which the CPU time is divided; 0: the run says nothing about CPU. */
  readonly operations: number
}

/** A measure on one server, everything for it in place. */
export interface Prepared extends Disposable {
  /** The first run does not count: what is done for the first time takes longer. */
  readonly warmsUp?: boolean
  /** Before each run, unmeasured. */
  before?(): Promise<void>
  run(): Promise<Run>
  /** Returns when what the run has caused beyond its replies is done: its CPU counts, its time does not. */
  settled?(): Promise<void>
  /** After all runs: throws if the server has not done what it was asked for. */
  check?(): Promise<void>
}

export type Target =
  /** Mailkeep's value divided by that of the best of these peers: at least this where more is better, at most this where less is. */
  | { readonly kind: 'ratio'; readonly to: readonly string[]; readonly limit: number }
  /** A value that Mailkeep itself must not exceed. */
  | { readonly kind: 'absolute'; readonly limit: number }
  /** Compared with these, but without a target. */
  | { readonly kind: 'none'; readonly to: readonly string[] }

export interface Scale {
  /** In the large mailbox; also what bounds other numbers of messages, for short runs. */
  readonly messages: number
}

export interface Measure {
  readonly name: string
  readonly title: string
  readonly unit: '/s' | 'MB/s' | 'ms' | 'MiB'
  readonly better: 'more' | 'less'
  readonly target: Target
  /** Once in a fresh server, whatever number of runs is asked for. */
  readonly isOnce?: boolean
  /** Null if the server does not offer it. */
  prepare(server: Server, scale: Scale): Promise<Prepared | null>
}

/** Operations per second. */
export function rate(operations: number, ms: number): number {
  return (operations * 1000) / ms
}

/** Milliseconds that the action takes. */
export async function timed(action: () => Promise<unknown>): Promise<number> {
  const started = performance.now()
  await action()
  return performance.now() - started
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((left, right) => left - right)
  const middle = sorted.length >> 1
  if (sorted.length % 2 === 1) return sorted[middle] as number
  return ((sorted[middle - 1] as number) + (sorted[middle] as number)) / 2
}
