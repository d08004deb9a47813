// The ledger's side of the administrator's boundary (docs/formats/frames.md §4.9).

import type { Scrubber } from '#ledger/scrubber.ts'
import type { CallHandlers } from '#protocol/call-server.ts'
import type { LedgerAdminRequest, LedgerAdminResponse } from '#protocol/ledger-admin.ts'

export function serveLedgerAdmin(scrubber: Scrubber): CallHandlers<LedgerAdminRequest, LedgerAdminResponse> {
  return {
    request({ kind }) {
      if (kind === 'scrubRun') scrubber.run()
      else if (kind !== 'scrubStatus') scrubber.setPaused(kind === 'scrubPause')
      return Promise.resolve({ kind: 'scrub', ...scrubber.status })
    },
  }
}
