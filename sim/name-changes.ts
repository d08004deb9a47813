// Names on a simulated disk: files and directories that are made, renamed and removed, in an order that a crash may not keep.

import path from 'node:path'
import type { SimulatedFile } from './file.ts'

export type Entry = SimulatedFile | 'directory'

/** What happened to the names of a simulated disk. */
export type NameChange =
  | { readonly kind: 'add'; readonly path: string; readonly entry: Entry }
  | { readonly kind: 'rename'; readonly path: string; readonly to: string; readonly entry: Entry }
  | { readonly kind: 'remove'; readonly path: string; readonly entry: Entry }

export function namesOf(change: NameChange): readonly string[] {
  return change.kind === 'rename' ? [change.path, change.to] : [change.path]
}

/**
 * The changes that are wanted, and all earlier ones of the same names, files and directories above them: no file system makes
 * these durable without.
 */
export function withDependencies(
  changes: readonly NameChange[],
  wanted: (change: NameChange) => boolean,
): ReadonlySet<NameChange> {
  const result = new Set<NameChange>()
  const names = new Set<string>()
  const files = new Set<Entry>()
  for (const change of changes.toReversed()) {
    const own = namesOf(change)
    const needed = own.some((name) => names.has(name)) || (change.entry !== 'directory' && files.has(change.entry))
    if (!wanted(change) && !needed) continue
    result.add(change)
    for (const name of own) {
      names.add(name)
      names.add(path.dirname(name))
    }
    files.add(change.entry)
  }
  return result
}
