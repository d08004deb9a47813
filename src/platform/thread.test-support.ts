// A thread for the test of `worker.ts`: says what it may do, and fails when it is told to.

import fs from 'node:fs'
import os from 'node:os'
import { Worker } from 'node:worker_threads'
import { serveTasks } from './worker.ts'

export interface Told {
  readonly task: unknown
  readonly priority: number
  readonly thread: string
  readonly write: string
}

function codeOf(attempt: () => void): string {
  try {
    attempt()
    return 'ok'
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code)
  }
}

export function startThread(): string {
  return codeOf(() => void new Worker('1', { eval: true, execArgv: [] }))
}

serveTasks({
  run(task) {
    if (task === 'end') process.exit()
    if (task === 'fail') return Promise.reject(new Error('ENOSPC'))
    const write = codeOf(() => fs.writeFileSync(os.devNull, ''))
    return Promise.resolve({ task, priority: os.getPriority(), thread: startThread(), write } satisfies Told)
  },
  codeOf: (error) => (error instanceof Error ? error.message : null),
})
