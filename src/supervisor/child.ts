// One process under supervision: started, told what it is, watched, started again with growing pauses when it ends, and stopped in order.

import type { Clock } from '#platform/clock.ts'
import { residentBytesOf } from '#platform/files.ts'
import type { Log } from '#platform/log.ts'
import { adoptStream } from '#platform/net.ts'
import { type StartedProcess, startProcess } from '#platform/process.ts'
import { Channel } from '#protocol/channel.ts'
import { type CannotStart, type FromProcess, type ToProcess, supervisorSide } from '#protocol/control.ts'
import type { CommandLine } from './walls.ts'

export interface ChildSpec {
  readonly name: string
  readonly command: CommandLine
  readonly directory: string
  readonly descriptors: readonly number[]
  /** Null: where the supervisor's own output goes. */
  readonly log: number | null
  readonly uid: number | null
  init(): ToProcess
}

/** It has said that starting it again would not help. */
export class CannotStartError extends Error {
  override name = 'CannotStartError'
  readonly reason: CannotStart['reason']

  constructor({ reason, detail }: CannotStart) {
    super(detail)
    this.reason = reason
  }
}

export type ChildState = 'starting' | 'running' | 'waiting' | 'stopping' | 'stopped'

export interface ChildStatus {
  readonly name: string
  readonly state: ChildState
  readonly pid: number
  readonly uid: number | null
  /** Times it was started again after it ended by itself. */
  readonly restarts: number
  readonly uptimeMs: number
  readonly residentBytes: number | null
  readonly connections: number
  /** What it says of itself, or why it does not run. */
  readonly detail: string
}

const FIRST_PAUSE_MS = 100
const PAUSE_MAX_MS = 15_000
/** Who was ready for so long did not fail at its start: there is nothing to wait for. */
const STEADY_MS = 2_000
const STOP_MS = 20_000
const PING_EVERY_MS = 5_000
/** No answer for so long: it hangs. */
const HANG_MS = 60_000

export class Child {
  readonly spec: ChildSpec
  readonly #clock: Clock
  readonly #log: Log
  #state: ChildState = 'stopped'
  #process: StartedProcess | null = null
  #channel: Channel<FromProcess, ToProcess> | null = null
  #restarts = 0
  /** The last. */
  #pauseMs = FIRST_PAUSE_MS / 2
  #startedAt = 0
  /** Null: not yet. */
  #readyAt: number | null = null
  #heardAt = 0
  #isReplaced = false
  #cannotStart: CannotStart | null = null
  #connections = 0
  #detail = ''
  #ready = Promise.withResolvers<void>()
  #stopped = Promise.withResolvers<void>()

  constructor(spec: ChildSpec, clock: Clock, log: Log) {
    this.spec = spec
    this.#clock = clock
    this.#log = log
  }

  /** Resolves when it is ready for the first time. It is started again until it is. Throws CannotStartError. */
  start(): Promise<void> {
    this.#launch()
    this.#pingLater()
    return this.#ready.promise
  }

  get isReady(): boolean {
    return this.#state === 'running'
  }

  get status(): ChildStatus {
    const pid = this.#process?.pid ?? 0
    return {
      name: this.spec.name,
      state: this.#state,
      pid,
      uid: this.spec.uid,
      restarts: this.#restarts,
      uptimeMs: this.#state === 'running' ? Math.round(this.#clock.monotonic() - this.#startedAt) : 0,
      residentBytes: pid === 0 ? null : residentBytesOf(pid),
      connections: this.#connections,
      detail: this.#detail,
    }
  }

  /** Resolves when it has ended: by itself, or killed when it takes too long. */
  async stop(): Promise<void> {
    if (this.#state === 'stopped' || this.#state === 'waiting') {
      this.#state = 'stopped'
      return
    }
    this.#state = 'stopping'
    void this.#channel?.send({ kind: 'stop' })
    const deadline = this.#clock.after(STOP_MS, () => {
      this.#log.warn('stop.killed', { process: this.spec.name })
      this.#process?.kill('SIGKILL')
    })
    await this.#stopped.promise
    deadline.cancel()
  }

  #launch(): void {
    const { name, command, directory, descriptors, log } = this.spec
    this.#state = 'starting'
    this.#startedAt = this.#clock.monotonic()
    this.#readyAt = null
    this.#heardAt = this.#startedAt
    this.#isReplaced = false
    const started = startProcess({ ...command, directory, descriptors, log })
    this.#process = started
    const channel = new Channel<FromProcess, ToProcess>(adoptStream(started.control), supervisorSide)
    this.#channel = channel
    channel.open({
      message: (message, release) => {
        this.#heard(message)
        release()
      },
      close: () => undefined,
    })
    void channel.send(this.spec.init())
    this.#log.debug('started', { process: name, pid: started.pid })
    void started.ended.then(({ code, signal }) => this.#ended(started, code, signal))
  }

  #heard(message: FromProcess): void {
    this.#heardAt = this.#clock.monotonic()
    switch (message.kind) {
      case 'ready':
        if (this.#state === 'starting') this.#state = 'running'
        this.#readyAt ??= this.#clock.monotonic()
        this.#ready.resolve()
        return
      case 'health':
        this.#connections = message.connections
        this.#detail = message.detail
        return
      case 'replace':
        this.#isReplaced = true
        return
      case 'cannotStart':
        this.#cannotStart = message
    }
  }

  #ended(started: StartedProcess, code: number | null, signal: string | null): void {
    if (this.#process !== started) return
    this.#process = null
    this.#channel?.destroy()
    this.#connections = 0
    if (this.#state === 'stopping') {
      this.#state = 'stopped'
      this.#stopped.resolve()
      return
    }
    if (this.#cannotStart !== null) {
      this.#state = 'stopped'
      this.#detail = 'cannot start'
      this.#ready.reject(new CannotStartError(this.#cannotStart))
      return
    }
    if (this.#isReplaced && code === 0) {
      this.#launch()
      return
    }
    this.#restarts++
    const isSteady = this.#readyAt !== null && this.#clock.monotonic() - this.#readyAt > STEADY_MS
    const pauseMs = isSteady ? FIRST_PAUSE_MS : Math.min(this.#pauseMs * 2, PAUSE_MAX_MS)
    this.#pauseMs = pauseMs
    this.#state = 'waiting'
    this.#detail = `ended with ${signal ?? `status ${code}`}`
    this.#log.error('ended', { process: this.spec.name, status: code, signal, restartInMs: pauseMs })
    this.#clock.after(pauseMs, () => {
      if (this.#state === 'waiting') this.#launch()
    })
  }

  #pingLater(): void {
    this.#clock.after(PING_EVERY_MS, () => {
      this.#ping()
      this.#pingLater()
    })
  }

  #ping(): void {
    if (this.#state !== 'running') return
    if (this.#clock.monotonic() - this.#heardAt > HANG_MS) {
      this.#log.error('hangs', { process: this.spec.name })
      this.#process?.kill('SIGKILL')
      return
    }
    void this.#channel?.send({ kind: 'ping' })
  }
}
