// The vault's thread that helps to make indexes again. What it needs is loaded with its first task: most vaults never give it one.

import type { DeriveTask, DeriveTasks, DeriveAnswer } from '#account/derive-tasks.ts'
import { separateBuffers, wipeThread } from '#platform/wipe-memory.ts'
import { serveTasks } from '#platform/worker.ts'

/** Whoever waits for a session to go on comes before who waits for an index; but that one waits, too. */
const PRIORITY = 5

let tasks: DeriveTasks | null = null
let wipe: (answer: DeriveAnswer) => void = () => undefined

separateBuffers()
serveTasks(
  {
    async run(task) {
      if (tasks === null) {
        const code = await import('#account/derive-tasks.ts')
        tasks = new code.DeriveTasks()
        wipe = code.wipeAnswer
      }
      const answer = tasks.do(task as DeriveTask)
      if (tasks.isIdle) wipeThread()
      return answer
    },
    answered: (answer) => wipe(answer as DeriveAnswer),
    codeOf: () => null,
  },
  PRIORITY,
)
