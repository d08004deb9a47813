// Reads `mailkeep.yaml`. Whatever is wrong is told with its line and key, all of it at once; nothing is guessed.

import * as v from 'valibot'
import { LineCounter, parseDocument } from 'yaml'
import { type Result, fail, ok } from '#base/result.ts'
import { type Configuration, configurationSchema } from './schema.ts'

export type { Configuration } from './schema.ts'

export interface ConfigurationProblem {
  /** From 1; null if it has no place. */
  readonly line: number | null
  /** `lock.grace`; empty for the file as a whole. */
  readonly key: string
  readonly text: string
}

const LENGTH_MAX = 1024 * 1024

export function parseConfiguration(text: string): Result<Configuration, readonly ConfigurationProblem[]> {
  if (text.length > LENGTH_MAX) return fail([{ line: null, key: '', text: 'the file is too long' }])
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true })
  if (document.errors.length > 0) {
    return fail(
      document.errors.map(({ pos, message }) => ({ line: lines.linePos(pos[0]).line, key: '', text: message })),
    )
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: 10 }) ?? {}
  } catch {
    return fail([{ line: null, key: '', text: 'too many aliases' }])
  }
  const parsed = v.safeParse(configurationSchema, value)
  if (parsed.success) return ok(parsed.output)
  const problems = parsed.issues.map((issue) => {
    const path = (issue.path ?? []).map(({ key }) => key as string | number)
    return { line: lineOf(document, lines, path), key: path.join('.'), text: explain(issue, path) }
  })
  return fail(problems.sort((a, b) => (a.line ?? 0) - (b.line ?? 0)))
}

/** Of the value, or of the nearest thing around it that is there. */
function lineOf(
  document: ReturnType<typeof parseDocument>,
  lines: LineCounter,
  path: readonly (string | number)[],
): number | null {
  for (let length = path.length; length > 0; length--) {
    const node = document.getIn(path.slice(0, length), true) as
      | { readonly range?: readonly number[] | null }
      | undefined
    const start = node?.range?.[0]
    if (start !== undefined) return lines.linePos(start).line
  }
  return path.length === 0 ? 1 : null
}

/** The library's names of types, in the words of somebody who writes YAML. */
const TYPES: Readonly<Record<string, string>> = { Object: 'settings below it', Array: 'a list', '>=1': 'at least one' }

function explain(issue: v.BaseIssue<unknown>, path: readonly (string | number)[]): string {
  if (issue.type === 'strict_object' && issue.expected === 'never') return `there is no setting ${path.at(-1) ?? ''}`
  if (issue.type === 'strict_object' && issue.received === 'undefined') return 'is missing'
  const wanted = issue.expected === null ? 'something else' : (TYPES[issue.expected] ?? issue.expected)
  return `expected ${issue.message.startsWith('Invalid') ? wanted : issue.message}`
}

export function formatProblem(file: string, { line, key, text }: ConfigurationProblem): string {
  return [`${file}${line === null ? '' : `:${line}`}`, ...(key === '' ? [] : [key]), text].join(': ')
}
