// A thread of this process for long computations: it gets one task at a time, and answers it. It runs at the lowest priority, so that it never takes a
// processor from what somebody waits for.
//
// Node's permission model holds in a thread as it does in its process, but who may start threads can start one without it. So the thread is
// started first, and then the right to start any is given up, in both.

import os from 'node:os'
import process from 'node:process'
import { Worker, parentPort } from 'node:worker_threads'

/** MiB of a thread's heap; buffers are not in it. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 }
const LOWEST_PRIORITY = 19

type Answer<T> = { readonly value: T } | { readonly code: string }

/** The thread could not do a task, with the system's code if that was why; `ended` if there is no thread any more. */
export class TaskFailedError extends Error {
  override name = 'TaskFailedError'
  readonly code: string

  constructor(code: string) {
    super(`a task of a thread failed: ${code}`)
    this.code = code
  }
}

export class WorkerThread<Task, Result> {
  readonly #worker: Worker
  #waiting: { resolve(result: Result): void; reject(error: TaskFailedError): void } | null = null
  #hasEnded = false

  /** `entry` is a module that calls `serveTasks`. No other thread can be started afterwards. `ended` is told if it ends by itself. */
  constructor(entry: URL, ended: (error: unknown) => void) {
    this.#worker = new Worker(entry, { resourceLimits: HEAP_LIMITS })
    forbidThreads()
    this.#worker.unref()
    this.#worker.on('message', (answer: Answer<Result>) => {
      const waiting = this.#waiting
      this.#waiting = null
      this.#worker.unref()
      if ('value' in answer) waiting?.resolve(answer.value)
      else waiting?.reject(new TaskFailedError(answer.code))
    })
    this.#worker.on('error', ended)
    this.#worker.on('exit', () => {
      this.#hasEnded = true
      this.#waiting?.reject(new TaskFailedError('ended'))
      this.#waiting = null
    })
  }

  /** False when no task will be done any more. */
  get isRunning(): boolean {
    return !this.#hasEnded
  }

  /** One at a time. The task must be made of plain values. Throws TaskFailedError. */
  do(task: Task): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(new TaskFailedError('ended'))
      this.#waiting = { resolve, reject }
      this.#worker.ref()
      this.#worker.postMessage(task)
    })
  }
}

/** In the thread: does every task that comes. `codeOf` says why one failed; null: that is a mistake of ours, and ends the thread. */
export function serveTasks(run: (task: unknown) => Promise<unknown>, codeOf: (error: unknown) => string | null): void {
  forbidThreads()
  // On Linux a priority is of the thread that sets it.
  os.setPriority(LOWEST_PRIORITY)
  parentPort?.on('message', (task: unknown) => {
    run(task).then(
      (value) => parentPort?.postMessage({ value } satisfies Answer<unknown>),
      (error: unknown) => {
        const code = codeOf(error)
        if (code === null) throw error
        parentPort?.postMessage({ code } satisfies Answer<unknown>)
      },
    )
  })
}

function forbidThreads(): void {
  const permission = process.permission as { drop?(scope: string): void } | undefined
  permission?.drop?.('worker')
}
