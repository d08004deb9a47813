// The ledger process's thread that writes parity files: encoding one takes a processor for a tenth of a second, in which commits go on.

import { atOnce } from '#base/steps.ts'
import { type ParityTask, writeParity } from '#ledger/write-parity.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { serveTasks } from '#platform/worker.ts'

serveTasks({
  run: (task) => writeParity(systemDisk, task as ParityTask, (steps) => Promise.resolve(atOnce(steps))),
  codeOf: (error) => (error instanceof DiskError ? error.code : null),
})
