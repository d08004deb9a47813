// What a restore did, or would do, over as many calls as it took.

import type { VaultAdminResponse } from '#protocol/vault.ts'
import { EXIT } from './exit-code.ts'
import { counted, printLine } from './output.ts'
import { plainText } from './plain-text.ts'

type Report = Extract<VaultAdminResponse, { kind: 'restored' }>
type Change = Report['changes'][number]
type Counts = Report['counts']

const LISTED_MAX = 500
/** Of a list for people. */
const LINES_MAX = 30

export interface RestoreTotal {
  counts: Record<keyof Counts, number> | null
  readonly changes: Change[]
  /** Of the last call: what could not be done is tried again by each. */
  problems: Report['problems']
  problemCount: number
  staying: number
}

export function newTotal(): RestoreTotal {
  return { counts: null, changes: [], problems: [], problemCount: 0, staying: 0 }
}

export function addReport(total: RestoreTotal, { counts, changes, problems, problemCount, staying }: Report): void {
  const before = total.counts
  const kinds = Object.keys(counts) as (keyof Counts)[]
  total.counts = Object.fromEntries(
    kinds.map((kind) => {
      // Each call says again which mailboxes take messages of others.
      const sum =
        kind === 'mergeMailbox' ? Math.max(before?.[kind] ?? 0, counts[kind]) : (before?.[kind] ?? 0) + counts[kind]
      return [kind, sum]
    }),
  ) as Record<keyof Counts, number>
  for (const change of changes) {
    if (total.changes.length >= LISTED_MAX) break
    if (before === null || change.kind !== 'mergeMailbox') total.changes.push(change)
  }
  total.problems = problems
  total.problemCount = problemCount
  total.staying = staying
}

export function totalAsJson({ counts, changes, problemCount, problems, staying }: RestoreTotal): object {
  return { counts, changes, problemCount, problems, staying }
}

export function exitCodeOf({ problems }: RestoreTotal): number {
  if (problems.length === 0) return EXIT.done
  return problems.some((problem) => problem.kind === 'message' && problem.reason === 'damaged')
    ? EXIT.damaged
    : EXIT.failed
}

export function printTotal(
  total: RestoreTotal,
  { dry, address, undo }: { readonly dry: boolean; readonly address: string; readonly undo: number },
): void {
  const { counts, changes, problems, problemCount, staying } = total
  const sum = Object.values(counts ?? {}).reduce((all, count) => all + count, 0)
  if (sum === 0) printLine('Everything that was asked for is as it was then: there is nothing to change.')
  else printLine(dry ? 'This would change:' : 'This was changed:')
  for (const change of changes.slice(0, LINES_MAX)) printLine(`  ${describe(change)}`)
  if (sum > LINES_MAX) printLine(`  and ${sum - LINES_MAX} more`)
  if (counts !== null && sum > 0) printLine(`In sum: ${summary(counts)}.`)
  if (staying > 0)
    printLine(
      `${counted(staying, 'message')} that came since ${staying === 1 ? 'stays' : 'stay'} where ${staying === 1 ? 'it is' : 'they are'}.`,
    )
  for (const problem of problems.slice(0, LINES_MAX)) printLine(`Not possible: ${describeProblem(problem)}`)
  if (problemCount > LINES_MAX) printLine(`and ${problemCount - LINES_MAX} more that are not possible`)
  if (!dry && sum > 0) printLine(`To undo it: mailkeep restore ${address} run --at record:${undo}`)
}

const WORDS: Readonly<Record<keyof Counts, readonly [one: string, many: string]>> = {
  createMailbox: ['mailbox made again', 'mailboxes made again'],
  changeMailbox: ['mailbox changed', 'mailboxes changed'],
  removeMailbox: ['mailbox removed', 'mailboxes removed'],
  mergeMailbox: ['mailbox merged into another', 'mailboxes merged into others'],
  restoreMessage: ['message brought back', 'messages brought back'],
  moveMessage: ['message moved', 'messages moved'],
  flagMessage: ['message with other flags', 'messages with other flags'],
  removeMessage: ['message removed', 'messages removed'],
  setSetting: ['setting set', 'settings set'],
  removeSetting: ['setting removed', 'settings removed'],
}

function summary(counts: Counts): string {
  const kinds = Object.keys(WORDS) as (keyof Counts)[]
  return kinds
    .filter((kind) => counts[kind] > 0)
    .map((kind) => counted(counts[kind], ...WORDS[kind]))
    .join(', ')
}

function describe(change: Change): string {
  switch (change.kind) {
    case 'createMailbox':
      return `make ${plainText(change.path)} again`
    case 'changeMailbox': {
      const name = change.was === change.path ? '' : ` (now ${plainText(change.was)})`
      return `${plainText(change.path)}${name}: ${change.what.join(', ')} as then`
    }
    case 'removeMailbox':
      return `remove ${plainText(change.path)}, which an earlier restore made`
    case 'mergeMailbox':
      return `messages of a mailbox that has gone go into ${plainText(change.path)}, which has its name`
    case 'restoreMessage':
      return `message ${change.email}: back in ${change.mailboxes.map(plainText).join(', ')}`
    case 'moveMessage':
      return `message ${change.email}: to ${change.mailboxes.map(plainText).join(', ')}`
    case 'flagMessage':
      return `message ${change.email}: flags as then (${change.keywords.join(' ') || 'none'})`
    case 'removeMessage':
      return `message ${change.email}: removed, for an earlier restore brought it back`
    case 'setSetting':
      return `setting ${plainText(change.key)}: as then`
    case 'removeSetting':
      return `setting ${plainText(change.key)}: removed`
  }
}

function describeProblem(problem: Report['problems'][number]): string {
  if (problem.kind === 'mailbox')
    return `the mailbox ${plainText(problem.path)}: there are too many, or it would be too deep`
  const why = {
    dropped: 'its retention time is over, and it is gone',
    damaged: 'it is damaged: it can be repaired from a copy',
    noMailbox: 'there is no mailbox for it',
  }[problem.reason]
  return `message ${problem.email}: ${why}`
}
