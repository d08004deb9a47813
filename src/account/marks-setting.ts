// How many marks the owner knows to be in the log: a setting of the account, in the journal, which nobody else can write
// (docs/formats/marks.md §3).

import type { SettingValue } from './operation.ts'

export const MARKS_SETTING = 'integrity/marks'

export function countMarks(value: SettingValue | undefined): number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : 0
}
