// The vault's thread that helps to make indexes again. What it needs is loaded with its first task: most vaults never give it one.

import type { DeriveAnswer, DeriveTask, DeriveTasks } from '#account/derive-tasks.ts'
import { separateBuffers, wipeThread } from '#platform/wipe-memory.ts'
import { serveTasks } from '#platform/worker.ts'

/** Whoever waits for a session to go on comes before who waits for an index; but that one waits, too. */
const PRIORITY = 5

let tasks: DeriveTasks | null = null

separateBuffers()
serveTasks(
  {
    async run(task) {
      tasks ??= new (await import('#account/derive-tasks.ts')).DeriveTasks()
      const answer = tasks.do(task as DeriveTask)
      if (tasks.isIdle) wipeThread()
      return answer
    },
    handedOver(answer) {
      const { bytes, numbers } = answer as DeriveAnswer
      return [bytes.buffer, numbers.buffer]
    },
    codeOf: () => null,
  },
  PRIORITY,
)
