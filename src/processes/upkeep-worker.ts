// The ledger process's thread for what takes long: encoding parity takes a processor for a tenth of a second, and reading from the device takes as long as that takes. Commits go on meanwhile.

import { atOnce } from '#base/steps.ts'
import { ScrubReader } from '#ledger/scrub-reader.ts'
import { writeParity } from '#ledger/write-parity.ts'
import { systemClock } from '#platform/clock.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { serveTasks } from '#platform/worker.ts'
import type { UpkeepResult, UpkeepTask } from './upkeep-thread.ts'

const reader = new ScrubReader(systemDisk, () => systemClock.monotonic())

async function run(task: UpkeepTask): Promise<UpkeepResult> {
  if (task.kind === 'scrub') return { kind: 'scrub', step: reader.do(task.task) }
  const written = await writeParity(systemDisk, task.task, (steps) => Promise.resolve(atOnce(steps)))
  return { kind: 'parity', written }
}

serveTasks({
  run: (task) => run(task as UpkeepTask),
  codeOf: (error) => (error instanceof DiskError ? error.code : null),
})
