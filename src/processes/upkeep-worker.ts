// The ledger process's thread for what takes long: encoding parity takes a processor for a tenth of a second, and reading from the device takes as long as that takes. Commits go on meanwhile.
// What it needs is loaded with its first task, which comes long after the start, if at all.

import { atOnce } from '#base/steps.ts'
import type { ScrubReader } from '#ledger/scrub-reader.ts'
import { systemClock } from '#platform/clock.ts'
import { DiskError, systemDisk } from '#platform/disk.ts'
import { serveTasks } from '#platform/worker.ts'
import type { UpkeepResult, UpkeepTask } from './upkeep-thread.ts'

let reader: ScrubReader | null = null

async function run(task: UpkeepTask): Promise<UpkeepResult> {
  if (task.kind === 'scrub') {
    reader ??= new (await import('#ledger/scrub-reader.ts')).ScrubReader(systemDisk, () => systemClock.monotonic())
    return { kind: 'scrub', step: reader.do(task.task) }
  }
  const { writeParity } = await import('#ledger/write-parity.ts')
  const written = await writeParity(systemDisk, task.task, (steps) => Promise.resolve(atOnce(steps)))
  return { kind: 'parity', written }
}

serveTasks({
  run: (task) => run(task as UpkeepTask),
  codeOf: (error) => (error instanceof DiskError ? error.code : null),
})
