// Where another server differs from what a case expects, and who is right: data, checked by every run. A difference that is not here fails the run, and so
// does one that is here and was not seen.

import type { Case } from './case.ts'

export interface Verdict {
  readonly server: string
  readonly section: Case['section']
  readonly name: Case['name']
  /** `server`: the suite asks for more than the RFC does, and the case says why it may; `suite`: the RFC wants what the case expects. */
  readonly right: 'suite' | 'both'
  /** What the section says, in our words, and what the server does. */
  readonly why: string
}

export const verdicts: readonly Verdict[] = []
