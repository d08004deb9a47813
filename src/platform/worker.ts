// A thread of this process for long computations: it does one task after the other, and answers each. It runs at a low priority, so that it never takes a
// processor from what somebody waits for.
//
// Node's permission model holds in a thread as it does in its process, but who may start threads can start one without it. So the thread is
// started first, and then the right to start any is given up, in both.

import os from 'node:os'
import process from 'node:process'
import { Worker, parentPort } from 'node:worker_threads'

/** MiB of a thread's heap, if it is not said otherwise; buffers are not in it. */
const HEAP_LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 4 }
const LOWEST_PRIORITY = 19

export interface ThreadLimits {
  readonly maxOldGenerationSizeMb: number
  readonly maxYoungGenerationSizeMb: number
}

type Answer<T> = { readonly value: T } | { readonly code: string }

interface Waiting<Result> {
  resolve(result: Result): void
  reject(error: TaskFailedError): void
}

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
  /** Tasks that were given and not answered, in order. */
  readonly #waiting: Waiting<Result>[] = []
  #hasEnded = false

  /** `entry` is a module that calls `serveTasks`. No other thread can be started afterwards. `ended` is told if it ends by itself. */
  constructor(entry: URL, ended: (error: unknown) => void, limits: ThreadLimits = HEAP_LIMITS) {
    this.#worker = new Worker(entry, { resourceLimits: limits })
    forbidThreads()
    this.#worker.unref()
    this.#worker.on('message', (answer: Answer<Result>) => {
      const waiting = this.#waiting.shift()
      if (this.#waiting.length === 0) this.#worker.unref()
      if ('value' in answer) waiting?.resolve(answer.value)
      else waiting?.reject(new TaskFailedError(answer.code))
    })
    this.#worker.on('error', ended)
    this.#worker.on('exit', () => {
      this.#hasEnded = true
      for (const waiting of this.#waiting.splice(0)) waiting.reject(new TaskFailedError('ended'))
    })
  }

  /** False when no task will be done any more. */
  get isRunning(): boolean {
    return !this.#hasEnded
  }

  /**
   * After those that were given before. The task must be made of plain values; it is copied at once, but for the memory of what is in `handedOver`, which is
   * not there any more afterwards. Throws TaskFailedError.
   */
  do(task: Task, handedOver: readonly ArrayBuffer[] = []): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#hasEnded) return reject(new TaskFailedError('ended'))
      this.#waiting.push({ resolve, reject })
      this.#worker.ref()
      this.#worker.postMessage(task, handedOver)
    })
  }
}

export interface TaskServer {
  run(task: unknown): Promise<unknown>
  /** Memory of the answer to a task that is not copied: it is the other side's from then on. */
  handedOver?(value: unknown): ArrayBuffer[]
  /** Why a task failed; null: that is a mistake of ours, and ends the thread. */
  codeOf(error: unknown): string | null
}

/** In the thread: does every task that comes, one after the other. */
export function serveTasks(server: TaskServer, priority = LOWEST_PRIORITY): void {
  forbidThreads()
  // On Linux a priority is of the thread that sets it.
  os.setPriority(priority)
  let last: Promise<void> = Promise.resolve()
  parentPort?.on('message', (task: unknown) => {
    last = last.then(async () => {
      const answer = await attempt(server, task)
      const handedOver = 'value' in answer ? server.handedOver?.(answer.value) : undefined
      parentPort?.postMessage(answer, handedOver ?? [])
    })
  })
}

async function attempt(server: TaskServer, task: unknown): Promise<Answer<unknown>> {
  try {
    return { value: await server.run(task) }
  } catch (error) {
    const code = server.codeOf(error)
    if (code === null) throw error
    return { code }
  }
}

function forbidThreads(): void {
  const permission = process.permission as { drop?(scope: string): void } | undefined
  permission?.drop?.('worker')
}
