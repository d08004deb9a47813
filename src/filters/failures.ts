// What went wrong when a script was run, remembered in the account (docs/formats/sieve.md §4): the last few, the oldest first.

import type { SettingValue } from '#account/operation.ts'
import { describeIssue } from '#sieve/issue.ts'
import type { Failure } from '#sieve/outcome.ts'

export const FAILURES_SETTING = 'sieve/state/failures'
const FAILURES_MAX = 16
const TEXT_LENGTH_MAX = 300

export interface NotedFailure {
  readonly at: number
  /** Record of the log of the message. */
  readonly record: number
  /** The active script's name. */
  readonly script: string
  /** The included one's, if it was there. */
  readonly included: string | null
  readonly line: number
  readonly column: number
  readonly text: string
}

type Fields = { readonly [key: string]: SettingValue }

export function readFailures(read: (key: string) => SettingValue): NotedFailure[] {
  const list = read(FAILURES_SETTING)
  if (!Array.isArray(list)) return []
  return (list as readonly SettingValue[]).flatMap((value) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) return []
    const { at, record, script, included, line, column, text } = value as Fields
    if (typeof script !== 'string' || typeof text !== 'string') return []
    if (![at, record, line, column].every((number) => typeof number === 'number')) return []
    return {
      at: at as number,
      record: record as number,
      script,
      included: typeof included === 'string' ? included : null,
      line: line as number,
      column: column as number,
      text,
    }
  })
}

export function noteOf(failure: Failure, script: string, record: number, at: number): NotedFailure {
  const { line, column, text, script: included } = failure
  return { at, record, script, included, line, column, text: text.slice(0, TEXT_LENGTH_MAX).toWellFormed() }
}

/** The setting with one more. */
export function withFailure(read: (key: string) => SettingValue, noted: NotedFailure): SettingValue {
  return [...readFailures(read), noted].slice(-FAILURES_MAX).map((each) => ({ ...each }))
}

/** As in “2026-11-28 05:12: "work", line 3, column 7: there is no mailbox "Lists"”. */
export function describeFailure({ at, script, included, ...issue }: NotedFailure): string {
  const time = new Date(at).toISOString().slice(0, 16).replace('T', ' ')
  const where = included === null ? `"${script}"` : `"${script}", in the included script "${included}"`
  return `The script failed for a message of ${time} UTC, which is in INBOX: ${where}, ${describeIssue(issue)}`
}
