// What a run found, as text: a row for each RFC with what passed, failed and did not apply on each server, then every difference with its verdict.

import { type Case, nameOf } from './case.ts'
import type { Outcome } from './run-case.ts'
import type { Verdict } from './verdicts.ts'

export interface Result {
  readonly server: string
  readonly one: Case
  readonly outcome: Outcome
}

/** Of the document, `RFC 9051`. */
function documentOf({ section }: Case): string {
  return / of (RFC \d+)$/.exec(section)?.[1] ?? (/^RFC \d+/.exec(section)?.[0] as string)
}

/** A table in Markdown: passed / failed / not applicable. */
export function table(results: readonly Result[]): string {
  const servers = [...new Set(results.map(({ server }) => server))]
  const documents = [...new Set(results.map(({ one }) => documentOf(one)))]
  const row = (title: string, chosen: readonly Result[]): string => {
    const cells = servers.map((server) => {
      const own = chosen.filter((result) => result.server === server)
      const count = (kind: Outcome['kind']): number => own.filter(({ outcome }) => outcome.kind === kind).length
      return `${count('passed')} / ${count('failed')} / ${count('notApplicable')}`
    })
    return `| ${[title, ...cells].join(' | ')} |`
  }
  return [
    `| | ${servers.join(' | ')} |`,
    `|---|${servers.map(() => '---|').join('')}`,
    ...documents.map((document) =>
      row(
        document,
        results.filter(({ one }) => documentOf(one) === document),
      ),
    ),
    row('all', results),
  ].join('\n')
}

function isAbout({ server, one }: Result, verdict: Verdict): boolean {
  return verdict.server === server && verdict.section === one.section && verdict.name === one.name
}

/** Every difference that has a verdict, a row each. */
export function differences(results: readonly Result[], verdicts: readonly Verdict[]): string {
  const rows = results.flatMap((result) => {
    const verdict = verdicts.find((one) => isAbout(result, one))
    if (result.outcome.kind !== 'failed' || verdict === undefined) return []
    const right = { suite: `the suite (${result.one.level})`, both: 'both' }[verdict.right]
    return [`| ${result.server} | ${nameOf(result.one)} | ${right} | ${verdict.why} |`]
  })
  return ['| server | case | who is right | why |', '|---|---|---|---|', ...rows].join('\n')
}

/** What fails the run. */
export function surprises(results: readonly Result[], verdicts: readonly Verdict[]): readonly string[] {
  const surprising = results.flatMap((result) => {
    if (result.outcome.kind !== 'failed') return []
    if (verdicts.some((verdict) => isAbout(result, verdict))) return []
    return [`${result.server}, ${nameOf(result.one)} (${result.one.level})\n${result.outcome.problem}`]
  })
  const servers = new Set(results.map(({ server }) => server))
  const stale = verdicts
    .filter(
      (verdict) =>
        servers.has(verdict.server) &&
        !results.some((result) => result.outcome.kind === 'failed' && isAbout(result, verdict)),
    )
    .map((verdict) => `${verdict.server}, ${nameOf(verdict)}: there is a verdict, and no difference`)
  return [...surprising, ...stale]
}
