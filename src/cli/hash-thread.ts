// A second processor for verifications that need one: started when the first account with stronger digests is come to.

import type { HashElsewhere } from '#ledger/second-digests.ts'
import { entryUrl } from '#platform/program.ts'
import { WorkerThread } from '#platform/worker.ts'
import type { HashTask } from './hash-worker.ts'

export function hashThread(): HashElsewhere {
  let thread: WorkerThread<HashTask, Uint8Array> | null = null
  return (bytes, lengths) => {
    // Whoever waits for it computes by itself if it ends.
    thread ??= new WorkerThread(entryUrl('src/cli/hash-worker.ts'), () => undefined)
    return thread.do({ bytes, lengths })
  }
}
