// The thread of `mailkeep verify` that computes stronger digests.

import { sha512OfEach } from '#ledger/second-digests.ts'
import { serveTasks } from '#platform/worker.ts'

export interface HashTask {
  readonly bytes: Uint8Array
  readonly lengths: readonly number[]
}

/** The command waits for it. */
const PRIORITY = 0

serveTasks(
  {
    run(task) {
      const { bytes, lengths } = task as HashTask
      return Promise.resolve(sha512OfEach(bytes, lengths))
    },
    codeOf: () => null,
  },
  PRIORITY,
)
