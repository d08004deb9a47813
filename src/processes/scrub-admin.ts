// What the administrator's command asks of the scrub of a process, answered.

import type { ScrubStatus } from '#ledger/scrub-status.ts'

export interface AdministeredScrub {
  readonly status: ScrubStatus
  run(): void
  setPaused(isPaused: boolean): void
}

export function answerScrub(
  scrub: AdministeredScrub,
  action: 'status' | 'run' | 'pause' | 'resume',
): ScrubStatus & { readonly kind: 'scrub' } {
  if (action === 'run') scrub.run()
  else if (action !== 'status') scrub.setPaused(action === 'pause')
  return { kind: 'scrub', ...scrub.status }
}
